"""The rival `strawberry`: the same schema on plain Strawberry, as one would write it by hand.

Strawberry's own FastAPI router, loaders for each request, ORM rows; the policy's predicate in every
statement, the kernel's identification, and the entries written, on the kernel as it is.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import orjson
import strawberry
from fastapi import FastAPI, HTTPException, Request
from sqlalchemy import tuple_
from strawberry.extensions import SchemaExtension
from strawberry.fastapi import GraphQLRouter

from bench.reads.rivals.plain_store import Asked
from bench.reads.rivals.plain_types import (
    Area,
    Brief,
    Call,
    Connection,
    Info,
    Node,
    Notice,
    PageInfo,
    Proposal,
)
from bench.reads.rivals.serving import serve
from renkei.app import App
from renkei.areas import tables as area_tables
from renkei.briefs import tables as brief_tables
from renkei.calls import tables as call_tables
from renkei.notices import tables as notice_tables
from renkei.proposals import tables as proposal_tables
from renkei.search.finding import find
from renkei.search.port import SearchQuery
from renkei.settings import Settings
from renkei_schema.ids import key_of

_TITLED = frozenset({"code", "title_ja", "title_en"})


@strawberry.enum
class SearchKind(Enum):
    """Kinds of hits."""

    CALL = "call"
    BRIEF = "brief"


@strawberry.type
class SearchHit:
    """A hit."""

    item: Annotated[Call | Brief, strawberry.union("SearchItem")]


@strawberry.type
class SearchResults:
    """What was found."""

    hits: list[SearchHit]
    total_count: int | None


@strawberry.type
class Query:
    """What is asked."""

    @strawberry.field
    async def calls(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[Call]:
        """Calls by deadline."""
        table = call_tables.Call
        order = (table.closes_at, table.id)
        where = _after(after, order, datetime.fromisoformat, UUID)
        rows = await info.context.page(table, order, first + 1, *where)
        return Connection(
            nodes=[Call.of(row) for row in rows[:first]],
            page_info=_page_info(rows, first, "closes_at", "id"),
            counted=lambda: info.context.count(table),
        )

    @strawberry.field
    async def areas(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[Area]:
        """Areas in their order."""
        table = area_tables.Area
        order = (table.list_code, table.list_version, table.position, table.id)
        where = _after(after, order, str, str, int, UUID)
        rows = await info.context.page(table, order, first + 1, *where)
        names = ("list_code", "list_version", "position", "id")
        return Connection(
            nodes=[Area.of(row) for row in rows[:first]],
            page_info=_page_info(rows, first, *names),
            counted=lambda: info.context.count(table),
        )

    @strawberry.field
    async def node(
        self, info: Info, key: Annotated[strawberry.ID, strawberry.argument(name="id")]
    ) -> Node | None:
        """A proposal by its id."""
        row = await info.context.record(proposal_tables.Proposal, key_of(key, "Proposal"))
        return row and Proposal.of(row)

    @strawberry.field
    async def inbox(self, info: Info, first: int = 20) -> Connection[Notice]:
        """The newest notices of whoever asks."""
        table: Any = notice_tables.Notice
        mine = table.person_id == info.context.viewer.person_id
        order = (table.created_at.desc(), table.id.desc())
        rows = await info.context.page(table, order, first, mine)
        return Connection(nodes=[Notice.of(row) for row in rows])

    @strawberry.field
    async def search(
        self, info: Info, text: str, kinds: list[SearchKind], first: int = 20
    ) -> SearchResults:
        """What is found, best first."""
        asked = info.context
        tables: Any = {"call": call_tables.Call, "brief": brief_tables.Brief}
        query = SearchQuery(
            text=text,
            tokens=asked.viewer.tokens,
            affiliations=asked.viewer.affiliations,
            kinds=tuple(kind.value for kind in kinds),
            areas=None,
            limit=first,
            offset=0,
        )
        sources = {kind.value: (tables[kind.value].__table__, _TITLED) for kind in kinds}
        reader = asked.app.reader(asked.viewer)
        try:
            found = await find(asked.app.search, reader, query, sources)
        finally:
            await reader.close()
        rows = await asyncio.gather(
            *(asked.record(tables[one.table], one.id) for one in found.records)
        )
        hits = [
            SearchHit(item=Call.of(row) if isinstance(row, call_tables.Call) else Brief.of(row))
            for row in rows
        ]
        return SearchResults(hits=hits, total_count=found.total)


class Entries(SchemaExtension):
    """The answer leaves after the entry of what was read."""

    async def on_execute(self) -> AsyncIterator[None]:
        """Around the execution."""
        yield
        await self.execution_context.context.end()


def _after(cursor: str | None, order: tuple[Any, ...], *types: Any) -> tuple[Any, ...]:
    if cursor is None:
        return ()
    values = orjson.loads(base64.urlsafe_b64decode(cursor))
    return (tuple_(*order) > tuple(made(one) for made, one in zip(types, values, strict=True)),)


def _page_info(rows: Any, size: int, *names: str) -> PageInfo:
    last = rows[:size][-1] if rows else None
    key = (
        None if last is None else orjson.dumps([getattr(last, name) for name in names], default=str)
    )
    cursor = None if key is None else base64.urlsafe_b64encode(key).decode()
    return PageInfo(has_next_page=len(rows) > size, end_cursor=cursor)


async def _asked(request: Request) -> Asked:
    asked = Asked(request)
    if not await asked.begin():
        raise HTTPException(401)
    return asked


@asynccontextmanager
async def _lifespan(web: FastAPI) -> AsyncIterator[None]:
    async with App.opened(Settings()) as app:
        web.state.app = app
        yield


schema = strawberry.Schema(query=Query, types=[Proposal], extensions=[Entries])
web = FastAPI(lifespan=_lifespan)
web.include_router(GraphQLRouter(schema, path="/graphql", context_getter=_asked, graphql_ide=None))

if __name__ == "__main__":
    serve(web)
