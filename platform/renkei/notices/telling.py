"""The reaction `notices.tell`: one notice a fact and person, once, to those who may know."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.grants import named_on
from renkei.access.policy.clauses import Audience, Gate, post
from renkei.access.policy.system import by_system
from renkei.access.store import audience_in, gate_in, read_clauses
from renkei.access.tables import Policed
from renkei.audit.tables import ReadingAlarm
from renkei.bell import Bell
from renkei.briefs.tables import Brief, BriefArea
from renkei.calls.tables import Call, CallArea
from renkei.directory.tables import Post
from renkei.ledger.reacting import After
from renkei.ledger.tables import Fact
from renkei.ledger.unit import Unit
from renkei.notices import store
from renkei.notices.rules import TELLINGS, Circle, Subject, Telling, reason_of
from renkei.notices.store import Recipient
from renkei.proposals.rules import ProposalStatus
from renkei.proposals.tables import Proposal
from renkei.viewers import viewers_of

About = Call | Brief | Proposal | Post | ReadingAlarm

TABLES: dict[Subject, type[About]] = {
    Subject.CALL: Call,
    Subject.BRIEF: Brief,
    Subject.PROPOSAL: Proposal,
    Subject.POST: Post,
    Subject.ALARM: ReadingAlarm,
}


async def tell(unit: Unit, facts: Sequence[Fact], *, bell: Bell) -> After:
    """Tell the people of each fact's circles who see its subject now; then ring for the new ones.

    Whoever does not see the subject gets no row at all, so nothing could ever count it.
    """
    told: set[UUID] = set()
    for fact in facts:
        told |= await _tell(unit, fact)

    async def ring() -> None:
        await bell.ring(told)

    return ring if told else None


async def _tell(unit: Unit, fact: Fact) -> set[UUID]:
    telling = TELLINGS[fact.kind]
    subject: About | None = await unit.session.get(
        TABLES[telling.subject], fact.subject_id, execution_options=by_system("notices.tell")
    )
    if subject is None:
        return set()
    recipients = await _recipients(unit, fact, telling, subject)
    if not telling.actor_too and fact.actor_person_id is not None:
        recipients.pop(fact.actor_person_id, None)
    seeing = await _seeing(unit, set(recipients), subject)
    assert fact.id is not None
    return set(
        await store.add_notices(
            unit.session,
            {person_id: one for person_id, one in recipients.items() if person_id in seeing},
            fact_id=fact.id,
            kind=fact.kind,
            subject={f"{telling.subject}_id": subject.id},
            at=unit.at,
        )
    )


async def _recipients(
    unit: Unit, fact: Fact, telling: Telling, subject: About
) -> dict[UUID, Recipient]:
    """The people of all circles. The first circle gives the reason; any of them asks for mail."""
    found: dict[UUID, Recipient] = {}
    for circle in telling.circles:
        reason = reason_of(circle, telling.subject)
        for person_id, by_email in (await _circle(unit, circle, fact, telling, subject)).items():
            known = found.get(person_id)
            found[person_id] = (
                Recipient(reason, by_email)
                if known is None
                else Recipient(known.reason, known.by_email or by_email)
            )
    return found


async def _circle(
    unit: Unit, circle: Circle, fact: Fact, telling: Telling, subject: About
) -> dict[UUID, bool]:
    """The circle's people, and whether they want mail; who has a role is always written to."""
    session, key = unit.session, subject.id
    match circle, subject:
        case Circle.FOLLOWERS, _:
            return await store.followers(session, f"{telling.subject}_id", key)
        case Circle.AREA_FOLLOWERS, Brief():
            tags = select(col(BriefArea.area_id)).where(col(BriefArea.brief_id) == key)
            return await store.area_followers(session, tags)
        case Circle.AREA_FOLLOWERS, _:
            tags = select(col(CallArea.area_id)).where(col(CallArea.call_id) == key)
            return await store.area_followers(session, tags)
        case _:
            return dict.fromkeys(await _in_role(unit, circle, fact, subject), True)


async def _in_role(unit: Unit, circle: Circle, fact: Fact, subject: About) -> set[UUID]:
    match subject:
        case Call():
            return await _around_call(unit, subject)
        case Brief():
            return await _around_brief(unit, circle, fact, subject)
        case Proposal():
            return await _around_proposal(unit, circle, fact, subject)
        case Post():
            if circle is Circle.NAMED:
                return {UUID(fact.data["person_id"])}
            return await store.people_named(unit.session, [post(subject.id)], unit.at)
        case ReadingAlarm():
            return await store.people_in_role(unit.session, "administrator", unit.at)


async def _around_call(unit: Unit, call: Call) -> set[UUID]:
    """Whoever drafts or has sent a proposal to it."""
    proposals = select(col(Proposal.id)).where(
        col(Proposal.call_id) == call.id, col(Proposal.status) != ProposalStatus.WITHDRAWN.value
    )
    return await store.team_of(unit.session, proposals)


async def _around_brief(unit: Unit, circle: Circle, fact: Fact, brief: Brief) -> set[UUID]:
    if circle is Circle.SHARED:
        named = [one.token for one in await named_on(unit, brief.id) if not one.denies]
        return await store.people_named(unit.session, named, unit.at)
    if brief.released_at is None or fact.at <= brief.released_at:
        # Shared while it was a draft: its release tells them.
        return set()
    return await store.people_named(unit.session, fact.data["tokens"], unit.at)


async def _around_proposal(unit: Unit, circle: Circle, fact: Fact, proposal: Proposal) -> set[UUID]:
    if circle is Circle.INVESTIGATOR:
        return {proposal.pi_person_id}
    if circle is Circle.INVITED:
        return {UUID(fact.data["person_id"])}
    if circle is Circle.OFFICE:
        lead = [proposal.lead_organization_id]
        return await store.people_in(unit.session, lead, unit.at, role="office")
    itself = select(col(Proposal.id)).where(col(Proposal.id) == proposal.id)
    return await store.team_of(unit.session, itself)


async def _seeing(unit: Unit, people: set[UUID], record: Policed) -> set[UUID]:
    """Those of the people who see the record now: the policy's form in Python, for many at once."""
    viewers = await viewers_of(unit.session, people, at=unit.at)
    audience, gate = await _clauses(unit.session, record)
    return {
        person_id
        for person_id, viewer in viewers.items()
        if audience.admits(viewer.tokens, viewer.affiliations, unit.at)
        and gate.admits(viewer.tokens, unit.at)
    }


async def _clauses(session: AsyncSession, record: Policed) -> tuple[Audience, Gate]:
    found = await read_clauses(session, [record.audience_id, record.gate_id])
    return audience_in(found, record.audience_id), gate_in(found, record.gate_id)
