"""What the sample people did: programmes, concepts, calls, a draft of a proposal, briefs."""

from __future__ import annotations

from datetime import datetime, timedelta

from renkei.audit.watching import HOUR, Found, raise_alarm
from renkei.briefs import service as briefs
from renkei.briefs import sharing
from renkei.calls import rules, service
from renkei.proposals import service as proposals
from renkei.proposals import team
from renkei_cli.demo.filling import Filling
from renkei_cli.demo.samples import Sample, brief_draft, closing, load, opening

# How long before its opening a sample call was announced.
ANNOUNCED_BEFORE = timedelta(days=7)
FOUNDED = timedelta(days=390)
# Who acts for an organisation that issues.
OFFICERS = {
    "ministry": "ministry",
    "agency": "agency",
    "science": "science_officer",
    "implementation": "implementation_officer",
}


async def fund(filling: Filling) -> None:
    """Programmes, R&D concepts, calls as old as they say, and one draft of a proposal."""
    samples = load("programmes")
    for one in samples["programmes"]:
        await _programme(filling, one)
    for one in samples["concepts"]:
        await _concept(filling, one)
    calls = load("calls")["calls"]
    for one in sorted(calls, key=lambda one: one["opens_in_days"]):
        await _call(filling, one)
    for one in load("proposals")["proposals"]:
        await _proposal(filling, one)


async def _programme(filling: Filling, one: Sample) -> None:
    officer, at = OFFICERS[one["organization"]], filling.now - FOUNDED
    async with filling.acting(officer, at) as (unit, reach):
        programme = await service.create_programme(
            unit,
            reach,
            kind=rules.ProgrammeKind(one["kind"]),
            title_ja=one["title_ja"],
            title_en=one["title_en"],
            summary_ja=one["summary_ja"],
            summary_en=one["summary_en"],
        )
        filling.programmes[one["key"]] = programme.id


async def _concept(filling: Filling, one: Sample) -> None:
    officer, at = OFFICERS[one["organization"]], filling.now - FOUNDED
    async with filling.acting(officer, at) as (unit, reach):
        concept = await service.publish_concept(
            unit,
            reach,
            draft=service.ConceptDraft(
                programme_id=filling.programmes[one["programme"]],
                type=rules.ConceptType(one["type"]),
                title_ja=one["title_ja"],
                title_en=one["title_en"],
                summary_ja=one["summary_ja"],
                summary_en=one["summary_en"],
                ministry_ids=[filling.organizations[key] for key in one["ministries"]],
                agency_id=filling.organizations[one["agency"]],
                areas=one["areas"],
                ceiling_yen=one["ceiling_yen"],
            ),
        )
        filling.concepts[one["key"]] = concept.id


async def _call(filling: Filling, one: Sample) -> None:
    opens_at = opening(one, filling.now)
    announced = min(filling.now, opens_at - ANNOUNCED_BEFORE)
    officer = OFFICERS[one["organization"]]
    async with filling.acting(officer, announced) as (unit, reach):
        call = await service.draft_call(unit, reach, draft=_call_draft(filling, one, opens_at))
        call_id = filling.calls[one["key"]] = call.id
    # A transaction of its own: what a viewer may see is fetched once in each.
    async with filling.acting(officer, announced) as (unit, reach):
        await service.publish_call(unit, reach, call_id=call_id)
    if one["status"] == rules.CallStatus.CANCELLED:
        async with filling.acting(officer) as (unit, reach):
            await service.cancel_call(unit, reach, call_id=call_id)


def _call_draft(filling: Filling, one: Sample, opens_at: datetime) -> service.CallDraft:
    concept, programme = one.get("concept"), one.get("programme")
    return service.CallDraft(
        concept_id=filling.concepts[concept] if concept else None,
        programme_id=filling.programmes[programme] if programme else None,
        title_ja=one["title_ja"],
        title_en=one["title_en"],
        summary_ja=one["summary_ja"],
        summary_en=one["summary_en"],
        body_ja=one["body_ja"],
        body_en=one["body_en"],
        opens_at=opens_at,
        closes_at=closing(one, filling.now),
        areas=one["areas"],
        needs_institution=one["needs_institution"],
        budget_yen=one["budget_yen"],
        max_years=one.get("max_years"),
    )


async def _proposal(filling: Filling, one: Sample) -> None:
    at = filling.now - timedelta(days=one["begun_days_ago"])
    async with filling.acting(one["lead"], at) as (unit, reach):
        proposal = await proposals.draft_proposal(
            unit, reach, call_id=filling.calls[one["call"]], title=one["title"]
        )
        proposal_id, based_on = proposal.id, proposal.version
    async with filling.acting(one["lead"], at) as (unit, reach):
        await proposals.save_proposal(
            unit,
            reach,
            proposal_id=proposal_id,
            based_on=based_on,
            edit=proposals.ProposalEdit(summary=one["summary"], plan=one["plan"]),
        )
    async with filling.acting(one["lead"], at) as (unit, reach):
        await team.invite_partner(
            unit, reach, proposal_id=proposal_id, person_id=filling.people[one["partner"]]
        )


async def brief(filling: Filling) -> None:
    """Briefs: drafted, released and shared on the days that they tell."""
    for one in load("briefs")["briefs"]:
        at = filling.now - timedelta(days=one.get("information_days_ago", 2), hours=-6)
        reviewer = filling.people[one["reviewer"]]
        async with filling.acting(one["author"], at) as (unit, reach):
            row = await briefs.draft_brief(
                unit, reach, draft=brief_draft(one, reviewer, filling.now)
            )
            brief_id = row.id
        async with filling.acting(one["author"], at) as (unit, reach):
            await briefs.release_brief(unit, reach, brief_id=brief_id)
        if shared := one.get("shared_with"):
            async with filling.acting(one["author"], at) as (unit, reach):
                await sharing.share_brief(
                    unit,
                    reach,
                    brief_id=brief_id,
                    readers=sharing.Readers(
                        organization_ids=[filling.organizations[key] for key in shared]
                    ),
                )


# Nobody of the demo reads as much: the alarm alone is a sample.
READ = {"brief": 311, "proposal": 1}


async def read_in_bulk(filling: Filling) -> None:
    """An alarm on bulk reading, as administrators see it."""
    async with filling.acting(at=filling.now - timedelta(hours=3)) as (unit, _):
        found = Found(filling.people["firm"], HOUR, sum(READ.values()), READ, by_token=True)
        await raise_alarm(unit, found)
