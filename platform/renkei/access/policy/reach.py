"""The policy in SQL: which clauses a viewer meets, and the predicate on a readable table.

SELECTs on readable tables are narrowed here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from renkei.access.policy.clauses import EVERYONE, OPEN_GATE, Audience, Gate, digest
from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.access.tables import AUDIENCE, DENY_GROUP, EXTEND_GROUP, GATE, Clause, ClauseToken
from renkei.database.parameters import is_listed, listed, parameter

# Above this many audiences a literal list costs more than the semi-join on their tokens.
FEW_CLAUSES = 2_000
# The name of the reach in statements that are kept.
KEPT = "reach"
# Binds before every other operator: no bracket is needed around it.
_FIRST = 100
_TOKENS = ClauseToken.__table__  # type: ignore[attr-defined]  # SQLModel sets it
_CLAUSES = Clause.__table__  # type: ignore[attr-defined]  # SQLModel sets it


@dataclass(frozen=True)
class Reach:
    """The clauses that a viewer meets at `at`, as ids where they are few and were fetched.

    None: each statement asks for itself, by a semi-join on the tokens of the record's own clause.
    `within` narrows further to what that other reach sees too (an audience preview). `by_key` tells
    that a table is read to its end in the order of its keys. `named` is the name under which the
    values are sent with each sending of a statement that is kept; empty: they stand in it.
    """

    viewer: Viewer
    at: datetime
    postgres: bool
    audiences: tuple[int, ...] | None = None
    gates: tuple[int, ...] | None = None
    within: Reach | None = None
    by_key: bool = False
    named: str = ""
    # Predicates that were made already: making one costs more than asking with it.
    _known: dict[FromClause, ColumnElement[bool]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    # The values as SQL has them, by what they are.
    _sent: dict[str, BindParameter[Any]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    @property
    def few(self) -> bool:
        """Whether the audiences that the viewer meets were few, and so are listed."""
        return self.audiences is not None

    def values(self) -> dict[str, Any]:
        """What the viewer meets, as the values of a kept statement whose reach is `named` so."""
        return {_under(self.named, name): value for name, value in self._values().items()}

    def _values(self) -> dict[str, Any]:
        return {
            "audiences": self.audiences,
            "gates": self.gates,
            "tokens": sorted(self.viewer.tokens),
            "affiliations": sorted(self.viewer.affiliations),
            "at": self.at,
            "person": self.viewer.person_id,
        }

    def fetched(self, *, audiences: Sequence[int], gates: Sequence[int]) -> Reach:
        """The same reach with the ids that were fetched; too many audiences are not kept."""
        few = len(audiences) <= FEW_CLAUSES
        return replace(self, audiences=tuple(audiences) if few else None, gates=tuple(gates))

    def now(self) -> BindParameter[datetime]:
        """The instant of reading, as a value in SQL."""
        if "at" not in self._sent:
            self._sent["at"] = parameter(self.at, UTCDateTime(), _under(self.named, "at"))
        return self._sent["at"]

    def person(self) -> BindParameter[UUID | None]:
        """The viewer's own key, as a value in SQL; nobody's where nobody is signed in."""
        if "person" not in self._sent:
            name = _under(self.named, "person")
            self._sent["person"] = parameter(self.viewer.person_id, Uuid(), name)
        return self._sent["person"]

    def among(self, column: ColumnElement[Any], what: str) -> ColumnElement[bool]:
        """`column` is one of the viewer's `tokens` or `affiliations`, or of the ids of a kind."""
        if what not in self._sent:
            kind = Integer() if what in {"audiences", "gates"} else String()
            values = self._values()[what]
            name = _under(self.named, what)
            self._sent[what] = listed(values, kind, postgres=self.postgres, name=name)
        return is_listed(column, self._sent[what])


def kept_reach(*, postgres: bool, few: bool) -> Reach:
    """A reach for statements that are kept: each sending brings the values of the viewer's own."""
    nobody = datetime.max.replace(tzinfo=UTC)
    return Reach(ANONYMOUS, nobody, postgres, audiences=() if few else None, gates=(), named=KEPT)


def _under(named: str, what: str) -> str:
    return f"{named}_{what}" if named else ""


async def reach_of(
    connection: AsyncConnection | AsyncSession, viewer: Viewer, at: datetime
) -> Reach:
    """What the viewer meets: for a reading connection fetched once, by two statements.

    In a session nothing is fetched: a unit of work writes new clauses, and sees by them.
    """
    if isinstance(connection, AsyncSession):
        return Reach(viewer, at, connection.get_bind().dialect.name == "postgresql")
    by_tokens = Reach(viewer, at, connection.dialect.name == "postgresql")
    gates = (await connection.execute(gates_met(by_tokens))).scalars().all()
    audiences = (await connection.execute(audiences_met(by_tokens))).scalars().all()
    return by_tokens.fetched(audiences=audiences, gates=gates)


def gates_met(reach: Reach) -> Select[Any]:
    """The ids of all gates that the viewer meets."""
    # The kind in so many words: a parameter would not find the index of gates alone.
    return select(col(Clause.id)).where(
        col(Clause.kind) == literal_column(f"'{GATE}'"), _gate_met(reach, _CLAUSES.c.id)
    )


def audiences_met(reach: Reach) -> Select[Any]:
    """The ids of the audiences that the viewer meets, and of one more than are few."""
    return (
        select(col(Clause.id))
        .join(_TOKENS, _TOKENS.c.clause_id == col(Clause.id))
        .where(col(Clause.kind) == literal_column(f"'{AUDIENCE}'"), _named(reach), ~_denied(reach))
        .distinct()
        .limit(FEW_CLAUSES + 1)
    )


def visible(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    """The predicate on `source` (a readable table or an alias of one): rows that the viewer sees.

    A child is visible only where its parents are: where the table names its references to them
    (`info={"parents": ("proposal_id",)}`), the parents' clauses are asked as well. What belongs to
    one person (`info={"personal": "person_id"}`) is visible to that person at most, and is found
    by that reference's index.
    """
    if source not in reach._known:
        reach._known[source] = _visible(reach, source)
    return reach._known[source]


def _visible(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    met: ColumnElement[bool] = and_(_audience(reach, source), _gate(reach, source))
    info = source_info(source)
    if "personal" in info:
        met = and_(source.c[info["personal"]] == reach.person(), met)
    for name in info.get("parents", ()):
        met = and_(met, _parent_seen(reach, source, name))
    return met if reach.within is None else and_(met, visible(reach.within, source))


def _parent_seen(reach: Reach, source: FromClause, name: str) -> ColumnElement[bool]:
    parent = _parent(_table_of(source), name)
    asked: Select[Any] = select(literal_column("1")).where(
        parent.c.id == source.c[name], visible(reach, parent)
    )
    # The alias is this subquery's own, whatever stands around it.
    asked = asked.correlate_except(parent)
    if not source.c[name].nullable:
        return asked.exists()
    # Beside OR, PostgreSQL would rather hash all parents that the viewer sees than look up those of
    # a few children; an OFFSET keeps it from that.
    if reach.postgres:
        asked = asked.offset(literal_column("0"))
    return or_(source.c[name].is_(None), asked.exists())


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
        return _among(reach, source, "audience_id", "audiences")
    token = _TOKENS.alias()
    named = exists().where(
        token.c.clause_id == column,
        token.c.group_no == 0,
        reach.among(token.c.name, "tokens"),
        _in_force(token, reach),
    )
    denial = _TOKENS.alias()
    denied = exists().where(
        denial.c.clause_id == column,
        denial.c.group_no == DENY_GROUP,
        reach.among(denial.c.name, "affiliations"),
    )
    return and_(named, ~denied)


def _gate(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    if reach.gates is not None:
        return _among(reach, source, "gate_id", "gates")
    return _gate_met(reach, source.c.gate_id)


def extends(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    """Whether the viewer was named on the record's audience with the right to share it further."""
    token = _TOKENS.alias()
    return exists().where(
        token.c.clause_id == source.c.audience_id,
        token.c.group_no == EXTEND_GROUP,
        reach.among(token.c.name, "tokens"),
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


def _among(reach: Reach, source: FromClause, name: str, what: str) -> ColumnElement[bool]:
    """The clause in the column is one of those that the viewer meets."""
    column = source.c[name]
    # SQLite takes any list of clauses for selective: it goes by their index and sorts all that is
    # left for each page. A unary plus keeps it on the order's index, which is right wherever most
    # records are everybody's. Measured: 20,000 calls in pages of 500 took 4.5 s of statements
    # without it and 1.4 s with it, and the difference grows with the square.
    by_clause = reach.postgres or (source_info(source).get("seen_by_few") and not reach.by_key)
    led = (
        column if by_clause else UnaryExpression(column, operator=custom_op("+", precedence=_FIRST))
    )
    return reach.among(led, what)


def tokens_met(
    reach: Reach,
) -> tuple[ColumnElement[int], ColumnElement[str], ColumnElement[bool]]:
    """Of audiences' tokens: the clause, the name, and whether the viewer is in it by that."""
    return _TOKENS.c.clause_id, _TOKENS.c.name, and_(_named(reach), ~_denied(reach))


def _in_force(token: FromClause, reach: Reach) -> ColumnElement[bool]:
    return and_(
        or_(token.c.start.is_(None), token.c.start <= reach.now()),
        or_(token.c.until.is_(None), token.c.until > reach.now()),
    )


def _named(reach: Reach) -> ColumnElement[bool]:
    """Tokens of audiences that the viewer holds."""
    return and_(
        reach.among(_TOKENS.c.name, "tokens"),
        _TOKENS.c.group_no == 0,
        _in_force(_TOKENS, reach),
    )


def _denied(reach: Reach) -> ColumnElement[bool]:
    denial = _TOKENS.alias()
    return exists().where(
        denial.c.clause_id == _TOKENS.c.clause_id,
        denial.c.group_no == DENY_GROUP,
        reach.among(denial.c.name, "affiliations"),
    )


def _gate_met(reach: Reach, gate_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """As many groups hold one of the viewer's tokens as the gate has: one of each."""
    token, clause = _TOKENS.alias(), _CLAUSES.alias()
    groups_met = (
        select(func.count(func.distinct(token.c.group_no)))
        .where(
            token.c.clause_id == gate_id,
            token.c.group_no >= 0,
            reach.among(token.c.name, "tokens"),
            _in_force(token, reach),
        )
        .scalar_subquery()
    )
    wanted = select(clause.c.group_count).where(clause.c.id == gate_id).scalar_subquery()
    return groups_met == wanted
