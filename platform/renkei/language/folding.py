"""Folding: what two spellings of one word have in common.

Two steps. `normalise` gives text that Sudachi can read: NFKC, lower case, today's kanji (R11.1).
`fold` goes on to what only comparison needs: katakana as hiragana, no long-vowel mark, hyphen or
middle dot, ヴ in the バ row, small kana large, and the loan sounds that Japanese writes in two
ways (ディーゼル/ジーゼル, ティーム/チーム) as one.

Neither is ever shown or stored. Both accept any Python string, broken ones included.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from renkei.language.kanji import MODERN

# Controls and halves of surrogate pairs separate words; zero-width characters do not.
_BROKEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ZERO_WIDTH = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
_DAKUTEN = "\uff9e\uff9f\u3099\u309a"

_HYPHENS = "-‐‑‒–—―−ー﹣－ｰ⁃〜～~"
_DOTS = "・･·•‧"

# Katakana and hiragana stand 0x60 apart from ァ to ヶ.
_TO_HIRAGANA: dict[int, str | None] = {c: chr(c - 0x60) for c in range(0x30A1, 0x30F7)}
_TO_HIRAGANA |= {ord(c): None for c in _HYPHENS + _DOTS}
_TO_HIRAGANA |= {ord("ゐ"): "い", ord("ヰ"): "い", ord("ゑ"): "え", ord("ヱ"): "え"}

# Pairs of a kana and a small vowel; native words hold none of them.
_SOUNDS = {
    "ゔぁ": "ば",
    "ゔぃ": "び",
    "ゔぇ": "べ",
    "ゔぉ": "ぼ",
    "ゔゅ": "びゆ",
    "でぃ": "じ",
    "てぃ": "ち",
    "とぅ": "つ",
    "どぅ": "ず",
    "でゅ": "じゆ",
    "てゅ": "ちゆ",
    "しぇ": "せ",
    "じぇ": "ぜ",
}
_LARGE = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖゔづぢ", "あいうえおつやゆよわかけぶずじ")


def normalise(text: str) -> str:
    """NFKC, lower case and today's kanji; controls and broken surrogates become spaces."""
    text = _ZERO_WIDTH.sub("", _BROKEN.sub(" ", text))
    return unicodedata.normalize("NFKC", text).lower().translate(MODERN)


def fold(text: str) -> str:
    """The form in which two spellings are compared; see the module's docstring."""
    return fold_normalised(normalise(text))


def fold_normalised(text: str) -> str:
    """`fold` for text that went through `normalise` already."""
    text = text.translate(_TO_HIRAGANA)
    for sound, plain in _SOUNDS.items():
        if sound in text:
            text = text.replace(sound, plain)
    return text.translate(_LARGE)


def is_hiragana(folded: str) -> bool:
    """Whether a folded word is kana alone, so that it may be a reading."""
    return bool(folded) and all("\u3041" <= character <= "\u3096" for character in folded)


def is_kanji(character: str) -> bool:
    """Whether a character is an ideograph (々 and the planes beyond the first among them)."""
    return (
        "\u4e00" <= character <= "\u9fff"
        or "\u3400" <= character <= "\u4dbf"
        or character == "々"
        or "\U00020000" <= character <= "\U0003ffff"
    )


@dataclass(frozen=True, slots=True)
class Traced:
    """A changed text that remembers where each of its characters came from.

    Character `i` of `text` stands for `source[begins[i]:ends[i]]` of the text it was made from.
    """

    text: str
    begins: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Where the characters `begin` to `end` (not empty, end exclusive) came from."""
        return self.begins[begin], self.ends[end - 1]


def trace_normalised(source: str) -> Traced:
    """`normalise`, cluster by cluster (ﾄ and ﾞ are one), remembering places in `source`."""
    pieces: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    begin, length = 0, len(source)
    while begin < length:
        end = begin + 1
        while end < length and (source[end] in _DAKUTEN or unicodedata.combining(source[end])):
            end += 1
        piece = normalise(source[begin:end])
        pieces.append(piece)
        begins.extend([begin] * len(piece))
        ends.extend([end] * len(piece))
        begin = end
    return Traced("".join(pieces), tuple(begins), tuple(ends))


def trace_folded(traced: Traced) -> Traced:
    """`fold_normalised` over a traced text; places still refer to the first source."""
    kana: list[tuple[str, int, int]] = []
    for character, begin, end in zip(traced.text, traced.begins, traced.ends, strict=True):
        plain = character.translate(_TO_HIRAGANA)
        if plain:
            kana.append((plain, begin, end))
    characters: list[tuple[str, int, int]] = []
    at = 0
    while at < len(kana):
        character, begin, end = kana[at]
        following = kana[at + 1] if at + 1 < len(kana) else None
        if following is not None and (sound := _SOUNDS.get(character + following[0])):
            characters.extend((plain, begin, following[2]) for plain in sound)
            at += 2
            continue
        characters.append((character.translate(_LARGE), begin, end))
        at += 1
    return Traced(
        "".join(character for character, _, _ in characters),
        tuple(begin for _, begin, _ in characters),
        tuple(end for _, _, end in characters),
    )
