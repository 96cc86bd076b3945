"""Loaders of one request, one for each question: what is asked in one turn is one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from strawberry.dataloader import DataLoader

from renkei.reading.links import Children
from renkei.reading.page import By, Page
from renkei.reading.reader import Reader, Slice
from renkei.reading.record import Record

Load = Callable[[list[Any]], Awaitable[list[Any]]]


class Loaders:
    """The loaders of one reader, made when a question is first asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._made: dict[Hashable, DataLoader[Any, Any]] = {}

    def _loader(self, question: Hashable, load: Load) -> DataLoader[Any, Any]:
        if question not in self._made:
            self._made[question] = DataLoader(load_fn=load)
        return self._made[question]

    async def once(self, page: Page, read: Callable[[], Awaitable[Slice]]) -> Slice:
        """One page of a whole table, read once however many fields of it are asked for."""
        key = ("root", page.query, page.size, page.backwards, page.after, page.before, page.columns)

        async def load(keys: list[None]) -> list[Slice]:
            found = await read()
            return [found for _ in keys]

        result: Slice = await self._loader(key, load).load(None)
        return result

    async def record(
        self, table: Table, key: Any, columns: frozenset[str], *, column: str = "id"
    ) -> Record | None:
        """The visible row of `table` whose unique `column` is `key`."""

        async def load(keys: list[Any]) -> list[Record | None]:
            found = await self._reader.by_keys(table, column, keys, columns)
            return [found.get(key) for key in keys]

        result: Record | None = await self._loader(
            ("record", table.name, column, columns), load
        ).load(key)
        return result

    async def listed(
        self, link: Children, parent: UUID, columns: frozenset[str], order: tuple[By, ...]
    ) -> list[Record]:
        """All visible rows of a link that is bounded by nature."""

        async def load(parents: list[UUID]) -> list[list[Record]]:
            found = await self._reader.listed(link, parents, columns, order)
            return [found[parent] for parent in parents]

        result: list[Record] = await self._loader(("listed", link, columns, order), load).load(
            parent
        )
        return result

    async def page(self, link: Children, parent: UUID, page: Page) -> Slice:
        """One page of a parent's children."""

        async def load(parents: list[UUID]) -> list[Slice]:
            found = await self._reader.pages(link, parents, page)
            return [found[parent] for parent in parents]

        question = ("page", link, page.query, page.size, page.backwards, page.after, page.before)
        result: Slice = await self._loader((*question, page.columns), load).load(parent)
        return result

    async def count(self, link: Children, parent: UUID, page: Page) -> int:
        """How many children of a parent the viewer sees under the page's filters."""

        async def load(parents: list[UUID]) -> list[int]:
            found = await self._reader.counts(link, parents, page)
            return [found[parent] for parent in parents]

        result: int = await self._loader(("count", link, page.query), load).load(parent)
        return result

    async def ask(self, question: Hashable, load: Load, key: Any) -> Any:
        """A question of a noun's own, asked in one turn for all keys: rows, objects or ids."""
        if question not in self._made:
            self._made[question] = DataLoader(load_fn=load, cache=False)
        return await self._made[question].load(key)
