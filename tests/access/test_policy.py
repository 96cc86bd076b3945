"""One rule in two forms, Python and SQL, against an oracle that imports nothing of either."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import SQLModel

from renkei.access.policy.clauses import Audience, Gate, Token
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import reach_of
from renkei.access.policy.viewer import Viewer
from renkei.access.store import police, read_clauses
from renkei.clock import FixedClock
from renkei.directory.tables import Organization
from support.world import World

NOW = FixedClock().now()
ORGANIZATION: Any = SQLModel.metadata.tables["organization"]
NAMES = ["public", "member", "org:a", "org:b", "person:1"]


def oracle(record: dict[str, Any], held: set[str], belongs: set[str], now: datetime) -> bool:
    """The policy's text, over plain values: both clauses met, no denied affiliation."""

    def counts(token: tuple[str, int | None, int | None]) -> bool:
        name, start, until = token
        return (
            name in held
            and (start is None or NOW + timedelta(hours=start) <= now)
            and (until is None or now < NOW + timedelta(hours=until))
        )

    return (
        any(counts(token) for token in record["audience"])
        and not set(record["deny"]) & belongs
        and all(any(counts(token) for token in group) for group in record["gate"])
    )


hours = st.none() | st.integers(-2, 2)
token = st.tuples(st.sampled_from(NAMES), hours, hours)
record = st.fixed_dictionaries(
    {
        "audience": st.lists(token, max_size=3),
        "deny": st.lists(st.sampled_from(NAMES[2:]), max_size=2),
        "gate": st.lists(st.lists(token, min_size=1, max_size=2), max_size=2),
    }
)


def _token(told: tuple[str, int | None, int | None]) -> Token:
    name, start, until = told

    def moment(value: int | None) -> datetime | None:
        return None if value is None else NOW + timedelta(hours=value)

    return Token(name, moment(start), moment(until))


class Holder(Viewer):
    """A viewer with any tokens: what posts give is another test's matter."""

    def __init__(self, held: set[str], belongs: set[str]) -> None:
        super().__init__(affiliations=frozenset(belongs))
        object.__setattr__(self, "tokens", frozenset(held))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    records=st.lists(record, min_size=1, max_size=8),
    held=st.sets(st.sampled_from(NAMES)),
    belongs=st.sets(st.sampled_from(NAMES[2:])),
    hour=st.integers(-3, 3),
)
async def test_sql_and_python_see_what_the_oracle_sees(
    world: World, records: list[dict[str, Any]], held: set[str], belongs: set[str], hour: int
) -> None:
    at = NOW + timedelta(hours=hour)
    viewer = Holder(held, belongs)
    async with world.database.writing() as session:
        rows = []
        for told in records:
            row = firm("架空")
            audience = Audience.of(*map(_token, told["audience"]), deny=told["deny"])
            await police(session, row, audience, Gate.of(*(map(_token, g) for g in told["gate"])))
            session.add(row)
            rows.append(row)
        await session.flush()
        expected = {
            row.id
            for row, told in zip(rows, records, strict=True)
            if oracle(told, held, belongs, at)
        }
        reach = await reach_of(session, viewer, at)
        table = ORGANIZATION
        for form in (reach, _without_ids(reach)):
            seen = await session.execute(select(table.c.id).where(visible(form, table)))
            assert set(seen.scalars()) & {row.id for row in rows} == expected

        known = await read_clauses(
            session, {key for row in rows for key in (row.audience_id, row.gate_id)}
        )
        in_python = set()
        for row in rows:
            needs, asks = known[row.audience_id], known[row.gate_id]
            assert isinstance(needs, Audience)
            assert isinstance(asks, Gate)
            met = needs.admits(viewer.tokens, viewer.affiliations, at)
            if met and asks.admits(viewer.tokens, at):
                in_python.add(row.id)
        assert in_python == expected
        await session.rollback()


def _without_ids(reach: Any) -> Any:
    """The same reach of a viewer with very many audiences: matched by a semi-join."""
    from dataclasses import replace

    return replace(reach, audiences=None)


async def test_an_empty_audience_is_nobody(world: World) -> None:
    row = firm("だれにも見えない")
    async with world.database.writing() as session:
        await police(session, row, Audience.of(), Gate())
        session.add(row)
        await session.commit()
    everything = Holder(set(NAMES), set())
    reader = world.reader(everything)
    assert await reader.by_keys(_table(), "id", [row.id], frozenset()) == {}
    await reader.close()


async def test_a_record_without_clauses_is_refused_by_the_database(world: World) -> None:
    from sqlalchemy.exc import IntegrityError

    async with world.database.writing() as session:
        session.add(firm("表示なし"))
        with pytest.raises(IntegrityError):
            await session.flush()


async def test_equal_clauses_are_one_row(world: World) -> None:
    rows = [firm(f"架空{n}") for n in range(3)]
    async with world.database.writing() as session:
        for row in rows:
            await police(session, row, Audience.of("org:b", "org:a"), Gate.of(["member"]))
    assert len({(row.audience_id, row.gate_id) for row in rows}) == 1


def _table() -> Any:
    return ORGANIZATION


def firm(name: str) -> Organization:
    """An organisation without clauses: they are set afterwards, or are what is missing."""
    told: dict[str, Any] = {"kind": "FIRM", "name_ja": name, "created_at": NOW}
    return Organization(**told)
