"""All that Renkei knows of arq: jobs that wake, and a listener for them. Nothing is kept in it.

What is due is in the database. A job that is lost, or runs twice, changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.cron import cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

QUEUE = "renkei:jobs"
SWEEP = "ledger.sweep"
REMIND = "calls.remind"
# Seconds between two looks at the queue: arq polls, and what it finds is told to people who wait.
POLL_SECONDS = 0.05
# Whoever saves something waits at most this long for the word to be passed on, in seconds.
PATIENCE = 0.5
RECONNECT_SECONDS = 1.0

log = structlog.get_logger("renkei.worker")

Work = Callable[[], Awaitable[object]]


class ArqWaker:
    """Wakes the worker by a job without arguments. Where Redis is away, the sweep finds it."""

    def __init__(self, redis_url: str, *, expires: timedelta) -> None:
        """After `expires` a wake-up is worth nothing: the sweep has been there."""
        self._url = redis_url
        self._expires = expires
        self._pool: ArqRedis | None = None
        self._turn = asyncio.Lock()

    async def wake(self) -> None:
        """Something is due now. Never raises, and never waits long."""
        try:
            async with asyncio.timeout(PATIENCE):
                pool = await self._connected()
                # No job id: a repetition that arq swallows could come after the worker's last look.
                await pool.enqueue_job(SWEEP, _queue_name=QUEUE, _expires=self._expires)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("worker.not_woken", why=str(error))

    async def close(self) -> None:
        """Give the connection back."""
        if self._pool is not None:
            await self._pool.aclose(close_connection_pool=True)

    async def _connected(self) -> ArqRedis:
        async with self._turn:
            if self._pool is None:
                self._pool = await connect(self._url)
            return self._pool


async def connect(redis_url: str) -> ArqRedis:
    """A connection for jobs. Raises RedisError or OSError at once where there is no Redis."""
    settings = RedisSettings.from_dsn(redis_url)
    settings.conn_retries = 0
    return await create_pool(settings, default_queue_name=QUEUE)


async def listen(redis_url: str, *, sweep: Callable[[], None], remind: Work) -> None:
    """Pass wake-ups on to `sweep`, and run `remind` each minute, until cancelled.

    Of several workers one reminds. Where Redis dies, it is looked for until it is back.
    """
    logging.getLogger("arq").setLevel(logging.WARNING)
    while True:
        try:
            await _listen(redis_url, sweep, remind)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("worker.redis_away", why=str(error))
        except Exception:  # whatever else ends arq must not leave the worker deaf
            log.exception("worker.queue_failed")
        await asyncio.sleep(RECONNECT_SECONDS)


async def _listen(redis_url: str, sweep: Callable[[], None], remind: Work) -> None:
    # arq calls a job with its context first, and whatever else the job was sent.
    async def ledger_sweep(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        sweep()

    async def calls_remind(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        await remind()

    pool = await connect(redis_url)
    worker = Worker(
        [func(ledger_sweep, name=SWEEP)],
        cron_jobs=[cron(calls_remind, name=REMIND, second=0)],
        queue_name=QUEUE,
        redis_pool=pool,
        handle_signals=False,
        poll_delay=POLL_SECONDS,
        job_timeout=60,
        keep_result=0,
        max_tries=1,
        retry_jobs=False,
        log_results=False,
    )
    # What was due while nobody listened.
    sweep()
    try:
        await worker.async_run()
    finally:
        running = [task for task in (worker.main_task, *worker.tasks.values()) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await pool.aclose(close_connection_pool=True)
