"""Interning of clauses, and their reading back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from renkei.access import tables
from renkei.access.policy import clauses
from renkei.access.policy.clauses import Audience, Clause, Gate, Token
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.problems import NotFound

Key = TypeVar("Key", int, str)
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
    if isinstance(clause, Audience):
        beside = ((tables.DENY_GROUP, clause.deny), (tables.EXTEND_GROUP, clause.extend))
        session.add_all(
            tables.ClauseToken(clause_id=clause_id, group_no=number, name=name)
            for number, names in beside
            for name in names
        )
    await session.flush()
    return int(clause_id)


async def intern_all(session: AsyncSession, wanted: Iterable[Clause]) -> dict[Clause, int]:
    """The ids of many clauses: one statement for those that are known, and a few for each new."""
    by_digest = {clauses.digest(clause): clause for clause in wanted}
    found: dict[Clause, int] = {}
    for batch in _batches(sorted(by_digest)):
        query = select(col(tables.Clause.digest), col(tables.Clause.id)).where(
            col(tables.Clause.digest).in_(batch)
        )
        for digest, clause_id in (await session.execute(query)).all():
            assert clause_id is not None  # a primary key
            found[by_digest[digest]] = clause_id
    for clause in by_digest.values():
        if clause not in found:
            found[clause] = await intern(session, clause)
    return found


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


async def read_clauses(
    session: AsyncSession | AsyncConnection, ids: Iterable[int]
) -> dict[int, Clause]:
    """The clauses of these ids, as values; one statement for any number of them."""
    wanted = set(ids)
    groups: dict[int, dict[int, set[Token]]] = defaultdict(lambda: defaultdict(set))
    kinds: dict[int, tuple[str, int]] = {}
    for batch in _batches(sorted(wanted)):
        token = tables.ClauseToken
        query = (
            select(
                col(tables.Clause.id),
                col(tables.Clause.kind),
                col(tables.Clause.group_count),
                col(token.group_no),
                col(token.name),
                col(token.start),
                col(token.until),
            )
            .outerjoin(token, col(token.clause_id) == col(tables.Clause.id))
            .where(col(tables.Clause.id).in_(batch))
        )
        for row in (await session.execute(query)).all():
            assert row.id is not None  # a primary key
            kinds[row.id] = (row.kind, row.group_count)
            if row.name is not None:
                groups[row.id][row.group_no].add(Token(row.name, row.start, row.until))
    return {
        clause_id: _rebuilt(kind, count, groups[clause_id])
        for clause_id, (kind, count) in kinds.items()
    }


async def audience_named(session: AsyncSession, record: tables.Policed) -> Audience:
    """The audience clause of a record that was loaded, as a value."""
    return audience_in(await read_clauses(session, [record.audience_id]), record.audience_id)


def audience_in(found: Mapping[int, Clause], clause_id: int) -> Audience:
    """The audience clause of this id among those that were read."""
    clause = found[clause_id]
    assert isinstance(clause, Audience)  # `audience_id` refers to no other kind
    return clause


def gate_in(found: Mapping[int, Clause], clause_id: int) -> Gate:
    """The gate clause of this id among those that were read."""
    clause = found[clause_id]
    assert isinstance(clause, Gate)  # `gate_id` refers to no other kind
    return clause


def _rebuilt(kind: str, count: int, groups: dict[int, set[Token]]) -> Clause:
    if kind == tables.AUDIENCE:
        deny, extend = (
            frozenset(token.name for token in groups.get(number, set()))
            for number in (tables.DENY_GROUP, tables.EXTEND_GROUP)
        )
        return Audience(frozenset(groups.get(0, set())), deny, extend)
    # A group without any token has no row, and closes the gate all the same.
    return Gate(frozenset(frozenset(groups.get(number, set())) for number in range(count)))


def _batches(ids: list[Key], size: int = 500) -> Iterable[list[Key]]:
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
