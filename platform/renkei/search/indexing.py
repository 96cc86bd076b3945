"""Keeping the index: a record's present state becomes its document, with the tokens in force now.

Named system jobs: they read every record, and what they write is guarded by the record's clauses.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.clauses import Clause
from renkei.access.policy.guard import guard_of
from renkei.access.policy.system import as_system
from renkei.access.store import audience_in, gate_in, read_clauses
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.ledger.reacting import After, NotNow
from renkei.ledger.tables import Fact
from renkei.ledger.unit import Unit
from renkei.search.documents import DENY_PREFIX, SearchDocument
from renkei.search.port import SearchEngine, SearchUnavailable
from renkei.search.tables import SearchStale
from renkei.text import Text

# Records read at a time by a rebuild.
REINDEX_BATCH = 500
# Among equal hits the latest comes first; what has no instant of its own comes last.
TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a noun says of one record: its text, and its two clauses by their ids."""

    id: UUID
    title: Text
    body: str
    areas: tuple[str, ...] = ()
    audience_id: int
    gate_id: int
    # The clauses of the records that it stands in: a reader must meet theirs too.
    inside: tuple[tuple[int, int], ...] = ()
    changed_at: datetime


@dataclass(frozen=True)
class Indexed:
    """A document, and the instant from which its guard is out of date."""

    document: SearchDocument
    changes_at: datetime | None


@dataclass(frozen=True)
class Source:
    """One kind of searchable record: its table, and its entries for keys (gone ones left out)."""

    table: Table
    entries: Callable[[AsyncSession, Collection[UUID]], Awaitable[list[Entry]]]


Sources = Mapping[str, Source]
# For facts whose subject is not the record itself: (the kind that changed, its keys).
Changed = Callable[[AsyncSession, UUID], Awaitable[list[UUID]]]
Subjects = Mapping[str, tuple[str, Changed]]


async def index(
    unit: Unit, facts: Sequence[Fact], *, engine: SearchEngine, sources: Sources, subjects: Subjects
) -> After:
    """The reaction `search.index`: put the present state of what changed, take out what is gone.

    It runs inside the transaction that settles it, so that no other worker can put an older state
    after a newer one. A record narrowed once more meanwhile stays excluded until its own turn.
    """
    await _take(unit, await _changed(unit.session, facts, subjects), engine, sources)
    return None


async def catch_up(
    unit: Unit, *, engine: SearchEngine, sources: Sources, limit: int = REINDEX_BATCH
) -> int:
    """Index what the clock alone has changed: a token that began or ended; how many there were."""
    query = (
        select(col(SearchStale.kind), col(SearchStale.record_id))
        .where(col(SearchStale.since) <= unit.at)
        .limit(limit)
    )
    rows = (await unit.session.execute(query)).all()
    changed: dict[str, set[UUID]] = {}
    for kind, record_id in rows:
        changed.setdefault(kind, set()).add(record_id)
    await _take(unit, changed, engine, sources)
    return len(rows)


async def _take(
    unit: Unit, changed: Mapping[str, set[UUID]], engine: SearchEngine, sources: Sources
) -> None:
    """Put the present state of these records, by kind; what is gone is taken out."""
    session = unit.session
    keys = {key for found in changed.values() for key in found}
    stale = await _stale(session, keys)
    taken: list[Indexed] = []
    for kind, wanted in changed.items():
        entries = await sources[kind].entries(session, wanted)
        taken += await documents_of(session, kind, entries, at=unit.at)
    try:
        if taken:
            await engine.put(one.document for one in taken)
        if gone := keys - {one.document.id for one in taken}:
            await engine.remove(gone)
    except SearchUnavailable as away:
        raise NotNow(str(away)) from away
    await _clear(session, stale)
    await _foresee(session, taken)


async def mark_stale(unit: Unit, record_id: UUID, kind: str) -> None:
    """Exclude a narrowed record from every search until the index has taken its new state.

    For every change that narrows, in the transaction that makes it.
    """
    await _exclude_from(unit.session, record_id, kind, unit.at)


async def _exclude_from(session: AsyncSession, record_id: UUID, kind: str, since: datetime) -> None:
    postgres = session.get_bind().dialect.name == "postgresql"
    insert: Any = postgresql.insert if postgres else sqlite.insert
    statement = insert(SearchStale).values(record_id=record_id, kind=kind, since=since)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["record_id"], set_={"since": since})
    )


async def _foresee(session: AsyncSession, taken: Iterable[Indexed]) -> None:
    """Exclude entries from the instant on at which a token of theirs begins or ends."""
    for one in taken:
        if one.changes_at is not None:
            await _exclude_from(session, one.document.id, one.document.kind, one.changes_at)


async def reindex(database: Database, clock: Clock, engine: SearchEngine, sources: Sources) -> int:
    """Rebuild the whole index from one snapshot, without downtime; how many documents it holds.

    Raises SearchUnavailable, also while another rebuild is under way.
    """
    async with database.reading() as connection, AsyncSession(connection) as session:
        stale = await _stale(session, None)
        timed: list[Indexed] = []
        count = await engine.replace_all(_everything(session, sources, clock, timed))
    async with database.writing() as writing:
        # Only the narrowings that the snapshot knew of; later ones wait for their own turn.
        await _clear(writing, stale)
        known = await _stale(writing, [one.document.id for one in timed])
        await _foresee(writing, [one for one in timed if one.document.id not in known])
        await writing.commit()
    return count


async def documents_of(
    session: AsyncSession, kind: str, entries: Sequence[Entry], *, at: datetime
) -> list[Indexed]:
    """The documents of these entries, guarded by their clauses as they are in force at `at`."""
    pairs = {pair for entry in entries for pair in _pairs(entry)}
    clauses = await read_clauses(session, {key for pair in pairs for key in pair})
    return [_indexed(kind, entry, clauses, at) for entry in entries]


def _pairs(entry: Entry) -> list[tuple[int, int]]:
    return [(entry.audience_id, entry.gate_id), *entry.inside]


def _indexed(kind: str, entry: Entry, clauses: Mapping[int, Clause], at: datetime) -> Indexed:
    (audience, gate), *inside = [
        (audience_in(clauses, audience_id), gate_in(clauses, gate_id))
        for audience_id, gate_id in _pairs(entry)
    ]
    guard = guard_of(audience, gate, inside, at=at)
    document = SearchDocument(
        id=entry.id,
        kind=kind,
        title=entry.title,
        body=entry.body,
        areas=entry.areas,
        audience=guard.audience,
        deny=frozenset(DENY_PREFIX + name for name in guard.deny),
        gates=guard.gates,
        changed_at=entry.changed_at,
    )
    return Indexed(document, guard.changes_at)


async def _changed(
    session: AsyncSession, facts: Sequence[Fact], subjects: Subjects
) -> dict[str, set[UUID]]:
    """The keys of the records that the facts changed, by kind."""
    changed: dict[str, set[UUID]] = {}
    for fact in facts:
        noun = fact.kind.partition(".")[0]
        if noun in subjects:
            kind, keys_of = subjects[noun]
            changed.setdefault(kind, set()).update(await keys_of(session, fact.subject_id))
        else:
            changed.setdefault(noun, set()).add(fact.subject_id)
    return changed


async def _everything(
    session: AsyncSession, sources: Sources, clock: Clock, timed: list[Indexed]
) -> AsyncIterator[SearchDocument]:
    """Every document; those with tokens that begin or end later are kept in `timed` as well."""
    for kind, source in sources.items():
        key = source.table.c.id
        last: UUID | None = None
        while True:
            query = select(key).order_by(key).limit(REINDEX_BATCH)
            if last is not None:
                query = query.where(key > last)
            keys = list((await session.execute(as_system(query, "search.index"))).scalars())
            if not keys:
                break
            entries = await source.entries(session, keys)
            for one in await documents_of(session, kind, entries, at=clock.now()):
                if one.changes_at is not None:
                    timed.append(one)
                yield one.document
            last = keys[-1]


async def _stale(session: AsyncSession, keys: Collection[UUID] | None) -> dict[UUID, datetime]:
    query = select(col(SearchStale.record_id), col(SearchStale.since))
    if keys is not None:
        query = query.where(col(SearchStale.record_id).in_(keys))
    return {row.record_id: row.since for row in (await session.execute(query)).all()}


async def _clear(session: AsyncSession, stale: Mapping[UUID, datetime]) -> None:
    """Forget narrowings that the index has taken; one that came meanwhile has another instant."""
    for record_id, since in stale.items():
        await session.execute(
            delete(SearchStale).where(
                col(SearchStale.record_id) == record_id, col(SearchStale.since) == since
            )
        )
