"""From what a person typed to what the embedded engine is asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import tantivy
from tantivy import Occur, Query

from renkei.language import (
    Token,
    analyse_normalised,
    fold_normalised,
    grams,
    is_hiragana,
    kana_grams,
    kanji,
    mentions,
    normalise,
)
from renkei.search.fields import level_terms
from renkei.search.ranking import FIELD_WEIGHTS, LEVELS, rarity, scale, whole

# What comes after is not asked: longer texts are pasted by mistake or to make the engine work.
TEXT_LIMIT = 256
_WORD_LIMIT = 24
_GRAMS_LIMIT = 40
# A word is found by its grams where at least this share of them is there.
_GRAMS_SHARE = 0.5
# A hit holds at least this share of the words, so one rare slip in three is forgiven.
_WORDS_SHARE = 1 / 3
# A word counts with its best field and a quarter of the others (exact in 32-bit floats).
_TIE_BREAKER = 0.25
# What a document gains that holds all words, as a share of the highest score.
_ALL_WORDS_BONUS = 0.1


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query: the terms by which each field may hold it."""

    terms: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many documents everybody may read, and in how many of them a field has a term."""

    documents: int
    frequency: Callable[[str, str], int]


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a query; none where it holds nothing that can be searched.

    White space parts words, and within them so do particles, so that a sentence is several words.
    What is all kana stays whole: it may be the beginning of a reading.
    """
    words: list[Word] = []
    for part in normalise(text[:TEXT_LIMIT]).split():
        tokens = analyse_normalised(part)
        folded = fold_normalised(part)
        if is_hiragana(folded) and len(folded) <= 12:
            words.append(_word(folded, tokens, kana=True))
            continue
        words.extend(
            _word(fold_normalised("".join(token.surface for token in run)), run, kana=False)
            for run in _content_runs(tokens)
        )
    return tuple(word for word in words if word.terms)[:_WORD_LIMIT]


def text_query(
    schema: tantivy.Schema, words: Sequence[Word], statistics: Statistics
) -> tantivy.Query:
    """The scoring query: only constants of ours, which the engine adds up (see `ranking`)."""
    weighted = [_weights(word, statistics) for word in words]
    highest = sum(_highest(fields) for fields in weighted)
    factor = scale(highest * LEVELS[-1])
    clauses = [_word_query(schema, fields, factor) for fields in weighted]
    some = Query.boolean_query(
        [(Occur.Should, clause) for clause in clauses],
        minimum_number_should_match=math.ceil(len(clauses) * _WORDS_SHARE),
    )
    parts = [(Occur.Must, some)]
    if len(clauses) > 1:
        every = Query.boolean_query([(Occur.Must, clause) for clause in clauses])
        bonus = whole(highest * factor * _ALL_WORDS_BONUS)
        parts.append((Occur.Should, Query.const_score_query(every, bonus)))
    return Query.boolean_query(parts)


_Weights = dict[str, list[tuple[str, float]]]


def _word(folded: str, tokens: Sequence[Token], *, kana: bool) -> Word:
    content = [token for token in tokens if token.content]
    pieces = grams(folded)
    read = [token.reading for token in content if token.reading]
    terms = {
        "word": [token.word for token in content],
        "gram": [piece for piece in pieces if len(piece) > 1][:_GRAMS_LIMIT],
        "reading": [folded] if kana else read,
        "aloud": kana_grams(folded) if kana or is_hiragana(folded) else [],
        "synonym": [str(group) for token in content for group in token.synonyms],
        "concept": [str(mention.concept) for mention in mentions(tokens)],
        "kanji": kanji(folded) if len(folded) == 1 else [],
    }
    return Word({name: tuple(dict.fromkeys(found)) for name, found in terms.items() if found})


def _content_runs(tokens: Sequence[Token]) -> list[list[Token]]:
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if token.content:
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _weights(word: Word, statistics: Statistics) -> _Weights:
    return {
        name: [
            (
                term,
                FIELD_WEIGHTS[name]
                * rarity(term, statistics.frequency(name, term), statistics.documents),
            )
            for term in terms
        ]
        for name, terms in word.terms.items()
    }


def _highest(fields: _Weights) -> float:
    """The most that a word can be worth before levels: its best field and a share of the rest."""
    sums = sorted(sum(weight for _, weight in terms) for terms in fields.values())
    return sums[-1] + _TIE_BREAKER * sum(sums[:-1])


def _word_query(schema: tantivy.Schema, fields: _Weights, factor: float) -> tantivy.Query:
    clauses: list[tantivy.Query] = []
    for name, terms in fields.items():
        needed = 1
        if name in ("gram", "aloud"):
            needed = max(1, int(len(terms) * _GRAMS_SHARE))
        found = [
            (Occur.Should, _term_query(schema, name, term, weight * factor))
            for term, weight in terms
        ]
        clauses.append(
            found[0][1]
            if len(found) == 1
            else Query.boolean_query(found, minimum_number_should_match=needed)
        )
    return Query.disjunction_max_query(clauses, _TIE_BREAKER)


def _term_query(schema: tantivy.Schema, name: str, term: str, weight: float) -> tantivy.Query:
    if name == "kanji":
        return Query.const_score_query(Query.term_query(schema, name, term, "basic"), whole(weight))
    return Query.boolean_query(
        [
            (
                Occur.Should,
                Query.const_score_query(
                    Query.term_query(schema, name, leveled, "basic"), whole(weight * level)
                ),
            )
            for leveled, level in zip(level_terms(term), LEVELS, strict=True)
        ]
    )
