"""Use cases of posts: appointing, leaving, changing what is planned; many at once as a rotation.

Who holds a post is a matter of the clock: what is planned begins and ends by itself (人事異動), and
can be changed or called off until then. What has been is never changed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import Viewer, allow
from renkei.access.store import load
from renkei.acting import Actor
from renkei.directory import store
from renkei.directory.abilities import may_administer, may_keep_posts
from renkei.directory.contacts import derive_contact
from renkei.directory.holders import knows_terms
from renkei.directory.rules import Role
from renkei.directory.tables import Holding, Person, Post
from renkei.directory.terms import HoldingKind, Term, check_term, first_gap
from renkei.ledger.unit import Unit
from renkei.problems import NotFound, Problem, WrongState, refuse_if


async def appoint(
    unit: Unit,
    reach: Reach,
    *,
    post_id: UUID,
    person_id: UUID,
    start: datetime | None = None,
    until: datetime | None = None,
) -> Holding:
    """Let a person hold a post from `start` (now where None) until `until`, or until they leave it.

    Refused: by whoever is neither the organisation's administrator nor the platform's; a start that
    has passed; where that person holds the post at such a time already. An organisation's own
    administrator appoints its own people: whoever else is to come is invited, and agrees by that.
    """
    post = await load(unit.session, reach, Post, post_id, lock=True)
    allow(may_keep_posts(reach.viewer, post.organization_id, post.role))
    person = await load(unit.session, reach, Person, person_id)
    term = Term(start or unit.at, until)
    problems = check_term(term, unit.at, start=("start",), until=("until",))
    problems += await check_member(unit, reach.viewer, post, person.id, ("personId",))
    refuse_if(problems)
    if await holds_then(unit, post.id, person.id, term):
        raise WrongState(
            "They hold this post already.", "この人は、すでにこのポストに就いています。"
        )
    return await hold(unit, reach.viewer.actor, post, person.id, term)


async def leave_post(
    unit: Unit, reach: Reach, *, post_id: UUID, person_id: UUID, at: datetime | None = None
) -> Holding:
    """End a person's holding of a post: now, where `at` is None, or at that instant to come.

    What it let them see and do ends in the same moment. One that has not begun is called off by
    ending it now. Refused: by whoever may not keep the posts; where they don't hold it; the last
    administrator of an organisation, by that one: a successor comes first.
    """
    post = await load(unit.session, reach, Post, post_id, lock=True)
    allow(may_keep_posts(reach.viewer, post.organization_id, post.role))
    person = await load(unit.session, reach, Person, person_id)
    mine = [
        one
        for one in await store.holdings_of(unit.session, post.id, unit.at)
        if one.person_id == person.id and one.kind == HoldingKind.HOLDER
    ]
    if not mine:
        raise WrongState("They don't hold this post.", "この人は、このポストに就いていません。")
    holding = mine[0]
    if at is not None:
        left = Term(max(holding.start, unit.at), at)
        refuse_if(check_term(left, unit.at, start=(), until=("at",)))
    guard = await guard_of(unit, reach.viewer, post)
    if holding.start > unit.at and at is None:
        await unit.session.delete(holding)
    else:
        holding.until = at or unit.at
    await settled(unit, post, person.id)
    await guard.check(unit)
    await unit.record(
        "post.left",
        post.id,
        actor=reach.viewer.actor,
        person_id=str(person.id),
        until=(at or unit.at).isoformat(),
    )
    return holding


async def change_holding(
    unit: Unit,
    reach: Reach,
    *,
    holding_id: UUID,
    start: datetime | None = None,
    until: datetime | None = None,
) -> Holding:
    """Change what is planned of a holding: its end, and its start where it has not begun.

    `start` None leaves the start; `until` None: no end is planned any more. Refused as `appoint`
    and `leave_post` are; a start that has passed already; a deputy's, which is named anew instead.
    """
    holding, post = await known_holding(unit, reach, holding_id)
    allow(may_keep_posts(reach.viewer, post.organization_id, post.role))
    if holding.kind != HoldingKind.HOLDER or (holding.until and holding.until <= unit.at):
        raise WrongState(
            "Only an appointment that is not over can be changed.",
            "変えられるのは、終わっていない任命だけです。",
        )
    begun = holding.start <= unit.at
    if begun and start is not None and start != holding.start:
        raise WrongState(
            "It has begun; only its end can be changed.",
            "すでに始まっているため、変えられるのは終わりだけです。",
        )
    term = Term(start or holding.start, until)
    asked = Term(unit.at, until) if begun else term
    refuse_if(check_term(asked, unit.at, start=("start",), until=("until",)))
    if await holds_then(unit, post.id, holding.person_id, term, besides={holding.id}):
        raise WrongState(
            "They hold this post at that time already.",
            "その期間には、すでにこのポストに就いています。",
        )
    guard = await guard_of(unit, reach.viewer, post)
    holding.start, holding.until = term.start, term.until
    await settled(unit, post, holding.person_id)
    await guard.check(unit)
    await unit.record("post.term_changed", post.id, actor=reach.viewer.actor, **told(holding))
    return holding


async def known_holding(unit: Unit, reach: Reach, holding_id: UUID) -> tuple[Holding, Post]:
    """A holding with its post. To whoever is not told of the organisation's, it is not there."""
    found = await store.holding_with_post(unit.session, reach, holding_id)
    if found is None or not knows_terms(reach.viewer, found[1].organization_id):
        raise NotFound
    return found


async def hold(
    unit: Unit,
    actor: Actor,
    post: Post,
    person_id: UUID,
    term: Term,
    *,
    kind: HoldingKind = HoldingKind.HOLDER,
    by: UUID | None = None,
) -> Holding:
    """Write that a person holds the post for that term. Whether they may is asked before.

    `by` is who decided it, where that is not who acts.
    """
    holding = Holding(
        id=uuid4(),
        post_id=post.id,
        person_id=person_id,
        kind=kind.value,
        start=term.start,
        until=term.until,
        appointed_by=by or actor.person_id,
        appointed_at=unit.at,
    )
    unit.session.add(holding)
    await settled(unit, post, person_id)
    name = "post.appointed" if kind is HoldingKind.HOLDER else "deputy.named"
    await unit.record(name, post.id, actor=actor, **told(holding))
    # Whom the operator registers in bulk is told nothing of it.
    if kind is HoldingKind.HOLDER and term.start <= unit.at and actor.person_id is not None:
        await taken_up(unit, holding)
    return holding


async def taken_up(unit: Unit, holding: Holding) -> bool:
    """Record, once, that a holding has begun: its holder is told; whether it is new."""
    once = f"post.taken_up:{holding.id}:{holding.start.isoformat()}"
    return await unit.record("post.taken_up", holding.post_id, once=once, **told(holding))


async def check_member(
    unit: Unit, viewer: Viewer, post: Post, person_id: UUID, path: tuple[str, ...]
) -> list[Problem]:
    """The problem of appointing somebody who does not belong to the organisation.

    An appointment shows their address to the organisation and is held against what is closed to it:
    nobody else decides that for them. The platform's administrator does, as when they register.
    """
    if may_administer(viewer).allowed:
        return []
    held = await store.held_in(
        unit.session, person_id, post.organization_id, kind=HoldingKind.HOLDER
    )
    if any(one.until is None or one.until > unit.at for one in held):
        return []
    return [
        Problem(
            path,
            "NOT_A_MEMBER",
            "They don't belong to this organisation. Invite them instead.",
            "この人は、この組織に属していません。招待を送ってください。",
        )
    ]


def told(holding: Holding) -> dict[str, Any]:
    """What a fact says of a holding."""
    return {
        "holding_id": str(holding.id),
        "person_id": str(holding.person_id),
        "start": holding.start.isoformat(),
        "until": holding.until and holding.until.isoformat(),
    }


async def holds_then(
    unit: Unit,
    post_id: UUID,
    person_id: UUID,
    term: Term,
    besides: Collection[UUID] = (),
) -> bool:
    """Whether they hold the post as their own at an instant of that term, `besides` these."""
    held = await store.holdings_of(unit.session, post_id, unit.at)
    return any(
        one.person_id == person_id
        and one.id not in besides
        and one.kind == HoldingKind.HOLDER
        and Term(one.start, one.until).meets(term)
        for one in held
    )


async def settled(unit: Unit, post: Post, person_id: UUID) -> None:
    """What follows in the same transaction: where they are a deputy, and who sees their address.

    A deputy belongs to the organisation: who leaves it is no deputy in it from that instant on.
    """
    await unit.session.flush()
    session, organization_id = unit.session, post.organization_id
    own = await store.held_in(session, person_id, organization_id, kind=HoldingKind.HOLDER)
    terms = [Term(one.start, one.until) for one in own]
    for one in await store.held_in(session, person_id, organization_id, kind=HoldingKind.DEPUTY):
        if one.until is None or one.until <= unit.at:
            continue
        gap = first_gap(terms, max(one.start, unit.at))
        if gap is not None and gap < one.until:
            if gap <= one.start and one.start > unit.at:
                await session.delete(one)
            else:
                one.until = gap
    await session.flush()
    await derive_contact(unit, person_id)


class Guard:
    """That an organisation's own administrator does not leave it without one."""

    def __init__(self, organization_id: UUID | None, gap: datetime | None) -> None:
        self._organization_id = organization_id
        self._gap = gap

    async def check(self, unit: Unit) -> None:
        """Refuse where there is now an instant without an administrator that there wasn't."""
        if self._organization_id is None:
            return
        gap = first_gap(await store.administrators_of(unit.session, self._organization_id), unit.at)
        if gap is not None and (self._gap is None or gap < self._gap):
            raise WrongState(
                "This would leave the organisation without an administrator. Appoint a successor "
                "first, or ask the platform's administrator.",
                "組織管理者がいなくなります。先に後任を任じるか、運営の管理者に依頼してください。",
            )


async def guard_of(unit: Unit, viewer: Viewer, *posts: Post) -> Guard:
    """Ask before a change of these posts of one organisation, and `check` after it.

    The platform's administrator may leave an organisation without one: it can give it another. Two
    administrators of an organisation who leave at once are asked one after the other.
    """
    keeping = [post for post in posts if post.role == Role.ORG_ADMINISTRATOR]
    if not keeping or may_administer(viewer).allowed:
        return Guard(None, None)
    organization_id = keeping[0].organization_id
    await store.lock_organization(unit.session, organization_id)
    terms = await store.administrators_of(unit.session, organization_id)
    return Guard(organization_id, first_gap(terms, unit.at))
