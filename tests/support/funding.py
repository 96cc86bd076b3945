"""A ministry with an agency, a call, a researcher's institution: where funding tests begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import UUID

from renkei.access.policy.reach import reach_of
from renkei.access.policy.viewer import Viewer
from renkei.calls import rules, service
from renkei.calls.tables import Call, Concept
from renkei.proposals.service import BudgetEdit, MemberEdit, ProposalEdit, draft_proposal
from renkei.proposals.service import save_proposal as save
from renkei.proposals.store import read_draft
from renkei.proposals.tables import Proposal
from renkei.proposals.team import answer_invitation, invite_partner
from support.world import World

PLAN = {
    "FEASIBILITY": "群れで飛ぶ小型無人機を、災害の現場で使える形にします。",
    "CONTENT": "分散した自律制御を研究します。",
    "ORGANIZATION": "二つの機関で分担します。",
    "BUDGET": "機体の試作に充てます。",
    "SAFETY": "飛行試験は、囲いのある試験場で行います。",
}


@dataclass
class Funding:
    """The people of the funding side, and those who propose."""

    world: World
    ministry: Viewer
    agency_id: UUID
    researcher: Viewer
    office: Viewer
    partner: Viewer
    stranger: Viewer
    areas: ClassVar = ("A20-ROBO", "A20-TRANS")

    async def concept(self) -> Concept:
        """A published R&D concept."""
        programme = await self.world.play(
            self.ministry,
            service.create_programme,
            kind=rules.ProgrammeKind.RESEARCH,
            title_ja="重要技術育成事業（架空）",
        )
        return await self.world.play(
            self.ministry,
            service.publish_concept,
            draft=service.ConceptDraft(
                programme_id=programme.id,
                type=rules.ConceptType.INDIVIDUAL,
                title_ja="小型無人機の分散制御",
                summary_ja="群れで働く無人機の研究。",
                ministry_ids=[self.ministry.posts[0].organization_id],
                agency_id=self.agency_id,
                areas=list(self.areas),
            ),
        )

    def draft(self, concept: Concept, **changes: Any) -> service.CallDraft:
        """What the ministry sends of a call: open now, closing in 65 days."""
        now = self.world.clock.now()
        told: dict[str, Any] = {
            "title_ja": "小型無人機の自律制御・分散制御技術に関する研究開発",
            "summary_ja": "ドローンの群れを扱う研究を公募します。",
            "body_ja": "無人航空機の自律制御。",
            "opens_at": now,
            "closes_at": now + timedelta(days=65),
            "areas": list(self.areas),
            "concept_id": concept.id,
        }
        return service.CallDraft(**{**told, **changes})

    async def call(self, **changes: Any) -> Call:
        """A published call."""
        concept = await self.concept()
        call = await self.world.play(
            self.ministry, service.draft_call, draft=self.draft(concept, **changes)
        )
        return await self.world.play(self.ministry, service.publish_call, call_id=call.id)

    async def complete_proposal(self, call: Call) -> Proposal:
        """A draft with nothing missing, a partner's consent included."""
        proposal = await self.world.play(
            self.researcher, draft_proposal, call_id=call.id, title="群れで支えあう小型無人機"
        )
        assert self.partner.person_id is not None
        proposal = await self.world.play(
            self.researcher,
            invite_partner,
            proposal_id=proposal.id,
            person_id=self.partner.person_id,
        )
        proposal = await self.world.play(
            self.partner, answer_invitation, proposal_id=proposal.id, agree=True
        )
        async with self.world.database.writing() as session:
            reach = await reach_of(session, self.researcher, self.world.clock.now())
            draft = await read_draft(session, reach, proposal)
        return await self.world.play(
            self.researcher,
            save,
            proposal_id=proposal.id,
            based_on=proposal.version,
            edit=ProposalEdit(
                summary="群れの飛行を、止まらない通信で支えます。",
                starts_on=date(2027, 4, 1),
                ends_on=date(2029, 3, 31),
                plan=PLAN,
                members=[MemberEdit(member.row.id, 20, 30) for member in draft.members],
                budget=[BudgetEdit(proposal.lead_organization_id, 2027, 12_345_678)],
                other_funding=[],
                confirm_integrity=True,
            ),
        )


async def funding_in(world: World) -> Funding:
    """Fill a world with everyone that a call needs."""
    ministry = await world.organization("MINISTRY", "見本省（架空）")
    agency = await world.organization("AGENCY", "先端研究推進機構（架空）")
    university = await world.organization("RESEARCH", "東雲工業大学（架空）")
    other = await world.organization("RESEARCH", "北斗大学（架空）")
    await world.area("A20-ROBO", "ロボット工学")
    await world.area("A20-TRANS", "輸送技術", position=2)
    people = {
        "ministry": (ministry, "ministry", "省庁 花"),
        "researcher": (university, "researcher", "髙瀬 美咲"),
        "office": (university, "office", "事務 真"),
        "partner": (other, "researcher", "𠮷村 遥"),
        "stranger": (other, "researcher", "﨑山 誠"),
    }
    viewers = {
        name: await world.viewer(await world.person(human, organization, role))
        for name, (organization, role, human) in people.items()
    }
    return Funding(world, agency_id=agency, **viewers)
