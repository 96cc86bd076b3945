"""One async engine over SQLite (WAL) or PostgreSQL, with the settings that Renkei relies on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Table, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from renkei.database.appending import Appending, PostgresAppending, SqliteAppending
from renkei.database.asking import Asking, PostgresAsking, SqliteAsking
from renkei.database.drivers import SESSION

BUSY_TIMEOUT_MS = 15_000
# Statements that a process keeps compiled: the portal's documents alone send several hundred.
STATEMENTS_KEPT = 2_000
POSTGRES: dict[str, Any] = {
    "pool_size": 10,
    "max_overflow": 10,
    "connect_args": {"server_settings": SESSION},
}


class Database:
    """A database and the ways into it: a writing session, a reading connection, and `asking`.

    `asking` reads by statements that are kept as text, past SQLAlchemy.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.url = url
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine: AsyncEngine = create_async_engine(
            url,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            query_cache_size=STATEMENTS_KEPT,
            **({} if self.is_sqlite else POSTGRES),
        )
        self._opened: list[Appending] = []
        self.asking: Asking
        if self.is_sqlite:
            prepare_sqlite(self.engine)
            self.asking = SqliteAsking(parsed, busy_timeout_ms=BUSY_TIMEOUT_MS)
        else:
            self.asking = PostgresAsking(parsed)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session for one use case. The caller commits; leaving without it rolls back.

        On SQLite the write lock is taken at the start, so that a transaction that has read never
        fails with "database is locked" when it comes to write.
        """
        options: dict[str, Any] = {"renkei_writes": True}
        async with (
            self.engine.execution_options(**options).connect() as connection,
            AsyncSession(connection, expire_on_commit=False) as session,
        ):
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection in one read-only snapshot, so that a page and its count agree."""
        async with self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = await connection.execution_options(  # noqa: PLW2901 - same one
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            yield connection

    def appending(self, tables: Mapping[Table, Sequence[str]]) -> Appending:
        """A way to add rows to these tables, closed with the database."""
        made: Appending = (
            SqliteAppending(make_url(self.url), tables, busy_timeout_ms=BUSY_TIMEOUT_MS)
            if self.is_sqlite
            else PostgresAppending(make_url(self.url), tables)
        )
        self._opened.append(made)
        return made

    async def instant(self) -> datetime | None:
        """PostgreSQL's clock, the one that all processes share; None on SQLite."""
        if self.is_sqlite:
            return None
        async with self.engine.connect() as connection:
            value: datetime = (
                await connection.execute(text("SELECT clock_timestamp()"))
            ).scalar_one()
            return value

    async def close(self) -> None:
        """Close every connection."""
        await self.asking.close()
        for one in self._opened:
            await one.close()
        await self.engine.dispose()


def prepare_sqlite(engine: AsyncEngine) -> None:
    """WAL, foreign keys and a busy timeout on each connection; explicit BEGIN for each unit."""

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling would begin late and without the lock.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("renkei_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
