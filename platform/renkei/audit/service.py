"""Leaving an entry: one for each request that returned content above TLP:GREEN, durable first."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from renkei.access.policy.clauses import MEMBERS_GATE, Audience, org
from renkei.access.policy.viewer import Viewer
from renkei.access.store import intern_all
from renkei.audit.rules import Told, leaves_entry, told_to_originator
from renkei.audit.store import ReadRecordFacts, records_read
from renkei.audit.tables import ReadEntry, Reading, ReadRecord
from renkei.database.engine import Database

Read = Mapping[tuple[str, UUID], str | None]
# Entries of one commit: whoever comes while one is being written waits for the next, together.
_AT_ONCE = 200


@dataclass(frozen=True)
class Leaving:
    """What one request has read. `way` says how it leaves, such as "graphql" or "export"."""

    viewer: Viewer
    read: Read
    at: datetime
    way: str
    request_id: str


class ReadLog:
    """Writes entries in groups. An answer leaves only after its entry is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Leaving, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def leave(self, leaving: Leaving) -> None:
        """Return when the entry is durable, or at once where the request needs none.

        Raises what the database raises: then the answer must not leave.
        """
        if all(tlp is not None and not leaves_entry(tlp) for tlp in leaving.read.values()):
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
                async with self._database.writing() as session:
                    for leaving, _ in batch:
                        await leave_entry(session, leaving)
                    await session.commit()
            except Exception as error:  # noqa: BLE001 - each answer that waits fails with it
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)


async def leave_entry(session: AsyncSession, leaving: Leaving) -> UUID | None:
    """Write the entry of one request and what originators see of it; None where it needs none."""
    keys: dict[str, set[UUID]] = defaultdict(set)
    for (kind, key), tlp in leaving.read.items():
        if tlp is None or leaves_entry(tlp):
            keys[kind].add(key)
    records = [one for one in await records_read(session, keys) if leaves_entry(one.tlp)]
    if not records:
        return None
    viewer = leaving.viewer
    person_id, post_id = viewer.actor
    entry = ReadEntry(
        id=uuid4(),
        at=leaving.at,
        way=leaving.way,
        request_id=leaving.request_id,
        person_id=person_id,
        post_id=post_id,
        by_token=viewer.scopes is not None,
        country=viewer.request.country,
    )
    session.add(entry)
    await session.flush()
    session.add_all(
        ReadRecord(entry_id=entry.id, record_id=one.id, record_kind=one.kind, tlp=one.tlp)
        for one in records
    )
    await _tell(session, leaving, records)
    await session.flush()
    return entry.id


async def _tell(
    session: AsyncSession, leaving: Leaving, records: Sequence[ReadRecordFacts]
) -> None:
    """What originators will see of it, each at the grain that it may know."""
    viewer = leaving.viewer
    rows: list[tuple[ReadRecordFacts, Told, Audience]] = []
    for one in records:
        if one.originator_id is None:
            continue
        told = told_to_originator(
            viewer,
            originator_id=one.originator_id,
            met=one.audience.admitted_by(viewer.tokens, viewer.affiliations, leaving.at),
            readers=one.readers,
        )
        if told is not None:
            rows.append((one, told, Audience.of(org(one.originator_id))))
    if not rows:
        return
    ids = await intern_all(session, [MEMBERS_GATE, *(audience for _, _, audience in rows)])
    session.add_all(
        Reading(
            record_kind=one.kind,
            record_id=one.id,
            at=leaving.at,
            organization_id=told.organization_id,
            person_id=told.person_id,
            audience_id=ids[audience],
            gate_id=ids[MEMBERS_GATE],
        )
        for one, told, audience in rows
    )
