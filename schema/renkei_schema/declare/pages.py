"""Relay connections with a keyset cursor, written once for every noun."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry
from sqlalchemy import Table

from renkei.problems import InvalidInput, Problem
from renkei.reading.links import Children
from renkei.reading.page import PAGE_DEFAULT, PAGE_MAX, By, Cursors, Page
from renkei.reading.reader import Slice
from renkei.reading.record import Record
from renkei_schema.context import Info
from renkei_schema.declare.filters import where_of
from renkei_schema.declare.words import Arguments, Paged, asked, spoken, table_of, taking

NodeType = TypeVar("NodeType")


@strawberry.type(description="ページの端。 / Where a page ends.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description="後に続きがある。 / More follow.")
    has_previous_page: bool = strawberry.field(description="前に続きがある。 / More precede.")
    start_cursor: str | None = strawberry.field(description="最初の位置。 / The first cursor.")
    end_cursor: str | None = strawberry.field(description="最後の位置。 / The last cursor.")


@strawberry.type(description="一覧の一行。 / One row of a list.")
class Edge(Generic[NodeType]):
    """A node and its place in the list."""

    node: NodeType = strawberry.field(description="もの自体。 / The node itself.")
    cursor: str = strawberry.field(description="位置。 / Its cursor.")


@dataclass
class Listing:
    """A connection being answered: read when its rows or its count are asked for."""

    info: Info
    table: Table
    link: Children | None
    parent: Any
    page: Page

    async def slice(self) -> Slice:
        """The page's rows."""
        loaders, reader = self.info.context.loaders, self.info.context.reader
        if self.link is None:
            return await loaders.once(self.page, lambda: reader.page(self.table, self.page))
        return await loaders.page(self.link, self.parent, self.page)

    async def count(self) -> int:
        """All rows under the filter, after the policy."""
        if self.link is None:
            return await self.info.context.reader.count(self.table, self.page)
        return await self.info.context.loaders.count(self.link, self.parent, self.page)

    def cursor(self, record: Record) -> str:
        """The record's place in this list."""
        values = tuple(step.value(record.values) for step in self.page.steps)
        return self.info.context.reader.cursors.write(self.page.query, values)


async def _edges(root: Any) -> list[Any]:
    found = await root.slice()
    return [Edge(node=record, cursor=root.cursor(record)) for record in found.records]


async def _nodes(root: Any) -> list[Any]:
    return list((await root.slice()).records)


async def _page_info(root: Any) -> PageInfo:
    found = await root.slice()
    records = found.records
    return PageInfo(
        has_next_page=found.more_after,
        has_previous_page=found.more_before,
        start_cursor=root.cursor(records[0]) if records else None,
        end_cursor=root.cursor(records[-1]) if records else None,
    )


async def _total_count(root: Any) -> int:
    count: int = await root.count()
    return count


@strawberry.type(description="一覧（カーソル式）。 / A list, read by cursor.")
class Connection(Generic[NodeType]):
    """Relay's Connection; `nodes` is for clients that need no cursor."""

    edges: list[Edge[NodeType]] = strawberry.field(
        resolver=_edges, description="行と位置。 / Rows with their cursors."
    )
    nodes: list[NodeType] = strawberry.field(resolver=_nodes, description="行だけ。 / Rows alone.")
    page_info: PageInfo = strawberry.field(
        resolver=_page_info, description="続きの有無。 / Whether more follow."
    )
    total_count: int = strawberry.field(
        resolver=_total_count,
        description="見られるものの総数。 / How many there are for this viewer.",
    )


FIRST = "先頭からの件数（1〜100、既定20）。 / How many from the start, 1 to 100, 20 by default."
LAST = "末尾からの件数（1〜100）。 / How many from the end, 1 to 100."
AFTER = "この位置より後。 / After this cursor."
BEFORE = "この位置より前。 / Before this cursor."
FILTER = "絞り込み。項目の間はAND、リストの中はOR。 / Fields narrow together; a list within is OR."
ORDER = "並び順。 / The order."


def _arguments(filter_type: Any, order_type: Any) -> Arguments:
    """What a connection takes: each may be left out."""
    taken = [
        ("first", int, FIRST),
        ("after", str, AFTER),
        ("last", int, LAST),
        ("before", str, BEFORE),
        ("filter", filter_type, FILTER),
        ("order_by", order_type, ORDER),
    ]
    return {
        name: (Annotated[kind | None, strawberry.argument(description=description)], None)
        for name, kind, description in taken
        if kind is not None
    }


def page(
    reference: Any,
    description: str,
    *,
    filter: Any = None,
    order: Any = None,
    default: tuple[By, ...] = (),
) -> Any:
    """A connection to the rows of a link (`children(…)` or `through(…)`)."""
    word = Paged(table=reference.table, link=reference, default=default)
    return _connection(word, description, _arguments(filter, order))


def pages(
    model: Any,
    description: str,
    *,
    filter: Any = None,
    order: Any = None,
    default: tuple[By, ...] = (),
) -> Any:
    """A root connection to all rows of a type that the viewer may see."""
    word = Paged(table=table_of(model), default=default)
    return _connection(word, description, _arguments(filter, order))


def _connection(word: Paged, description: str, arguments: Arguments) -> Any:
    def resolve(root: Any, info: Info, **given: Any) -> Listing:
        reader, table = info.context.reader, word.table
        columns = asked(info, table, "edges", "node") | asked(info, table, "nodes")
        wanted = replace(page_of(word, reader.cursors, **given), columns=columns)
        parent = None if word.link is None else root.id
        return Listing(info, table, word.link, parent, wanted)

    return spoken(word, description, taking(arguments, resolve))


def page_of(
    word: Paged,
    cursors: Cursors,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    filter: Any = None,
    order_by: Any = None,
) -> Page:
    """The page that the arguments ask for, or a refusal that names the argument."""
    problems = [
        problem
        for name, size in (("first", first), ("last", last))
        for problem in size_problems(name, size)
    ]
    if first is not None and last is not None:
        problems.append(
            Problem(
                ("last",),
                "BOTH_ENDS",
                "Ask for `first` or `last`, not both.",
                "firstとlastのどちらか一方にします。",
            )
        )
    if problems:
        raise InvalidInput(problems=problems)
    order = word.default if order_by is None else (order_by.by(),)
    query = _query_name(word.table, order, filter)
    return Page(
        size=first or last or PAGE_DEFAULT,
        order=order,
        where=where_of(filter),
        query=query,
        backwards=last is not None,
        after=None if after is None else cursors.read(("after",), query, after),
        before=None if before is None else cursors.read(("before",), query, before),
    )


def size_problems(name: str, size: int | None) -> list[Problem]:
    """The problem of a page size that is not from 1 to 100."""
    if size is None or 1 <= size <= PAGE_MAX:
        return []
    return [
        Problem(
            (name,),
            "PAGE_SIZE",
            f"`{name}` is from 1 to {PAGE_MAX}; this is {size:,}.",
            f"{name}は1から{PAGE_MAX}までです（いま{size:,}）。",
        )
    ]


def _query_name(table: Table, order: tuple[By, ...], sent: Any) -> str:
    """A name for filter and order: a cursor works only in the list that it came from."""
    told = strawberry.asdict(sent) if sent is not None else None
    text = orjson.dumps(
        [table.name, [(step.column, step.down) for step in order], told],
        default=str,
        option=orjson.OPT_NON_STR_KEYS,
    )
    return hashlib.sha256(text).hexdigest()[:16]
