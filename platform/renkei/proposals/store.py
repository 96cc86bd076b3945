"""Queries on proposals by hand: their facts for the rules, their audience, their content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.marking import AMBER_STRICT, mark
from renkei.access.policy.clauses import MEMBERS_GATE, Audience, office, org, person
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.policy.system import as_system
from renkei.access.store import police
from renkei.calls.tables import Call, Concept
from renkei.database.spans import in_force
from renkei.directory.tables import Holding, Organization, Person, Post
from renkei.directory.terms import HoldingKind
from renkei.problems import NotFound
from renkei.proposals import rules
from renkei.proposals.tables import (
    BudgetLine,
    Proposal,
    ProposalDisclosure,
    ProposalMember,
    Receipt,
    ReceiptContent,
)
from renkei.signing import Json


@dataclass(frozen=True)
class Member:
    """A member's row, with the names that people know them by."""

    row: ProposalMember
    name: str
    organization_ja: str


@dataclass(frozen=True)
class Draft:
    """A proposal with everything that belongs to it."""

    proposal: Proposal
    call: Call
    disclosure: ProposalDisclosure
    members: Sequence[Member]
    budget: Sequence[BudgetLine]


async def read_draft(session: AsyncSession, reach: Reach, proposal: Proposal) -> Draft:
    """All parts of a proposal that the caller has loaded; NotFound where its call is hidden."""
    found = await read_drafts(session, reach, [proposal])
    if not found:
        raise NotFound
    return found[0]


async def read_drafts(
    session: AsyncSession, reach: Reach, proposals: Sequence[Proposal]
) -> list[Draft]:
    """The same for many: four statements; those whose call the viewer doesn't see are left out."""
    keys = [proposal.id for proposal in proposals]
    disclosed = select(ProposalDisclosure).where(col(ProposalDisclosure.proposal_id).in_(keys))
    rows = (await session.execute(as_system(disclosed, "proposals.judge"))).scalars()
    disclosures = {row.proposal_id: row for row in rows}
    found = await session.execute(
        select(Call).where(
            col(Call.id).in_({proposal.call_id for proposal in proposals}), _seen(reach, Call)
        )
    )
    calls = {call.id: call for call in found.scalars()}
    members = await session.execute(
        select(ProposalMember, col(Person.name), col(Organization.name_ja))
        .select_from(ProposalMember)
        # Whoever's name is hidden from the viewer stays in the team, and in the audience.
        .outerjoin(Person, (col(Person.id) == col(ProposalMember.person_id)) & _seen(reach, Person))
        .outerjoin(
            Organization,
            (col(Organization.id) == col(ProposalMember.organization_id))
            & _seen(reach, Organization),
        )
        .where(col(ProposalMember.proposal_id).in_(keys), _seen(reach, ProposalMember))
        .order_by(col(ProposalMember.position), col(ProposalMember.id))
    )
    teams: dict[UUID, list[Member]] = defaultdict(list)
    for row, name, organization in members.all():
        teams[row.proposal_id].append(Member(row, name or "", organization or ""))
    lines = await session.execute(
        select(BudgetLine)
        .where(col(BudgetLine.proposal_id).in_(keys), _seen(reach, BudgetLine))
        .order_by(col(BudgetLine.organization_id), col(BudgetLine.fiscal_year))
    )
    budgets: dict[UUID, list[BudgetLine]] = defaultdict(list)
    for line in lines.scalars():
        budgets[line.proposal_id].append(line)
    return [
        Draft(
            proposal,
            calls[proposal.call_id],
            disclosures[proposal.id],
            teams[proposal.id],
            budgets[proposal.id],
        )
        for proposal in proposals
        if proposal.call_id in calls
    ]


async def facts_of(
    session: AsyncSession, reach: Reach, draft: Draft, *, at: datetime
) -> rules.DraftFacts:
    """The draft as the rules ask for it."""
    return (await facts_of_many(session, reach, [draft], at=at))[0]


async def facts_of_many(
    session: AsyncSession, reach: Reach, drafts: Sequence[Draft], *, at: datetime
) -> list[rules.DraftFacts]:
    """The same for many drafts: two statements for any number of them."""
    moved = await _affiliations_changed_at(
        session, reach, {draft.proposal.pi_person_id for draft in drafts}, at
    )
    offices = await _with_office(
        session, reach, {draft.proposal.lead_organization_id for draft in drafts}, at
    )
    return [
        _facts(
            draft,
            affiliation_changed_at=moved.get(draft.proposal.pi_person_id),
            lead_has_office=draft.proposal.lead_organization_id in offices,
        )
        for draft in drafts
    ]


def _facts(
    draft: Draft, *, affiliation_changed_at: datetime | None, lead_has_office: bool
) -> rules.DraftFacts:
    proposal, call, declarations = draft.proposal, draft.call, draft.disclosure.declarations
    declared = declarations.get("otherFunding")
    confirmed = declarations.get("integrity", {}).get("declaredAt")
    return rules.DraftFacts(
        title=proposal.title,
        summary=proposal.summary,
        plan=proposal.plan,
        lead_organization=str(proposal.lead_organization_id),
        members=tuple(
            rules.MemberFacts(
                name=member.name,
                organization=str(member.row.organization_id),
                is_pi=member.row.is_pi,
                effort_percent=member.row.effort_percent,
                other_effort_percent=member.row.other_effort_percent,
                consent=rules.Consent(member.row.consent),
            )
            for member in draft.members
        ),
        budget=tuple(
            rules.BudgetLine(str(line.organization_id), line.fiscal_year, line.direct_yen)
            for line in draft.budget
        ),
        starts_on=proposal.starts_on,
        ends_on=proposal.ends_on,
        other_funding=None if declared is None else tuple(map(_other_funding, declared)),
        integrity_declared_at=datetime.fromisoformat(confirmed) if confirmed else None,
        affiliation_changed_at=affiliation_changed_at,
        needs_institution=call.needs_institution,
        lead_has_office=lead_has_office,
        budget_limit_yen=call.budget_yen,
        max_years=call.max_years,
        indirect_percent=call.indirect_percent,
    )


def _other_funding(told: dict[str, Any]) -> rules.OtherFunding:
    def day(name: str) -> date | None:
        return date.fromisoformat(told[name]) if told.get(name) else None

    return rules.OtherFunding(
        effort_percent=told.get("effortPercent"),
        programme=told.get("programme") or "",
        title=told.get("title") or "",
        starts_on=day("startsOn"),
        ends_on=day("endsOn"),
        amount_yen=told.get("amountYen"),
        under_nda=bool(told.get("underNda")),
    )


async def _affiliations_changed_at(
    session: AsyncSession, reach: Reach, person_ids: set[UUID], at: datetime
) -> dict[UUID, datetime]:
    """The latest change that the viewer can know of: by a post that they see."""
    query = (
        select(col(Holding.person_id), func.max(col(Holding.start)))
        .join(Post, col(Post.id) == col(Holding.post_id))
        .where(
            col(Holding.person_id).in_(person_ids),
            col(Holding.kind) == HoldingKind.HOLDER.value,
            col(Holding.start) <= at,
            _seen(reach, Post),
        )
        .group_by(col(Holding.person_id))
    )
    return dict((await session.execute(query)).all())


async def _with_office(
    session: AsyncSession, reach: Reach, organization_ids: set[UUID], at: datetime
) -> set[UUID]:
    query = (
        select(col(Post.organization_id))
        .join(Holding, col(Holding.post_id) == col(Post.id))
        .where(
            col(Post.organization_id).in_(organization_ids),
            col(Post.role) == "office",
            _seen(reach, Post),
            in_force(col(Holding.start), col(Holding.until), at),
        )
    )
    return set((await session.execute(query)).scalars())


def _seen(reach: Reach, table: Any) -> ColumnElement[bool]:
    return visible(reach, table.__table__)


def first_audience(pi_person_id: UUID, lead_organization_id: UUID) -> Audience:
    """Who reads a draft that has just begun, and its disclosures as long as it is one.

    Its investigator and the institution's office.
    """
    return Audience.of(person(pi_person_id), office(lead_organization_id))


async def set_audience(session: AsyncSession, draft: Draft) -> None:
    """Derive who may read the proposal, and the same for all its parts, in this transaction.

    Its team and the office of the lead institution; once submitted, who issues the call as well.
    What is disclosed is not the partners' to read (R5.3).
    """
    proposal, call = draft.proposal, draft.call
    disclosed = {person(proposal.pi_person_id), office(proposal.lead_organization_id)}
    if proposal.submitted_at is not None:
        disclosed.add(org(call.organization_id))
        if call.concept_id is not None:
            query = select(col(Concept.agency_id)).where(col(Concept.id) == call.concept_id)
            agency = await session.execute(as_system(query, "access.derive"))
            disclosed.add(org(agency.scalar_one()))
    names = disclosed | {
        person(member.row.person_id)
        for member in draft.members
        if member.row.consent != rules.Consent.DECLINED.value
    }
    await mark(session, proposal, AMBER_STRICT, Audience.of(*sorted(names)))
    session.add(proposal)
    await session.flush()
    clauses = {"audience_id": proposal.audience_id, "gate_id": proposal.gate_id}
    for table in (ProposalMember, BudgetLine, Receipt):
        await session.execute(
            update(table).where(col(table.proposal_id) == proposal.id).values(**clauses)
        )
    disclosure = draft.disclosure
    await police(session, disclosure, Audience.of(*sorted(disclosed)), MEMBERS_GATE)
    session.add(disclosure)
    receipts = select(col(Receipt.id)).where(col(Receipt.proposal_id) == proposal.id)
    contents = (
        update(ReceiptContent)
        .where(col(ReceiptContent.receipt_id).in_(receipts))
        .values(audience_id=disclosure.audience_id, gate_id=disclosure.gate_id)
    )
    await session.execute(as_system(contents, "access.derive"))


def content_of(draft: Draft) -> dict[str, Json]:
    """All that is handed in, as the canonical content that a receipt names by its SHA-256."""
    proposal, call = draft.proposal, draft.call
    return {
        "proposal": proposal.number,
        "call": call.code,
        "title": proposal.title,
        "summary": proposal.summary,
        "startsOn": proposal.starts_on.isoformat() if proposal.starts_on else None,
        "endsOn": proposal.ends_on.isoformat() if proposal.ends_on else None,
        "plan": dict(proposal.plan),
        "declarations": dict(draft.disclosure.declarations),
        "members": [
            {
                "name": member.name,
                "organization": member.organization_ja,
                "principalInvestigator": member.row.is_pi,
                "effortPercent": member.row.effort_percent,
                "otherEffortPercent": member.row.other_effort_percent,
            }
            for member in draft.members
        ],
        "budget": [
            {
                "organization": str(line.organization_id),
                "fiscalYear": line.fiscal_year,
                "directYen": line.direct_yen,
            }
            for line in draft.budget
        ],
    }
