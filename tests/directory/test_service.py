"""Registering organisations and people, appointing them: what is refused, and who sees it."""

from __future__ import annotations

from typing import Any

import pytest

from renkei.access.policy.reach import reach_of
from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.directory import holdings, service
from renkei.directory.operating import OPERATOR
from renkei.directory.tables import Organization, Person, Post
from renkei.ledger.unit import Unit
from renkei.problems import InvalidInput, NotAllowed, NotFound, WrongState
from renkei.reactions import reactions_of
from renkei.reading.page import Page
from support.world import World


@pytest.fixture
async def administrator(world: World) -> Viewer:
    office = await world.organization("OTHER", "連携運営事務局（架空）")
    return await world.viewer(await world.person("見本 太郎", office, "administrator"))


async def organization(world: World, viewer: Viewer, **sent: Any) -> Organization:
    told = {"kind": "RESEARCH", "name_ja": "東雲工業大学（架空）"} | sent
    return await world.play(viewer, service.register_organization, **told)


async def problems(world: World, viewer: Viewer, use_case: Any, **sent: Any) -> list[Any]:
    with pytest.raises(InvalidInput) as refusal:
        await world.play(viewer, use_case, **sent)
    return [(problem.path, problem.code) for problem in refusal.value.problems]


async def test_identifiers_are_kept_in_their_canonical_form(
    world: World, administrator: Viewer
) -> None:
    row = await organization(
        world, administrator, corporate_number="７０００－０１２０－５０００２", erad_code=" "
    )
    assert (row.corporate_number, row.erad_code) == ("7000012050002", None)
    human = await world.play(
        administrator,
        service.register_person,
        name="髙瀬 𠮷彦",
        erad_number="００２６０５２１",
        orcid="https://orcid.org/0000-0002-1825-0097",
    )
    assert (human.name, human.erad_number, human.orcid) == (
        "髙瀬 𠮷彦",
        "00260521",
        "0000-0002-1825-0097",
    )


async def test_all_problems_of_an_organisation_are_told_at_once(
    world: World, administrator: Viewer
) -> None:
    assert await problems(
        world,
        administrator,
        service.register_organization,
        kind="CLUB",
        name_ja="",
        name_kana="か\0な",
        corporate_number="7000012050003",
        erad_code="12",
    ) == [
        (("kind",), "UNKNOWN_KIND"),
        (("nameJa",), "REQUIRED"),
        (("nameKana",), "CONTROL_CHARACTER"),
        (("corporateNumber",), "CORPORATE_NUMBER_CHECK_DIGIT"),
        (("eradCode",), "ERAD_CODE_FORM"),
    ]


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"name": "字" * 100_000}, (("name",), "TOO_LONG")),
        ({"name": "\ud842"}, (("name",), "BROKEN_TEXT")),
        ({"orcid": "0000-0002-1825-0098"}, (("orcid",), "ORCID_CHECK_DIGIT")),
        ({"orcid": "0000-0002"}, (("orcid",), "ORCID_FORM")),
        ({"erad_number": "1234567"}, (("eradNumber",), "ERAD_NUMBER_FORM")),
    ],
)
async def test_a_malformed_person_is_refused_with_its_place(
    world: World, administrator: Viewer, sent: dict[str, str], problem: Any
) -> None:
    told = {"name": "山田 花子"} | sent
    assert await problems(world, administrator, service.register_person, **told) == [problem]


async def test_a_number_belongs_to_one_organisation_and_one_person(
    world: World, administrator: Viewer
) -> None:
    await organization(world, administrator, corporate_number="7000012050002")
    assert await problems(
        world,
        administrator,
        service.register_organization,
        kind="FIRM",
        name_ja="別の組織",
        corporate_number="7000012050002",
    ) == [(("corporateNumber",), "ALREADY_REGISTERED")]
    orcid = {"orcid": "0000-0002-1694-233X"}
    await world.play(administrator, service.register_person, name="山田 花子", **orcid)
    assert await problems(
        world, administrator, service.register_person, name="山田 華子", **orcid
    ) == [(("orcid",), "ALREADY_REGISTERED")]


@pytest.mark.parametrize("role", ["ministry", "researcher", "office", "analyst"])
async def test_nobody_but_an_administrator_keeps_the_directory(world: World, role: str) -> None:
    place = await world.organization("MINISTRY", "見本省（架空）")
    viewer = await world.viewer(await world.person("担当", place, role))
    with pytest.raises(NotAllowed):
        await organization(world, viewer)
    with pytest.raises(NotAllowed):
        await world.play(viewer, service.register_person, name="山田 花子")
    with pytest.raises(NotAllowed):
        await world.play(
            viewer, service.create_post, organization_id=place, role="analyst", title_ja="職"
        )


async def test_a_post_gives_what_it_gives_from_its_start_until_it_is_left(
    world: World, administrator: Viewer
) -> None:
    place = await organization(world, administrator)
    home = await world.organization("FIRM", "出向元（架空）")
    person_id = await world.person("山田 花子", home, "firm")
    post = await world.play(
        administrator,
        service.create_post,
        organization_id=place.id,
        role="office",
        title_ja="研究推進課 係長",
    )
    both = {"post_id": post.id, "person_id": person_id}
    assert (await world.viewer(person_id)).post_as("office") is None
    await world.play(administrator, holdings.appoint, **both)
    assert (await world.viewer(person_id)).post_as("office") is not None
    with pytest.raises(WrongState):
        await world.play(administrator, holdings.appoint, **both)
    world.clock.advance(days=30)
    await world.play(administrator, holdings.leave_post, **both)
    assert (await world.viewer(person_id)).post_as("office") is None
    with pytest.raises(WrongState):
        await world.play(administrator, holdings.leave_post, **both)


async def test_a_post_needs_an_organisation_and_a_known_role(
    world: World, administrator: Viewer
) -> None:
    place = await organization(world, administrator)
    assert await problems(
        world,
        administrator,
        service.create_post,
        organization_id=place.id,
        role="emperor",
        title_ja="",
    ) == [(("titleJa",), "REQUIRED"), (("role",), "UNKNOWN_ROLE")]
    with pytest.raises(NotFound):
        await world.play(
            administrator,
            service.create_post,
            organization_id=place.id.__class__(int=0),
            role="office",
            title_ja="職",
        )


async def test_organisations_are_public_people_and_posts_are_for_members(
    world: World, administrator: Viewer
) -> None:
    every = Page(size=100, columns=frozenset({"id"}))

    async def counts(viewer: Viewer) -> list[int]:
        reader = world.reader(viewer)
        try:
            tables: Any = (Organization, Person, Post)
            return [await reader.count(one.__table__, every) for one in tables]
        finally:
            await reader.close()

    await organization(world, administrator)
    assert await counts(administrator) == [2, 1, 1]
    assert await counts(ANONYMOUS) == [2, 0, 0]


async def test_the_operator_begins_with_an_empty_database(world: World) -> None:
    """A clause that a transaction writes itself is not among those that it fetched before."""
    async with world.database.writing() as session:
        unit = Unit(session, at=world.clock.now(), reactions_of=reactions_of)
        reach = await reach_of(session, OPERATOR, unit.at)
        place = await service.register_organization(
            unit, reach, kind="OTHER", name_ja="連携運営事務局（架空）"
        )
        human = await service.register_person(unit, reach, name="見本 太郎")
        post = await service.create_post(
            unit, reach, organization_id=place.id, role="administrator", title_ja="管理者"
        )
        await holdings.appoint(unit, reach, post_id=post.id, person_id=human.id)
        await unit.commit()
        assert (await reach_of(session, OPERATOR, unit.at)).viewer.tokens == {"public", "member"}
