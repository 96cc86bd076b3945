"""Performing what is due: database effects once, whatever dies, fails or races."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from renkei.ledger import dues
from renkei.ledger.reacting import After, Ledger, NotNow, Perform, Reaction, react
from renkei.ledger.tables import PENDING, Due, Fact
from renkei.ledger.unit import Unit
from support.world import World

LEASE = timedelta(seconds=45)
KIND = "call.published"
FOLLOWED = "trace.left"


class Traces:
    """A reaction that leaves a fact behind for each fact, and fails where it is told to."""

    def __init__(self) -> None:
        self.failing: set[UUID] = set()
        self.calls: list[int] = []
        self.away = False
        self.rung = 0

    async def perform(self, unit: Unit, facts: Sequence[Fact]) -> After:
        self.calls.append(len(facts))
        for fact in facts:
            await unit.record(FOLLOWED, fact.subject_id)
            if fact.subject_id in self.failing:
                raise ValueError("壊れた事実")
        if self.away:
            raise NotNow("検索エンジンが止まっています")

        async def ring() -> None:
            self.rung += 1

        return ring


@pytest.fixture
def traces() -> Traces:
    return Traces()


def ledger_of(world: World, perform: Perform, *, batch: int = 1) -> Ledger:
    reactions = {"trace": Reaction(perform, batch)}
    return Ledger(world.database, world.clock, LEASE, reactions, _asked)


def _asked(kind: str) -> tuple[str, ...]:
    return ("trace",) if kind == KIND else ()


async def record(world: World, *subjects: UUID) -> None:
    async with world.database.writing() as session:
        unit = Unit(session, at=world.clock.now(), reactions_of=_asked)
        for subject in subjects:
            await unit.record(KIND, subject)
        await unit.commit()


async def left(world: World) -> list[UUID]:
    """The subjects of the traces."""
    table = Fact.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    async with world.database.reading() as connection:
        query = select(table.c.subject_id).where(table.c.kind == FOLLOWED).order_by(table.c.id)
        return list((await connection.execute(query)).scalars())


async def open_dues(world: World) -> list[Due]:
    table = Due.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    async with world.database.reading() as connection:
        query = select(table).where(table.c.state == PENDING).order_by(table.c.id)
        return list((await connection.execute(query)).all())  # type: ignore[arg-type]  # rows of it


async def test_each_fact_is_reacted_to_once(world: World, traces: Traces) -> None:
    subjects = [uuid4() for _ in range(3)]
    await record(world, *subjects)
    ledger = ledger_of(world, traces.perform, batch=10)
    assert await react(ledger, limit=100) == 3
    assert await react(ledger, limit=100) == 0
    assert (await left(world), traces.calls, traces.rung) == (subjects, [3], 1)


async def test_two_workers_racing_do_it_once(world: World, traces: Traces) -> None:
    subjects = {uuid4() for _ in range(20)}
    await record(world, *subjects)
    ledgers = [ledger_of(world, traces.perform) for _ in range(2)]

    async def work(ledger: Ledger) -> None:
        while await react(ledger, limit=3):
            pass

    await asyncio.gather(*map(work, ledgers))
    assert sorted(await left(world)) == sorted(subjects)


async def test_what_a_killed_worker_had_claimed_is_taken_over_by_its_lease(
    world: World, traces: Traces
) -> None:
    subject = uuid4()
    await record(world, subject)
    async with world.database.writing() as session:
        await dues.claim(session, at=world.clock.now(), lease=LEASE)
        await session.commit()
    ledger = ledger_of(world, traces.perform)
    assert await react(ledger, limit=100) == 0
    world.clock.advance(seconds=45)
    assert await react(ledger, limit=100) == 1
    assert await left(world) == [subject]


async def test_a_worker_that_slept_through_its_lease_leaves_no_second_effect(
    world: World, traces: Traces
) -> None:
    await record(world, subject := uuid4())
    awake = ledger_of(world, traces.perform)

    # The sleeper has claimed; while it sleeps the lease runs out and another one does the work.
    async with world.database.writing() as session:
        claimed = await dues.claim(session, at=world.clock.now(), lease=LEASE)
        await session.commit()
    world.clock.advance(seconds=46)
    await react(awake, limit=100)
    async with world.database.writing() as session:
        assert [await dues.settle(session, due) for due in claimed] == [False]
    assert await left(world) == [subject]


async def test_one_bad_fact_of_a_batch_is_put_off_alone_and_leaves_no_trace(
    world: World, traces: Traces
) -> None:
    good, bad, also_good = uuid4(), uuid4(), uuid4()
    await record(world, good, bad, also_good)
    traces.failing = {bad}
    ledger = ledger_of(world, traces.perform, batch=10)
    await react(ledger, limit=100)
    assert await left(world) == [good, also_good]
    (waiting,) = await open_dues(world)
    assert (waiting.subject_id, waiting.error) == (bad, "ValueError: 壊れた事実")
    traces.failing = set()
    world.clock.advance(seconds=2)
    await react(ledger, limit=100)
    assert await left(world) == [good, also_good, bad]


async def test_where_something_is_away_all_of_its_kind_waits_and_nothing_is_tried_singly(
    world: World, traces: Traces
) -> None:
    await record(world, uuid4(), uuid4(), uuid4())
    traces.away = True
    ledger = ledger_of(world, traces.perform, batch=10)
    await react(ledger, limit=100)
    assert (await left(world), traces.calls, len(await open_dues(world))) == ([], [3], 3)
    traces.away = False
    world.clock.advance(seconds=2)
    await react(ledger, limit=100)
    assert len(await left(world)) == 3


async def test_a_reaction_that_this_release_does_not_know_waits_for_one_that_does(
    world: World, traces: Traces
) -> None:
    await record(world, subject := uuid4())
    older = Ledger(world.database, world.clock, LEASE, {}, _asked)
    await react(older, limit=100)
    assert len(await open_dues(world)) == 1
    world.clock.advance(seconds=2)
    await react(ledger_of(world, traces.perform), limit=100)
    assert await left(world) == [subject]
