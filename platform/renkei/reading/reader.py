"""The read path: one snapshot, one viewer, statements already narrowed by the policy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from renkei.access.policy.clauses import Clause
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach, reach_of
from renkei.access.policy.viewer import Viewer
from renkei.access.store import read_clauses
from renkei.database.engine import Database
from renkei.database.parameters import one_of
from renkei.reading.links import Children
from renkei.reading.page import By, Cursors, Page
from renkei.reading.record import Record
from renkei.reading.seen import Seen
from renkei.reading.statements import (
    KEY,
    count,
    level,
    narrowings,
    nested,
    ordering,
    selected,
)


@dataclass(frozen=True)
class Slice:
    """A page's rows in order, and whether there are more on either side."""

    records: tuple[Record, ...]
    more_after: bool = False
    more_before: bool = False


EMPTY = Slice(())


class RequestEndedError(Exception):
    """Something is asked for after the request has ended: nobody waits for it."""


class Reader:
    """Reads for one viewer at one instant, in one snapshot. Open it for a request, then close it.

    `statements` counts what was sent for the document itself; `seen` are the records that were
    read. `within` narrows to what that other viewer sees too.
    """

    def __init__(
        self,
        database: Database,
        viewer: Viewer,
        *,
        at: datetime,
        cursors: Cursors,
        within: Viewer | None = None,
    ) -> None:
        self.viewer = viewer
        self.at = at
        self.cursors = cursors
        self.statements = 0
        self.seen = Seen()
        self._within = within
        self._database = database
        self._stack = AsyncExitStack()
        self._connection: AsyncConnection | None = None
        self._reach: Reach | None = None
        self._closed = False
        # A snapshot is one connection, and a connection runs one statement at a time.
        self._turn = asyncio.Lock()

    @property
    def eyes(self) -> Viewer:
        """Through whose eyes things are told: the narrower viewer's where there is one."""
        return self._within or self.viewer

    async def clauses(self, ids: Iterable[int]) -> dict[int, Clause]:
        """The clauses of these ids, as values."""
        async with self._turn:
            await self._prepared()
            assert self._connection is not None  # `_prepared` has opened it
            self.statements += 1
            return await read_clauses(self._connection, ids)

    async def close(self) -> None:
        """Give the connection back, for good: after the statement that runs.

        Where a field fails, its siblings are still being read when the answer is given. What they
        go on to ask is nobody's, and must not open the reader again.
        """
        async with self._turn:
            self._closed = True
            self._connection = None
            self._reach = None
            await self._stack.aclose()

    async def _run(self, statement: Select[Any]) -> Sequence[Any]:
        connection = self._connection
        assert connection is not None
        self.statements += 1
        rows: Sequence[Any] = (await connection.execute(statement)).mappings().all()
        return rows

    async def internal(self, statement: Select[Any]) -> Sequence[Any]:
        """Rows of an internal table, which holds no readable record, in the same snapshot."""
        async with self._turn:
            await self._prepared()
            return await self._run(statement)

    async def reach(self) -> Reach:
        """What the viewer meets, fetched once."""
        async with self._turn:
            return await self._prepared()

    async def _prepared(self) -> Reach:
        if self._closed:
            raise RequestEndedError
        if self._connection is None:
            self._connection = await self._stack.enter_async_context(self._database.reading())
        if self._reach is None:
            self._reach = await reach_of(self._connection, self.viewer, self.at)
            if self._within is not None:
                narrower = await reach_of(self._connection, self._within, self.at)
                self._reach = replace(self._reach, within=narrower)
        return self._reach

    async def by_keys(
        self,
        table: Table,
        column: str,
        keys: Iterable[Any],
        columns: frozenset[str],
        *,
        shown: bool = True,
    ) -> dict[Any, Record]:
        """The visible rows of `table` whose unique `column` is one of `keys`, by that key.

        Not `shown`: the caller notes those that it goes on to show.
        """
        wanted = list(dict.fromkeys(keys))
        async with self._turn:
            reach = await self._prepared()
            statement = select(
                *selected(reach, table, columns | {column}),
            ).where(one_of(table.c[column], wanted, postgres=reach.postgres), visible(reach, table))
            rows = await self._run(statement)
        if shown:
            self.seen.note(table, rows)
        return {row[column]: Record(table.name, row) for row in rows}

    async def listed(
        self,
        link: Children,
        parents: Sequence[UUID],
        columns: frozenset[str],
        order: tuple[By, ...],
    ) -> dict[UUID, list[Record]]:
        """All visible rows that belong to each parent: for lists that are bounded by nature."""
        async with self._turn:
            reach = await self._prepared()
            source = link.table
            parent, origin = link.pairs(reach, source)
            statement = (
                select(parent.label(KEY), *selected(reach, source, columns))
                .select_from(origin)
                .where(
                    one_of(parent, dict.fromkeys(parents), postgres=reach.postgres),
                    visible(reach, source),
                )
                .order_by(*ordering(reach, source, Page(order=order).steps, reverse=False))
            )
            rows = await self._run(statement)
        self.seen.note(source, rows)
        found: dict[UUID, list[Record]] = {parent_id: [] for parent_id in parents}
        for row in rows:
            found[row[KEY]].append(Record(source.name, row))
        return found

    async def page(self, table: Table, page: Page) -> Slice:
        """One page of a whole table."""
        async with self._turn:
            reach = await self._prepared()
            led = replace(reach, by_key=page.through)
            rows = await self._run(level(led, table, page, true()))
        return self._slice(table, page, rows)

    async def pages(self, link: Children, parents: Sequence[UUID], page: Page) -> dict[UUID, Slice]:
        """The same page of each parent's children: one statement for any number of parents."""
        table = link.table
        keys = list(dict.fromkeys(parents))
        async with self._turn:
            reach = await self._prepared()
            rows = await self._run(nested(reach, link, keys, page))
        grouped: dict[UUID, list[Any]] = {}
        for row in rows:
            grouped.setdefault(row[KEY], []).append(row)
        return {key: self._slice(table, page, grouped.get(key, [])) for key in keys}

    def _slice(self, table: Table, page: Page, rows: Sequence[Any]) -> Slice:
        found = _sliced(table, page, rows)
        self.seen.note(table, [record.values for record in found.records])
        return found

    async def count(self, table: Table, page: Page) -> int:
        """How many rows of the whole table the viewer sees under the page's filters."""
        async with self._turn:
            reach = await self._prepared()
            rows = await self._run(count(reach, table, page))
        return int(rows[0]["n"])

    async def counts(self, link: Children, parents: Sequence[UUID], page: Page) -> dict[UUID, int]:
        """The same count for each parent: one statement for any number of parents."""
        keys = list(dict.fromkeys(parents))
        async with self._turn:
            reach = await self._prepared()
            source = link.table
            parent, origin = link.pairs(reach, source)
            statement = (
                select(parent.label(KEY), func.count().label("n"))
                .select_from(origin)
                .where(
                    one_of(parent, keys, postgres=reach.postgres),
                    visible(reach, source),
                    *narrowings(reach, source, page),
                )
                .group_by(parent)
            )
            rows = await self._run(statement)
        found = {row[KEY]: int(row["n"]) for row in rows}
        return {key: found.get(key, 0) for key in keys}


def _sliced(table: Table, page: Page, rows: Sequence[Any]) -> Slice:
    more = len(rows) > page.size
    kept = [Record(table.name, row) for row in rows[: page.size]]
    if page.backwards:
        kept.reverse()
    return Slice(
        tuple(kept),
        more_after=page.before is not None if page.backwards else more,
        more_before=more if page.backwards else page.after is not None,
    )
