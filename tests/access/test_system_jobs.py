"""Every statement that the suite sends is read (tests/support/watching.py): here, what it finds."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from sqlalchemy import and_, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import FEW_CLAUSES, Reach, extends
from renkei.access.policy.system import OPTION, SYSTEM_JOBS, as_system
from renkei.access.policy.viewer import ANONYMOUS
from renkei.clock import FixedClock
from support.paths import ROOT
from support.statements import readable_tables, unpoliced
from support.watching import WATCH
from support.world import World

TABLES = SQLModel.metadata.tables
CALL, BRIEF, AREA, MEMBER = (TABLES[name] for name in ("call", "brief", "area", "proposal_member"))
TAG, CLAUSE, TOKEN = TABLES["call_area"], TABLES["clause"], TABLES["clause_token"]
KEY = CALL.c.id

_POSTGRESQL: Any = postgresql.asyncpg.dialect
DIALECTS: dict[str, Any] = {"sqlite": sqlite.dialect(), "postgresql": _POSTGRESQL()}


@pytest.fixture(params=DIALECTS)
def kind(request: pytest.FixtureRequest) -> str:
    """Either database's SQL; none of it is sent."""
    return str(request.param)


@pytest.fixture(params=["few clauses", "many clauses"])
def reach(request: pytest.FixtureRequest, kind: str) -> Reach:
    """Both forms of the predicate: by the ids that were fetched, and by semi-joins."""
    few = (1, 2) if request.param == "few clauses" else None
    return Reach(ANONYMOUS, FixedClock().now(), kind == "postgresql", audiences=few, gates=few)


def found(statement: Any, kind: str) -> tuple[str, ...]:
    """What the statement reads past the policy."""
    compiled = statement.compile(
        dialect=DIALECTS[kind], compile_kwargs={"render_postcompile": True}
    )
    return unpoliced(str(compiled), kind)


def test_each_table_with_the_two_clauses_is_watched() -> None:
    marked = {name for name, table in TABLES.items() if "audience_id" in table.c}
    assert readable_tables() == marked
    assert {"call", "brief", "proposal", "person_contact", "access_grant"} <= marked
    assert FEW_CLAUSES > 2  # so that both forms of the predicate are in use


def test_a_policed_statement_passes(kind: str, reach: Reach) -> None:
    seen, other = CALL.alias("seen"), CALL.alias("other")
    tagged = select(TAG.c.call_id).join(AREA, AREA.c.id == TAG.c.area_id)
    chosen = select(other.c.id).where(visible(reach, other)).limit(20)
    both = and_(BRIEF.c.organization_id == CALL.c.organization_id, visible(reach, BRIEF))
    for statement in (
        select(CALL).where(visible(reach, CALL)),
        select(seen.c.id).where(seen.c.code == "K", visible(reach, seen)).with_for_update(),
        select(func.count()).select_from(CALL).where(visible(reach, CALL)),
        select(KEY).select_from(CALL.join(BRIEF, both)).where(visible(reach, CALL)),
        # Hidden, the joined row's columns are null.
        select(KEY, BRIEF.c.id)
        .select_from(CALL.outerjoin(BRIEF, both))
        .where(visible(reach, CALL)),
        select(KEY).where(visible(reach, CALL), KEY.in_(tagged.where(visible(reach, AREA)))),
        # A page of each parent: the rows are among those that an inner SELECT polices.
        select(CALL).where(KEY.in_(chosen)),
        select(MEMBER).where(visible(reach, MEMBER)),
        select(select(CALL).where(visible(reach, CALL)).subquery()),
        select(KEY).where(visible(reach, CALL)).union(chosen),
        update(CALL).where(visible(reach, CALL)).values(code="K").returning(CALL.c.id),
    ):
        assert found(statement, kind) == ()


def test_a_write_by_key_is_no_reading(kind: str) -> None:
    for statement in (
        insert(CALL).values(code="K").returning(KEY),
        update(CALL).where(CALL.c.code == "K").values(status="OPEN"),
        delete(CALL).where(CALL.c.code == "K"),
        select(CLAUSE.c.id),
        select(TAG.c.area_id).where(TAG.c.call_id == "call"),
    ):
        assert found(statement, kind) == ()


def test_what_reads_past_the_policy_is_found(kind: str, reach: Reach) -> None:
    seen, other = CALL.alias("seen"), CALL.alias("other")
    policed = select(CALL).where(visible(reach, CALL))
    again = select(func.count()).select_from(CALL).where(visible(reach, CALL)).correlate(None)
    planted: dict[str, tuple[Any, tuple[str, ...]]] = {
        "a list": (select(CALL), ("call",)),
        "a record by its key": (select(CALL).where(KEY == "call"), ("call",)),
        "a count": (select(func.count()).select_from(CALL), ("call",)),
        "a join": (policed.join(BRIEF, BRIEF.c.code == CALL.c.code), ("brief",)),
        "keys": (policed.where(KEY.in_(select(BRIEF.c.id))), ("brief",)),
        "existence": (policed.where(exists().where(BRIEF.c.code == CALL.c.code)), ("brief",)),
        "a value": (policed.add_columns(select(BRIEF.c.code).scalar_subquery()), ("brief",)),
        "half of a union": (policed.union(select(other)), ("call AS other",)),
        "a WITH": (select(select(seen).cte("brief")), ("brief", "call AS seen")),
        "policed under another alias": (
            select(seen, other).where(visible(reach, seen)),
            ("call AS other",),
        ),
        "policed further in": (
            select(CALL).where(again.scalar_subquery() > 0),
            ("call",),
        ),
        "policed where nothing is lost by it": (
            select(CALL).outerjoin(AREA, and_(visible(reach, CALL), visible(reach, AREA))),
            ("call",),
        ),
        "rows given back": (update(CALL).values(code="K").returning(KEY), ("call",)),
        "rows given back at their end": (delete(CALL).returning(CALL.c.code), ("call",)),
        "copied": (insert(TAG).from_select(["call_id"], select(KEY)), ("call",)),
        "written elsewhere": (
            update(TAG).where(TAG.c.call_id == KEY).values(area_id=KEY),
            ("call",),
        ),
    }
    assert {name: found(statement, kind) for name, (statement, _) in planted.items()} == {
        name: tables for name, (_, tables) in planted.items()
    }


def test_half_a_predicate_is_none(kind: str, reach: Reach) -> None:
    audience, gate = _halves(reach)
    whole = visible(reach, CALL)
    for narrowed in (
        audience,
        gate,
        or_(audience, gate),
        or_(whole, KEY == "call"),
        ~whole,
        case((whole, 1), else_=0) > 0,
        and_(CALL.c.audience_id == 1, CALL.c.gate_id.in_([1, 2])),
        and_(CALL.c.audience_id.in_(select(CLAUSE.c.id)), CALL.c.gate_id.is_not(None)),
        # The right to share further is no right to read: nobody denied is asked.
        and_(extends(reach, CALL), gate),
        and_(exists().where(TOKEN.c.clause_id == CALL.c.audience_id), gate),
    ):
        assert found(select(KEY).where(narrowed), kind) == ("call",), narrowed


def _halves(reach: Reach) -> tuple[Any, Any]:
    """The predicate's two clauses, each alone."""
    predicate: Any = visible(reach, CALL)
    *audience, gate = predicate.clauses
    return and_(*audience), gate


async def test_the_product_is_watched_and_a_test_looks_with_nobodys_eyes(world: World) -> None:
    reader = world.reader(ANONYMOUS)
    try:
        await reader.internal(as_system(select(KEY), "search.index"))
        await reader.internal(select(KEY).where(visible(await reader.reach(), CALL)))
        async with world.database.reading() as connection:
            await connection.execute(select(KEY))
        assert WATCH.violations == []

        await reader.internal(select(KEY))
        await reader.internal(select(KEY))
        (violation, _) = WATCH.violations
        assert violation.tables == ("call",)
        assert violation.place.startswith("platform/renkei/reading/reader.py:")
        assert violation.place.endswith(" in Reader._run")
    finally:
        await reader.close()
    with pytest.raises(
        pytest.fail.Exception, match=r"reads call past the policy:\nSELECT call\.id"
    ):
        WATCH.judge()
    assert WATCH.violations == []


async def test_only_a_named_job_reads_past_the_policy(world: World) -> None:
    with pytest.raises(KeyError):
        as_system(select(KEY), "whatever")
    reader = world.reader(ANONYMOUS)
    await reader.internal(select(KEY).execution_options(**{OPTION: "whatever"}))
    await reader.close()
    assert [violation.tables for violation in WATCH.take()] == [("call",)]


def test_every_named_job_is_somebodys_and_no_other_name_is_used() -> None:
    trees = [
        ast.parse(file.read_text(encoding="utf-8"))
        for source in ("platform", "schema", "workers")
        for file in (ROOT / source).rglob("*.py")
    ]
    used = {
        call.args[-1].value
        for tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"as_system", "by_system"}
        and isinstance(call.args[-1], ast.Constant)
    }
    # A room that sends several statements in one job's name says it once, as JOB.
    used |= {
        given.value.value
        for tree in trees
        for given in tree.body
        if isinstance(given, ast.Assign)
        and isinstance(given.value, ast.Constant)
        and [one.id for one in given.targets if isinstance(one, ast.Name)] == ["JOB"]
    }
    assert used == set(SYSTEM_JOBS)
