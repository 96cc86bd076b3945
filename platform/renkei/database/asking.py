"""The cheap way to read: SQL text and values straight to the driver, rows as tuples back.

For statements whose text was made once and is kept. Everything else, and all writing, goes through
SQLAlchemy. What each driver needs is known here and nowhere else.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar, Protocol

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from renkei.database.drivers import (
    DRIVER_ERRORS,
    QUERY_ONLY,
    READING,
    aside,
    connected,
    failed,
    opened,
)
from renkei.database.sql import Rows, Sql, Statement

# Who hears of each statement: (its text, the dialect's name, the system job that sends it).
Hear = Callable[[str, str, str | None], None]

CONNECTIONS = 10
# A short read on SQLite is done between two events of the loop; one that turns out to take longer
# is begun again in a thread, so that nobody waits for it.
LOOP_SECONDS = 0.004
_STEPS_BETWEEN_LOOKS = 2_000


class Ask(Protocol):
    """Sends a statement with the values that it is given by name."""

    async def __call__(self, sql: Sql, given: dict[str, Any]) -> Rows:
        """The rows."""


class Asking:
    """The reading connections of one process, and the texts of statements that never change."""

    # Told of every statement: what watches the policy in tests is not to miss the short way.
    listeners: ClassVar[list[Hear]] = []
    dialect: Dialect

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._kept: dict[Hashable, Sql] = {}

    @property
    def postgres(self) -> bool:
        """Whether it is PostgreSQL that is asked."""
        return self.dialect.name == "postgresql"

    def kept(self, name: Hashable, make: Callable[[], Statement], job: str | None = None) -> Sql:
        """The statement of this name as text, made when it is first asked for. For a few names."""
        if name not in self._kept:
            self._kept[name] = Sql(make(), self.dialect, job)
        return self._kept[name]

    def connection(self) -> AbstractAsyncContextManager[Ask]:
        """A connection; each statement is answered as of the moment when it begins."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close every connection."""

    def heard(self, sql: Sql) -> None:
        """Tell who listens of a statement."""
        for hear in self.listeners:
            hear(sql.text, sql.dialect, sql.job)


class PostgresAsking(Asking):
    """asyncpg, without SQLAlchemy in between, and single statements without a transaction.

    A pool of our own: asyncpg's gives each connection back by a task and a reset, which cost more
    than most statements. Nothing is ever set on these connections, so nothing is to be reset.
    """

    def __init__(self, url: URL) -> None:
        super().__init__(postgresql.asyncpg.dialect())  # type: ignore[no-untyped-call]  # has none
        self._url = url
        self._idle: list[Any] = []
        self._turns = asyncio.Semaphore(CONNECTIONS)

    def connection(self) -> AbstractAsyncContextManager[Ask]:
        """A connection of the pool."""
        return _PostgresTurn(self)

    async def taken(self) -> Any:
        """A connection, once there is one for who asks."""
        await self._turns.acquire()
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        try:
            return await connected(self._url, READING)
        except BaseException:
            self._turns.release()
            raise

    def given_back(self, connection: Any, *, midway: bool) -> None:
        """The connection is another's; `midway`, it was given up while an answer was to come."""
        if midway:
            connection.terminate()
        else:
            self._idle.append(connection)
        self._turns.release()

    async def close(self) -> None:
        """Close every connection that is not in use."""
        while self._idle:
            await self._idle.pop().close()


class _PostgresTurn:
    """One holding of a connection: three a request, so that a generator each is too dear."""

    def __init__(self, asking: PostgresAsking) -> None:
        self._asking = asking
        self._connection: Any = None
        self._ask: _PostgresAsk

    async def __aenter__(self) -> Ask:
        self._connection = await self._asking.taken()
        self._ask = _PostgresAsk(self._connection, self._asking.heard)
        return self._ask

    async def __aexit__(self, *_: object) -> None:
        self._asking.given_back(self._connection, midway=self._ask.midway)


class _PostgresAsk:
    def __init__(self, connection: Any, heard: Callable[[Sql], None]) -> None:
        self._connection = connection
        self._heard = heard
        self.midway = False

    async def __call__(self, sql: Sql, given: dict[str, Any]) -> Rows:
        self._heard(sql)
        values = sql.values(given)
        self.midway = True
        try:
            rows: Rows = await self._connection.fetch(sql.text, *values)
        except DRIVER_ERRORS as error:
            self.midway = False
            raise failed(sql.text, error) from error
        self.midway = False
        return sql.read(rows)


class SqliteAsking(Asking):
    """Python's own driver, on the loop where a read is short."""

    def __init__(self, url: URL, *, busy_timeout_ms: int) -> None:
        super().__init__(sqlite.dialect())
        self._url = url
        self._busy_timeout_ms = busy_timeout_ms
        self._idle: list[sqlite3.Connection] = []

    def _opened(self) -> sqlite3.Connection:
        return opened(self._url, self._busy_timeout_ms, QUERY_ONLY)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Ask]:
        """A connection; those that are many at once are opened and closed."""
        connection = self._idle.pop() if self._idle else self._opened()
        try:
            yield _SqliteAsk(connection, self.heard)
        finally:
            if len(self._idle) < CONNECTIONS:
                self._idle.append(connection)
            else:
                connection.close()

    async def close(self) -> None:
        """Close every connection."""
        while self._idle:
            self._idle.pop().close()


class _SqliteAsk:
    def __init__(self, connection: sqlite3.Connection, heard: Callable[[Sql], None]) -> None:
        self._connection = connection
        self._heard = heard

    async def __call__(self, sql: Sql, given: dict[str, Any]) -> Rows:
        self._heard(sql)
        values = sql.values(given)
        rows = None if sql.is_long else self._at_once(sql, values)
        if rows is None:
            began = time.perf_counter()
            rows = await aside(
                lambda: self._all(sql.text, values), given_up=self._connection.interrupt
            )
            sql.is_long = time.perf_counter() - began > LOOP_SECONDS
        return sql.read(rows)

    def _at_once(self, sql: Sql, values: list[Any]) -> list[Any] | None:
        """The rows; None where it would take too long."""
        until = time.perf_counter() + LOOP_SECONDS
        self._connection.set_progress_handler(
            lambda: time.perf_counter() > until, _STEPS_BETWEEN_LOOKS
        )
        try:
            return self._all(sql.text, values)
        except DBAPIError:
            if time.perf_counter() <= until:
                raise
            return None
        finally:
            self._connection.set_progress_handler(None, 0)

    def _all(self, text: str, values: list[Any]) -> list[Any]:
        try:
            return self._connection.execute(text, values).fetchall()
        except DRIVER_ERRORS as error:
            raise failed(text, error) from error
