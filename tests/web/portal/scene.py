"""A deployment with a little of everything in it, for pages to be looked at by each role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlmodel import col, select

from renkei.access.policy.viewer import Viewer
from renkei.app import App
from renkei.areas.tables import Area
from renkei.audit.sealing import seal
from renkei.audit.watching import HOUR, Found, raise_alarm
from renkei.briefs import content, rules, service, sharing
from renkei.briefs.tables import Brief
from renkei.calls.tables import Call
from renkei.clock import FixedClock
from renkei.directory import groups
from renkei.directory.tables import SharingGroup
from renkei.notices.service import follow_area
from renkei.proposals import submission
from renkei.proposals.service import draft_proposal
from renkei.proposals.tables import Proposal
from renkei.proposals.team import invite_partner
from renkei.reactions import react_once
from renkei.settings import Settings
from renkei.signing import SigningKeys
from renkei.text import Text
from renkei_schema.schema import schema
from renkei_web.app import create_app
from renkei_web.portal.site import add_pages
from support.funding import Funding, funding_in
from support.signing_in import session_of
from support.world import World

# A name that passkeys work under without HTTPS.
ORIGIN = "http://localhost"


@dataclass
class Scene:
    """The deployment, its people, and what there is to see."""

    app: App
    web: FastAPI
    funding: Funding
    analyst: Viewer
    colleague: Viewer
    firm: Viewer
    keeper: Viewer
    administrator: Viewer
    call: Call
    draft_call: Call
    draft: Proposal
    fresh: Proposal
    waiting: Proposal
    submitted: Proposal
    brief: Brief
    brief_draft: Brief
    public_brief: Brief
    group: SharingGroup

    @asynccontextmanager
    async def visiting(self, viewer: Viewer | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of this person, or of nobody."""
        cookies = {}
        if viewer is not None:
            assert viewer.person_id is not None
            cookies["renkei_session"] = await session_of(self.app, viewer.person_id)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.web),
            base_url=ORIGIN,
            cookies=cookies,
            headers={"accept": "text/html", "accept-language": "ja"},
        ) as client:
            yield client

    def people(self) -> dict[str, Viewer | None]:
        """Everyone who may look, by a word for who they are."""
        return {
            "anonymous": None,
            "researcher": self.funding.researcher,
            "partner": self.funding.partner,
            "office": self.funding.office,
            "ministry": self.funding.ministry,
            "analyst": self.analyst,
            "firm": self.firm,
            "keeper": self.keeper,
            "administrator": self.administrator,
        }


@asynccontextmanager
async def deployed(
    folder: Path,
    url: str,
    clock: FixedClock,
    *,
    signing_key: str,
    public_url: str = ORIGIN,
) -> AsyncIterator[tuple[App, FastAPI]]:
    """The deployment over a migrated database."""
    settings = Settings(
        data_dir=folder,
        database_url=url,
        demo=True,
        secret_key="portal-test",
        signing_key=signing_key,
        public_url=public_url,
    )
    async with App.opened(settings, clock=clock) as app:

        @asynccontextmanager
        async def opened(_: Settings) -> AsyncIterator[App]:
            yield app

        # A test asks for few of the documents: each is made ready when it is asked for.
        web = create_app(
            settings,
            schema=schema,
            open_app=opened,
            add_pages=add_pages,
            ready=lambda execution: None,
        )
        async with web.router.lifespan_context(web):
            yield app, web


async def filled(app: App, web: FastAPI, world: World) -> Scene:
    """Fill an empty deployment."""
    funding = await funding_in(world)
    firm = await world.organization("FIRM", "朝霧アビオニクス株式会社（架空）")
    tank = await world.organization("THINK_TANK", "総合戦略研究所（架空）")
    people = {
        "firm": await world.viewer(await world.person("朝比奈 涼", firm, "firm")),
        "keeper": await world.viewer(await world.person("管理 薫", firm, "org-administrator")),
        "analyst": await world.viewer(await world.person("佐伯 涼子", tank, "analyst")),
        "reviewer": await world.viewer(await world.person("水無瀬 薫", tank, "analyst")),
    }
    await _follow(world, people["firm"])
    await _follow(world, funding.researcher)
    soon = await funding.call(
        title_ja="海中無線通信による遠隔作業基盤の研究",
        closes_at=world.clock.now() + timedelta(days=2, hours=3),
        needs_institution=False,
    )
    await funding.call(
        title_ja="量子技術を用いた高精度航法（予告）",
        opens_at=world.clock.now() + timedelta(days=20),
        closes_at=world.clock.now() + timedelta(days=80),
    )
    call = await funding.call(title_en="Autonomous control of small unmanned aircraft")
    calls = await _draft_call(funding, call)
    keys = SigningKeys.of(app.settings.signing_key.get_secret_value())
    submitted = await funding.complete_proposal(soon)
    await _hand_in(funding, submitted, keys)
    waiting = await funding.complete_proposal(call)
    await _hand_in(funding, waiting, keys)
    draft = await funding.complete_proposal(call)
    fresh = await world.play(funding.researcher, draft_proposal, call_id=call.id, title="")
    await world.play(
        funding.researcher,
        invite_partner,
        proposal_id=fresh.id,
        person_id=funding.partner.person_id,
    )
    university = funding.researcher.posts[0].organization_id
    brief = await _brief(world, people, tlp="AMBER")
    await world.play(
        people["analyst"],
        sharing.share_brief,
        brief_id=brief.id,
        readers=sharing.Readers(
            organization_ids=[university, funding.ministry.posts[0].organization_id]
        ),
    )
    await world.play(people["analyst"], service.release_brief, brief_id=brief.id)
    public = await _brief(world, people, tlp="CLEAR")
    await world.play(people["analyst"], service.release_brief, brief_id=public.id)
    group = await _group(world, people["analyst"], university)
    administrator = await _audited(app, world, funding, people["firm"])
    while await react_once(app):
        pass
    return Scene(
        app=app,
        web=web,
        funding=funding,
        analyst=people["analyst"],
        colleague=people["reviewer"],
        firm=people["firm"],
        keeper=people["keeper"],
        administrator=administrator,
        call=call,
        draft_call=calls,
        draft=draft,
        fresh=fresh,
        waiting=waiting,
        submitted=submitted,
        brief=brief,
        brief_draft=await _brief(world, people, tlp="AMBER+STRICT"),
        public_brief=public,
        group=group,
    )


async def _group(world: World, keeper: Viewer, member_id: UUID) -> SharingGroup:
    made = await world.play(
        keeper, groups.create_group, name_ja="磁石の供給網を見る会", purpose="見立てを共有する。"
    )
    return await world.play(
        keeper, groups.add_to_group, group_id=made.id, organization_id=member_id
    )


async def _follow(world: World, viewer: Viewer) -> None:
    async with world.database.writing() as session:
        query = select(Area).where(col(Area.code) == "A20-ROBO")
        area = (await session.execute(query)).scalars().one()
    await world.play(viewer, follow_area, area_id=area.id)


async def _draft_call(funding: Funding, like: Call) -> Call:
    from renkei.calls import service as calls

    now = funding.world.clock.now()
    sent = calls.CallDraft(
        title_ja="まだ公開しない公募",
        summary_ja="下書きです。",
        body_ja="本文。",
        opens_at=now,
        closes_at=now + timedelta(days=30),
        areas=["A20-ROBO"],
        concept_id=like.concept_id,
    )
    return await funding.world.play(funding.ministry, calls.draft_call, draft=sent)


async def _hand_in(funding: Funding, proposal: Proposal, keys: SigningKeys) -> None:
    await funding.world.play(
        funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=keys
    )


async def _brief(world: World, people: dict[str, Viewer], *, tlp: str) -> Brief:
    sent: dict[str, Any] = {
        "title": Text(f"磁石の調達リスク {tlp}", f"Sourcing risk of magnets {tlp}"),
        "kind": rules.BriefKind.SUPPLY_CHAIN_RISK,
        "information_date": date(2026, 10, 31),
        "tlp": tlp,
        "grade": 1,
        "restrictions": "" if tlp == "CLEAR" else "転送禁止",
        "summary": Text("合金粉末の経路は少数に限られます。", "Alloy powder has few routes."),
        "body": Text("永久磁石は特定重要物資の一つです。"),
        "areas": ["A20-ROBO"],
        "reviewer_id": people["reviewer"].person_id,
        "judgements": [
            rules.Judgement(
                statement=Text("代替の調達先は、年度中に1つ以上増える。"),
                likelihood=rules.Likelihood.EVEN,
                confidence=rules.Confidence.LOW,
                reason=Text("公表情報のみ。"),
                sources=(1,),
            )
        ],
        "sources": [
            rules.Source(
                type="統計",
                title="品目別貿易統計",
                publisher="見本統計局",
                date=date(2026, 10, 20),
                reliability=rules.Reliability.A,
                url="https://example.jp/stat",
                public=True,
            )
        ],
        "recommendations": [
            rules.Recommendation(
                statement=Text("在庫日数を四半期ごとに把握する。"), addressee="見本省"
            )
        ],
    }
    return await world.play(
        people["analyst"], service.draft_brief, draft=content.BriefDraft(**sent)
    )


async def _audited(app: App, world: World, funding: Funding, firm: Viewer) -> Viewer:
    """An administrator; what has happened so far is sealed, and somebody has read in bulk."""
    ministry = funding.ministry.posts[0].organization_id
    administrator = await world.person("見本 太郎", ministry, "administrator")
    while await seal(app):
        pass
    assert firm.person_id is not None
    async with app.unit() as unit:
        await raise_alarm(unit, Found(firm.person_id, HOUR, 301, {"brief": 300, "proposal": 1}))
    return await world.viewer(administrator)
