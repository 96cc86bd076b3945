"""The types of the rival `strawberry`: ORM rows as the API shows them, links by loaders."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry
from strawberry.types import Info as StrawberryInfo

from bench.reads.rivals import plain_store as store
from bench.reads.rivals.plain_store import Asked
from renkei.areas import tables as area_tables
from renkei.briefs import tables as brief_tables
from renkei.calls import tables as call_tables
from renkei.directory import tables as directory
from renkei.notices import tables as notice_tables
from renkei.proposals import tables as proposal_tables
from renkei_schema.ids import write_id

Info = StrawberryInfo[Asked, Any]
Item = TypeVar("Item")


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

    @classmethod
    def of(cls, row: notice_tables.Notice) -> Notice:
        """The row as the API shows it."""
        return cls(
            id=write_id("Notice", row.id),
            kind=row.kind,
            created_at=row.created_at,
            read_at=row.read_at,
            row=row,
        )

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
