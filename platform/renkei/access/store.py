"""Interning of clauses, and their reading back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access import tables
from renkei.access.policy import clauses
from renkei.access.policy.clauses import Audience, Clause, Gate, Token
from renkei.access.policy.reach import Reach, visible
from renkei.problems import NotFound

Row = TypeVar("Row", bound=tables.Policed)


async def intern(session: AsyncSession, clause: Clause) -> int:
    """The id of the clause's one row, written where it is new. Safe against a twin in parallel."""
    name = clauses.digest(clause)
    found = await session.execute(
        select(col(tables.Clause.id)).where(col(tables.Clause.digest) == name)
    )
    if (known := found.scalar()) is not None:
        return known
    dialect = session.get_bind().dialect.name
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    written = await session.execute(
        insert(tables.Clause)
        .values(
            kind=tables.AUDIENCE if isinstance(clause, Audience) else tables.GATE,
            digest=name,
            group_count=len(clause.groups),
        )
        .on_conflict_do_nothing(index_elements=["digest"])
        .returning(col(tables.Clause.id))
    )
    clause_id = written.scalar()
    if clause_id is None:
        found = await session.execute(
            select(col(tables.Clause.id)).where(col(tables.Clause.digest) == name)
        )
        clause_id = found.scalar_one()
        assert clause_id is not None  # a primary key
        return clause_id
    for number, group in enumerate(clause.groups):
        session.add_all(
            tables.ClauseToken(
                clause_id=clause_id,
                group_no=number,
                name=token.name,
                start=token.start,
                until=token.until,
            )
            for token in group
        )
    session.add_all(
        tables.ClauseToken(clause_id=clause_id, group_no=tables.DENY_GROUP, name=name)
        for name in (clause.deny if isinstance(clause, Audience) else ())
    )
    await session.flush()
    return int(clause_id)


async def interned(session: AsyncSession, audience: Audience, gate: Gate) -> dict[str, Any]:
    """Both clauses as the columns of a record that is about to be made."""
    return {
        "audience_id": await intern(session, audience),
        "gate_id": await intern(session, gate),
    }


async def police(
    session: AsyncSession, record: tables.Policed, audience: Audience, gate: Gate
) -> None:
    """Set both clauses of a record."""
    record.audience_id = await intern(session, audience)
    record.gate_id = await intern(session, gate)


async def read_clauses(session: AsyncSession, ids: Iterable[int]) -> dict[int, Clause]:
    """The clauses of these ids, as values; one statement for any number of them."""
    wanted = set(ids)
    groups: dict[int, dict[int, set[Token]]] = defaultdict(lambda: defaultdict(set))
    kinds: dict[int, tuple[str, int]] = {}
    for batch in _batches(sorted(wanted)):
        query = (
            select(tables.Clause, tables.ClauseToken)
            .outerjoin(
                tables.ClauseToken, col(tables.ClauseToken.clause_id) == col(tables.Clause.id)
            )
            .where(col(tables.Clause.id).in_(batch))
        )
        for clause, token in (await session.execute(query)).all():
            assert clause.id is not None  # a primary key
            kinds[clause.id] = (clause.kind, clause.group_count)
            if token is not None:
                groups[clause.id][token.group_no].add(Token(token.name, token.start, token.until))
    return {clause_id: _rebuilt(kind, groups[clause_id]) for clause_id, (kind, _) in kinds.items()}


def _rebuilt(kind: str, groups: dict[int, set[Token]]) -> Clause:
    deny = frozenset(token.name for token in groups.pop(tables.DENY_GROUP, set()))
    if kind == tables.AUDIENCE:
        return Audience(frozenset(groups.get(0, set())), deny)
    return Gate(frozenset(frozenset(group) for group in groups.values()))


def _batches(ids: list[int], size: int = 500) -> Iterable[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


async def load(
    session: AsyncSession, reach: Reach, table: type[Row], record_id: UUID, *, lock: bool = False
) -> Row:
    """The record, where the viewer may see it; `NotFound` where not, or where there is none.

    With `lock`, no other transaction changes it until this one ends.
    """
    query = select(table).where(
        table.__table__.c.id == record_id,  # type: ignore[attr-defined]  # every table has one
        visible(reach, table.__table__),  # type: ignore[attr-defined]  # every table has one
    )
    if lock:
        query = query.with_for_update()
    found = (await session.execute(query)).scalar()
    if found is None:
        raise NotFound
    return found
