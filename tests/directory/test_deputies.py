"""Deputies: all that the post gives, for a time, and a trace that says so. Who forgot, loses it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from renkei.access.policy import clauses
from renkei.directory import holdings, service
from renkei.directory.deputies import end_deputy, name_deputy
from renkei.directory.operating import OPERATOR
from renkei.directory.tables import Post
from renkei.problems import InvalidInput, NotAllowed, NotFound, WrongState
from support.posts import Firm, firm_in
from support.world import World

MOMENT = timedelta(milliseconds=1)
WEEK = timedelta(days=7)


@pytest.fixture
async def firm(world: World) -> Firm:
    return await firm_in(world)


async def deputised(firm: Firm, by: Any = None, **changes: Any) -> Any:
    """The colleague stands in for the holder for a week."""
    sent = {
        "post_id": firm.post_id,
        "person_id": firm.colleague.person_id,
        "until": firm.world.clock.now() + WEEK,
    }
    return await firm.world.play(by or firm.holder, name_deputy, **(sent | changes))


async def test_a_deputy_who_forgot_has_nothing_any_more(firm: Firm) -> None:
    """Nobody ends it, nobody is asked: the term does."""
    made = await deputised(firm)
    token = clauses.post(firm.post_id)
    during = await firm.now(firm.colleague)
    assert token in during.tokens
    assert [(post.id == firm.post_id, post.deputy) for post in during.posts] == [
        (False, False),
        (True, True),
    ]
    found = []
    for at in (made.until - MOMENT, made.until):
        firm.world.clock.at = at
        found.append(token in (await firm.now(firm.colleague)).tokens)
    assert found == [True, False]


async def test_what_a_deputy_does_is_recorded_as_a_deputys(firm: Firm) -> None:
    world = firm.world
    keeping = firm.keeper.posts[0].id
    await deputised(firm, by=firm.keeper, post_id=keeping)
    deputy = await firm.now(firm.colleague)
    await world.play(
        deputy,
        service.create_post,
        organization_id=firm.organization_id,
        role="firm",
        title_ja="調達本部 課長",
    )
    await world.play(
        firm.keeper,
        service.create_post,
        organization_id=firm.organization_id,
        role="firm",
        title_ja="調達本部 主任",
    )
    facts = await firm.facts("post.created")
    assert [(one.actor_person_id, one.actor_post_id, one.as_deputy) for one in facts] == [
        (firm.colleague.person_id, keeping, True),
        (firm.keeper.person_id, keeping, False),
    ]


async def test_a_deputy_names_no_deputy(firm: Firm) -> None:
    keeping = firm.keeper.posts[0].id
    for post_id, by in ((firm.post_id, firm.holder), (keeping, firm.keeper)):
        await deputised(firm, by=by, post_id=post_id)
        with pytest.raises(NotAllowed):
            await deputised(
                firm,
                by=await firm.now(firm.colleague),
                post_id=post_id,
                person_id=firm.keeper.person_id,
            )


@pytest.mark.parametrize("who", ["holder", "keeper", "colleague"])
async def test_holder_keeper_and_deputy_end_it_at_once(firm: Firm, who: str) -> None:
    made = await deputised(firm)
    firm.world.clock.advance(hours=1)
    by = await firm.now(getattr(firm, who))
    await firm.world.play(by, end_deputy, holding_id=made.id)
    assert clauses.post(firm.post_id) not in (await firm.now(firm.colleague)).tokens
    with pytest.raises(WrongState):
        await firm.world.play(firm.holder, end_deputy, holding_id=made.id)


async def test_to_others_there_is_no_deputy_to_end(firm: Firm) -> None:
    made = await deputised(firm)
    with pytest.raises(NotFound):
        await firm.world.play(firm.outsider, end_deputy, holding_id=made.id)
    (own, _) = await firm.holdings()
    with pytest.raises(NotFound):
        # A holder's holding is no deputy's, to nobody.
        await firm.world.play(firm.keeper, end_deputy, holding_id=own.id)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"days": 93}, (("until",), "DEPUTY_TOO_LONG")),
        ({"days": -1}, (("until",), "ENDS_BEFORE_START")),
        ({"person": "outsider"}, (("personId",), "NOT_A_MEMBER")),
    ],
)
async def test_a_deputy_is_of_the_house_and_has_an_end(
    firm: Firm, changes: dict[str, Any], problem: Any
) -> None:
    sent: dict[str, Any] = {}
    if "days" in changes:
        sent["until"] = firm.world.clock.now() + timedelta(days=changes["days"])
    if "person" in changes:
        sent["person_id"] = firm.outsider.person_id
    with pytest.raises(InvalidInput) as refusal:
        await deputised(firm, **sent)
    assert [(one.path, one.code) for one in refusal.value.problems] == [problem]


async def test_nobody_stands_in_for_themselves_or_twice(firm: Firm) -> None:
    with pytest.raises(WrongState):
        await deputised(firm, by=firm.keeper, person_id=firm.holder.person_id)
    await deputised(firm)
    with pytest.raises(WrongState):
        await deputised(firm)


async def test_who_leaves_the_organisation_is_its_deputy_no_more(firm: Firm) -> None:
    world = firm.world
    made = await deputised(firm)
    own = {"post_id": firm.colleague.posts[0].id, "person_id": firm.colleague.person_id}
    leaves = world.clock.now() + timedelta(days=3)
    # What is planned of their own post is planned of this.
    await world.play(firm.keeper, holdings.leave_post, **own, at=leaves)
    assert [row.until for row in await firm.holdings()] == [None, leaves]
    world.clock.advance(days=1)
    await world.play(firm.keeper, holdings.leave_post, **own)
    assert (await firm.now(firm.colleague)).posts == ()
    with pytest.raises(InvalidInput) as refusal:
        await deputised(firm, until=made.until)
    assert [one.code for one in refusal.value.problems] == ["NOT_A_MEMBER"]


async def test_who_leaves_before_the_end_can_not_be_named_until_then(firm: Firm) -> None:
    own = {"post_id": firm.colleague.posts[0].id, "person_id": firm.colleague.person_id}
    leaves = firm.world.clock.now() + timedelta(days=3)
    await firm.world.play(firm.keeper, holdings.leave_post, **own, at=leaves)
    with pytest.raises(InvalidInput) as refusal:
        await deputised(firm)
    assert [one.code for one in refusal.value.problems] == ["LEAVES_BEFORE"]
    await deputised(firm, until=leaves)


async def test_who_changes_posts_within_the_organisation_stays_a_deputy(firm: Firm) -> None:
    world = firm.world
    post = await world.play(
        OPERATOR,
        service.create_post,
        organization_id=firm.organization_id,
        role="firm",
        title_ja="観測部 部長",
    )
    assert isinstance(post, Post)
    at = world.clock.now() + timedelta(days=3)
    made = await deputised(firm)
    mine = {"person_id": firm.colleague.person_id}
    await world.play(firm.keeper, holdings.appoint, post_id=post.id, **mine, start=at)
    await world.play(
        firm.keeper, holdings.leave_post, post_id=firm.colleague.posts[0].id, **mine, at=at
    )
    assert [row.until for row in await firm.holdings()] == [None, made.until]


async def test_a_deputy_who_comes_later_has_nothing_until_then(firm: Firm) -> None:
    start = firm.world.clock.now() + timedelta(days=2)
    made = await deputised(firm, start=start)
    found = []
    for at in (start - MOMENT, start):
        firm.world.clock.at = at
        found.append(clauses.post(firm.post_id) in (await firm.now(firm.colleague)).tokens)
    assert found == [False, True]
    assert made.until > start
