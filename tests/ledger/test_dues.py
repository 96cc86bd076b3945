"""What is due: claimed by state, in order per subject, taken over when a lease runs out."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from renkei.ledger import dues
from renkei.ledger.tables import DEAD, Due
from renkei.ledger.unit import Unit
from support.world import World

LEASE = timedelta(seconds=45)


async def record(world: World, *subjects: object, once: str | None = None) -> list[bool]:
    """Record one fact a subject, each asking for one reaction."""
    async with world.database.writing() as session:
        unit = Unit(session, at=world.clock.now(), reactions_of=lambda _kind: ("search.index",))
        told = [await unit.record("call.published", one, once=once) for one in subjects]  # type: ignore[arg-type]  # keys
        await unit.commit()
        return told


async def claim(world: World) -> list[Due]:
    """Claim all that can be claimed now."""
    async with world.database.writing() as session:
        claimed = await dues.claim(session, at=world.clock.now(), lease=LEASE)
        await session.commit()
        return claimed


async def settle(world: World, due: Due) -> bool:
    """Settle a claimed row."""
    async with world.database.writing() as session:
        settled = await dues.settle(session, due)
        await session.commit()
        return settled


async def test_what_is_claimed_is_claimed_once(world: World) -> None:
    await record(world, uuid4(), uuid4())
    assert len(await claim(world)) == 2
    assert await claim(world) == []


async def test_one_subject_at_a_time_in_the_order_of_its_facts(world: World) -> None:
    call = uuid4()
    await record(world, call)
    await record(world, call)
    (first,) = await claim(world)
    assert await claim(world) == []
    assert await settle(world, first)
    (second,) = await claim(world)
    assert second.fact_id > first.fact_id


async def test_a_dead_workers_claim_is_taken_over_and_its_late_end_does_not_count(
    world: World,
) -> None:
    await record(world, uuid4())
    (dead,) = await claim(world)
    world.clock.advance(seconds=46)
    (alive,) = await claim(world)
    assert (alive.id, alive.attempts) == (dead.id, 2)
    assert not await settle(world, dead)
    assert await settle(world, alive)


async def test_what_fails_is_put_off_longer_each_time_and_in_the_end_waits_for_a_human(
    world: World,
) -> None:
    await record(world, uuid4())
    pauses = []
    for _ in range(dues.ATTEMPTS_MAX):
        (due,) = await claim(world)
        async with world.database.writing() as session:
            await dues.put_off(
                session, due, at=world.clock.now(), error="検索エンジンが止まっています"
            )
            await session.commit()
        async with world.database.reading() as connection:
            row = (await connection.execute(select(Due.__table__))).one()  # type: ignore[attr-defined]  # SQLModel sets it
        pauses.append(row.not_before - world.clock.now())
        world.clock.advance(minutes=16)
    assert pauses == sorted(pauses)
    assert row.state == DEAD
    assert await claim(world) == []


async def test_what_the_clock_causes_happens_once(world: World) -> None:
    call = uuid4()
    assert await record(world, call, once="closing:7d") == [True]
    assert await record(world, call, once="closing:7d") == [False]
    assert len(await claim(world)) == 1
