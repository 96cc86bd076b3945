"""Rounds of work: woken, repeated until nothing is left, never missed, never ended by a failure."""

from __future__ import annotations

import asyncio

from renkei_workers.rounds import Rounds

LONG = 3600.0


class Steps:
    """A step with so much to do, one at a time."""

    def __init__(self, waiting: int = 0) -> None:
        self.waiting = waiting
        self.done = 0
        self.looks = 0
        self.failures = 0
        self.begun = asyncio.Event()
        self.looked = asyncio.Event()

    async def step(self) -> int:
        self.looks += 1
        self.begun.set()
        if self.failures:
            self.failures -= 1
            raise ConnectionError("データベースの再起動")
        await asyncio.sleep(0)
        if not self.waiting:
            self.looked.set()
            return 0
        self.waiting -= 1
        self.done += 1
        return 1


async def finish(*rounds: Rounds, tasks: list[asyncio.Task[None]]) -> None:
    for one in rounds:
        one.stop()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks)


async def test_a_round_goes_on_until_nothing_is_left_and_wakes_what_follows() -> None:
    first, second = Steps(3), Steps(1)
    after = Rounds("second", second.step, every=LONG)
    before = Rounds("first", first.step, every=LONG, then=[after])
    tasks = [asyncio.create_task(one.run()) for one in (after, before)]
    async with asyncio.timeout(5):
        await first.looked.wait()
        await second.looked.wait()
    await finish(before, after, tasks=tasks)
    assert (first.done, second.done) == (3, 1)


async def test_a_wake_up_during_a_round_leads_to_one_more() -> None:
    steps = Steps()
    rounds = Rounds("one", steps.step, every=LONG)
    task = asyncio.create_task(rounds.run())
    await steps.begun.wait()
    rounds.wake()
    steps.looked.clear()
    async with asyncio.timeout(5):
        await steps.looked.wait()
        steps.looked.clear()
        await steps.looked.wait()
    await finish(rounds, tasks=[task])
    assert steps.looks == 2


async def test_without_a_wake_up_it_looks_at_intervals_also_after_a_failure() -> None:
    steps = Steps(2)
    steps.failures = 1
    rounds = Rounds("one", steps.step, every=0.01)
    task = asyncio.create_task(rounds.run())
    async with asyncio.timeout(5):
        await steps.looked.wait()
        steps.looked.clear()
        await steps.looked.wait()
    await finish(rounds, tasks=[task])
    assert steps.done == 2
