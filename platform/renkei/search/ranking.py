"""The weights of the embedded engine: ours alone, whole numbers, never learned from hidden texts.

tantivy's BM25 takes its statistics from all documents, so that hidden ones swap visible hits
(tried). Here a document's own part of BM25, its *impact*, is computed when it is indexed, from that
document and constants, and kept as one of six levels written behind each term. The other part, how
rare a term is, comes from documents that everybody may read, smoothed with constants of the
language. The engine only adds the products up. They are whole numbers below 2**24, which 32-bit
floats add exactly in any order: segments and merges, which hidden documents do influence, can't
change a sum. So every match is scored by us, and no cut by the engine's own score comes before.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from renkei.language.folding import is_hiragana

# BM25's saturation and length share, and the content words of a document of middle length: a
# constant, since the true mean would be learned from hidden documents.
_SATURATION = 1.2
_LENGTH_SHARE = 0.4
_MIDDLE_LENGTH = 150.0

# The levels that an impact (0 to 2.2) is rounded to.
LEVELS = (0.35, 0.6, 0.85, 1.1, 1.4, 1.8)
_LEVEL_BORDERS = tuple((low + high) / 2 for low, high in itertools.pairwise(LEVELS))

# What a match in each field is worth. Words by dictionary form weigh most; grams find parts and
# spelling slips, reading trigrams what is typed in kana, groups the synonyms.
FIELD_WEIGHTS: Mapping[str, float] = {
    "word": 1.0,
    "gram": 0.5,
    "aloud": 0.6,
    "reading": 0.3,
    "synonym": 0.3,
    "concept": 0.4,
    "kanji": 0.1,
}

# As if the corpus held this many more documents in which terms are as frequent as they usually are.
_PRIOR_DOCUMENTS = 50
_PRIOR_SHARE = {"hiragana": 0.2, "other": 0.01}

# A query's sums on the way (all fields of all words) stay below four times this, and that below the
# 2**24 up to which 32-bit floats are exact.
_FULL_SCORE = 2.0**21


def impact_level(count: float, length: int) -> int:
    """The level (0 to 5) of a term that stands `count` times among `length` content words."""
    norm = 1 - _LENGTH_SHARE + _LENGTH_SHARE * length / _MIDDLE_LENGTH
    impact = count * (_SATURATION + 1) / (count + _SATURATION * norm)
    return sum(impact >= border for border in _LEVEL_BORDERS)


def rarity(term: str, frequency: int, documents: int) -> float:
    """How much finding `term` says, from `frequency` among `documents` that everybody may read."""
    share = _PRIOR_SHARE["hiragana" if is_hiragana(term) else "other"]
    found = frequency + _PRIOR_DOCUMENTS * share
    missing = documents + _PRIOR_DOCUMENTS - found
    return math.log(1 + (missing + 0.5) / (found + 0.5))


def scale(highest: float) -> float:
    """The factor that makes a query's weights whole numbers as fine as exact sums allow."""
    return _FULL_SCORE / highest if highest > 0 else 1.0


def whole(weight: float) -> float:
    """A weight as a multiple of 16, so that a quarter of a quarter is still a whole number."""
    return float(max(16, round(weight / 16) * 16))
