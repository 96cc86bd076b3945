"""Use cases of the team: invite a partner, answer, take someone out."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import allow
from renkei.access.store import load
from renkei.database.spans import in_force
from renkei.directory.tables import Holding, Person, Post
from renkei.ledger.unit import Unit
from renkei.problems import InvalidInput, NotAllowed, NotFound, Problem, WrongState
from renkei.proposals import abilities as may
from renkei.proposals.rules import Consent, ProposalStatus
from renkei.proposals.service import saved
from renkei.proposals.store import Draft, read_draft, set_audience
from renkei.proposals.tables import Proposal, ProposalMember

PARTNERS_MAX = 50


async def invite_partner(
    unit: Unit, reach: Reach, *, proposal_id: UUID, person_id: UUID | None
) -> Proposal:
    """Ask a person to take part, in the organisation of the post that they hold now."""
    proposal = await load(unit.session, reach, Proposal, proposal_id, lock=True)
    allow(may.may_edit(reach.viewer, proposal.pi_person_id, proposal.status))
    draft = await read_draft(unit.session, reach, proposal)
    organization_id = await _affiliation(unit, reach, person_id)
    if person_id is None or organization_id is None:
        raise InvalidInput(
            problems=[
                Problem(
                    ("personId",),
                    "UNKNOWN_PERSON",
                    "There is no such person with a post to take part in.",
                    "参加を依頼できる人が見つかりません。",
                )
            ]
        )
    row = next((m.row for m in draft.members if m.row.person_id == person_id), None)
    if row is None and len(draft.members) > PARTNERS_MAX:
        raise WrongState(
            f"A team has at most {PARTNERS_MAX} partners.", f"分担者は{PARTNERS_MAX}人までです。"
        )
    if row is not None and row.consent != Consent.DECLINED.value:
        return proposal
    if row is None:
        row = ProposalMember(
            proposal_id=proposal.id,
            person_id=person_id,
            organization_id=organization_id,
            position=len(draft.members),
            audience_id=proposal.audience_id,
            gate_id=proposal.gate_id,
        )
    row.consent = Consent.ASKED.value
    unit.session.add(row)
    await unit.session.flush()
    await set_audience(unit.session, await read_draft(unit.session, reach, proposal))
    await saved(unit, reach, proposal, "proposal.partner_invited", person_id=str(person_id))
    return proposal


async def answer_invitation(
    unit: Unit, reach: Reach, *, proposal_id: UUID, agree: bool
) -> Proposal:
    """Agree to take part, or decline; who declines no longer sees the proposal."""
    proposal = await load(unit.session, reach, Proposal, proposal_id, lock=True)
    draft = await read_draft(unit.session, reach, proposal)
    row = _asked(draft, reach)
    if proposal.status != ProposalStatus.DRAFT.value:
        raise WrongState(
            "The proposal has been handed in already.", "この提案書は、提出の手続きに入っています。"
        )
    row.consent = Consent.GIVEN.value if agree else Consent.DECLINED.value
    row.consented_at = unit.at if agree else None
    unit.session.add(row)
    await set_audience(unit.session, draft)
    kind = "proposal.consent_given" if agree else "proposal.consent_declined"
    await saved(unit, reach, proposal, kind, person_id=str(row.person_id))
    return proposal


async def remove_partner(
    unit: Unit, reach: Reach, *, proposal_id: UUID, member_id: UUID | None
) -> Proposal:
    """Take a partner out of the team of a draft; they no longer see it."""
    proposal = await load(unit.session, reach, Proposal, proposal_id, lock=True)
    allow(may.may_edit(reach.viewer, proposal.pi_person_id, proposal.status))
    draft = await read_draft(unit.session, reach, proposal)
    row = next((m.row for m in draft.members if m.row.id == member_id and not m.row.is_pi), None)
    if row is None:
        raise NotFound
    await unit.session.delete(row)
    await unit.session.flush()
    await set_audience(unit.session, await read_draft(unit.session, reach, proposal))
    await saved(unit, reach, proposal, "proposal.partner_removed", person_id=str(row.person_id))
    return proposal


def _asked(draft: Draft, reach: Reach) -> ProposalMember:
    found = [m.row for m in draft.members if m.row.person_id == reach.viewer.person_id]
    if not found or found[0].is_pi or not reach.viewer.may("proposals:write"):
        raise NotAllowed(
            "You have not been asked to take part.", "この提案への参加は依頼されていません。"
        )
    return found[0]


async def _affiliation(unit: Unit, reach: Reach, person_id: UUID | None) -> UUID | None:
    """The organisation of the first post that a visible person holds now."""
    query = (
        select(col(Post.organization_id))
        .join(Holding, col(Holding.post_id) == col(Post.id))
        .join(Person, col(Person.id) == col(Holding.person_id))
        .where(
            col(Person.id) == person_id,
            visible(reach, Person.__table__),  # type: ignore[attr-defined]  # SQLModel sets it
            visible(reach, Post.__table__),  # type: ignore[attr-defined]  # as above
            col(Post.role).in_(("researcher", "firm")),
            in_force(col(Holding.start), col(Holding.until), unit.at),
        )
        .order_by(col(Holding.start))
        .limit(1)
    )
    found: UUID | None = (await unit.session.execute(query)).scalar()
    return found
