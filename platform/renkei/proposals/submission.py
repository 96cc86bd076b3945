"""Use cases of submission: hand in, take back, return, forward, withdraw; the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.marking import marking_of
from renkei.access.markings import columns_of
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import allow
from renkei.access.store import load
from renkei.calls.rules import CallStatus, effective_status
from renkei.codes import new_number
from renkei.directory.tables import Organization, Person
from renkei.ledger.unit import Unit
from renkei.problems import Problem, WrongState, refuse_if
from renkei.proposals import abilities as may
from renkei.proposals import rules
from renkei.proposals.receipts import RECEIPT_PREFIX, make_receipt
from renkei.proposals.service import check_in_time, saved
from renkei.proposals.store import (
    Draft,
    content_of,
    facts_of,
    facts_of_many,
    read_draft,
    read_drafts,
    set_audience,
)
from renkei.proposals.tables import Proposal, ProposalDisclosure, Receipt, ReceiptContent
from renkei.signing import SigningKeys
from renkei.text import check_text

REASON_MAX = 2_000


async def missing(
    session: AsyncSession, reach: Reach, *, proposal_ids: Sequence[UUID]
) -> dict[UUID, list[Problem]]:
    """Everything that stands between each visible draft and handing it in, at this instant.

    What disclosures lack is told to those alone who see the disclosures.
    """
    query = select(Proposal).where(
        col(Proposal.id).in_(proposal_ids),
        visible(reach, Proposal.__table__),  # type: ignore[attr-defined]  # SQLModel sets it
    )
    drafts = await read_drafts(session, reach, list((await session.execute(query)).scalars()))
    facts = await facts_of_many(session, reach, drafts, at=reach.at)
    disclosed = select(col(ProposalDisclosure.proposal_id)).where(
        col(ProposalDisclosure.proposal_id).in_(proposal_ids),
        visible(reach, ProposalDisclosure.__table__),  # type: ignore[attr-defined]  # as above
    )
    open_to_viewer = set((await session.execute(disclosed)).scalars())
    return {
        draft.proposal.id: [
            problem
            for problem in rules.what_is_missing(known, now=reach.at)
            if problem.path[:1] != ("declarations",) or draft.proposal.id in open_to_viewer
        ]
        for draft, known in zip(drafts, facts, strict=True)
    }


async def hand_in(
    unit: Unit, reach: Reach, *, proposal_id: UUID, keys: SigningKeys
) -> tuple[Proposal, Receipt | None]:
    """Hand a complete draft in to the institution; where the call needs none, submit it at once.

    Refused: `InvalidInput` with everything that is missing, `DeadlinePassed` from the deadline on;
    the draft is untouched by either.
    """
    draft = await _locked(unit, reach, proposal_id)
    proposal, call = draft.proposal, draft.call
    allow(may.may_hand_in(reach.viewer, proposal.pi_person_id, proposal.status))
    check_open(draft, unit)
    refuse_if(
        rules.what_is_missing(await facts_of(unit.session, reach, draft, at=unit.at), now=unit.at)
    )
    proposal.handed_in_at = unit.at
    proposal.returned_reason = ""
    if not call.needs_institution:
        return proposal, await _submit(unit, reach, draft, keys)
    proposal.status = rules.ProposalStatus.PENDING_INSTITUTION.value
    await set_audience(unit.session, draft)
    await saved(unit, reach, proposal, "proposal.handed_in")
    return proposal, None


async def forward(
    unit: Unit, reach: Reach, *, proposal_id: UUID, keys: SigningKeys
) -> tuple[Proposal, Receipt]:
    """The institution's office forwards the proposal to the agency before the deadline (R2.4)."""
    draft = await _locked(unit, reach, proposal_id)
    proposal = draft.proposal
    allow(may.may_forward(reach.viewer, proposal.lead_organization_id, proposal.status))
    check_open(draft, unit)
    return proposal, await _submit(unit, reach, draft, keys)


async def return_for_correction(
    unit: Unit, reach: Reach, *, proposal_id: UUID, reason: str
) -> Proposal:
    """差戻し: the office returns the proposal with a reason; it is a draft again (R3.4)."""
    draft = await _locked(unit, reach, proposal_id)
    proposal = draft.proposal
    allow(may.may_return(reach.viewer, proposal.lead_organization_id, proposal.status))
    refuse_if(check_text(("reason",), reason, limit=REASON_MAX))
    proposal.status = rules.ProposalStatus.DRAFT.value
    proposal.returned_reason = reason
    await saved(unit, reach, proposal, "proposal.returned")
    return proposal


async def take_back(unit: Unit, reach: Reach, *, proposal_id: UUID) -> Proposal:
    """引戻し: the investigator takes the proposal back from the institution, as a draft."""
    draft = await _locked(unit, reach, proposal_id)
    proposal = draft.proposal
    allow(may.may_take_back(reach.viewer, proposal.pi_person_id, proposal.status))
    proposal.status = rules.ProposalStatus.DRAFT.value
    await saved(unit, reach, proposal, "proposal.taken_back")
    return proposal


async def withdraw(unit: Unit, reach: Reach, *, proposal_id: UUID) -> Proposal:
    """Withdraw the proposal, any time before the decision."""
    draft = await _locked(unit, reach, proposal_id)
    proposal = draft.proposal
    allow(may.may_withdraw(reach.viewer, proposal.pi_person_id, proposal.status))
    proposal.status = rules.ProposalStatus.WITHDRAWN.value
    await saved(unit, reach, proposal, "proposal.withdrawn")
    return proposal


def check_open(draft: Draft, unit: Unit) -> None:
    """Refuse before the call's opening and from its deadline on."""
    call = draft.call
    check_in_time(call, unit.at)
    status = effective_status(
        CallStatus(call.status), opens_at=call.opens_at, closes_at=call.closes_at, now=unit.at
    )
    if status is not CallStatus.OPEN:
        raise WrongState(
            "This call does not take submissions now.", "この公募は、いま提出を受け付けていません。"
        )


async def _locked(unit: Unit, reach: Reach, proposal_id: UUID) -> Draft:
    proposal = await load(unit.session, reach, Proposal, proposal_id, lock=True)
    return await read_draft(unit.session, reach, proposal)


async def _submit(unit: Unit, reach: Reach, draft: Draft, keys: SigningKeys) -> Receipt:
    proposal, call = draft.proposal, draft.call
    proposal.status = rules.ProposalStatus.SUBMITTED.value
    proposal.submitted_at = unit.at
    await set_audience(unit.session, draft)
    content = content_of(draft)
    lead = select(col(Organization.name_ja)).where(
        col(Organization.id) == proposal.lead_organization_id,
        visible(reach, Organization.__table__),  # type: ignore[attr-defined]  # SQLModel sets it
    )
    investigator = select(col(Person.name)).where(
        col(Person.id) == proposal.pi_person_id,
        visible(reach, Person.__table__),  # type: ignore[attr-defined]  # as above
    )
    document = make_receipt(
        number=new_number(RECEIPT_PREFIX),
        submitted_at=unit.at,
        subject={
            "proposal": proposal.number,
            "title": proposal.title,
            "call": call.code,
            "callTitle": call.title_ja,
            "leadInstitution": (await unit.session.execute(lead)).scalar_one(),
            "principalInvestigator": (await unit.session.execute(investigator)).scalar_one(),
        },
        content=content,
        key=keys.current,
    )
    receipt = Receipt(
        id=uuid4(),
        number=str(document["number"]),
        proposal_id=proposal.id,
        submitted_at=unit.at,
        sha256=str(document["sha256"]),
        document=document,
        audience_id=proposal.audience_id,
        gate_id=proposal.gate_id,
        **columns_of(marking_of(proposal)),
    )
    unit.session.add(receipt)
    await unit.session.flush()
    unit.session.add(
        ReceiptContent(
            receipt_id=receipt.id,
            content=content,
            audience_id=draft.disclosure.audience_id,
            gate_id=draft.disclosure.gate_id,
        )
    )
    await saved(unit, reach, proposal, "proposal.submitted", receipt=receipt.number)
    return receipt
