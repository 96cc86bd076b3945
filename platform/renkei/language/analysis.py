"""The one Sudachi pass that search, highlights and readings share.

Mode A cuts into the shortest units (経済|安全|保障), so that compounds are found by their parts.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import sudachipy  # type: ignore[import-untyped, unused-ignore]  # has stubs but no py.typed

from renkei.language.folding import fold_normalised, is_kanji, normalise

# Sudachi refuses inputs above 49,149 bytes; a character here takes at most four.
_CHUNK = 10_000
_BREAKS = re.compile(r"[\n。．！？!?]")
_LATIN = re.compile(r"[a-z0-9]")
_HAS_KANA = re.compile(r"[\u3041-\u3096]")

# Parts of speech that carry meaning; particles, auxiliaries, pronouns and signs do not.
_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞", "副詞", "接頭辞", "接尾辞", "感動詞"})
_NOUNLIKE = frozenset({"名詞", "接頭辞", "接尾辞", "形状詞"})

_lock = threading.Lock()
_dictionary: sudachipy.Dictionary | None = None
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Token:
    """One shortest unit of a text.

    `begin` and `end` are places in the analysed (normalised) text. `word` is the dictionary's
    normalised form and `reading` the kana, both folded; `reading` is empty where there is none
    worth comparing (Latin letters, digits, signs). `synonyms` are Sudachi's synonym groups.
    """

    surface: str
    word: str
    reading: str
    begin: int
    end: int
    content: bool
    nounlike: bool
    synonyms: tuple[int, ...]


def analyse(text: str) -> tuple[Token, ...]:
    """The tokens of any string, normalised first; places refer to the normalised text."""
    return analyse_normalised(normalise(text))


def analyse_normalised(text: str) -> tuple[Token, ...]:
    """The tokens of a text that went through `normalise` already, of any length."""
    tokenizer = _tokenizer()
    tokens: list[Token] = []
    for offset, chunk in _chunks(text):
        for morpheme in tokenizer.tokenize(chunk):
            surface = chunk[morpheme.begin() : morpheme.end()]
            if not surface:
                continue
            speech: tuple[str, ...] = morpheme.part_of_speech()
            content = speech[0] in _CONTENT or bool(speech[0] == "記号" and surface.isalnum())
            folded = fold_normalised(surface)
            readable = content and bool(_HAS_KANA.search(folded) or is_kanji(surface[0]))
            tokens.append(
                Token(
                    surface=surface,
                    word=fold_normalised(normalise(morpheme.normalized_form())) or folded,
                    reading=(
                        fold_normalised(morpheme.reading_form())
                        if readable and not _LATIN.search(folded)
                        else ""
                    ),
                    begin=offset + morpheme.begin(),
                    end=offset + morpheme.end(),
                    content=content and bool(folded),
                    nounlike=speech[0] in _NOUNLIKE,
                    synonyms=tuple(morpheme.synonym_group_ids()),
                )
            )
    return tuple(tokens)


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Pieces that Sudachi accepts with their offsets, cut after a sentence where one ends."""
    begin = 0
    while begin < len(text):
        end = begin + _CHUNK
        if end < len(text):
            breaks = [match.end() for match in _BREAKS.finditer(text, begin, end)]
            end = breaks[-1] if breaks else end
        yield begin, text[begin:end]
        begin = end


def _tokenizer() -> sudachipy.Tokenizer:
    """This thread's tokenizer: a dictionary can be shared between threads, a tokenizer cannot."""
    global _dictionary  # noqa: PLW0603 - the dictionary takes 0.2 to 0.5 s, so once a process
    tokenizer = getattr(_local, "tokenizer", None)
    if tokenizer is None:
        with _lock:
            if _dictionary is None:
                _dictionary = sudachipy.Dictionary(dict="core")
            tokenizer = _dictionary.tokenizer(mode=sudachipy.SplitMode.A)
        _local.tokenizer = tokenizer
    return tokenizer
