"""Queries of the audit: what the records are that a request has read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from renkei.access.policy.clauses import Audience
from renkei.access.policy.system import as_system
from renkei.access.store import audience_in, read_clauses


@dataclass(frozen=True)
class ReadRecordFacts:
    """A record that was read: its marking, who made it, who needs to know it."""

    kind: str
    id: UUID
    tlp: str
    originator_id: UUID | None
    audience: Audience
    readers: str


async def records_read(
    session: AsyncSession, keys: Mapping[str, Collection[UUID]]
) -> list[ReadRecordFacts]:
    """The marked records of these keys, by table; two statements and one a table."""
    rows: list[tuple[str, str, Sequence[object]]] = []
    for name in sorted(keys):
        table = SQLModel.metadata.tables[name]
        if "tlp" not in table.c:
            continue
        originator = table.info.get("originator")
        query = select(
            table.c.id,
            table.c.tlp,
            table.c.audience_id,
            table.c[originator] if originator else literal(None).label("nobody"),
        ).where(table.c.id.in_(list(keys[name])))
        found = (await session.execute(as_system(query, "audit.leave"))).all()
        rows += [(name, table.info.get("readers", ""), row) for row in found]
    clauses = await read_clauses(session, {int(str(row[2])) for _, _, row in rows})
    return [
        ReadRecordFacts(
            kind=kind,
            id=row.id,  # type: ignore[attr-defined]  # rows of the query above
            tlp=row.tlp,  # type: ignore[attr-defined]  # as above
            originator_id=row[3],  # type: ignore[arg-type]  # as above
            audience=audience_in(clauses, row.audience_id),  # type: ignore[attr-defined]  # as above
            readers=readers,
        )
        for kind, readers, row in rows
    ]
