"""What a request of the rival `strawberry` reads with: one session, loaders, ORM rows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import Select, Uuid, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from strawberry.dataloader import DataLoader
from strawberry.fastapi import BaseContext

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach, reach_of
from renkei.access.policy.viewer import Viewer
from renkei.app import App
from renkei.areas.tables import Area
from renkei.audit.service import Leaving
from renkei.calls.tables import Call, CallArea
from renkei.proposals.tables import Proposal, ProposalMember
from renkei.reading.seen import Seen


@dataclass(frozen=True)
class Children:
    """How rows hang on a parent: by which column, perhaps over a junction, in which order."""

    model: Any
    parent: Any
    order: tuple[Any, ...]
    # The junction's column that leads to the model.
    far: Any = None

    def joined(self, query: Select[Any]) -> Select[Any]:
        """The query with the junction beside the model, where there is one."""
        if self.far is None:
            return query
        return query.join(self.parent.class_, self.far == self.model.id)


PROPOSALS_OF_CALL = Children(
    Proposal,
    Proposal.call_id,
    (Proposal.updated_at.desc(), Proposal.id.desc()),  # type: ignore[attr-defined]  # SQLModel's columns
)
CALLS_OF_AREA = Children(Call, CallArea.area_id, (Call.closes_at, Call.id), CallArea.call_id)
AREAS_OF_CALL = Children(
    Area, CallArea.call_id, (Area.list_code, Area.position, Area.id), CallArea.area_id
)
MEMBERS_OF_PROPOSAL = Children(
    ProposalMember, ProposalMember.proposal_id, (ProposalMember.position, ProposalMember.id)
)
PageKey = tuple[UUID, int]


class Asked(BaseContext):
    """One request: its viewer, its session and its loaders."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.app: App = request.app.state.app
        self.secret = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.at = self.app.clock.now()
        self.seen = Seen()
        self.viewer: Viewer
        self._stack = AsyncExitStack()
        self._session: AsyncSession | None = None
        self._reach: Reach | None = None
        # A session runs one statement at a time.
        self._turn = asyncio.Lock()

    async def begin(self) -> bool:
        """Whether the token is somebody's."""
        viewer = await self.app.identity.by_access_token(self.secret)
        if viewer is not None:
            self.viewer = viewer
        return viewer is not None

    async def end(self) -> None:
        """Leave the entry of what was read, once the session is given back."""
        await self._stack.aclose()
        if self.seen.records:
            leaving = Leaving(self.viewer, self.seen.records, self.at, "graphql", "")
            await self.app.reads.leave(leaving)

    async def run(self, make: Callable[[Reach], Select[Any]]) -> Sequence[Any]:
        """The rows of a statement that is made with what the viewer meets."""
        async with self._turn:
            if self._session is None or self._reach is None:
                connection = await self._stack.enter_async_context(self.app.database.reading())
                session = AsyncSession(connection, expire_on_commit=False)
                self._session = await self._stack.enter_async_context(session)
                self._reach = await reach_of(connection, self.viewer, self.at)
            rows: Sequence[Any] = (await self._session.execute(make(self._reach))).all()
            return rows

    def note(self, rows: Sequence[Any]) -> None:
        """These records were read."""
        for row in rows:
            self.seen.note(row.__table__, [row.__dict__])

    async def page(
        self, model: Any, order: tuple[Any, ...], size: int, *where: Any
    ) -> Sequence[Any]:
        """The first rows of a table under a filter."""

        def make(reach: Reach) -> Select[Any]:
            seen = visible(reach, model.__table__)
            return select(model).where(seen, *where).order_by(*order).limit(size)

        found = [row for (row,) in await self.run(make)]
        self.note(found)
        return found

    async def count(self, model: Any) -> int:
        """How many rows of a table the viewer sees."""
        query = select(func.count()).select_from(model)
        ((found,),) = await self.run(lambda reach: query.where(visible(reach, model.__table__)))
        return int(found)

    @cached_property
    def loaders(self) -> dict[Any, DataLoader[Any, Any]]:
        """Loaders by what they load."""
        return {}

    def record(self, model: Any, key: UUID | None) -> Awaitable[Any]:
        """One record by its key; None where there is none to see."""
        return self._loader(model, partial(self._records, model)).load(key)

    def listed(self, link: Children, parent: UUID) -> Awaitable[list[Any]]:
        """All children of a parent."""
        return self._loader(("all", link), partial(self._listed, link)).load(parent)

    def children(self, link: Children, parent: UUID, size: int) -> Awaitable[list[Any]]:
        """The first children of a parent."""
        return self._loader(("page", link), partial(self._pages, link)).load((parent, size))

    def counted(self, link: Children, parent: UUID) -> Awaitable[int]:
        """How many children a parent has."""
        return self._loader(("count", link), partial(self._counts, link)).load(parent)

    def _loader(
        self, key: Any, load: Callable[[list[Any]], Awaitable[Any]]
    ) -> DataLoader[Any, Any]:
        if key not in self.loaders:
            self.loaders[key] = DataLoader(load_fn=load)
        return self.loaders[key]

    async def _records(self, model: Any, keys: list[UUID | None]) -> list[Any]:
        wanted = [key for key in keys if key is not None]
        query = select(model).where(model.id.in_(wanted))
        rows = await self.run(lambda reach: query.where(visible(reach, model.__table__)))
        found = {row.id: row for (row,) in rows}
        self.note(list(found.values()))
        return [found.get(key) for key in keys]

    async def _listed(self, link: Children, parents: list[UUID]) -> list[list[Any]]:
        query = link.joined(select(link.parent, link.model)).where(link.parent.in_(parents))

        def make(reach: Reach) -> Select[Any]:
            return query.where(visible(reach, link.model.__table__)).order_by(*link.order)

        return self._grouped(parents, await self.run(make))

    async def _counts(self, link: Children, parents: list[UUID]) -> list[int]:
        query = link.joined(select(link.parent, func.count()).select_from(link.model))

        def make(reach: Reach) -> Select[Any]:
            seen = visible(reach, link.model.__table__)
            return query.where(link.parent.in_(parents), seen).group_by(link.parent)

        found: dict[UUID, int] = dict(await self.run(make))
        return [found.get(parent, 0) for parent in parents]

    async def _pages(self, link: Children, keys: list[PageKey]) -> list[list[Any]]:
        parents, size = [parent for parent, _ in keys], keys[0][1]
        if not self.app.database.is_sqlite:
            rows = await self.run(lambda reach: _lateral(link, parents, size, reach))
            return self._grouped(parents, rows)
        # SQLite has no LATERAL; a window over all children costs more than a statement a parent.
        rows = []
        for parent in parents:
            rows += await self.run(partial(_one_parent, link, parent, size))
        return self._grouped(parents, rows)

    def _grouped(self, parents: list[UUID], rows: Sequence[Any]) -> list[list[Any]]:
        found: dict[UUID, list[Any]] = {parent: [] for parent in parents}
        for parent, row in rows:
            found[parent].append(row)
        self.note([row for _, row in rows])
        return [found[parent] for parent in parents]


def _lateral(link: Children, parents: list[UUID], size: int, reach: Reach) -> Select[Any]:
    keys = func.unnest(literal(parents, ARRAY(Uuid()))).table_valued("value").render_derived()
    level = (
        link.joined(select(link.model))
        .where(link.parent == keys.c.value, visible(reach, link.model.__table__))
        .order_by(*link.order)
        .limit(size)
        .lateral()
    )
    entity = aliased(link.model, level)
    # The lateral rows come in their order for each parent.
    return select(keys.c.value, entity).select_from(keys.join(level, true()))


def _one_parent(link: Children, parent: UUID, size: int, reach: Reach) -> Select[Any]:
    query = link.joined(select(link.parent, link.model)).where(link.parent == parent)
    return query.where(visible(reach, link.model.__table__)).order_by(*link.order).limit(size)
