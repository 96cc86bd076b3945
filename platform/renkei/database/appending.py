"""Rows that are added and never changed, some tables at once: all of them are durable, or none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from renkei.database.asking import Asking
from renkei.database.drivers import DRIVER_ERRORS, connected, failed

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

    Each column is one parameter (`unnest`), so that the text is the same for any number of rows.
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
        values = [list(column) for table in told for column in zip(*rows[table], strict=True)]
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
            self._texts[key] = _inserts([(table, self._tables[table]) for table in tables])
        return self._texts[key]

    async def close(self) -> None:
        """See `Appending.close`."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _inserts(tables: Sequence[tuple[Table, Sequence[str]]]) -> str:
    """One statement: each table but the last is filled in a WITH."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # has no types
    number, parts = 0, []
    for table, columns in tables:
        lists = []
        for name in columns:
            number += 1
            lists.append(f"${number}::{table.c[name].type.compile(dialect)}[]")
        names = ", ".join(f'"{name}"' for name in columns)
        # Names and types of our own tables; values are sent beside it.
        into = f'INSERT INTO "{table.name}" ({names})'
        parts.append(f"{into} SELECT * FROM unnest({', '.join(lists)})")  # noqa: S608 - see above
    before = ", ".join(f"added_{place} AS ({part})" for place, part in enumerate(parts[:-1]))
    return f"WITH {before} {parts[-1]}" if before else parts[-1]


class SqliteAppending(Appending):
    """A transaction on the engine: SQLite has no turns to save."""

    def __init__(self, engine: AsyncEngine, tables: Mapping[Table, Sequence[str]]) -> None:
        super().__init__(tables)
        self._engine = engine.execution_options(renkei_writes=True)

    async def add(self, rows: Rows) -> None:
        """See `Appending.add`."""
        async with self._engine.begin() as connection:
            for table, columns in self._tables.items():
                if rows.get(table):
                    told = [dict(zip(columns, row, strict=True)) for row in rows[table]]
                    await connection.execute(insert(table), told)
