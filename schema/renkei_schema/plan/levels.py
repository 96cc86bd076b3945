"""The levels of a plan: how rows, pages, places and objects come below what asks for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import is_list_type, is_non_null_type
from sqlalchemy import Table

from renkei.database.sql import Rows
from renkei.reading.layout import KEY
from renkei.reading.page import Page
from renkei_schema.declare.links import askable
from renkei_schema.declare.words import ByKey, Found, Refers
from renkei_schema.plan.running import Run, Statement, unique
from renkei_schema.plan.selecting import Unplanned
from renkei_schema.plan.writing import Block, Level, refuse


@dataclass(frozen=True)
class Rowed:
    """Rows of one table: their statement, and what is written of each."""

    statement: Statement
    block: Block

    async def written(self, run: Run, rows: Rows) -> list[Any]:
        """What is written of the rows, which are noted as read."""
        self.statement.note(run, rows)
        return await self.block.written(run, rows)

    async def by_keys(self, run: Run, keys: list[Any]) -> dict[Any, Any]:
        """What is written of the rows with these keys, by key."""
        if not keys:
            return {}
        rows = await self.statement.rows(run, keys)
        return dict(zip((row[KEY] for row in rows), await self.written(run, rows), strict=True))


@dataclass(frozen=True)
class ListLevel:
    """All children of each row, whose key is at `place`; or the `first` of them alone."""

    rowed: Rowed
    place: int
    first: bool = False

    async def run(self, run: Run, items: Sequence[Any]) -> list[Any]:
        """A list for each row, or what is first in it."""
        keys = unique(row[self.place] for row in items)
        rows = await self.rowed.statement.rows(run, keys) if keys else []
        if self.first:
            rows = list({row[KEY]: row for row in reversed(rows)}.values())
        found: dict[Any, list[Any]] = {}
        for row, written in zip(rows, await self.rowed.written(run, rows), strict=True):
            found.setdefault(row[KEY], []).append(written)
        if self.first:
            return [found.get(row[self.place], [None])[0] for row in items]
        return [found.get(row[self.place], []) for row in items]


@dataclass(frozen=True)
class CountLevel:
    """On the root: a number of rows alone."""

    statement: Statement

    async def run(self, run: Run, items: Sequence[Any]) -> list[Any]:
        """The number."""
        told = await self.number(run)
        return [told for _ in items]

    async def number(self, run: Run) -> int:
        """How many rows the viewer sees in the page's filters."""
        ((found,),) = await self.statement.rows(run)
        return int(found)


@dataclass(frozen=True)
class Part:
    """One field of a connection: nodes or edges by their block, or the pageInfo's fields."""

    block: Block | None = None
    page_info: tuple[tuple[str, str], ...] = ()
    total: int | None = None


@dataclass(frozen=True)
class PageLevel:
    """A page of each row's children (key at `place`), or of a whole table: its parts, in order."""

    statement: Statement
    place: int | None
    parts: tuple[Part, ...]
    count: CountLevel | None = None

    async def run(self, run: Run, items: Sequence[Any]) -> list[Any]:
        """The parts of the connection of each row, as tuples."""
        page = self.statement.page(run)
        if self.place is None:
            rows = await self.statement.rows(run)
            slices: dict[Any, Rows] = {None: rows}
        else:
            keys = unique(row[self.place] for row in items)
            slices = {key: [] for key in keys}
            for row in await self.statement.rows(run, keys) if keys else []:
                slices[row[KEY]].append(row)  # type: ignore[attr-defined]  # a list, see above
        kept = {key: _kept(rows, page) for key, rows in slices.items()}
        flat = [row for rows in kept.values() for row in rows]
        self.statement.note(run, flat)
        told = [await self._part(run, part, page, slices, kept, flat) for part in self.parts]
        found = {key: tuple(part[key] for part in told) for key in kept}
        if self.place is None:
            return [found[None] for _ in items]
        return [found.get(row[self.place]) for row in items]

    async def _part(
        self,
        run: Run,
        part: Part,
        page: Page,
        slices: Mapping[Any, Rows],
        kept: Mapping[Any, Rows],
        flat: Rows,
    ) -> dict[Any, Any]:
        cursor = self._cursor(run, page)
        if part.block is not None:
            written = iter(await part.block.written(run, flat, cursor))
            return {key: [next(written) for _ in rows] for key, rows in kept.items()}
        if part.total is not None:
            return {None: await self._total(run, part.total, slices[None], page)}
        return {
            key: {
                name: _PAGE_INFO[field](len(slices[key]) > page.size, page, rows, cursor)
                for name, field in part.page_info
            }
            for key, rows in kept.items()
        }

    async def _total(self, run: Run, place: int, rows: Rows, page: Page) -> int:
        if rows:
            total: int = rows[0][place]
            return total
        if page.after is None and page.before is None:
            return 0
        assert self.count is not None  # whoever asks for a total has it
        return await self.count.number(run)

    def _cursor(self, run: Run, page: Page) -> Callable[[Sequence[Any]], str]:
        write = run.context.reader.cursors.write
        steps = page.steps
        width = self.statement.width

        def cursor(row: Sequence[Any]) -> str:
            values = [step.placed(row[width + at]) for at, step in enumerate(steps)]
            return write(page.query, tuple(values))

        return cursor


# (whether there were more rows, the page, its rows, their cursor) → a field of its PageInfo.
_PAGE_INFO: Mapping[str, Callable[..., Any]] = {
    "__typename": lambda *_: "PageInfo",
    "hasNextPage": lambda more, page, _rows, _cursor: (
        page.before is not None if page.backwards else more
    ),
    "hasPreviousPage": lambda more, page, _rows, _cursor: (
        more if page.backwards else page.after is not None
    ),
    "startCursor": lambda _more, _page, rows, cursor: cursor(rows[0]) if rows else None,
    "endCursor": lambda _more, _page, rows, cursor: cursor(rows[-1]) if rows else None,
}


def _kept(rows: Rows, page: Page) -> Rows:
    kept = rows[: page.size]
    return kept[::-1] if page.backwards else kept


@dataclass(frozen=True)
class FoundLevel:
    """On the root: the rows of a page that the arguments made."""

    word: Found
    rowed: Rowed

    async def run(self, run: Run, items: Sequence[Any]) -> list[Any]:
        """The rows, or the first of them."""
        page = self.rowed.statement.page(run)
        rows = (await self.rowed.statement.rows(run))[: page.size]
        written = await self.rowed.written(run, rows)
        told = (written[0] if written else None) if self.word.single else written
        return [told for _ in items]


@dataclass(frozen=True)
class KeyLevel:
    """On the root: the row whose unique text is the argument."""

    word: ByKey
    rowed: Rowed
    name: str

    async def run(self, run: Run, items: Sequence[Any]) -> list[Any]:
        """The row, or null."""
        key = askable(run.bound.arguments[self.name][self.word.column])
        found = await self.rowed.by_keys(run, [key])
        return [found.get(key) for _ in items]


@dataclass(frozen=True)
class PlaceLevel:
    """The records at the places that each object tells; `branch` makes what is read of a table."""

    word: Refers
    name: str
    branch: Callable[[Run, Table], Rowed]
    nullable: bool

    async def run(self, run: Run, items: Sequence[Any]) -> list[Any]:
        """A record, or a list of records, for each object."""
        arguments = run.bound.arguments[self.name]
        told: list[Any] = [self.word.places(item, **arguments) for item in items]
        keys: dict[Table, list[Any]] = {}
        for places in told:
            for place in places if isinstance(places, list) else [places]:
                if place is not None:
                    keys.setdefault(place[0], []).append(place[1])
        found = {
            table: await self.branch(run, table).by_keys(run, unique(wanted))
            for table, wanted in keys.items()
        }

        def at(place: Any) -> Any:
            written = None if place is None else found[place[0]].get(place[1])
            return refuse() if written is None and not self.nullable else written

        return [
            [at(place) for place in places] if isinstance(places, list) else at(places)
            for places in told
        ]


@dataclass(frozen=True)
class ObjectLevel:
    """Objects that a function tells of each item, alone or in lists, as their type is nested."""

    values: Callable[[Run, Sequence[Any]], Any]
    shape: Any
    block: Block

    async def run(self, run: Run, items: Sequence[Any]) -> list[Any]:
        """What is written of the objects, nested as they were."""
        told = self.values(run, items)
        if inspect.isawaitable(told):
            told = await told
        flat = list(_flat(told))
        written = iter(await self.block.written(run, flat))
        return [_nested(value, self.shape, written) for value in told]


@dataclass(frozen=True)
class ThereLevel:
    """A level below a row that was joined: run for those alone that are there (key at `place`)."""

    level: Level
    place: int

    async def run(self, run: Run, items: Sequence[Any]) -> list[Any]:
        """What the level gives, and None where there is no row."""
        told = iter(
            await self.level.run(run, [row for row in items if row[self.place] is not None])
        )
        return [None if row[self.place] is None else next(told) for row in items]


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for one in value:
            yield from _flat(one)
    elif value is not None:
        yield value


def _nested(value: Any, shape: Any, written: Iterator[Any]) -> Any:
    if is_non_null_type(shape):
        return refuse() if value is None else _nested(value, shape.of_type, written)
    if value is None:
        return None
    if is_list_type(shape):
        if not isinstance(value, list | tuple):
            raise Unplanned("list")
        return [_nested(one, shape.of_type, written) for one in value]
    return next(written)
