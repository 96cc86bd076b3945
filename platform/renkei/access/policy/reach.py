"""The policy in SQL: which clauses a viewer meets, and the predicate on a readable table.

SELECTs on readable tables are narrowed here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Table,
    and_,
    any_,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import literal as literal_of
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlmodel import col

from renkei.access.policy.clauses import EVERYONE, OPEN_GATE, Audience, Gate, digest
from renkei.access.policy.viewer import Viewer
from renkei.access.tables import AUDIENCE, DENY_GROUP, EXTEND_GROUP, GATE, Clause, ClauseToken

# Above this many audiences a literal list costs more than the semi-join on their tokens.
FEW_CLAUSES = 2_000
# Binds before every other operator: no bracket is needed around it.
_FIRST = 100
_TOKENS = ClauseToken.__table__  # type: ignore[attr-defined]  # SQLModel sets it
_CLAUSES = Clause.__table__  # type: ignore[attr-defined]  # SQLModel sets it


@dataclass(frozen=True)
class Reach:
    """The clauses that a viewer meets at `at`, as ids where they are few and were fetched.

    None: each statement asks for itself, by a semi-join on the tokens of the record's own clause.
    `within` narrows further to what that other reach sees too (an audience preview). `by_key` tells
    that a table is read to its end in the order of its keys.
    """

    viewer: Viewer
    at: datetime
    postgres: bool
    audiences: tuple[int, ...] | None = None
    gates: tuple[int, ...] | None = None
    within: Reach | None = None
    by_key: bool = False
    # Predicates that were made already: making one costs more than asking with it.
    _known: dict[FromClause, ColumnElement[bool]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    # The ids as SQL has them, by the column that is compared with them.
    _lists: dict[str, Any] = field(init=False, default_factory=dict, compare=False, repr=False)


async def reach_of(
    connection: AsyncConnection | AsyncSession, viewer: Viewer, at: datetime
) -> Reach:
    """What the viewer meets: for a reading connection fetched once, by two statements.

    In a session nothing is fetched: a unit of work writes new clauses, and sees by them.
    """
    if isinstance(connection, AsyncSession):
        return Reach(viewer, at, connection.get_bind().dialect.name == "postgresql")
    # The kind in so many words: a parameter would not find the index of gates alone.
    gates = await connection.execute(
        select(col(Clause.id)).where(
            col(Clause.kind) == literal_column(f"'{GATE}'"), _gate_met(viewer, at, _CLAUSES.c.id)
        )
    )
    audiences = await connection.execute(
        select(col(Clause.id))
        .join(_TOKENS, _TOKENS.c.clause_id == col(Clause.id))
        .where(col(Clause.kind) == AUDIENCE, _named(viewer, at), ~_denied(viewer))
        .distinct()
        .limit(FEW_CLAUSES + 1)
    )
    met = tuple(key for key in audiences.scalars() if key is not None)
    return Reach(
        viewer=viewer,
        at=at,
        postgres=connection.dialect.name == "postgresql",
        audiences=met if len(met) <= FEW_CLAUSES else None,
        gates=tuple(key for key in gates.scalars() if key is not None),
    )


def visible(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    """The predicate on `source` (a readable table or an alias of one): rows that the viewer sees.

    A child is visible only where its parents are: where the table names its references to them
    (`info={"parents": ("proposal_id",)}`), the parents' clauses are asked as well.
    """
    if source not in reach._known:
        reach._known[source] = _visible(reach, source)
    return reach._known[source]


def _visible(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    met: ColumnElement[bool] = and_(_audience(reach, source), _gate(reach, source))
    for name in source_info(source).get("parents", ()):
        parent = _parent(_table_of(source), name)
        seen = exists().where(parent.c.id == source.c[name], visible(reach, parent))
        # The alias is this subquery's own, whatever stands around it.
        met = and_(met, or_(source.c[name].is_(None), seen.correlate_except(parent)))
    return met if reach.within is None else and_(met, visible(reach.within, source))


@cache
def _parent(table: Table, reference: str) -> FromClause:
    """The alias under which a child's parent is asked for: always the same, since it costs much."""
    (foreign,) = table.c[reference].foreign_keys
    alias: FromClause = foreign.column.table.alias()
    return alias


def seen_end(reach: Reach, column: ColumnElement[Any], target: FromClause) -> ColumnElement[bool]:
    """`column` refers to a row of `target` that the viewer sees: a link's other end."""
    end = target.alias()
    asked = exists().where(end.c.id == column)
    return asked.where(visible(reach, end)) if is_readable(target) else asked


def everyone_reads(source: FromClause) -> ColumnElement[bool]:
    """Rows that everybody reads, always: what may be repeated beside other records."""

    def one(clause: Audience | Gate) -> Any:
        return select(_CLAUSES.c.id).where(_CLAUSES.c.digest == digest(clause)).scalar_subquery()

    return and_(source.c.audience_id == one(EVERYONE), source.c.gate_id == one(OPEN_GATE))


def _audience(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    column = source.c.audience_id
    if reach.audiences is not None:
        return _among(reach, column, reach.audiences)
    token = _TOKENS.alias()
    named = exists().where(
        token.c.clause_id == column,
        token.c.group_no == 0,
        token.c.name.in_(sorted(reach.viewer.tokens)),
        _in_force(token, reach.at),
    )
    denial = _TOKENS.alias()
    denied = exists().where(
        denial.c.clause_id == column,
        denial.c.group_no == DENY_GROUP,
        denial.c.name.in_(sorted(reach.viewer.affiliations)),
    )
    return and_(named, ~denied)


def _gate(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    if reach.gates is not None:
        return _among(reach, source.c.gate_id, reach.gates)
    return _gate_met(reach.viewer, reach.at, source.c.gate_id)


def extends(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    """Whether the viewer was named on the record's audience with the right to share it further."""
    token = _TOKENS.alias()
    return exists().where(
        token.c.clause_id == source.c.audience_id,
        token.c.group_no == EXTEND_GROUP,
        token.c.name.in_(sorted(reach.viewer.tokens)),
    )


def is_readable(source: FromClause) -> bool:
    """Whether the table holds the policy's two clauses."""
    return "audience_id" in source.c


def source_info(source: FromClause) -> dict[Any, Any]:
    """What the table's definition says about itself, seen through an alias."""
    info: dict[Any, Any] = _table_of(source).info
    return info


def _table_of(source: FromClause) -> Any:
    return getattr(source, "element", source)


def _among(reach: Reach, column: ColumnElement[int], ids: tuple[int, ...]) -> ColumnElement[bool]:
    """`column` is one of `ids`, as one parameter: the statement's text does not grow with them."""
    name = str(column.key)
    if name not in reach._lists:
        reach._lists[name] = _listed(ids, postgres=reach.postgres)
    listed = reach._lists[name]
    if reach.postgres:
        met: ColumnElement[bool] = column == listed
        return met
    # SQLite, without statistics, goes by the clauses' index and sorts all that is left for each
    # page; a unary plus keeps it on the keys. Measured: 20,000 calls in pages of 500 took 4.5 s of
    # statements without it and 1.4 s with it, and the difference grows with the square.
    led = (
        UnaryExpression(column, operator=custom_op("+", precedence=_FIRST))
        if reach.by_key
        else column
    )
    return led.in_(listed)


def _listed(ids: tuple[int, ...], *, postgres: bool) -> Any:
    if postgres:
        return any_(literal_of(list(ids), ARRAY(Integer)))
    rows = func.json_each("[" + ",".join(map(str, ids)) + "]").table_valued("value")
    return select(rows.c.value)


def _in_force(token: FromClause, at: datetime) -> ColumnElement[bool]:
    return and_(
        or_(token.c.start.is_(None), token.c.start <= at),
        or_(token.c.until.is_(None), token.c.until > at),
    )


def _named(viewer: Viewer, at: datetime) -> ColumnElement[bool]:
    """Tokens of audiences that the viewer holds."""
    return and_(
        _TOKENS.c.name.in_(sorted(viewer.tokens)),
        _TOKENS.c.group_no == 0,
        _in_force(_TOKENS, at),
    )


def _denied(viewer: Viewer) -> ColumnElement[bool]:
    denial = _TOKENS.alias()
    return exists().where(
        denial.c.clause_id == _TOKENS.c.clause_id,
        denial.c.group_no == DENY_GROUP,
        denial.c.name.in_(sorted(viewer.affiliations)),
    )


def _gate_met(viewer: Viewer, at: datetime, gate_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """As many groups hold one of the viewer's tokens as the gate has: one of each."""
    token, clause = _TOKENS.alias(), _CLAUSES.alias()
    groups_met = (
        select(func.count(func.distinct(token.c.group_no)))
        .where(
            token.c.clause_id == gate_id,
            token.c.group_no >= 0,
            token.c.name.in_(sorted(viewer.tokens)),
            _in_force(token, at),
        )
        .scalar_subquery()
    )
    wanted = select(clause.c.group_count).where(clause.c.id == gate_id).scalar_subquery()
    return groups_met == wanted
