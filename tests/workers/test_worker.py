"""The worker as a real process: woken by Redis, killed, without Redis, side by side."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import redis
from sqlalchemy import func, select

from renkei.ledger import dues
from renkei.ledger.tables import Due
from renkei.notices.tables import Delivery, Notice
from renkei_workers.queue import ArqWaker
from support.factories import Town
from support.mail import MailSink
from workers.conftest import Workers


async def eventually(found: Callable[[], Awaitable[bool]], within: float = 20.0) -> float:
    """Wait until `found`; how long it took, in seconds."""
    started = time.monotonic()
    while not await found():
        assert time.monotonic() - started < within, "it did not happen in time"
        await asyncio.sleep(0.02)
    return time.monotonic() - started


async def publish(town: Town, count: int = 1) -> None:
    """Publish calls of this moment."""
    town.world.clock.at = datetime.now(UTC)
    for _ in range(count):
        await town.funding.call()


async def all_sent(town: Town, count: int) -> bool:
    """Whether there are that many deliveries, and all of them went."""
    return [row.state for row in await town.rows(Delivery)] == ["sent"] * count


async def open_dues(town: Town) -> int:
    """How many reactions are still due."""
    table = Due.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    async with town.world.database.reading() as connection:
        query = select(func.count()).where(table.c.state == "pending")
        return int((await connection.execute(query)).scalar_one())


async def test_a_word_over_redis_brings_the_notice_and_the_mail(
    town: Town, workers: Workers, smtp_sink: MailSink
) -> None:
    workers.start(RENKEI_SWEEP_SECONDS="3600")
    await town.follow_area(town.firm)
    await publish(town)
    waker = ArqWaker(workers.settings.redis_url, expires=timedelta(seconds=15))
    await waker.wake()
    await waker.close()
    await eventually(lambda: all_sent(town, 1))
    assert await town.inbox(town.firm) == [("call.published", "area")]
    assert len(smtp_sink.messages) == 1
    # The bell rang over Redis for whoever listens in a web process.
    assert await town.inbox(town.other_firm) == []


async def test_what_no_word_announced_is_found_by_the_sweep_even_after_flushall(
    town: Town, workers: Workers, smtp_sink: MailSink
) -> None:
    workers.start()
    await town.follow_area(town.firm)
    await publish(town, 3)
    with redis.Redis.from_url(workers.settings.redis_url) as client:
        client.flushall()
    await eventually(lambda: all_sent(town, 3))
    assert len(smtp_sink.messages) == 3


async def test_without_redis_the_worker_sweeps_each_second(
    town: Town, workers: Workers, smtp_sink: MailSink
) -> None:
    workers.start(RENKEI_REDIS_URL="", RENKEI_SWEEP_SECONDS="3600")
    await town.follow_area(town.firm)
    await publish(town)
    await eventually(lambda: all_sent(town, 1))
    assert len(smtp_sink.messages) == 1


async def test_a_redis_that_is_away_stops_nothing(
    town: Town, workers: Workers, smtp_sink: MailSink
) -> None:
    nowhere = "redis://127.0.0.1:1"
    workers.start(RENKEI_REDIS_URL=nowhere)
    await town.follow_area(town.firm)
    await publish(town)
    started = time.monotonic()
    await ArqWaker(nowhere, expires=timedelta(seconds=15)).wake()
    assert time.monotonic() - started < 2
    await eventually(lambda: all_sent(town, 1))


async def test_killed_in_the_middle_nothing_is_lost_and_nothing_told_twice(
    town: Town, workers: Workers, smtp_sink: MailSink
) -> None:
    calls = 8
    await town.follow_area(town.firm)
    await town.follow_area(town.other_firm)
    await publish(town, calls)
    for round_ in range(2):
        worker = workers.start()
        await asyncio.sleep(0.05 * (round_ + 1))
        workers.stop(worker, signal.SIGKILL)
    workers.start()
    workers.start()
    await eventually(lambda: all_sent(town, 2 * calls), within=60)
    assert await open_dues(town) == 0
    told = [(row.person_id, row.fact_id) for row in await town.rows(Notice)]
    assert (len(told), len(set(told))) == (2 * calls, 2 * calls)
    ids = {str(mail.message["Message-ID"]) for mail in smtp_sink.messages}
    assert len(ids) == 2 * calls


async def test_work_claimed_by_a_dead_worker_is_taken_over_by_its_lease(
    town: Town, workers: Workers
) -> None:
    await town.follow_area(town.firm)
    await publish(town)
    async with town.world.database.writing() as session:
        lease = timedelta(seconds=3)
        assert await dues.claim(session, at=datetime.now(UTC), lease=lease, limit=100)
        await session.commit()
    workers.start()
    await eventually(lambda: all_sent(town, 1))
    assert await town.inbox(town.firm) == [("call.published", "area")]


async def test_told_to_stop_it_finishes_and_ends_well(town: Town, workers: Workers) -> None:
    del town
    with_redis, without = workers.start(), workers.start(RENKEI_REDIS_URL="")
    assert workers.stop(with_redis, signal.SIGTERM) == 0
    assert workers.stop(without, signal.SIGINT) == 0
