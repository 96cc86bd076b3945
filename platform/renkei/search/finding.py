"""Finding: the engine gives ids and order, the scoped read decides again what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Table, select
from sqlmodel import col

from renkei.reading.reader import Reader
from renkei.reading.record import Record
from renkei.search.port import MAX_STALE, SearchEngine, SearchQuery
from renkei.search.tables import SearchStale

# A page that the scoped read made short is filled from the next hits, this many times at most.
ROUNDS = 4


@dataclass(frozen=True)
class Found:
    """A page of visible records, best first. `places` are their places among all hits, from 0."""

    records: tuple[Record, ...]
    places: tuple[int, ...]
    more: bool
    total: int | None
    total_is_exact: bool
    degraded: bool


async def find(
    engine: SearchEngine,
    reader: Reader,
    query: SearchQuery,
    sources: Mapping[str, tuple[Table, frozenset[str]]],
) -> Found:
    """The page that `query` asks for; `sources` give each kind's table and the columns to read.

    Records that were narrowed since the index saw them are excluded; so is whatever the scoped
    read no longer finds.
    """
    stale = await reader.internal(
        select(col(SearchStale.record_id))
        .where(col(SearchStale.since) <= reader.at)
        .limit(MAX_STALE + 1)
    )
    asked = replace(query, exclude=frozenset(row["record_id"] for row in stale))
    records: list[Record] = []
    places: list[int] = []
    offset, total, exact, degraded, more = query.offset, None, False, False, True
    for _ in range(ROUNDS):
        hits = await engine.search(replace(asked, offset=offset, limit=query.limit + 1))
        total, exact, degraded = hits.total, hits.total_is_exact, degraded or hits.degraded
        found = await _read(reader, [(hit.kind, hit.id) for hit in hits.hits], sources)
        for place, hit in enumerate(hits.hits, start=offset):
            record = found.get(hit.id)
            if record is not None and len(records) <= query.limit:
                records.append(record)
                places.append(place)
        offset += len(hits.hits)
        more = len(hits.hits) > query.limit
        if len(records) > query.limit or not more:
            break
    for record in records[: query.limit]:
        reader.seen.note(sources[record.table][0], [record.values])
    return Found(
        records=tuple(records[: query.limit]),
        places=tuple(places[: query.limit]),
        more=len(records) > query.limit or more,
        total=total,
        total_is_exact=exact,
        degraded=degraded,
    )


async def _read(
    reader: Reader,
    hits: list[tuple[str, UUID]],
    sources: Mapping[str, tuple[Table, frozenset[str]]],
) -> dict[UUID, Record]:
    found: dict[UUID, Record] = {}
    for kind, (table, columns) in sources.items():
        keys = [key for hit_kind, key in hits if hit_kind == kind]
        if keys:
            found |= await reader.by_keys(table, "id", keys, columns, shown=False)
    return found
