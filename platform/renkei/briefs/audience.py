"""Who may read a brief: derived from its marking, its state and whom it is shared with (R7.5)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from renkei.access.marking import audience_of, gate_of
from renkei.access.markings import TLP, Marking
from renkei.access.policy import clauses
from renkei.access.policy.clauses import MEMBERS_GATE, Audience, Gate
from renkei.access.store import intern, read_clauses
from renkei.briefs.rules import BriefStatus
from renkei.briefs.tables import Brief


def marking_of(brief: Brief) -> Marking:
    """The marking that a brief carries."""
    return Marking(TLP(brief.tlp), brief.grade, brief.restrictions)


def makers_of(organization_id: UUID, author_id: UUID) -> tuple[str, str]:
    """The tokens that every audience of a brief has: the originator stays in each of them."""
    return clauses.org(organization_id), clauses.person(author_id)


def clauses_of(
    marking: Marking,
    *,
    released: bool,
    makers: tuple[str, str],
    organizations: Iterable[UUID] = (),
    persons: Iterable[str] = (),
) -> tuple[Audience, Gate]:
    """The two clauses.

    A draft is its makers' alone. Released, CLEAR is everyone's and GREEN every member's; AMBER and
    AMBER+STRICT reach the named organisations, RED the named persons (tokens), never a post.
    """
    if not released:
        return Audience.of(*makers), MEMBERS_GATE
    if marking.tlp is TLP.RED:
        return Audience.of(*makers, *persons), gate_of(marking)
    named = Audience.of(*makers, *(clauses.org(one) for one in organizations))
    return audience_of(marking, named), gate_of(marking)


async def named_persons(session: AsyncSession, brief: Brief) -> frozenset[str]:
    """The tokens of the persons that a released TLP:RED brief names, its author aside."""
    if brief.tlp != TLP.RED or brief.status != BriefStatus.RELEASED:
        return frozenset()
    found = (await read_clauses(session, [brief.audience_id]))[brief.audience_id]
    assert isinstance(found, Audience)
    makers = makers_of(brief.organization_id, brief.author_id)
    return frozenset(token.name for token in found.allow if token.name not in makers)


async def set_marking(
    session: AsyncSession,
    brief: Brief,
    marking: Marking,
    *,
    organizations: Iterable[UUID] = (),
    persons: Iterable[str] = (),
) -> None:
    """Set marking and clauses of a brief as its state asks for."""
    audience, gate = clauses_of(
        marking,
        released=brief.status == BriefStatus.RELEASED,
        makers=makers_of(brief.organization_id, brief.author_id),
        organizations=organizations,
        persons=persons,
    )
    brief.tlp = marking.tlp.value
    brief.grade = marking.grade
    brief.restrictions = marking.restrictions
    brief.audience_id = await intern(session, audience)
    brief.gate_id = await intern(session, gate)
