"""Who is looking: posts held now, groups, affiliations, countries, consents, and the request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from renkei.access import consents
from renkei.access.policy import clauses
from renkei.access.policy.viewer import Request, Viewer
from renkei.directory import groups
from renkei.directory.holdings import leave_post
from renkei.directory.operating import OPERATOR
from renkei.problems import InvalidInput, NotAllowed, NotFound, WrongState
from support.factories import Town
from support.world import settle


async def test_a_group_is_held_by_the_people_of_its_members_and_not_by_its_owner(
    town: Town,
) -> None:
    group = await town.world.play(town.analyst, groups.create_group, name_ja="磁石の会（架空）")
    token = clauses.group(group.id)
    for viewer in (town.analyst, town.firm, town.other_firm):
        assert token not in (await town.world.again(viewer)).tokens
    firm = town.firm.organization_id
    await town.world.play(
        town.analyst, groups.add_to_group, group_id=group.id, organization_id=firm
    )
    held = {
        name: token in (await town.world.again(viewer)).tokens
        for name, viewer in (
            ("owner", town.analyst),
            ("member", town.firm),
            ("other", town.other_firm),
        )
    }
    assert held == {"owner": False, "member": True, "other": False}
    await town.world.play(
        town.analyst, groups.remove_from_group, group_id=group.id, organization_id=firm
    )
    assert token not in (await town.world.again(town.firm)).tokens


async def test_only_who_keeps_a_group_or_may_extend_it_takes_others_in(town: Town) -> None:
    world = town.world
    group = await world.play(town.analyst, groups.create_group, name_ja="磁石の会（架空）")
    firm, other = town.firm.organization_id, town.other_firm.organization_id
    join: Any = groups.add_to_group
    with pytest.raises(NotFound):
        # Whoever is neither in it nor keeps it does not see that it is there.
        await world.play(town.firm, join, group_id=group.id, organization_id=firm)
    await world.play(town.analyst, join, group_id=group.id, organization_id=firm)
    with pytest.raises(NotAllowed):
        await world.play(
            await town.world.again(town.firm), join, group_id=group.id, organization_id=other
        )
    with pytest.raises(WrongState):
        await world.play(town.analyst, join, group_id=group.id, organization_id=firm)
    leave: Any = groups.remove_from_group
    # A member leaves by itself, and comes back with the right to extend.
    await world.play(
        await town.world.again(town.firm), leave, group_id=group.id, organization_id=firm
    )
    await world.play(town.analyst, join, group_id=group.id, organization_id=firm, may_extend=True)
    member = await town.world.again(town.firm)
    await world.play(member, join, group_id=group.id, organization_id=other)
    third = town.funding.researcher.organization_id
    with pytest.raises(NotAllowed):
        await world.play(member, join, group_id=group.id, organization_id=third, may_extend=True)
    with pytest.raises(NotAllowed):
        await world.play(town.firm, groups.create_group, name_ja="勝手な会（架空）")


async def test_affiliations_are_held_against_a_reader_and_open_nothing(town: Town) -> None:
    other = town.other_firm.organization_id
    assert other is not None
    await town.world.play(
        town.firm,
        groups.record_affiliation,
        person_id=town.firm.person_id,
        organization_id=other,
    )
    viewer = await town.world.again(town.firm)
    assert clauses.org(other) in viewer.affiliations
    assert clauses.org(other) not in viewer.tokens
    with pytest.raises(NotAllowed):
        # To end it loosens, and is not one's own to do.
        await town.world.play(
            town.firm,
            groups.end_affiliation,
            person_id=town.firm.person_id,
            organization_id=other,
        )
    await town.world.play(
        OPERATOR,
        groups.end_affiliation,
        person_id=town.firm.person_id,
        organization_id=other,
    )
    assert clauses.org(other) not in (await town.world.again(town.firm)).affiliations


@pytest.mark.parametrize(
    ("first", "second", "home"),
    [
        ("JP", None, None),
        ("JP", "JP", "JP"),
        ("JP", "US", None),
        (None, None, None),
    ],
)
async def test_who_stands_in_two_countries_or_an_unknown_one_is_at_home_in_none(
    town: Town, first: str | None, second: str | None, home: str | None
) -> None:
    await settle(town.world, town.firm, first)
    await settle(town.world, town.other_firm, second)
    await town.world.play(
        town.firm,
        groups.record_affiliation,
        person_id=town.firm.person_id,
        organization_id=town.other_firm.organization_id,
    )
    found = {
        name for name in (await town.world.again(town.firm)).tokens if name.startswith("home:")
    }
    assert found == ({f"home:{home}"} if home else set())


async def test_a_consent_is_given_and_withdrawn_in_person(town: Town) -> None:
    world, token = town.world, "consent:confidentiality"
    await world.play(town.firm, consents.give_consent, to="confidentiality")
    await world.play(town.firm, consents.give_consent, to="confidentiality")
    assert token in (await town.world.again(town.firm)).tokens
    world.clock.advance(hours=1)
    await world.play(town.firm, consents.withdraw_consent, to="confidentiality")
    assert token not in (await town.world.again(town.firm)).tokens
    with pytest.raises(WrongState):
        await world.play(town.firm, consents.withdraw_consent, to="confidentiality")
    with pytest.raises(InvalidInput):
        await world.play(town.firm, consents.give_consent, to="everything")
    program = Viewer(person_id=town.firm.person_id, scopes=frozenset({"briefs:write"}))
    with pytest.raises(NotAllowed):
        await world.play(program, consents.give_consent, to="confidentiality")


def test_what_the_request_says_is_known_for_that_request_alone() -> None:
    someone = Viewer(person_id=UUID(int=1))
    asking = someone.asking(Request(country="JP", stepped_up=True))
    assert asking.tokens - someone.tokens == {"from:JP", "stepped-up"}
    # Nobody has signed in, so nobody can have proved it again.
    anonymous = Viewer().asking(Request(country="JP", stepped_up=True))
    assert anonymous.tokens == {"public", "from:JP"}


async def test_a_post_that_was_left_gives_nothing_from_that_instant_on(town: Town) -> None:
    post = town.firm.posts[0]
    await town.world.play(OPERATOR, leave_post, post_id=post.id, person_id=town.firm.person_id)
    viewer = await town.world.again(town.firm)
    assert viewer.tokens == {"public", "member", clauses.person(viewer.person_id)}  # type: ignore[arg-type]  # they have one
    assert viewer.affiliations == {clauses.person(viewer.person_id)}  # type: ignore[arg-type]  # as above
