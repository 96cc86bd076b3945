"""The policy in SQL: which clauses a viewer meets, and the predicate on a readable table.

SELECTs on readable tables are narrowed here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, and_, any_, exists, func, or_, select
from sqlalchemy import literal as literal_of
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from renkei.access.policy.viewer import Viewer
from renkei.access.tables import DENY_GROUP, Clause, ClauseToken

# Above this many audiences a literal list costs more than the semi-join on their tokens.
FEW_CLAUSES = 2_000


@dataclass(frozen=True)
class Reach:
    """The clauses that a viewer meets at `at`. `audiences` is None where they are many."""

    viewer: Viewer
    at: datetime
    postgres: bool
    audiences: tuple[int, ...] | None
    gates: tuple[int, ...]


async def reach_of(
    connection: AsyncConnection | AsyncSession, viewer: Viewer, at: datetime
) -> Reach:
    """Fetch what the viewer meets: one statement for audiences, one for gates, once a request."""
    bind = connection.get_bind() if isinstance(connection, AsyncSession) else connection
    gates = await connection.execute(
        select(col(Clause.id)).where(col(Clause.kind) == "gate", _gate_met(viewer, at))
    )
    audiences = await connection.execute(
        select(col(Clause.id)).where(_audience_met(viewer, at)).limit(FEW_CLAUSES + 1)
    )
    met = tuple(key for key in audiences.scalars() if key is not None)
    return Reach(
        viewer=viewer,
        at=at,
        postgres=bind.dialect.name == "postgresql",
        audiences=met if len(met) <= FEW_CLAUSES else None,
        gates=tuple(key for key in gates.scalars() if key is not None),
    )


def visible(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    """The predicate on `source` (a readable table or an alias of one): rows that the viewer sees.

    A child is visible only where its parents are: where the table names its references to them
    (`info={"parents": ("proposal_id",)}`), the parents' clauses are asked as well.
    """
    audience: ColumnElement[bool]
    if reach.audiences is None:
        audience = source.c.audience_id.in_(
            select(col(Clause.id)).where(_audience_met(reach.viewer, reach.at))
        )
    else:
        audience = _among(reach, source.c.audience_id, reach.audiences)
    met: ColumnElement[bool] = and_(audience, _among(reach, source.c.gate_id, reach.gates))
    for name in source_info(source).get("parents", ()):
        (foreign,) = _table_of(source).c[name].foreign_keys
        parent = foreign.column.table.alias()
        seen = exists().where(parent.c.id == source.c[name], visible(reach, parent))
        met = and_(met, or_(source.c[name].is_(None), seen))
    return met


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
    if reach.postgres:
        return column == any_(literal_of(list(ids), ARRAY(Integer)))
    listed = func.json_each("[" + ",".join(map(str, ids)) + "]").table_valued("value")
    return column.in_(select(listed.c.value))


def _in_force(at: datetime) -> ColumnElement[bool]:
    return and_(
        or_(col(ClauseToken.start).is_(None), col(ClauseToken.start) <= at),
        or_(col(ClauseToken.until).is_(None), col(ClauseToken.until) > at),
    )


def _audience_met(viewer: Viewer, at: datetime) -> ColumnElement[bool]:
    met = col(Clause.id).in_(
        select(col(ClauseToken.clause_id)).where(
            col(ClauseToken.name).in_(sorted(viewer.tokens)),
            col(ClauseToken.group_no) == 0,
            _in_force(at),
        )
    )
    return and_(col(Clause.kind) == "audience", met, ~_denied(viewer))


def _denied(viewer: Viewer) -> ColumnElement[bool]:
    return col(Clause.id).in_(
        select(col(ClauseToken.clause_id)).where(
            col(ClauseToken.group_no) == DENY_GROUP,
            col(ClauseToken.name).in_(sorted(viewer.affiliations)),
        )
    )


def _gate_met(viewer: Viewer, at: datetime) -> ColumnElement[bool]:
    groups_met = (
        select(func.count(func.distinct(ClauseToken.group_no)))
        .where(
            col(ClauseToken.clause_id) == col(Clause.id),
            col(ClauseToken.group_no) >= 0,
            col(ClauseToken.name).in_(sorted(viewer.tokens)),
            _in_force(at),
        )
        .correlate(Clause)
        .scalar_subquery()
    )
    return groups_met == col(Clause.group_count)
