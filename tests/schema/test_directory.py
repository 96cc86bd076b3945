"""The directory, the lists and the viewer over GraphQL."""

from __future__ import annotations

from typing import Any

import pytest

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.areas.service import load_area_lists
from renkei.areas.shipped import shipped_catalogue, shipped_mappings
from renkei.clock import FixedClock
from support.asking import Asker, gid
from support.world import World

PROBLEMS = "... on InvalidInput { problems { path code } } ... on Refusal { code }"


@pytest.fixture
def world(ask: Asker, clock: FixedClock) -> World:
    """The asker's own database."""
    return World(ask.app.database, clock)


@pytest.fixture
async def administrator(world: World) -> Viewer:
    office = await world.organization("OTHER", "連携運営事務局（架空）")
    return await world.viewer(await world.person("見本 太郎", office, "administrator"))


async def change(
    ask: Asker, name: str, viewer: Viewer, shape: str, /, **sent: Any
) -> dict[str, Any]:
    kind = f"{name[0].upper()}{name[1:]}Input!"
    document = f"mutation ($input: {kind}) {{ {name}(input: $input) {{ __typename {shape} }} }}"
    answer: dict[str, Any] = (await ask(document, viewer, input=sent))[name]
    return answer


async def test_an_administrator_registers_and_appoints(ask: Asker, administrator: Viewer) -> None:
    shape = "... on OrganizationRegistered { organization { id corporateNumber } }"
    place = (
        await change(
            ask,
            "registerOrganization",
            administrator,
            shape,
            kind="RESEARCH",
            nameJa="東雲工業大学（架空）",
            corporateNumber="８９９９９１２０００００６",
        )
    )["organization"]
    assert place["corporateNumber"] == "8999912000006"
    shape = "... on PersonRegistered { person { id name orcid } }"
    human = (
        await change(
            ask,
            "registerPerson",
            administrator,
            shape,
            name="髙瀬 𠮷彦",
            orcid="https://orcid.org/0000-0002-1825-0097",
        )
    )["person"]
    assert (human["name"], human["orcid"]) == ("髙瀬 𠮷彦", "0000-0002-1825-0097")
    shape = "... on PostCreated { post { id role organization { id } } }"
    post = (
        await change(
            ask,
            "createPost",
            administrator,
            shape,
            organizationId=place["id"],
            role="RESEARCHER",
            titleJa="教授",
        )
    )["post"]
    assert (post["role"], post["organization"]) == ("RESEARCHER", {"id": place["id"]})
    both = {"postId": post["id"], "personId": human["id"]}
    shape = "... on PersonAppointed { person { posts { title { ja } } } } ... on Refusal { code }"
    appointed = await change(ask, "appointToPost", administrator, shape, **both)
    assert appointed["person"] == {"posts": [{"title": {"ja": "教授"}}]}
    again = await change(ask, "appointToPost", administrator, shape, **both)
    assert (again["__typename"], again["code"]) == ("WrongState", "WRONG_STATE")
    ended = await change(ask, "endAppointment", administrator, "", **both)
    assert ended["__typename"] == "AppointmentEnded"


@pytest.mark.parametrize(
    ("name", "sent", "problem"),
    [
        ("registerOrganization", {"corporateNumber": "123"}, ["corporateNumber"]),
        ("registerOrganization", {"corporateNumber": "7000012050003"}, ["corporateNumber"]),
        ("registerOrganization", {"eradCode": "1"}, ["eradCode"]),
        ("registerOrganization", {"nameJa": "字" * 100_000}, ["nameJa"]),
        ("registerOrganization", {"nameKana": "\0"}, ["nameKana"]),
        ("registerPerson", {"orcid": "0000-0002-1825-0098"}, ["orcid"]),
        ("registerPerson", {"eradNumber": "1234567"}, ["eradNumber"]),
        ("registerPerson", {"name": "\ud842"}, ["name"]),
    ],
)
async def test_malformed_numbers_and_names_are_refused_with_their_path(
    ask: Asker, administrator: Viewer, name: str, sent: dict[str, str], problem: list[str]
) -> None:
    told = {"kind": "FIRM", "nameJa": "会社"} if name == "registerOrganization" else {"name": "人"}
    answer = await change(ask, name, administrator, PROBLEMS, **(told | sent))
    assert [one["path"] for one in answer["problems"]] == [problem]


async def test_others_may_not_and_are_told_why(ask: Asker, world: World) -> None:
    place = await world.organization("MINISTRY", "見本省（架空）")
    viewer = await world.viewer(await world.person("担当", place, "ministry"))
    answer = await change(ask, "registerPerson", viewer, PROBLEMS, name="山田 花子")
    assert (answer["__typename"], answer["code"]) == ("NotAllowed", "NOT_ALLOWED")
    document = 'mutation { registerPerson(input: { name: "山田" }) { __typename } }'
    refused = await ask.result(document, ANONYMOUS)
    assert [type(error.original_error).__name__ for error in refused.errors] == ["ApiError"]


async def test_organisations_are_everyones_and_people_are_members(
    ask: Asker, world: World, administrator: Viewer
) -> None:
    place = await world.organization("RESEARCH", "東雲工業大学（架空）")
    person = await world.person("髙瀬 美咲", place, "researcher")
    document = """query ($o: ID!, $p: ID!) {
      organization(id: $o) { name { ja } posts { role } } person(id: $p) { name }
      organizations(filter: { kinds: [RESEARCH], text: "東雲" }) { totalCount }
      people(orderBy: { field: NAME }) { totalCount nodes { name } } }"""
    sent = {"o": gid("Organization", place), "p": gid("Person", person)}
    seen = await ask(document, administrator, **sent)
    assert seen["organization"] == {
        "name": {"ja": "東雲工業大学（架空）"},
        "posts": [{"role": "RESEARCHER"}],
    }
    assert (seen["person"], seen["people"]["totalCount"]) == ({"name": "髙瀬 美咲"}, 2)
    assert await ask(document, ANONYMOUS, **sent) == {
        "organization": {"name": {"ja": "東雲工業大学（架空）"}, "posts": []},
        "person": None,
        "organizations": {"totalCount": 1},
        "people": {"totalCount": 0, "nodes": []},
    }


async def test_the_lists_are_read_by_everyone(
    ask: Asker, world: World, administrator: Viewer
) -> None:
    await world.play(
        administrator,
        load_area_lists,
        catalogue=shipped_catalogue(),
        mappings=shipped_mappings(),
    )
    found = await ask(
        """{ areaLists { code version areas { code } }
          areas(first: 2, filter: { lists: ["20areas"] }) { totalCount nodes { code position } }
          area(code: "A20-AIML") { name { ja } areaList { code } corresponds { code listCode } }
          back: area(code: "S17-AISEMI", list: "strategic17") { corresponds { code } }
          elsewhere: area(code: "A20-AIML", list: "strategic17") { code }
          none: area(code: "A20-NAI") { code } odd: area(code: "量子") { code } }"""
    )
    listed = {one["code"]: len(one["areas"]) for one in found["areaLists"]}
    assert (listed["20areas"], listed["critical_area_list"], sum(listed.values())) == (20, 0, 164)
    assert found["areas"]["totalCount"] == 20
    assert [node["position"] for node in found["areas"]["nodes"]] == [1, 2]
    assert found["area"]["areaList"] == {"code": "20areas"}
    assert {"code": "S17-AISEMI", "listCode": "strategic17"} in found["area"]["corresponds"]
    # Correspondence goes both ways.
    assert {"code": "A20-AIML"} in found["back"]["corresponds"]
    assert (found["elsewhere"], found["none"], found["odd"]) == (None, None, None)


async def test_a_group_is_found_by_its_id_by_whom_it_concerns_alone(
    ask: Asker, world: World
) -> None:
    tank = await world.organization("THINK_TANK", "総合戦略研究所（架空）")
    firm = await world.organization("FIRM", "朝霧アビオニクス株式会社（架空）")
    keeper = await world.viewer(await world.person("佐伯 髙志", tank, "analyst"))
    outsider = await world.viewer(await world.person("𠮷田 花子", firm, "firm"))
    shape = "... on SharingGroupCreated { group { id } }"
    made = await change(ask, "createSharingGroup", keeper, shape, nameJa="磁石の会")
    document = "query ($id: ID!) { sharingGroup(id: $id) { name { ja } } }"
    looks = [
        (await ask(document, viewer, id=key))["sharingGroup"]
        for viewer, key in (
            (keeper, made["group"]["id"]),
            (outsider, made["group"]["id"]),
            (keeper, gid("Organization", tank)),
            (keeper, "not-an-id"),
        )
    ]
    assert looks == [{"name": {"ja": "磁石の会"}}, None, None, None]


async def test_who_leaves_a_group_is_answered_as_who_they_are_then(
    ask: Asker, world: World
) -> None:
    tank = await world.organization("THINK_TANK", "総合戦略研究所（架空）")
    firm = await world.organization("FIRM", "朝霧アビオニクス株式会社（架空）")
    keeper = await world.viewer(await world.person("佐伯 髙志", tank, "analyst"))
    person = await world.person("𠮷田 花子", firm, "firm")
    created = "... on SharingGroupCreated { group { id } }"
    made = await change(ask, "createSharingGroup", keeper, created, nameJa="磁石の会")
    named = {"groupId": made["group"]["id"], "organizationId": gid("Organization", firm)}
    await change(ask, "addToSharingGroup", keeper, "", **named)
    member = await world.viewer(person)
    document = "query ($id: ID!) { sharingGroup(id: $id) { name { ja } } }"
    assert (await ask(document, member, id=named["groupId"]))["sharingGroup"] is not None
    shape = "... on SharingGroupChanged { group { name { ja } } }"
    left = await change(ask, "removeFromSharingGroup", member, shape, **named)
    assert left == {"__typename": "SharingGroupChanged", "group": None}
