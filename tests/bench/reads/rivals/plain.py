"""The rival `strawberry`: the same schema on plain Strawberry, as one would write it by hand.

Strawberry's own FastAPI router, loaders for each request, ORM rows; the policy's predicate in every
statement, the kernel's identification, and the entries written, on the kernel as it is.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
import strawberry
from fastapi import FastAPI, HTTPException, Request
from sqlalchemy import tuple_
from strawberry.extensions import SchemaExtension
from strawberry.fastapi import GraphQLRouter
from strawberry.types import Info as StrawberryInfo

from bench.reads.rivals import plain_store as store
from bench.reads.rivals.plain_store import Asked
from bench.reads.rivals.serving import serve
from renkei.app import App
from renkei.areas import tables as area_tables
from renkei.briefs import tables as brief_tables
from renkei.calls import tables as call_tables
from renkei.directory import tables as directory
from renkei.notices import tables as notice_tables
from renkei.proposals import tables as proposal_tables
from renkei.search.finding import find
from renkei.search.port import SearchQuery
from renkei.settings import Settings
from renkei_schema.ids import key_of, write_id

Info = StrawberryInfo[Asked, Any]
Item = TypeVar("Item")
_TITLED = frozenset({"code", "title_ja", "title_en"})


@strawberry.type
class Text:
    """A text in both languages."""

    ja: str
    en: str | None


@strawberry.type
class PageInfo:
    """Where a page ends."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.interface
class Node:
    """Anything with an id."""

    id: strawberry.ID


@strawberry.type
class Connection(Generic[Item]):
    """A page of a list; the count is read where it is asked for."""

    nodes: list[Item]
    page_info: PageInfo | None = None
    counted: strawberry.Private[Any] = None

    @strawberry.field
    async def total_count(self) -> int:
        """How many there are."""
        count: int = await self.counted()
        return count


@strawberry.type
class Organization(Node):
    """An organisation."""

    name: Text

    @classmethod
    async def by(cls, info: Info, key: UUID | None) -> Organization | None:
        """The organisation of this key."""
        row = await info.context.record(directory.Organization, key)
        name = row and Text(ja=row.name_ja, en=row.name_en)
        return row and cls(id=write_id("Organization", row.id), name=name)


@strawberry.type
class Person(Node):
    """A person."""

    name: str

    @classmethod
    async def by(cls, info: Info, key: UUID | None) -> Person | None:
        """The person of this key."""
        row = await info.context.record(directory.Person, key)
        return row and cls(id=write_id("Person", row.id), name=row.name)


@strawberry.type
class Area(Node):
    """An area."""

    code: str
    name: Text
    key: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: area_tables.Area) -> Area:
        """The row as the API shows it."""
        name = Text(ja=row.name_ja, en=row.name_en)
        return cls(id=write_id("Area", row.id), code=row.code, name=name, key=row.id)

    @strawberry.field
    async def calls(self, info: Info, first: int = 20) -> Connection[Call]:
        """Calls in this area, by deadline."""
        rows = await info.context.children(store.CALLS_OF_AREA, self.key, first)
        return Connection(
            nodes=[Call.of(row) for row in rows],
            counted=lambda: info.context.counted(store.CALLS_OF_AREA, self.key),
        )


@strawberry.type
class Call(Node):
    """A call."""

    code: str
    title: Text
    closes_at: datetime
    key: strawberry.Private[UUID]
    organization_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: call_tables.Call) -> Call:
        """The row as the API shows it."""
        return cls(
            id=write_id("Call", row.id),
            code=row.code,
            title=Text(ja=row.title_ja, en=row.title_en),
            closes_at=row.closes_at,
            key=row.id,
            organization_id=row.organization_id,
        )

    @strawberry.field
    async def organization(self, info: Info) -> Organization | None:
        """Who issues it."""
        return await Organization.by(info, self.organization_id)

    @strawberry.field
    async def areas(self, info: Info) -> list[Area]:
        """Its areas."""
        return [Area.of(row) for row in await info.context.listed(store.AREAS_OF_CALL, self.key)]

    @strawberry.field
    async def proposals(self, info: Info, first: int = 20) -> Connection[Proposal]:
        """Proposals to it, the latest first."""
        rows = []
        wanted = {one.name for field in info.selected_fields for one in field.selections}  # type: ignore[union-attr]  # fields all
        if "nodes" in wanted:
            rows = await info.context.children(store.PROPOSALS_OF_CALL, self.key, first)
        return Connection(
            nodes=[Proposal.of(row) for row in rows],
            counted=lambda: info.context.counted(store.PROPOSALS_OF_CALL, self.key),
        )


@strawberry.type
class ProposalMember(Node):
    """One of a team."""

    is_pi: bool
    effort_percent: int | None
    row: strawberry.Private[proposal_tables.ProposalMember]

    @strawberry.field
    async def person(self, info: Info) -> Person | None:
        """The person."""
        return await Person.by(info, self.row.person_id)

    @strawberry.field
    async def organization(self, info: Info) -> Organization | None:
        """Their organisation."""
        return await Organization.by(info, self.row.organization_id)


@strawberry.type
class Proposal(Node):
    """A proposal."""

    number: str
    title: str
    status: str
    updated_at: datetime
    row: strawberry.Private[proposal_tables.Proposal]

    @classmethod
    def of(cls, row: proposal_tables.Proposal) -> Proposal:
        """The row as the API shows it."""
        return cls(
            id=write_id("Proposal", row.id),
            number=row.number,
            title=row.title,
            status=row.status,
            updated_at=row.updated_at,
            row=row,
        )

    @strawberry.field
    async def call(self, info: Info) -> Call | None:
        """The call."""
        row = await info.context.record(call_tables.Call, self.row.call_id)
        return row and Call.of(row)

    @strawberry.field
    async def lead_organization(self, info: Info) -> Organization | None:
        """The lead institution."""
        return await Organization.by(info, self.row.lead_organization_id)

    @strawberry.field
    async def principal_investigator(self, info: Info) -> Person | None:
        """The investigator."""
        return await Person.by(info, self.row.pi_person_id)

    @strawberry.field
    async def members(self, info: Info) -> list[ProposalMember]:
        """The team."""
        rows = await info.context.listed(store.MEMBERS_OF_PROPOSAL, self.row.id)
        return [
            ProposalMember(
                id=write_id("ProposalMember", row.id),
                is_pi=row.is_pi,
                effort_percent=row.effort_percent,
                row=row,
            )
            for row in rows
        ]


@strawberry.type
class Brief(Node):
    """A brief."""

    code: str
    title: Text

    @classmethod
    def of(cls, row: brief_tables.Brief) -> Brief:
        """The row as the API shows it."""
        title = Text(ja=row.title_ja, en=row.title_en)
        return cls(id=write_id("Brief", row.id), code=row.code, title=title)


@strawberry.type
class Notice(Node):
    """A notice."""

    kind: str
    created_at: datetime
    read_at: datetime | None
    row: strawberry.Private[notice_tables.Notice]

    @strawberry.field
    async def call(self, info: Info) -> Call | None:
        """The call."""
        row = await info.context.record(call_tables.Call, self.row.call_id)
        return row and Call.of(row)

    @strawberry.field
    async def brief(self, info: Info) -> Brief | None:
        """The brief."""
        row = await info.context.record(brief_tables.Brief, self.row.brief_id)
        return row and Brief.of(row)


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
        return Connection(
            nodes=[
                Notice(
                    id=write_id("Notice", row.id),
                    kind=row.kind,
                    created_at=row.created_at,
                    read_at=row.read_at,
                    row=row,
                )
                for row in rows
            ]
        )

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
        rows = [await asked.record(tables[one.table], one.id) for one in found.records]
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
