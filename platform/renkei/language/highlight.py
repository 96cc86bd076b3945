"""Which places of a text answer a query, for snippets. Places refer to the text as it is stored."""

from __future__ import annotations

import re
from bisect import bisect_left

from renkei.language.analysis import Token, analyse_normalised
from renkei.language.folding import fold, is_hiragana, normalise, trace_folded, trace_normalised
from renkei.language.glossary import mentions

# Longer texts are marked up to here; a snippet is cut from the beginning of what is marked.
TEXT_LIMIT = 50_000
QUERY_LIMIT = 256


def highlight(text: str, query: str) -> list[tuple[int, int]]:
    """The spans (begin, end exclusive) of `text` that answer `query`, in order, none overlapping.

    Marked are: the query's words as typed in any spelling (ﾄﾞﾛｰﾝ for ドローン), words with the
    same dictionary form (取扱い for 取り扱い), words read as a query in kana says (りょうし for
    量子), and names of the same glossary concept (無人航空機 for ドローン). Never raises.
    """
    asked = analyse_normalised(normalise(query[:QUERY_LIMIT]))
    typed = {folded for word in query[:QUERY_LIMIT].split() if (folded := fold(word))}
    # A sentence is not found as a whole; its words are.
    typed = {word for word in typed if any(character.isalnum() for character in word)}
    words = {token.word for token in asked if token.content}
    readings = {word for word in typed if is_hiragana(word) and len(word) > 1}
    concepts = {mention.concept for mention in mentions(asked)}
    if not (typed or words):
        return []
    traced = trace_normalised(text[:TEXT_LIMIT])
    tokens = analyse_normalised(traced.text)
    spans = [
        traced.span(token.begin, token.end)
        for token in tokens
        if token.content and (token.word in words or token.reading in readings)
    ]
    spans += [
        traced.span(tokens[mention.first].begin, tokens[mention.last - 1].end)
        for mention in mentions(tokens)
        if mention.concept in concepts
    ]
    spans += [
        traced.span(begin, end) for reading in readings for begin, end in _read_as(tokens, reading)
    ]
    kana = trace_folded(traced)
    spans += [
        kana.span(match.start(), match.end())
        for word in typed
        for match in re.finditer(_pattern(word), kana.text)
    ]
    return _merged(spans)


def _pattern(word: str) -> str:
    """A word in Latin letters is marked only as a whole; Japanese has no such borders."""
    pattern = re.escape(word)
    if word.isascii():
        return rf"(?<![a-z0-9]){pattern}(?![a-z0-9])" if len(word) < 3 else pattern
    return pattern


def _read_as(tokens: tuple[Token, ...], reading: str) -> list[tuple[int, int]]:
    """Runs of tokens (their places in the normalised text) that are read as `reading` together."""
    places = [0]
    for token in tokens:
        places.append(places[-1] + len(token.reading))
    aloud = "".join(token.reading for token in tokens)
    runs: list[tuple[int, int]] = []
    for match in re.finditer(re.escape(reading), aloud):
        first = bisect_left(places, match.start())
        last = bisect_left(places, match.end())
        # The first of several tokens at one place are signs without a reading.
        while first < last and not tokens[first].reading:
            first += 1
        run = tokens[first:last]
        joined = all(token.reading for token in run)
        if run and joined and (places[first], places[last]) == match.span():
            runs.append((run[0].begin, run[-1].end))
    return runs


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
