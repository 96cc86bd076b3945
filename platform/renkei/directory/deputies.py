"""Use cases of deputies (代理・代決): somebody holds a post besides its holder, until it expires.

A deputy has the post's tokens and abilities while the term is in force, and never after: nobody has
to remember to end it. What is done so is recorded as a deputy's.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import allow
from renkei.access.store import load
from renkei.directory import store
from renkei.directory.abilities import may_end_deputy, may_name_deputy
from renkei.directory.holdings import hold, known_holding, settled, told
from renkei.directory.tables import Holding, Person, Post
from renkei.directory.terms import HoldingKind, Term, check_deputy_term, check_term, first_gap
from renkei.ledger.unit import Unit
from renkei.problems import NotFound, Problem, WrongState, refuse_if


async def name_deputy(
    unit: Unit,
    reach: Reach,
    *,
    post_id: UUID,
    person_id: UUID,
    until: datetime,
    start: datetime | None = None,
) -> Holding:
    """Name a deputy for a post from `start` (now where None) until `until`, at most 92 days later.

    Refused: by whoever is neither the post's own holder nor the organisation's administrator, by a
    deputy; a start that has passed; who does not hold a post of the organisation for all of that
    time; who holds this post then, or is its deputy already. Who leaves the organisation meanwhile
    is no deputy any more from that instant on.
    """
    post = await load(unit.session, reach, Post, post_id, lock=True)
    allow(may_name_deputy(reach.viewer, post.organization_id, post.role, post.id))
    person = await load(unit.session, reach, Person, person_id)
    term = Term(start or unit.at, until)
    problems = check_term(term, unit.at, start=("start",), until=("until",))
    problems += check_deputy_term(term, until=("until",))
    own = await store.held_in(
        unit.session, person.id, post.organization_id, kind=HoldingKind.HOLDER
    )
    gap = first_gap([Term(one.start, one.until) for one in own], term.start)
    if gap is not None and gap < until:
        problems.append(_not_there(gap == term.start))
    refuse_if(problems)
    for one in await store.holdings_of(unit.session, post.id, unit.at):
        if one.person_id == person.id and Term(one.start, one.until).meets(term):
            raise WrongState(
                "They hold this post then, or are its deputy already.",
                "この人は、その期間にすでにこのポストに就いているか、代理です。",
            )
    return await hold(unit, reach.viewer.actor, post, person.id, term, kind=HoldingKind.DEPUTY)


async def end_deputy(unit: Unit, reach: Reach, *, holding_id: UUID) -> UUID:
    """End somebody's being a deputy, now: at once for every request and open subscription.

    Refused: by whoever is neither the post's holder, the deputy, nor the organisation's
    administrator; to whoever is not of the organisation it is not there; where it is over.
    """
    holding, post = await known_holding(unit, reach, holding_id)
    if holding.kind != HoldingKind.DEPUTY:
        raise NotFound
    allow(may_end_deputy(reach.viewer, post.organization_id, post.role, post.id, holding.person_id))
    if holding.until is not None and holding.until <= unit.at:
        raise WrongState("It is over already.", "この代理は、すでに終わっています。")
    if holding.start > unit.at:
        await unit.session.delete(holding)
    else:
        holding.until = unit.at
    await settled(unit, post, holding.person_id)
    await unit.record("deputy.ended", post.id, actor=reach.viewer.actor, **told(holding))
    return post.id


def _not_there(from_the_start: bool) -> Problem:
    if from_the_start:
        return Problem(
            ("personId",),
            "NOT_A_MEMBER",
            "A deputy holds a post of the same organisation.",
            "代理になれるのは、同じ組織のポストに就いている人だけです。",
        )
    return Problem(
        ("until",),
        "LEAVES_BEFORE",
        "They leave the organisation before that.",
        "この人は、その前に組織を離れる予定です。",
    )
