"""The visibility rule as the embedded engine's filter: the third of the policy's forms.

It is part of every query, so hidden documents are neither counted nor candidates, and it adds
nothing to a score.
"""

from __future__ import annotations

from collections.abc import Iterable

import tantivy
from tantivy import Occur, Query

from renkei.search.documents import DENY_PREFIX, MAX_GATES
from renkei.search.fields import gate_term
from renkei.search.port import SearchQuery

Clauses = list[tuple[tantivy.Occur, tantivy.Query]]


def visible(schema: tantivy.Schema, query: SearchQuery) -> Clauses:
    """What a hit must and must not be for this viewer and these narrowings."""
    tokens = sorted(query.tokens)
    clauses = [
        (Occur.Must, _any(schema, "audience", tokens)),
        (Occur.Must, Query.const_score_query(_gates_from(schema, tokens, 0), 0.0)),
    ]
    affiliations = sorted(token.removeprefix(DENY_PREFIX) for token in query.affiliations)
    if affiliations:
        clauses.append((Occur.MustNot, _any(schema, "deny", affiliations)))
    if query.kinds is not None:
        clauses.append((Occur.Must, _any(schema, "kind", query.kinds)))
    if query.areas is not None:
        clauses.append((Occur.Must, _any(schema, "area", query.areas)))
    return clauses + stale(schema, query)


def stale(schema: tantivy.Schema, query: SearchQuery) -> Clauses:
    """The ids whose entry is older than a narrowing: neither hits nor teachers."""
    if not query.exclude:
        return []
    ids = [str(excluded) for excluded in query.exclude]
    return [(Occur.MustNot, Query.term_set_query(schema, "id", ids))]


def _gates_from(schema: tantivy.Schema, tokens: list[str], number: int) -> tantivy.Query:
    """No gate group from `number` on, or a token of that one and the same for the groups after.

    So the many documents without any gate are decided by one term.
    """
    ended = _any(schema, "gate", [gate_term(number, None)])
    if number == MAX_GATES or not tokens:
        return ended
    passed = _any(schema, "gate", [gate_term(number, token) for token in tokens])
    after = _gates_from(schema, tokens, number + 1)
    both = Query.boolean_query([(Occur.Must, passed), (Occur.Must, after)])
    return Query.boolean_query([(Occur.Should, ended), (Occur.Should, both)])


def _any(schema: tantivy.Schema, field: str, terms: Iterable[str]) -> tantivy.Query:
    """Any one of the terms, worth nothing; of no terms, nothing at all."""
    asked = [
        (Occur.Should, Query.term_query(schema, field, term, "basic"))
        for term in terms
        if _storable(term)
    ]
    if not asked:
        return Query.empty_query()
    return Query.const_score_query(Query.boolean_query(asked), 0.0)


def _storable(term: str) -> bool:
    """A term with half of a surrogate pair is in no index, and the engine would raise for it."""
    return not any("\ud800" <= character <= "\udfff" for character in term)
