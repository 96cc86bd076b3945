"""The policy in SQL: which clauses a viewer meets, by the tokens that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    any_,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.access.tables import AUDIENCE, DENY_GROUP, EXTEND_GROUP, GATE, Clause, ClauseToken
from renkei.database.parameters import is_listed, listed, looked_up, parameter
from renkei.database.spans import not_over

# Above this many audiences a literal list costs more than the semi-join on their tokens.
FEW_CLAUSES = 2_000
# The name of the reach in statements that are kept.
KEPT = "reach"
_TOKENS = ClauseToken.__table__  # type: ignore[attr-defined]  # SQLModel sets it
_CLAUSES = Clause.__table__  # type: ignore[attr-defined]  # SQLModel sets it


@dataclass(frozen=True)
class Reach:
    """The clauses that a viewer meets at `at`, as ids where they are few and were fetched.

    None: each statement asks for itself, by a semi-join on the tokens of the record's own clauses;
    for gates `once`, where it may have a table of its own beside. `within` narrows further to what
    that other reach sees too (an audience preview). `by_key` tells that a table is read to its end
    in the order of its keys. `named` is the name under which the values are sent with each sending
    of a statement that is kept; empty: they stand in it.
    """

    viewer: Viewer
    at: datetime
    postgres: bool
    audiences: tuple[int, ...] | None = None
    gates: tuple[int, ...] | None = None
    once: bool = True
    within: Reach | None = None
    by_key: bool = False
    named: str = ""
    # Predicates that were made already: making one costs more than asking with it.
    _known: dict[tuple[FromClause, bool], ColumnElement[bool]] = field(
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
        """The same reach with the ids that were fetched, unless they are too many audiences."""
        if len(audiences) > FEW_CLAUSES:
            return self
        return replace(self, audiences=tuple(dict.fromkeys(audiences)), gates=tuple(gates))

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

    @cached_property
    def gates_asked(self) -> CTE:
        """The gates that the viewer meets, as a table of the statement's own."""
        return gates_met(self).cte()

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
    fetched = () if few else None
    return Reach(ANONYMOUS, nobody, postgres, audiences=fetched, gates=fetched, named=KEPT)


def _under(named: str, what: str) -> str:
    return f"{named}_{what}" if named else ""


async def reach_of(
    connection: AsyncConnection | AsyncSession, viewer: Viewer, at: datetime
) -> Reach:
    """What the viewer meets: on SQLite fetched once for a reading connection, by two statements.

    PostgreSQL's statements ask for themselves: to fetch thousands of clauses cost an officer's
    request more than all else. In a session nothing is fetched either: a unit of work writes new
    clauses, and sees by them. SQLite's driver counts no rows of an UPDATE that has a table beside.
    """
    working = isinstance(connection, AsyncSession)
    bound = connection.get_bind() if isinstance(connection, AsyncSession) else connection
    postgres = bound.dialect.name == "postgresql"
    by_tokens = Reach(viewer, at, postgres, once=postgres or not working)
    if working or postgres:
        return by_tokens
    gates = (await connection.execute(gates_met(by_tokens))).scalars().all()
    audiences = (await connection.execute(audiences_met(by_tokens))).scalars().all()
    return by_tokens.fetched(audiences=audiences, gates=gates)


def gates_met(reach: Reach) -> Select[Any]:
    """The ids of all gates that the viewer meets."""
    # The kind in so many words: a parameter would not find the index of gates alone.
    return select(col(Clause.id)).where(
        col(Clause.kind) == literal_column(f"'{GATE}'"), _all_groups_met(reach, _CLAUSES.c.id)
    )


def audiences_met(reach: Reach) -> Select[Any]:
    """The ids of the audiences that the viewer meets, by each of their tokens; of few, all."""
    return (
        select(col(Clause.id))
        .join(_TOKENS, _TOKENS.c.clause_id == col(Clause.id))
        .where(
            col(Clause.kind) == literal_column(f"'{AUDIENCE}'"),
            _named(reach, _TOKENS),
            ~_denied(reach, _TOKENS.c.clause_id),
        )
        .limit(FEW_CLAUSES + 1)
    )


def tokens_met(
    reach: Reach,
) -> tuple[ColumnElement[int], ColumnElement[str], ColumnElement[bool]]:
    """Of audiences' tokens: the clause, the name, and whether the viewer is in it by that."""
    return (
        _TOKENS.c.clause_id,
        _TOKENS.c.name,
        _in_audience(reach),
    )


def _in_audience(reach: Reach) -> ColumnElement[bool]:
    return and_(_named(reach, _TOKENS), ~_denied(reach, _TOKENS.c.clause_id))


def _in_force(token: FromClause, reach: Reach) -> ColumnElement[bool]:
    return and_(
        or_(token.c.start.is_(None), token.c.start <= reach.now()),
        not_over(token.c.until, reach.now()),
    )


def _named(reach: Reach, token: FromClause) -> ColumnElement[bool]:
    """Tokens of audiences that the viewer holds."""
    return and_(token.c.group_no == 0, reach.among(token.c.name, "tokens"), _in_force(token, reach))


def _denied(reach: Reach, audience_id: ColumnElement[Any]) -> ColumnElement[bool]:
    denial = _TOKENS.alias()
    return exists().where(
        denial.c.clause_id == audience_id,
        denial.c.group_no == DENY_GROUP,
        reach.among(denial.c.name, "affiliations"),
    )


def audience_met(
    reach: Reach, audience_id: ColumnElement[Any], *, row_by_row: bool
) -> ColumnElement[bool]:
    """The viewer is named in this audience now, and denied by none of its exclusions.

    PostgreSQL takes everybody to be in some hundred audiences, and would rather gather those than
    look up each row's: for whoever is in 160,000, a page took 142 ms and takes .3 `row_by_row`.
    """
    token = _TOKENS.alias()
    named: Select[Any] = select(literal_column("1")).where(
        token.c.clause_id == audience_id, _named(reach, token)
    )
    named = named.correlate_except(token)
    if row_by_row:
        named = looked_up(named, postgres=reach.postgres)
    return and_(named.exists(), ~_denied(reach, audience_id))


def gate_met(reach: Reach, gate_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """The viewer meets this gate now."""
    if not reach.once:
        return _all_groups_met(reach, gate_id)
    met = select(reach.gates_asked.c.id)
    if not reach.postgres:
        return gate_id.in_(met)
    # As an array it is made once; as a join, it would change the order of all others.
    return gate_id == any_(func.array(met.scalar_subquery()))


def _all_groups_met(reach: Reach, gate_id: ColumnElement[Any]) -> ColumnElement[bool]:
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


def extends(reach: Reach, source: FromClause) -> ColumnElement[bool]:
    """Whether the viewer was named on the record's audience with the right to share it further."""
    token = _TOKENS.alias()
    return exists().where(
        token.c.clause_id == source.c.audience_id,
        token.c.group_no == EXTEND_GROUP,
        reach.among(token.c.name, "tokens"),
    )
