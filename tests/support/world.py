"""A small world for tests: organisations, people and posts, and use cases played in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from renkei.access.policy.clauses import EVERYONE, MEMBERS_GATE, OPEN_GATE, Audience
from renkei.access.policy.reach import Reach, reach_of
from renkei.access.policy.viewer import Viewer
from renkei.access.store import police
from renkei.areas.tables import Area, AreaList
from renkei.clock import FixedClock
from renkei.database.engine import Database
from renkei.directory.tables import Holding, Organization, Person, Post
from renkei.identity.tables import Account
from renkei.ledger.unit import Unit
from renkei.reactions import reactions_of
from renkei.reading.page import Cursors
from renkei.reading.reader import Reader
from renkei.viewers import viewers_of

Answer = TypeVar("Answer")


@dataclass
class World:
    """A database with a clock, and shorthands to fill it."""

    database: Database
    clock: FixedClock = field(default_factory=FixedClock)
    cursors: Cursors = field(default_factory=lambda: Cursors(b"test"))

    async def add(self, *rows: Any, public: bool = True) -> None:
        """Write readable rows, for everyone or for members."""
        async with self.database.writing() as session:
            for row in rows:
                if public:
                    await police(session, row, EVERYONE, OPEN_GATE)
                else:
                    await police(session, row, Audience.of("member"), MEMBERS_GATE)
                session.add(row)
                await session.flush()
            await session.commit()

    async def organization(self, kind: str, name: str) -> UUID:
        """An organisation, public."""
        row = Organization(kind=kind, name_ja=name, created_at=self.clock.now())
        await self.add(row)
        return row.id

    async def person(self, name: str, organization_id: UUID, role: str) -> UUID:
        """A person with a working account and one post in the organisation."""
        at = self.clock.now()
        human = Person(name=name, created_at=at)
        post = Post(organization_id=organization_id, role=role, title_ja="職", created_at=at)
        await self.add(human, post, public=False)
        async with self.database.writing() as session:
            session.add(Holding(post_id=post.id, person_id=human.id, start=at))
            session.add(
                Account(person_id=human.id, email=f"{human.id}@test.example", password_hash="!")
            )
            await session.commit()
        return human.id

    async def area(self, code: str, name: str, position: int = 1) -> UUID:
        """An area of the list `20areas`."""
        listed = AreaList(code="20areas", version=code, name_ja="一覧")
        await self.add(listed)
        row = Area(
            list_id=listed.id,
            list_code="20areas",
            list_version=code,
            code=code,
            name_ja=name,
            position=position,
            confidence="verified",
            source="test",
        )
        await self.add(row)
        return row.id

    async def viewer(self, person_id: UUID) -> Viewer:
        """The person as a viewer now."""
        async with self.database.reading() as connection:
            return (await viewers_of(connection, [person_id], at=self.clock.now()))[person_id]

    def reader(self, viewer: Viewer) -> Reader:
        """A reader for this viewer."""
        return Reader(self.database, viewer, at=self.clock.now(), cursors=self.cursors)

    async def again(self, viewer: Viewer) -> Viewer:
        """The same person as they are now."""
        assert viewer.person_id is not None
        return await self.viewer(viewer.person_id)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """A unit of work, committed where the block ends well."""
        async with self.database.writing() as session:
            unit = Unit(session, at=self.clock.now(), reactions_of=reactions_of)
            yield unit
            await unit.commit()

    async def play(
        self, viewer: Viewer, use_case: Callable[..., Awaitable[Answer]], **arguments: Any
    ) -> Answer:
        """Run a use case as this viewer and commit."""
        async with self.unit() as unit:
            reach: Reach = await reach_of(unit.session, viewer, unit.at)
            return await use_case(unit, reach, **arguments)


async def settle(world: World, viewer: Viewer, country: str | None) -> None:
    """Say in which country the viewer's organisation stands."""
    async with world.database.writing() as session:
        row = await session.get(Organization, viewer.organization_id)
        assert row is not None
        row.country = country
        session.add(row)
        await session.commit()
