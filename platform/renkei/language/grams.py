"""Short pieces of folded text: what lets one find a part of a word, or a word as it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from renkei.language.analysis import Token
from renkei.language.folding import fold_normalised, is_hiragana, is_kanji

# A run is one script's letters: Latin letters and digits, or everything else that is a letter.
_RUNS = re.compile(r"[a-z0-9]+|(?:(?![a-z0-9_])\w)+")


def grams(folded: str) -> list[str]:
    """The bigrams of Japanese runs and the trigrams of Latin ones; a shorter run is one piece.

    Latin runs have no bigrams, so that AI is not found in "train" (R11.3).
    """
    pieces: list[str] = []
    for match in _RUNS.finditer(folded):
        run = match.group()
        size = 3 if run[0].isascii() else 2
        pieces.extend(_windows(run, size))
    return pieces


def kanji(folded: str) -> list[str]:
    """Each ideograph by itself, so that 船 finds 造船所 (R11.2)."""
    return [character for character in folded if is_kanji(character)]


def reading_grams(tokens: Sequence[Token]) -> list[str]:
    """The trigrams of how the text is read aloud, broken where a reading is unknown."""
    return [piece for run in _reading_runs(tokens) for piece in _windows(run, 3)]


def kana_grams(folded: str) -> list[str]:
    """The trigrams of a word in kana, to be looked up among `reading_grams`."""
    return _windows(folded, 3) if len(folded) >= 3 else []


def _reading_runs(tokens: Sequence[Token]) -> Iterator[str]:
    run: list[str] = []
    for token in tokens:
        reading = token.reading
        if not reading:
            folded = fold_normalised(token.surface)
            reading = folded if is_hiragana(folded) else ""
        if reading:
            run.append(reading)
        elif run:
            yield "".join(run)
            run = []
    if run:
        yield "".join(run)


def _windows(run: str, size: int) -> list[str]:
    if len(run) <= size:
        return [run]
    return [run[at : at + size] for at in range(len(run) - size + 1)]
