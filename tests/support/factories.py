"""Those who follow and those who share: firms, a think tank, briefs; and what is due, performed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from renkei.access.policy.predicate import visible
from renkei.access.policy.viewer import Viewer
from renkei.app import App
from renkei.areas.tables import Area
from renkei.briefs.content import BriefDraft
from renkei.briefs.rules import BriefKind, Confidence, Judgement, Likelihood, Reliability, Source
from renkei.briefs.service import draft_brief, release_brief
from renkei.briefs.sharing import Readers, share_brief
from renkei.briefs.tables import Brief
from renkei.notices import service
from renkei.notices.tables import Delivery, Follow, Notice
from renkei.reactions import react_once
from renkei.text import Text
from support.funding import Funding, funding_in
from support.world import World


@dataclass
class Town:
    """The funding side, two firms, a think tank; and the app that tells and finds."""

    app: App
    world: World
    funding: Funding
    firm: Viewer
    other_firm: Viewer
    analyst: Viewer
    reviewer_id: UUID

    async def react(self) -> int:
        """Perform all that is due; how much it was."""
        done = 0
        while count := await react_once(self.app):
            done += count
        return done

    async def area(self, code: str = "A20-ROBO") -> UUID:
        """An area's key."""
        async with self.world.database.reading() as connection:
            query = select(Area.__table__.c.id).where(Area.__table__.c.code == code)  # type: ignore[attr-defined]  # SQLModel sets it
            key: UUID = (await connection.execute(query)).scalar_one()
            return key

    async def follow_area(self, viewer: Viewer, code: str = "A20-ROBO", **more: Any) -> Follow:
        """Let someone follow an area."""
        key = await self.area(code)
        return await self.world.play(viewer, service.follow_area, area_id=key, **more)

    async def brief(
        self, tlp: str = "AMBER", *, title: str = "重希土フリー磁石と𠮷田の見立て"
    ) -> Brief:
        """A draft of a brief in the area A20-ROBO with nothing missing."""
        judgement = Judgement(
            Text("髙耐熱の磁石が量産に使われる"),
            Likelihood.LIKELY,
            Confidence.MODERATE,
            Text("試験は３機関で再現"),
            (1,),
        )
        draft = BriefDraft(
            title=Text(title),
            kind=BriefKind.SUPPLY_CHAIN_RISK,
            information_date=date(2026, 10, 31),
            tlp=tlp,
            grade=1,
            summary=Text("調達リスクは半分ほど下がります。"),
            body=Text("永久磁石は特定重要物資のひとつです。"),
            areas=["A20-ROBO"],
            reviewer_id=self.reviewer_id,
            judgements=[judgement],
            sources=[
                Source("統計", "貿易統計（架空）", "見本省", date(2026, 10, 20), Reliability.A)
            ],
        )
        return await self.world.play(self.analyst, draft_brief, draft=draft)

    async def released(
        self, tlp: str = "AMBER", *, shared_with: Sequence[Viewer] = (), **more: Any
    ) -> Brief:
        """A released brief, shared with the organisations of these people."""
        brief = await self.brief(tlp, **more)
        if shared_with:
            await self.share(brief, *shared_with)
        return await self.world.play(self.analyst, release_brief, brief_id=brief.id)

    async def share(self, brief: Brief, *viewers: Viewer) -> Brief:
        """Share a brief with the organisations of these people."""
        organizations = [viewer.posts[0].organization_id for viewer in viewers]
        return await self.world.play(
            self.analyst,
            share_brief,
            brief_id=brief.id,
            readers=Readers(organization_ids=organizations),
        )

    async def inbox(self, viewer: Viewer) -> list[tuple[str, str]]:
        """What the person sees in the inbox, oldest first: kind and reason."""
        table = Notice.__table__  # type: ignore[attr-defined]  # SQLModel sets it
        reader = self.world.reader(viewer)
        try:
            reach = await reader.reach()
            query = select(table.c.kind, table.c.reason).where(visible(reach, table))
            rows = await reader.internal(query.order_by(table.c.fact_id))
        finally:
            await reader.close()
        return [(row["kind"], row["reason"]) for row in rows]

    async def rows(self, model: type[Notice | Delivery]) -> list[Any]:
        """All rows of a table, seen by nobody's eyes."""
        async with self.world.database.reading() as connection:
            return list((await connection.execute(select(model.__table__))).all())  # type: ignore[union-attr]  # SQLModel sets it


async def town_in(app: App, world: World) -> Town:
    """Fill a world with everyone."""
    funding = await funding_in(world)
    people: dict[str, Viewer] = {}
    for name, kind, organization, role, human in (
        ("firm", "FIRM", "鳴瀬精機（架空）", "firm", "鳴瀬 𠮷彦"),
        ("other_firm", "FIRM", "汐見化学（架空）", "firm", "汐見 徹"),
        ("analyst", "THINK_TANK", "経済安全保障研究所（架空）", "analyst", "佐伯 髙志"),
    ):
        key = await world.organization(kind, organization)
        people[name] = await world.viewer(await world.person(human, key, role))
    tank = people["analyst"].posts[0].organization_id
    reviewer = await world.person("中原 澪", tank, "analyst")
    return Town(app, world, funding, reviewer_id=reviewer, **people)
