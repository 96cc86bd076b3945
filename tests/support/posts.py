"""An organisation with its own administrator, people in posts, and somebody from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import Viewer
from renkei.directory.contacts import keep_contact
from renkei.directory.tables import Holding
from renkei.ledger.tables import Fact
from renkei.ledger.unit import Unit
from support.world import World

# 0:00 of 1 April 2027 in Japan.
FIRST_OF_APRIL = datetime(2027, 3, 31, 15, 0, tzinfo=UTC)


@dataclass
class Firm:
    """朝霧重工業（架空）: a keeper of its posts, two who hold one each, one from another firm."""

    world: World
    organization_id: UUID
    keeper: Viewer
    holder: Viewer
    colleague: Viewer
    outsider: Viewer

    @property
    def post_id(self) -> UUID:
        """The post that most tests are about: the holder's."""
        return self.holder.posts[0].id

    async def holdings(self, post_id: UUID | None = None) -> list[Holding]:
        """All holdings of the post by their beginning, holders before deputies."""
        query = select(Holding).where(col(Holding.post_id) == (post_id or self.post_id))
        async with self.world.database.writing() as session:
            rows = (await session.execute(query)).scalars().all()
        return sorted(rows, key=lambda row: (row.kind != "HOLDER", row.start, str(row.id)))

    async def now(self, viewer: Viewer) -> Viewer:
        """The person as a viewer now."""
        return await self.world.again(viewer)

    async def facts(self, *kinds: str) -> list[Fact]:
        """Facts of these kinds in their order."""
        query = select(Fact).where(col(Fact.kind).in_(kinds)).order_by(col(Fact.id))
        async with self.world.database.writing() as session:
            return list((await session.execute(query)).scalars())


async def firm_in(world: World) -> Firm:
    """The firm in a world; everybody with an account and an address of its domain."""
    firm = await world.organization("FIRM", "朝霧重工業（架空）")
    other = await world.organization("FIRM", "風読観測（架空）")
    people: Sequence[tuple[str, UUID, str]] = (
        ("管理 薫", firm, "org-administrator"),
        ("朝倉 光", firm, "firm"),
        ("髙木 澪", firm, "firm"),
        ("風間 詠", other, "firm"),
    )
    viewers: list[Viewer] = []
    for number, (name, organization_id, role) in enumerate(people):
        person_id = await world.person(name, organization_id, role)
        domain = "asagiri.example.jp" if organization_id == firm else "kazeyomi.example.jp"
        viewers.append(await world.viewer(person_id))
        await world.play(viewers[-1], _contact, person_id=person_id, email=f"p{number}@{domain}")
    return Firm(world, firm, *viewers)


async def _contact(unit: Unit, _reach: Reach, *, person_id: UUID, email: str) -> None:
    await keep_contact(unit, person_id, email)
