"""Rows that are added and never changed, some tables at once: all of them are durable, or none."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from renkei.database.asking import Asking
from renkei.database.drivers import DRIVER_ERRORS, DURABLE, aside, connected, failed, opened

# The values of each column of a table, by its rows.
Rows = Mapping[Table, Sequence[Sequence[Any]]]


class Appending:
    """Adds rows to the same `tables` over and over; `columns` are named in the rows' order."""

    def __init__(self, tables: Mapping[Table, Sequence[str]]) -> None:
        self._tables = tables

    async def add(self, rows: Rows) -> None:
        """Add the rows of each table; raises what the database raises, and then none is there."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close what it holds."""


class PostgresAppending(Appending):
    """One statement for all tables, so that it is its own transaction: one turn with the database.

    A parameter a table: the driver takes arrays value by value, ten times as long.
    """

    def __init__(self, url: URL, tables: Mapping[Table, Sequence[str]]) -> None:
        super().__init__(tables)
        self._url = url
        self._connection: Any = None
        self._turn = asyncio.Lock()
        self._texts: dict[frozenset[Table], str] = {}

    async def add(self, rows: Rows) -> None:
        """See `Appending.add`."""
        told = [table for table in self._tables if rows.get(table)]
        text = self._text(told)
        values = [orjson.dumps(rows[table], default=_spelled).decode() for table in told]
        for hear in Asking.listeners:
            hear(text, "postgresql", None)
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connected(self._url)
            try:
                await self._connection.execute(text, *values)
            except DRIVER_ERRORS as error:
                raise failed(text, error) from error
            except asyncio.CancelledError:
                self._connection.terminate()
                raise

    def _text(self, tables: Sequence[Table]) -> str:
        key = frozenset(tables)
        if key not in self._texts:
            parts = [
                _from_postgres(table, self._tables[table], place)
                for place, table in enumerate(tables, start=1)
            ]
            before = ", ".join(f"added_{place} AS ({one})" for place, one in enumerate(parts[:-1]))
            self._texts[key] = f"WITH {before} {parts[-1]}" if before else parts[-1]
        return self._texts[key]

    async def close(self) -> None:
        """See `Appending.close`."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _spelled(value: Any) -> str:
    """The driver's own kind of UUID."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value))


# What follows holds names and types of our own tables; values are sent beside it.


def _from_postgres(table: Table, columns: Sequence[str], parameter: int) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # has no types
    values = ", ".join(
        f"(told->>{place})::{table.c[name].type.compile(dialect)}"
        for place, name in enumerate(columns)
    )
    rows = f"json_array_elements(${parameter}::text::json) AS told"
    return f"{_into(table, columns)} SELECT {values} FROM {rows}"  # noqa: S608 - see above


def _from_sqlite(table: Table, columns: Sequence[str]) -> str:
    values = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(columns)))
    return f"{_into(table, columns)} SELECT {values} FROM json_each(?)"  # noqa: S608 - see above


def _into(table: Table, columns: Sequence[str]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table.name}" ({names})'


class SqliteAppending(Appending):
    """Python's own driver, in a thread: the commit waits for the disk, and the loop does not.

    A parameter a table: row by row, thread and loop would take turns each time.
    """

    def __init__(
        self, url: URL, tables: Mapping[Table, Sequence[str]], *, busy_timeout_ms: int
    ) -> None:
        super().__init__(tables)
        self._url = url
        self._busy_timeout_ms = busy_timeout_ms
        self._connection: sqlite3.Connection | None = None
        self._turn = asyncio.Lock()
        dialect = sqlite.dialect()
        self._texts = {table: _from_sqlite(table, columns) for table, columns in tables.items()}
        self._inward = {
            table: [
                table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns
            ]
            for table, columns in tables.items()
        }

    async def add(self, rows: Rows) -> None:
        """See `Appending.add`."""
        told = [
            (self._texts[table], orjson.dumps(list(self._stored(table, rows[table]))).decode())
            for table in self._tables
            if rows.get(table)
        ]
        for text, _ in told:
            for hear in Asking.listeners:
                hear(text, "sqlite", None)
        async with self._turn:
            await aside(lambda: self._added(told))

    def _added(self, told: Sequence[tuple[str, str]]) -> None:
        if self._connection is None:
            self._connection = opened(self._url, self._busy_timeout_ms, DURABLE)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for text, rows in told:
                self._connection.execute(text, (rows,))
            self._connection.execute("COMMIT")
        except DRIVER_ERRORS as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise failed("INSERT", error) from error

    def _stored(self, table: Table, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
        inward = self._inward[table]
        for row in rows:
            yield tuple(
                value if store is None or value is None else store(value)
                for value, store in zip(row, inward, strict=True)
            )

    async def close(self) -> None:
        """See `Appending.close`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
