"""What is asked of drivers past SQLAlchemy: connections, and errors that are handled as its."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error)
# Our statements are short: PostgreSQL took 0.2 s to compile one that then ran for 5 ms.
SESSION = {"jit": "off"}
# Connections that only read. Statements are prepared once and planned once: PostgreSQL would plan
# those with lists anew each time, which took 2 to 4 ms of a statement that runs for 0.3. It takes
# random pages for four times as dear, and so would rather go through ten thousand people than look
# up ten of them: a proposal by its id took 6.4 ms, and 0.4 with this.
READING = {
    **SESSION,
    "default_transaction_read_only": "on",
    "plan_cache_mode": "force_generic_plan",
    "random_page_cost": "1.1",
}
# The same of SQLite's: those that only read, and those whose commits outlast a failing machine.
QUERY_ONLY = "query_only=ON"
DURABLE = "synchronous=FULL"
# So much of the file is read without a copy: a third of a list's time went into system calls.
MAPPED = 256 * 1024 * 1024
# Prepared statements that a connection keeps.
PREPARED = 1_000


def failed(text: str, error: Exception) -> DBAPIError:
    """The error of a statement, as SQLAlchemy tells it; the values that were sent are not told."""
    return DBAPIError(text, None, error, hide_parameters=True)


async def connected(url: URL, settings: Mapping[str, str] = SESSION) -> Any:
    """A connection to PostgreSQL, without a limit to how long a statement may be to be prepared."""
    try:
        return await asyncpg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False),
            statement_cache_size=PREPARED,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            server_settings=dict(settings),
        )
    except DRIVER_ERRORS as error:
        raise failed("CONNECT", error) from error


def opened(url: URL, busy_timeout_ms: int, pragma: str) -> sqlite3.Connection:
    """A connection to a SQLite file that is there, for one thread at a time."""
    path = Path(url.database or ":memory:").absolute()
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=PREPARED,
    )
    settings = (f"busy_timeout={busy_timeout_ms}", "foreign_keys=ON", f"mmap_size={MAPPED}", pragma)
    for setting in settings:
        connection.execute(f"PRAGMA {setting}")
    return connection


async def aside(work: Callable[[], T], given_up: Callable[[], None] = lambda: None) -> T:
    """The work's result, from a thread: to its end even where the request is given up.

    Its connection is in use until then; `given_up` may tell it to end sooner.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        given_up()
        await asyncio.wait([working])
        raise
