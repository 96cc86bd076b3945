"""The glossary that the product ships: one concept a line, with all its names (R11.3, R11.4).

`data/glossary.csv` holds the Japanese term, its reading, the English term, other names, and those
names that stand for the concept only as a whole word: letters such as R or IC, and everyday words
such as 課題 or 代表者, which inside a longer word mean something else.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from renkei.language.analysis import Token
from renkei.language.folding import fold, fold_normalised

_LATIN = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Concept:
    """One line of the glossary; `number` is its place, which only has a meaning inside one index.

    `names` are all names as written, the Japanese term first and the English ones last.
    `whole_words` are those among them that only count when they stand alone.
    """

    number: int
    term_ja: str
    reading: str
    terms_en: tuple[str, ...]
    names: tuple[str, ...]
    whole_words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept named in a text, by its tokens `first` to `last` (exclusive)."""

    concept: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Name:
    folded: str
    concept: int
    whole: bool


@cache
def concepts() -> tuple[Concept, ...]:
    """Every concept of the shipped glossary, in the file's order."""
    rows = csv.DictReader(_source().splitlines())
    return tuple(_concept(number, row) for number, row in enumerate(rows))


@cache
def fingerprint() -> str:
    """Changes with the glossary: an index built with another one must be rebuilt."""
    return hashlib.sha256(_source().encode()).hexdigest()[:16]


def mentions(tokens: Sequence[Token]) -> list[Mention]:
    """The concepts that a text names, each name beginning and ending where a token does."""
    folded = [" " if token.surface.isspace() else _fold(token) for token in tokens]
    text = "".join(folded)
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    place = 0
    for number, piece in enumerate(folded):
        if piece:
            starts[place] = number
            place += len(piece)
            ends[place] = number + 1
    found: list[Mention] = []
    names = _names()
    for start, first in starts.items():
        for name in names.get(text[start : start + 2], ()):
            last = ends.get(start + len(name.folded))
            if last is None or not text.startswith(name.folded, start):
                continue
            if not name.whole or _stands_alone(tokens, first, last, name.folded):
                found.append(Mention(name.concept, first, last))
    return found


def _concept(number: int, row: dict[str, str]) -> Concept:
    english = _split(row["term_en"])
    return Concept(
        number=number,
        term_ja=row["term_ja"],
        reading=row["reading"],
        terms_en=english,
        names=(row["term_ja"], *_split(row["synonyms"]), *english),
        whole_words=frozenset(_split(row["whole_word"])),
    )


@cache
def _names() -> dict[str, tuple[_Name, ...]]:
    """All names by their first two folded characters, the way `mentions` looks them up."""
    table: dict[str, set[_Name]] = {}
    for concept in concepts():
        for written in concept.names:
            folded = fold(written)
            name = _Name(folded, concept.number, written in concept.whole_words)
            # A name of one letter stands before any second character, or before none.
            keys = [folded[:2]] if len(folded) > 1 else [folded, folded + " "]
            for key in keys:
                table.setdefault(key, set()).add(name)
    return {key: tuple(sorted(names, key=lambda n: n.folded)) for key, names in table.items()}


def _stands_alone(tokens: Sequence[Token], first: int, last: int, folded: str) -> bool:
    """Whether no letter (for a Latin name) or noun (for a Japanese one) is joined to it."""
    before = tokens[first - 1] if first > 0 else None
    after = tokens[last] if last < len(tokens) else None
    if _LATIN.match(folded):
        return not (
            (before is not None and _LATIN.match(fold_normalised(before.surface)[-1:]))
            or (after is not None and _LATIN.match(fold_normalised(after.surface)[:1]))
        )
    return not any(
        neighbour is not None and neighbour.nounlike and not neighbour.surface.isspace()
        for neighbour in (before, after)
    )


def _fold(token: Token) -> str:
    return fold_normalised(token.surface)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(_filled(cell.split("|")))


def _filled(pieces: Sequence[str]) -> Iterator[str]:
    return (piece.strip() for piece in pieces if piece.strip())


def _source() -> str:
    return files("renkei.language").joinpath("data/glossary.csv").read_text(encoding="utf-8")
