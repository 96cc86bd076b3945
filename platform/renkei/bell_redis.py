"""The bell across processes, over Redis publish and subscribe."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from renkei.bell import LocalBell

CHANNEL = "renkei:bell"
# Rings may be lost while Redis is away: listeners look again this often all the same, in seconds.
PATIENCE = 10.0

log = structlog.get_logger()


class RedisBell:
    """Publishes rings, and passes those of all processes on to the listeners of this one."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._local = LocalBell(PATIENCE)

    async def ring(self, person_ids: Iterable[UUID]) -> None:
        """Wake listeners in all processes; where Redis is away, those of this process."""
        people = list(person_ids)
        try:
            if people:
                await self._redis.publish(CHANNEL, ",".join(map(str, people)))
        except (RedisError, OSError):
            await self._local.ring(people)

    def heard(self, person_id: UUID) -> AsyncIterator[None]:
        """Yield at once, then at each ring, and every `PATIENCE` seconds."""
        return self._local.heard(person_id)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Pass rings on while the block runs."""
        task = asyncio.create_task(self._pass_on())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _pass_on(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            await self._local.ring(map(UUID, message["data"].decode().split(",")))
            except (RedisError, OSError):
                log.warning("bell.redis_away")
                await asyncio.sleep(1)
