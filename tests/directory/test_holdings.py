"""Who holds a post: planned, changed, ended; by whom; and what an organisation's own keeper may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from renkei.access.policy import clauses
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import reach_of
from renkei.directory import holders, holdings, service
from renkei.directory.operating import OPERATOR
from renkei.directory.rotations import Line, rotate
from renkei.directory.tables import PersonContact
from renkei.problems import InvalidInput, NotAllowed, NotFound, WrongState
from support.posts import FIRST_OF_APRIL, Firm, firm_in
from support.world import World

MOMENT = timedelta(milliseconds=1)


@pytest.fixture
async def firm(world: World) -> Firm:
    return await firm_in(world)


def who(firm: Firm, viewer: Any) -> dict[str, Any]:
    return {"post_id": firm.post_id, "person_id": viewer.person_id}


async def codes(work: Any) -> list[tuple[tuple[str, ...], str]]:
    with pytest.raises(InvalidInput) as refusal:
        await work
    return [(problem.path, problem.code) for problem in refusal.value.problems]


async def test_a_rotation_that_was_planned_takes_effect_by_the_clock_alone(firm: Firm) -> None:
    world, token = firm.world, clauses.post(firm.post_id)
    await world.play(
        firm.keeper, holdings.appoint, **who(firm, firm.colleague), start=FIRST_OF_APRIL
    )
    await world.play(firm.keeper, holdings.leave_post, **who(firm, firm.holder), at=FIRST_OF_APRIL)
    held = {}
    for at in (FIRST_OF_APRIL - MOMENT, FIRST_OF_APRIL):
        world.clock.at = at
        held[at] = [token in (await firm.now(one)).tokens for one in (firm.holder, firm.colleague)]
    assert held == {FIRST_OF_APRIL - MOMENT: [True, False], FIRST_OF_APRIL: [False, True]}
    # Whose post it was has left the organisation by that, since it was the only one.
    gone = await firm.now(firm.holder)
    assert clauses.org(firm.organization_id) not in gone.tokens | gone.affiliations


async def test_what_is_planned_can_be_changed_and_called_off_until_it_begins(firm: Firm) -> None:
    world, keeper = firm.world, firm.keeper
    made = await world.play(
        keeper, holdings.appoint, **who(firm, firm.colleague), start=FIRST_OF_APRIL
    )
    later = FIRST_OF_APRIL + timedelta(days=1)
    await world.play(keeper, holdings.change_holding, holding_id=made.id, start=later)
    assert [row.start for row in await firm.holdings()][1:] == [later]
    await world.play(keeper, holdings.leave_post, **who(firm, firm.colleague))
    assert [row.person_id for row in await firm.holdings()] == [firm.holder.person_id]
    # A planned end, too; and of what has begun, the start stays as it was.
    (running,) = await firm.holdings()
    await world.play(keeper, holdings.leave_post, **who(firm, firm.holder), at=later)
    await world.play(keeper, holdings.change_holding, holding_id=running.id, until=None)
    assert [row.until for row in await firm.holdings()] == [None]
    with pytest.raises(WrongState):
        await world.play(keeper, holdings.change_holding, holding_id=running.id, start=later)
    past = world.clock.now() - MOMENT
    for sent in ({"start": past}, {"until": past}):
        work = world.play(keeper, holdings.appoint, **who(firm, firm.colleague), **sent)
        assert {code for _, code in await codes(work)} & {"IN_THE_PAST", "ENDS_BEFORE_START"}


async def test_nobody_holds_a_post_twice_at_one_instant(firm: Firm) -> None:
    world = firm.world
    await world.play(firm.keeper, holdings.leave_post, **who(firm, firm.holder), at=FIRST_OF_APRIL)
    with pytest.raises(WrongState):
        await world.play(
            firm.keeper,
            holdings.appoint,
            **who(firm, firm.holder),
            start=FIRST_OF_APRIL - MOMENT,
        )
    again = await world.play(
        firm.keeper, holdings.appoint, **who(firm, firm.holder), start=FIRST_OF_APRIL
    )
    with pytest.raises(WrongState):
        await world.play(
            firm.keeper,
            holdings.change_holding,
            holding_id=again.id,
            start=FIRST_OF_APRIL - MOMENT,
        )


async def test_a_keeper_keeps_its_own_organisation_alone(firm: Firm) -> None:
    world = firm.world
    other = firm.outsider.posts[0]
    assert other.organization_id != firm.organization_id
    for use_case, sent in (
        (service.create_post, {"organization_id": other.organization_id, "role": "firm"}),
        (holdings.appoint, {"post_id": other.id, "person_id": firm.holder.person_id}),
        (holdings.leave_post, {"post_id": other.id, "person_id": firm.outsider.person_id}),
        (
            rotate,
            {
                "organization_id": other.organization_id,
                "takes_effect_at": FIRST_OF_APRIL,
                "leaving": [Line(other.id, firm.outsider.person_id)],
                "appointing": [],
            },
        ),
    ):
        more = {"title_ja": "職"} if use_case is service.create_post else {}
        with pytest.raises(NotAllowed):
            await world.play(firm.keeper, use_case, **sent, **more)
    # Another organisation's holding is not even there.
    (foreign,) = await firm.holdings(other.id)
    with pytest.raises(NotFound):
        await world.play(firm.keeper, holdings.change_holding, holding_id=foreign.id)
    with pytest.raises(NotFound):
        await world.play(firm.keeper, holdings.change_holding, holding_id=uuid4())
    # A colleague sees it, and may not.
    (own,) = await firm.holdings()
    with pytest.raises(NotAllowed):
        await world.play(firm.colleague, holdings.change_holding, holding_id=own.id)


@pytest.mark.parametrize(
    ("role", "problem"),
    [("firm", None), ("org-administrator", None), ("ministry", "ROLE_DOES_NOT_FIT")],
)
async def test_a_firm_makes_itself_no_ministry(firm: Firm, role: str, problem: str | None) -> None:
    work = firm.world.play(
        firm.keeper,
        service.create_post,
        organization_id=firm.organization_id,
        role=role,
        title_ja="新しい職",
    )
    if problem is None:
        assert (await work).role == role
    else:
        assert await codes(work) == [(("role",), problem)]


async def test_a_keeper_never_touches_a_post_of_the_platforms_administrator(firm: Firm) -> None:
    """The operator's own keeper would otherwise come to administer the platform."""
    world = firm.world
    with pytest.raises(NotAllowed):
        await world.play(
            firm.keeper,
            service.create_post,
            organization_id=firm.organization_id,
            role="administrator",
            title_ja="運用管理者",
        )
    post = await world.play(
        OPERATOR,
        service.create_post,
        organization_id=firm.organization_id,
        role="administrator",
        title_ja="運用管理者",
    )
    mine = {"post_id": post.id, "person_id": firm.keeper.person_id}
    with pytest.raises(NotAllowed):
        await world.play(firm.keeper, holdings.appoint, **mine)
    with pytest.raises(NotAllowed):
        await world.play(
            firm.keeper,
            rotate,
            organization_id=firm.organization_id,
            takes_effect_at=FIRST_OF_APRIL,
            leaving=[],
            appointing=[Line(post.id, firm.keeper.person_id)],
        )


async def test_a_keeper_appoints_its_own_people_and_invites_others(firm: Firm) -> None:
    """An appointment shows the address to the organisation: it needs the person's own word."""
    work = firm.world.play(firm.keeper, holdings.appoint, **who(firm, firm.outsider))
    assert await codes(work) == [(("personId",), "NOT_A_MEMBER")]
    await firm.world.play(OPERATOR, holdings.appoint, **who(firm, firm.outsider))


async def test_the_last_keeper_does_not_leave_without_a_successor(firm: Firm) -> None:
    world, keeping = firm.world, firm.keeper.posts[0].id
    own = {"post_id": keeping, "person_id": firm.keeper.person_id}
    for at in (None, FIRST_OF_APRIL):
        with pytest.raises(WrongState):
            await world.play(firm.keeper, holdings.leave_post, **own, at=at)
    # A successor who comes an instant later is none.
    coming = {"post_id": keeping, "person_id": firm.colleague.person_id}
    made = await world.play(firm.keeper, holdings.appoint, **coming, start=FIRST_OF_APRIL + MOMENT)
    with pytest.raises(WrongState):
        await world.play(firm.keeper, holdings.leave_post, **own, at=FIRST_OF_APRIL)
    await world.play(firm.keeper, holdings.change_holding, holding_id=made.id, start=FIRST_OF_APRIL)
    await world.play(firm.keeper, holdings.leave_post, **own, at=FIRST_OF_APRIL)
    with pytest.raises(WrongState):
        # Now the successor is needed.
        await world.play(firm.keeper, holdings.leave_post, **coming)
    # The platform's administrator may: it can give the organisation another.
    await world.play(OPERATOR, holdings.leave_post, **own)


async def test_a_list_is_planned_as_a_whole_or_told_line_by_line(firm: Firm) -> None:
    world = firm.world
    second = firm.colleague.posts[0].id
    arguments: dict[str, Any] = {
        "organization_id": firm.organization_id,
        "takes_effect_at": FIRST_OF_APRIL,
    }
    work = world.play(
        firm.keeper,
        rotate,
        **arguments,
        leaving=[
            Line(firm.post_id, firm.holder.person_id),
            Line(second, firm.holder.person_id),
            Line(firm.outsider.posts[0].id, firm.outsider.person_id),
        ],
        appointing=[
            Line(firm.post_id, firm.colleague.person_id),
            Line(second, firm.outsider.person_id),
            Line(second, firm.colleague.person_id),
            Line(second, None),
        ],
    )
    assert await codes(work) == [
        (("leaving", "1", "personId"), "NOT_HOLDING"),
        (("leaving", "2", "postId"), "UNKNOWN_POST"),
        (("appointing", "1", "personId"), "NOT_A_MEMBER"),
        (("appointing", "2", "personId"), "HOLDING_ALREADY"),
        (("appointing", "3", "personId"), "UNKNOWN_PERSON"),
    ]
    assert [(row.until, row.person_id) for row in await firm.holdings()] == [
        (None, firm.holder.person_id)
    ]
    swapped = await world.play(
        firm.keeper,
        rotate,
        **arguments,
        leaving=[
            Line(firm.post_id, firm.holder.person_id),
            Line(second, firm.colleague.person_id),
        ],
        appointing=[
            Line(firm.post_id, firm.colleague.person_id),
            Line(second, firm.holder.person_id),
        ],
    )
    assert len(swapped) == 4
    world.clock.at = FIRST_OF_APRIL
    found = [
        [post.id for post in (await firm.now(one)).posts] for one in (firm.holder, firm.colleague)
    ]
    assert found == [[second], [firm.post_id]]


@pytest.mark.parametrize("lines", [0, 201])
async def test_a_list_has_1_to_200_lines_and_none_twice(firm: Firm, lines: int) -> None:
    work = firm.world.play(
        firm.keeper,
        rotate,
        organization_id=firm.organization_id,
        takes_effect_at=firm.world.clock.now() - MOMENT,
        leaving=[Line(firm.post_id, firm.holder.person_id)] * lines,
        appointing=[],
    )
    found = [code for _, code in await codes(work)]
    assert found[:2] == ["IN_THE_PAST", "OUT_OF_RANGE"]
    assert found[2:] == ["TWICE"] * max(lines - 1, 0)


async def test_dates_and_plans_are_told_to_its_own_people_alone(firm: Firm) -> None:
    world = firm.world
    await world.play(
        firm.keeper, holdings.appoint, **who(firm, firm.colleague), start=FIRST_OF_APRIL
    )
    post = firm.holder.posts[0]
    facts = holders.PostFacts(post.id, post.organization_id, post.role)

    async def told(viewer: Any) -> Any:
        reader = world.reader(viewer)
        try:
            found = await holders.held_in_posts(reader, [facts])
        finally:
            await reader.close()
        held = found.get(post.id)
        return None if held is None else [(one.state.value, one.ends) for one in held]

    assert await told(firm.colleague) == [("PRESENT", False), ("PLANNED", False)]
    assert await told(firm.keeper) == [("PRESENT", True), ("PLANNED", True)]
    assert await told(firm.outsider) is None


async def test_an_address_is_seen_by_colleagues_from_the_first_day_until_the_last(
    firm: Firm,
) -> None:
    """Nobody has to be there at midnight for it to open and to close."""
    world = firm.world
    await world.play(OPERATOR, holdings.appoint, **who(firm, firm.outsider), start=FIRST_OF_APRIL)
    last = FIRST_OF_APRIL + timedelta(days=30)
    await world.play(OPERATOR, holdings.leave_post, **who(firm, firm.outsider), at=last)
    seen = []
    for at in (FIRST_OF_APRIL - MOMENT, FIRST_OF_APRIL, last - MOMENT, last):
        world.clock.at = at
        seen.append(await _sees_address(world, firm.colleague, firm.outsider.person_id))
    assert seen == [False, True, True, False]


async def _sees_address(world: World, viewer: Any, person_id: Any) -> bool:
    table: Any = PersonContact.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    async with world.database.reading() as connection:
        reach = await reach_of(connection, await world.again(viewer), world.clock.now())
        query = select(table.c.id).where(table.c.person_id == person_id, visible(reach, table))
        return (await connection.execute(query)).first() is not None
