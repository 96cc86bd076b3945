"""The handover report of a post (引継ぎ書): what is open in it, read by whoever reads it.

Nothing of it is kept: it is made of what its reader may see at that moment, so nothing can leak of
it later. It holds keys; what they lead to is read like everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, exists, or_, select
from sqlmodel import col

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.tables import Lowering
from renkei.briefs.rules import BriefStatus
from renkei.briefs.tables import Brief
from renkei.calls.rules import CallStatus
from renkei.calls.store import BY_THE_CLOCK
from renkei.calls.tables import Call
from renkei.directory.abilities import may_read_handover
from renkei.directory.holders import Held, PostFacts, held_in_posts, post_facts, succeeds
from renkei.directory.terms import HoldingKind, HoldingState
from renkei.ledger.tables import Fact
from renkei.notices.tables import Follow
from renkei.proposals.rules import ProposalStatus
from renkei.proposals.tables import Proposal
from renkei.reading.reader import Reader

# Of each kind: what is more is found in the lists.
MOST = 50
Keys = tuple[UUID, ...]


@dataclass(frozen=True)
class Handover:
    """What is open in a post, as keys, and its deputies in force."""

    post: PostFacts
    calls: Keys
    proposals: Keys
    briefs: Keys
    lowerings: Keys
    follows: Keys
    deadlines: Keys
    deputies: tuple[Held, ...]


async def handover_of(reader: Reader, post_id: UUID) -> Handover | None:
    """What is open in the post; None where there is no such post for the viewer, or no handover.

    It is for who holds the post, as a deputy too, who will hold it, and who keeps the
    organisation's posts. Each entry is there only where the viewer may see it.
    """
    post = await post_facts(reader, post_id)
    if post is None:
        return None
    coming = await succeeds(reader, post.id)
    decision = may_read_handover(reader.eyes, post.organization_id, post.id, coming)
    if not decision.allowed:
        return None
    held = (await held_in_posts(reader, [post])).get(post.id, [])
    return Handover(
        post=post,
        calls=await _keys(reader, Call, _open_calls, post, "closes_at"),
        proposals=await _keys(reader, Proposal, _waiting_proposals, post, "updated_at"),
        briefs=await _keys(reader, Brief, _unreleased_briefs, post, "updated_at"),
        lowerings=await _keys(reader, Lowering, _waiting_lowerings, post, "proposed_at"),
        follows=await _keys(reader, Follow, _own_follows(reader), post, "created_at"),
        deadlines=await _keys(reader, Call, _deadlines, post, "closes_at"),
        deputies=tuple(
            one
            for one in held
            if one.kind is HoldingKind.DEPUTY and one.state is HoldingState.PRESENT
        ),
    )


async def _keys(reader: Reader, model: Any, which: Any, post: PostFacts, order: str) -> Keys:
    table = model.__table__
    reach = await reader.reach()
    query = (
        select(table.c.id)
        .where(visible(reach, table), which(reach, table, post))
        .order_by(table.c[order], table.c.id)
        .limit(MOST)
    )
    return tuple(row["id"] for row in await reader.internal(query))


def _open_calls(_reach: Reach, call: FromClause, post: PostFacts) -> ColumnElement[bool]:
    """Calls of the organisation in which this post acted, and that are not over."""
    acted = exists().where(col(Fact.subject_id) == call.c.id, col(Fact.actor_post_id) == post.id)
    over = (CallStatus.DECIDED.value, CallStatus.CANCELLED.value)
    return (call.c.organization_id == post.organization_id) & call.c.status.not_in(over) & acted


def _waiting_proposals(_reach: Reach, proposal: FromClause, post: PostFacts) -> ColumnElement[bool]:
    """Proposals that wait for the organisation's office."""
    lead = proposal.c.lead_organization_id == post.organization_id
    return lead & (proposal.c.status == ProposalStatus.PENDING_INSTITUTION.value)


def _unreleased_briefs(_reach: Reach, brief: FromClause, post: PostFacts) -> ColumnElement[bool]:
    """Briefs of the organisation that are a draft or in review."""
    states = (BriefStatus.DRAFT.value, BriefStatus.IN_REVIEW.value)
    return (brief.c.organization_id == post.organization_id) & brief.c.status.in_(states)


def _waiting_lowerings(_reach: Reach, lowering: FromClause, post: PostFacts) -> ColumnElement[bool]:
    """Lowerings that wait for a second person of the organisation."""
    return (lowering.c.organization_id == post.organization_id) & (lowering.c.status == "PROPOSED")


def _own_follows(reader: Reader) -> Any:
    """What the reader follows: follows are a person's, and seen by nobody else."""

    def own(_reach: Reach, follow: FromClause, _post: PostFacts) -> ColumnElement[bool]:
        return follow.c.person_id == reader.eyes.person_id

    return own


def _deadlines(reach: Reach, call: FromClause, post: PostFacts) -> ColumnElement[bool]:
    """Calls that close in time to come: the organisation's, and those that it has drafts for."""
    proposal = Proposal.__table__.alias()  # type: ignore[attr-defined]  # SQLModel sets it
    open_states = (ProposalStatus.DRAFT.value, ProposalStatus.PENDING_INSTITUTION.value)
    drafted = (
        select(proposal.c.call_id)
        .where(
            proposal.c.lead_organization_id == post.organization_id,
            proposal.c.status.in_(open_states),
            visible(reach, proposal),
        )
        .correlate_except(proposal)
    )
    theirs = or_(call.c.organization_id == post.organization_id, call.c.id.in_(drafted))
    return call.c.status.in_(BY_THE_CLOCK) & (call.c.closes_at > reach.now()) & theirs
