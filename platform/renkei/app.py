"""The composition root of the kernel: what a process holds while it runs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from renkei.access.policy.viewer import Viewer
from renkei.audit.service import ReadLog
from renkei.bell import Bell, LocalBell, NoWaker, Waker
from renkei.bell_redis import RedisBell
from renkei.clock import Clock, SystemClock
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.directory.invitations import InvitationTokens
from renkei.identity.ceremonies import RelyingParty
from renkei.identity.passkey_sign_ins import PasskeySignIns
from renkei.identity.secrets import Vault
from renkei.identity.sign_ins import SignIns
from renkei.ledger.unit import Unit
from renkei.reactions import reactions_of
from renkei.reading.page import Cursors
from renkei.reading.reader import Reader
from renkei.search.embedded import EmbeddedSearch
from renkei.search.meilisearch import MeilisearchEngine
from renkei.search.port import SearchEngine
from renkei.settings import Settings
from renkei.signing import SigningKeys
from renkei.viewers import Identity


def _engine_of(settings: Settings) -> SearchEngine:
    """The engine that the settings ask for."""
    if settings.meilisearch_url:
        key = settings.meilisearch_key.get_secret_value()
        return MeilisearchEngine(settings.meilisearch_url, key)
    return EmbeddedSearch(settings.data_dir / "search")


class App:
    """Everything that use cases and reading need. Open it with `App.opened`."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        database: Database,
        search: SearchEngine,
        bell: Bell,
        waker: Waker,
        redis: Redis | None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.search = search
        self.bell = bell
        self.waker = waker
        self.redis = redis
        self.cursors = Cursors(settings.secret_key.get_secret_value().encode())
        self.identity = Identity(database, clock)
        self.vault = Vault(settings.secret_key.get_secret_value().encode())
        self.sign_ins = SignIns(
            database, clock, self.unit, self.vault, session_hours=settings.session_hours
        )
        self.passkeys = PasskeySignIns(
            database,
            clock,
            self.unit,
            RelyingParty.of(settings.public_url),
            session_hours=settings.session_hours,
        )
        self.reads = ReadLog(database)
        self.invitations = InvitationTokens(settings.secret_key.get_secret_value().encode())
        self.keys = SigningKeys.of(settings.signing_key.get_secret_value())

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        settings: Settings,
        *,
        clock: Clock | None = None,
        waker: Waker | None = None,
        search: SearchEngine | None = None,
    ) -> AsyncIterator[App]:
        """The app of one process. Without Redis the bell rings within the process alone."""
        settings.require_secrets()
        async with AsyncExitStack() as stack:
            database = Database(settings.resolved_database_url)
            stack.push_async_callback(database.close)
            bell: Bell = LocalBell()
            redis: Redis | None = None
            if settings.redis_url:
                redis = Redis.from_url(settings.redis_url)
                stack.push_async_callback(redis.aclose)
                remote = RedisBell(redis)
                await stack.enter_async_context(remote.listening())
                bell = remote
            yield cls(
                settings,
                clock=clock or SystemClock(),
                database=database,
                search=search or _engine_of(settings),
                bell=bell,
                waker=waker or NoWaker(),
                redis=redis,
            )

    def reader(self, viewer: Viewer, *, within: Viewer | None = None) -> Reader:
        """A reader for one request of this viewer. Close it afterwards.

        It reads no more than `within` sees too, where one is given.
        """
        return Reader(
            self.database, viewer, at=self.clock.now(), cursors=self.cursors, within=within
        )

    @asynccontextmanager
    async def unit(self, *, at: datetime | None = None) -> AsyncIterator[Unit]:
        """A unit of work, committed where the block ends well; then the worker is nudged."""
        async with self.database.writing() as session:
            unit = Unit(session, at=at or self.clock.now(), reactions_of=reactions_of)
            yield unit
            await unit.commit()
        if unit.recorded:
            await self.waker.wake()

    async def arrival(self, complete: float | None = None) -> datetime:
        """The instant at which a request had arrived whole, the one that counts (promises, 15).

        PostgreSQL's clock where the processes are many; an injected clock always comes first.
        `complete` is that instant in `time.monotonic()`, where it lies back: what has passed since
        is taken off. It is measured before the clock is asked, so that the answer is never earlier
        than the truth: what came too late never counts as in time.
        """
        if not isinstance(self.clock, SystemClock):
            return self.clock.now()
        passed = 0.0 if complete is None else time.monotonic() - complete
        now = await self.database.instant() or self.clock.now()
        return now - timedelta(seconds=passed)

    async def ready(self) -> dict[str, str | None]:
        """Each dependency by name: None where it works, else what is wrong with it."""
        return {
            "database": await self._database_fault(),
            "redis": await self._redis_fault(),
            "search": None if await self.search.healthy() else "the index does not answer",
        }

    async def _database_fault(self) -> str | None:
        try:
            async with self.database.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
            present, newest = await migrate.revisions(self.database)
        except (SQLAlchemyError, OSError):
            return "the database does not answer"
        return None if present == newest else "migrations are pending: renkei db upgrade"

    async def _redis_fault(self) -> str | None:
        if self.redis is None:
            return None
        try:
            await self.redis.ping()
        except (RedisError, OSError):
            return "Redis does not answer"
        return None
