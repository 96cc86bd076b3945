"""Reading the embedded index: the newest commit of the current generation, and its statistics."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import tantivy
from tantivy import Occur, Query

from renkei.search import asking
from renkei.search.fields import TEACHES, level_terms
from renkei.search.generations import Generations, is_current_form
from renkei.search.port import (
    EXACT_TOTAL,
    MAX_STALE,
    SearchHit,
    SearchHits,
    SearchQuery,
    SearchUnavailable,
)
from renkei.search.visibility import Clauses, stale, visible

# Fetched beyond the page at once, so that ties at its end seldom need a second search.
_MORE = 50
# Memory of a process for term frequencies; forgotten at each commit.
_FREQUENCIES_KEPT = 50_000

Ranked = list[tuple[float, tantivy.DocAddress]]


# Field and term; the empty pair stands for the number of documents.
_Frequencies = dict[tuple[str, str], int]


@dataclass(slots=True)
class Snapshot:
    """One commit of one generation. Immutable but for the frequencies that it remembers."""

    generation: Path
    stamp: tuple[int, int]
    schema: tantivy.Schema
    searcher: tantivy.Searcher
    _known: tuple[frozenset[UUID], _Frequencies] = field(default_factory=lambda: (frozenset(), {}))

    def frequencies(self, exclude: frozenset[UUID]) -> _Frequencies:
        """What was counted without `exclude`; only the latest such set is remembered."""
        left_out, known = self._known
        if left_out != exclude or len(known) >= _FREQUENCIES_KEPT:
            known = {}
            self._known = (exclude, known)
        return known


class Reader:
    """Answers from the newest commit of any process; safe to share between threads."""

    def __init__(self, generations: Generations) -> None:
        self._generations = generations
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The newest commit. Raises SearchUnavailable where there is none of this form."""
        with self._lock:
            for attempt in (1, 2):
                try:
                    self._snapshot = self._newest()
                except (OSError, ValueError) as error:
                    # A rebuild may have swept the generation away between two steps of opening.
                    if attempt == 2:
                        raise SearchUnavailable(f"the index can't be opened: {error}") from error
                else:
                    return self._snapshot
            raise AssertionError("unreachable: the second attempt returns or raises")

    def search(self, query: SearchQuery) -> SearchHits:
        """The page of hits. Raises SearchUnavailable and the engine's OSError and ValueError."""
        words = asking.words_of(query.text)
        snapshot = self.snapshot()
        lagging = len(query.exclude) > MAX_STALE
        if not words:
            return SearchHits((), None if lagging else 0, not lagging, lagging)
        statistics = _statistics(snapshot, query)
        text = asking.text_query(snapshot.schema, words, statistics)
        asked = Query.boolean_query(
            [(Occur.Must, text), *visible(snapshot.schema, query)],
        )
        begin = max(query.offset, 0)
        end = min(begin + max(query.limit, 0), EXACT_TOTAL)
        ranked, count = _ranked(snapshot.searcher, asked, end)
        hits = tuple(_hit(snapshot.searcher, score, at) for score, at in ranked[begin:end])
        if lagging:
            return SearchHits(hits, None, total_is_exact=False, degraded=True)
        return SearchHits(hits, min(count, EXACT_TOTAL), total_is_exact=count <= EXACT_TOTAL)

    def _newest(self) -> Snapshot:
        generation = self._generations.current()
        if generation is None:
            raise SearchUnavailable("nothing was indexed yet")
        stamp = _stamp(generation)
        known = self._snapshot
        if known is not None and (known.generation, known.stamp) == (generation, stamp):
            return known
        if not is_current_form(generation):
            raise SearchUnavailable("the index was built by another version; rebuild it")
        index = tantivy.Index.open(str(generation))
        index.config_reader("manual")
        index.reload()
        return Snapshot(generation, stamp, index.schema, index.searcher())


def _stamp(generation: Path) -> tuple[int, int]:
    """Changes with each commit, which puts a new `meta.json` in the old one's place."""
    status = (generation / "meta.json").stat()
    return status.st_ino, status.st_mtime_ns


def _statistics(snapshot: Snapshot, query: SearchQuery) -> asking.Statistics:
    """Exact counts over the documents that everybody may read, stale ones left out.

    Counted, not taken from the engine's own tables: those still hold what was deleted until
    segments merge, and when they merge depends on hidden documents.
    """
    schema, searcher = snapshot.schema, snapshot.searcher
    teachers: Clauses = [
        (Occur.Must, Query.term_query(schema, "flag", TEACHES, "basic")),
        *stale(schema, query),
    ]

    def count(clauses: Clauses) -> int:
        found = searcher.search(Query.boolean_query(teachers + clauses), 1)
        return int(found.count)  # type: ignore[attr-defined]  # tantivy's stub forgets it

    known = snapshot.frequencies(query.exclude)

    def frequency(name: str, term: str) -> int:
        counted = known.get((name, term))
        if counted is None:
            forms = [term] if name == "kanji" else level_terms(term)
            any_form = Query.boolean_query(
                [(Occur.Should, Query.term_query(schema, name, form, "basic")) for form in forms]
            )
            counted = known[name, term] = count([(Occur.Must, any_form)])
        return counted

    if ("", "") not in known:
        known["", ""] = count([])
    return asking.Statistics(known["", ""], frequency)


def _ranked(searcher: tantivy.Searcher, asked: tantivy.Query, end: int) -> tuple[Ranked, int]:
    """The first `end` hits in an order that only the hits themselves decide, and the count of all.

    The engine breaks ties by where a document lies, which hidden documents influence. So hits are
    fetched until the last wanted score ends, and ties are ordered here by change and id. Bound:
    with more than 10,000 hits tied to 32 bits at the page's end, which of them are reached is the
    engine's choice; `recency` in the score keeps such ties to records changed within days.
    """
    wanted = max(end, 1)
    fetch = min(wanted + _MORE, EXACT_TOTAL + 1)
    while True:
        result = searcher.search(asked, fetch, weight_by_field="recency")
        hits: Ranked = list(result.hits)
        count = int(result.count)  # type: ignore[attr-defined]  # tantivy's stub forgets it
        ends = len(hits) < fetch or hits[-1][0] < hits[wanted - 1][0]
        if ends or fetch >= EXACT_TOTAL + 1:
            break
        fetch = min(fetch * 4, EXACT_TOTAL + 1)
    return _untied(searcher, hits)[:end], count


def _untied(searcher: tantivy.Searcher, hits: Sequence[tuple[float, tantivy.DocAddress]]) -> Ranked:
    scores = [score for score, _ in hits]
    if len(set(scores)) == len(scores):
        return list(hits)
    addresses = [address for _, address in hits]
    keys = zip(
        (-score for score in scores),
        (-int(changed or 0) for changed in searcher.fast_field_values("changed", addresses)),
        searcher.fast_field_values("lot", addresses),
        range(len(hits)),
        strict=True,
    )
    return [hits[number] for *_, number in sorted(keys)]


def _hit(searcher: tantivy.Searcher, score: float, at: tantivy.DocAddress) -> SearchHit:
    stored = searcher.doc(at)
    return SearchHit(UUID(stored["id"][0]), str(stored["kind"][0]), score)
