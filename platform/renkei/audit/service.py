"""Leaving an entry: one for each request that returned content above TLP:GREEN, durable first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table
from sqlmodel import SQLModel

from renkei.access.policy.clauses import MEMBERS_GATE, Audience, Clause, org
from renkei.access.policy.viewer import Viewer
from renkei.access.store import intern_all
from renkei.audit.rules import Told, leaves_entry, tokens_that_tell, told_to_originator
from renkei.audit.store import ReadFacts, ReadRecordFacts
from renkei.audit.tables import ReadEntry, Reading, ReadRecord
from renkei.database.asking import Ask
from renkei.database.engine import Database
from renkei.reading.seen import Read

# Entries of one commit: whoever comes while one is being written waits for the next, together.
_AT_ONCE = 200
_NOT_MET: frozenset[str] = frozenset()
# Ids of clauses that are kept: one for each originator of what is read.
_IDS_KEPT = 10_000
_ENTRY, _RECORD, _READING = (
    SQLModel.metadata.tables[str(model.__tablename__)] for model in (ReadEntry, ReadRecord, Reading)
)
_COLUMNS = {
    _ENTRY: (
        "id",
        "at",
        "way",
        "request_id",
        "person_id",
        "post_id",
        "by_token",
        "country",
        "deputy_for",
    ),
    _RECORD: ("entry_id", "record_id", "record_kind", "tlp"),
    _READING: (
        "id",
        "record_kind",
        "record_id",
        "at",
        "organization_id",
        "person_id",
        "audience_id",
        "gate_id",
    ),
}


@dataclass(frozen=True)
class Leaving:
    """What one request has read. `way` says how it leaves, such as "graphql" or "export"."""

    viewer: Viewer
    read: Read
    at: datetime
    way: str
    request_id: str


@dataclass
class _Rows:
    """What a batch of entries adds to each table, and whom its readings are told."""

    by_table: dict[Table, list[tuple[Any, ...]]] = field(
        default_factory=lambda: {table: [] for table in _COLUMNS}
    )
    told: list[tuple[ReadRecordFacts, datetime, Told, Audience]] = field(default_factory=list)


class ReadLog:
    """Writes entries in groups. An answer leaves only after its entry is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._facts = ReadFacts(database.asking)
        self._appending = database.appending(_COLUMNS)
        # A clause never changes: an id that was seen committed holds.
        self._ids: dict[Clause, int] = {}
        self._waiting: list[tuple[Leaving, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def leave(self, leaving: Leaving) -> None:
        """Return when the entry is durable, or at once where the request needs none.

        Raises what the database raises: then the answer must not leave.
        """
        if all(facts and not leaves_entry(facts[0]) for facts in leaving.read.values()):
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((leaving, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            try:
                await self._enter([leaving for leaving, _ in batch])
            except Exception as error:  # noqa: BLE001 - each answer that waits fails with it
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def _enter(self, batch: Sequence[Leaving]) -> None:
        """Write the entries of some requests, and what originators see of them."""
        rows = _Rows()
        async with self._database.asking.connection() as ask:
            untold = {
                key for leaving in batch for key, facts in leaving.read.items() if facts is None
            }
            others = await self._facts.records(ask, untold)
            for leaving in batch:
                entered = _entered(leaving.read, others)
                if entered:
                    _add_entry(rows, leaving, entered)
                    rows.told += await self._told(ask, leaving, entered)
        if not rows.by_table[_ENTRY]:
            return
        ids = await self._clause_ids([MEMBERS_GATE, *(audience for *_, audience in rows.told)])
        rows.by_table[_READING] = [
            (
                uuid4(),
                one.kind,
                one.id,
                at,
                told.organization_id,
                told.person_id,
                ids[audience],
                ids[MEMBERS_GATE],
            )
            for one, at, told, audience in rows.told
        ]
        await self._appending.add(rows.by_table)

    async def _told(
        self, ask: Ask, leaving: Leaving, records: Sequence[ReadRecordFacts]
    ) -> list[tuple[ReadRecordFacts, datetime, Told, Audience]]:
        """What originators will see of it, each at the grain that it may know."""
        viewer = leaving.viewer
        mine = {post.organization_id for post in viewer.posts}
        # Of others' records it makes no difference whose they are: they are asked for together.
        groups: dict[tuple[UUID | None, str], list[ReadRecordFacts]] = {}
        readers_of = {kind: _readers(kind) for kind in {one.kind for one in records}}
        for one in records:
            if one.originator_id is not None:
                own = one.originator_id if one.originator_id in mine else None
                groups.setdefault((own, readers_of[one.kind]), []).append(one)
        found = []
        for (_, readers), ones in groups.items():
            originator_id = ones[0].originator_id
            tokens = tokens_that_tell(viewer, originator_id=originator_id, readers=readers)
            audiences = {one.audience_id for one in ones}
            met = await self._facts.met(ask, viewer, leaving.at, audiences, tokens)
            told = {
                by: told_to_originator(viewer, originator_id=originator_id, met=by, readers=readers)
                for by in {_NOT_MET, *met.values()}
            }
            found += [
                (one, leaving.at, known, Audience.of(org(one.originator_id)))
                for one in ones
                if one.originator_id and (known := told[met.get(one.audience_id, _NOT_MET)])
            ]
        return found

    async def _clause_ids(self, wanted: Iterable[Clause]) -> Mapping[Clause, int]:
        """The ids of these clauses. New ones are written first, and stay whatever follows."""
        clauses = set(wanted)
        if clauses - self._ids.keys():
            async with self._database.writing() as session:
                found = await intern_all(session, clauses)
                await session.commit()
            if len(self._ids) > _IDS_KEPT:
                self._ids.clear()
            self._ids |= found
        return {clause: self._ids[clause] for clause in clauses}


def _entered(
    read: Read, others: Mapping[tuple[str, UUID], ReadRecordFacts]
) -> list[ReadRecordFacts]:
    """What must be entered of what was read; of `others`, only a child was read."""
    above = {facts[0] for facts in read.values() if facts}
    above = {tlp for tlp in above if leaves_entry(tlp)}
    found = [
        ReadRecordFacts(kind, key, *facts)
        for (kind, key), facts in read.items()
        if facts and facts[0] in above
    ]
    found += [
        others[key]
        for key, facts in read.items()
        if facts is None and key in others and leaves_entry(others[key].tlp)
    ]
    return found


def _readers(kind: str) -> str:
    """Which of its readers the originator learns of, as the table says."""
    readers: str = SQLModel.metadata.tables[kind].info.get("readers", "")
    return readers


def _add_entry(rows: _Rows, leaving: Leaving, records: Sequence[ReadRecordFacts]) -> None:
    viewer = leaving.viewer
    entry_id = uuid4()
    rows.by_table[_ENTRY].append(
        (
            entry_id,
            leaving.at,
            leaving.way,
            leaving.request_id,
            viewer.person_id,
            viewer.posts[0].id if viewer.posts else None,
            viewer.scopes is not None,
            viewer.request.country,
            " ".join(map(str, viewer.deputises)),
        )
    )
    rows.by_table[_RECORD] += [(entry_id, one.id, one.kind, one.tlp) for one in records]
