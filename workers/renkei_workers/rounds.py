"""A round of work that is made again whenever it is woken, and at intervals all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import structlog

log = structlog.get_logger("renkei.worker")


class Rounds:
    """Repeats `step` until it finds nothing to do, then waits for a wake-up or `every` seconds.

    A wake-up during a round leads to one more round, so that none is missed. After each step that
    did something, the rounds in `then` are woken.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[int]],
        *,
        every: float,
        then: Iterable[Rounds] = (),
    ) -> None:
        self._name = name
        self._step = step
        self._every = every
        self._then = tuple(then)
        self._woken = asyncio.Event()
        self._stopped = False

    def wake(self) -> None:
        """Make a round now."""
        self._woken.set()

    def stop(self) -> None:
        """Begin nothing more; what is under way is finished."""
        self._stopped = True
        self._woken.set()

    async def run(self) -> None:
        """Make rounds until `stop`. A failing round is logged and made again."""
        while not self._stopped:
            self._woken.clear()
            try:
                await self._round()
            except Exception:  # a database that restarts must not end the worker
                log.exception("worker.round_failed", rounds=self._name)
                await asyncio.sleep(min(1.0, self._every))
                continue
            if self._stopped:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._woken.wait()

    async def _round(self) -> None:
        while not self._stopped and await self._step():
            for other in self._then:
                other.wake()
