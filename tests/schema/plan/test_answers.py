"""The specification of GraphQL on the plan: each answer is the plain executor's, byte for byte."""

from __future__ import annotations

from typing import Any

from renkei.access.policy.viewer import ANONYMOUS
from renkei.calls.tables import Call
from renkei.reactions import reindex
from support.asking import gid
from support.funding import Funding
from support.planning import Planning


async def test_aliases_ask_one_field_with_other_arguments(
    planning: Planning, calls: list[Call]
) -> None:
    data = await planning.both("""{
        two: calls(first: 2) { nodes { code } }
        last: calls(last: 1) { nodes { same: code code title { a: text(lang: EN) b: text } } }
    }""")
    assert [node["code"] for node in data["two"]["nodes"]] == [call.code for call in calls[:2]]
    code, title = calls[-1].code, calls[-1].title_ja
    assert data["last"]["nodes"] == [
        {"same": code, "code": code, "title": {"a": title, "b": title}}
    ]


async def test_fields_asked_twice_are_merged_in_the_order_of_their_first_asking(
    planning: Planning, calls: list[Call]
) -> None:
    data = await planning.both("""{
        calls(first: 1) { nodes { organization { kind } code } }
        demo
        calls(first: 1) { totalCount nodes { organization { name { ja } } } }
        ...More
    }
    fragment More on Query { calls(first: 1) { nodes { organization { kind country } } } }""")
    assert list(data) == ["calls", "demo"]
    assert data["calls"]["totalCount"] == len(calls)
    (node,) = data["calls"]["nodes"]
    assert list(node) == ["organization", "code"]
    assert list(node["organization"]) == ["kind", "name", "country"]


FRAGMENTS = """
query ($ids: [ID!]!) { nodes(ids: $ids) {
    __typename
    ... { id }
    ... on Node { again: id }
    ... on Call { ...OfCall }
    ...OfArea
    ... on Brief { code status }
} }
fragment OfCall on Call { code ... on Node { ... on Call { ...Deep } ... on Brief { kind } } }
fragment Deep on Call { areas { ...OfArea ... on Node { id } } }
fragment OfArea on Area { code name { ...Words } }
fragment Words on Text { ja }
"""


async def test_fragments_open_on_objects_and_interfaces_nested_in_each_other(
    planning: Planning, calls: list[Call], funding: Funding
) -> None:
    call = calls[0]
    plain = await planning.both("{ areas { nodes { id } } }")
    area = plain["areas"]["nodes"][0]["id"]
    ids = [gid("Call", call.id), area, gid("Organization", funding.agency_id)]
    data = await planning.both(FRAGMENTS, ids=ids)
    found = [node["__typename"] for node in data["nodes"]]
    assert found == ["Call", "Area", "Organization"]
    assert data["nodes"][0]["code"] == call.code
    assert [one["code"] for one in data["nodes"][0]["areas"]] == list(funding.areas)
    assert set(data["nodes"][0]["areas"][0]) == {"code", "name", "id"}
    assert set(data["nodes"][2]) == {"__typename", "id", "again"}


async def test_fragments_open_on_the_members_of_a_union(
    planning: Planning, calls: list[Call]
) -> None:
    await reindex(planning.app)
    data = await planning.both("""{ search(text: "件名3 東雲工業大学", first: 20) { hits { item {
        __typename ... on Node { id } ...OfOrganization ... on Call { code }
    } snippet { text marked } } } }
    fragment OfOrganization on Organization { name { ja } }""")
    items = [hit["item"] for hit in data["search"]["hits"]]
    fields = {item["__typename"]: list(item) for item in items}
    assert fields["Call"] == ["__typename", "id", "code"]
    assert {item["code"] for item in items if "code" in item} <= {call.code for call in calls}


async def test_skip_and_include_by_literal_leave_fields_out(
    planning: Planning, calls: list[Call]
) -> None:
    for shown in (True, False):
        told = str(shown).lower()
        data = await planning.both(f"""{{ calls(first: 1) {{
            totalCount @include(if: {told})
            nodes {{ code @skip(if: {told}) ... @include(if: {told}) {{ title {{ ja }} }} }}
        }} }}""")
        assert ("totalCount" in data["calls"]) is shown
        node = {"title": {"ja": calls[0].title_ja}} if shown else {"code": calls[0].code}
        assert data["calls"]["nodes"] == [node]


async def test_each_value_of_a_variable_that_shapes_an_answer_has_a_plan_of_its_own(
    planning: Planning, calls: list[Call]
) -> None:
    document = """query ($more: Boolean!, $first: Int) {
        calls(first: $first) { nodes { code status @include(if: $more) } } }"""
    for more in (True, False, True):
        for first in (1, 2):
            data = await planning.both(document, more=more, first=first)
            assert len(data["calls"]["nodes"]) == first
            assert ("status" in data["calls"]["nodes"][0]) is more
    planned = planning.prepared(document, {}).planned
    assert planned is not None
    assert len(planned.plans) == 2
    assert calls


async def test_variables_take_their_defaults_and_null_is_not_absent(
    planning: Planning, calls: list[Call]
) -> None:
    document = """query ($first: Int = 2, $filter: CallFilter) {
        calls(first: $first, filter: $filter) { nodes { code } } }"""

    async def count(**sent: Any) -> int:
        return len((await planning.both(document, **sent))["calls"]["nodes"])

    assert await count() == 2
    assert await count(first=None, filter=None) == len(calls)
    assert await count(first=3, filter={"status": None, "text": "件名"}) == 3
    assert await count(filter={"status": []}) == 0


async def test_a_language_that_is_null_is_refused_after_one_that_was_absent(
    planning: Planning, calls: list[Call]
) -> None:
    document = "query ($l: Lang) { calls(first: 1) { nodes { title { text(lang: $l) } } } }"
    told = (await planning.both(document))["calls"]["nodes"][0]["title"]["text"]
    assert told == calls[0].title_ja
    why, answer = await planning.left(document, l=None)
    assert why == "variables"
    assert [error["path"][-1] for error in answer["errors"]] == ["text"]


async def test_a_typename_stands_at_each_level(planning: Planning, calls: list[Call]) -> None:
    data = await planning.both("""{ __typename calls(first: 1) { __typename
        pageInfo { __typename hasNextPage }
        edges { __typename node { __typename viewerCan { __typename edit { __typename } }
            title { __typename } areas { __typename } marking { __typename } } } } }""")
    page = data["calls"]
    assert data["__typename"] == "Query"
    assert page["__typename"] == "CallConnection"
    assert page["pageInfo"]["__typename"] == "PageInfo"
    (edge,) = page["edges"]
    assert edge["__typename"] == "CallEdge"
    node = edge["node"]
    assert node["__typename"] == "Call"
    assert node["viewerCan"]["edit"]["__typename"] == "Ability"
    assert node["title"] == {"__typename": "Text"}
    assert {area["__typename"] for area in node["areas"]} == {"Area"}
    assert node["marking"] == {"__typename": "Marking"}
    assert calls


async def test_of_several_operations_the_one_named_is_planned(
    planning: Planning, calls: list[Call]
) -> None:
    document = """
    query One { calls(first: 1) { nodes { ...It } } }
    query Two($first: Int = 2) { calls(first: $first) { nodes { ...It code } } }
    query Never($more: Boolean!) { demo @include(if: $more) }
    fragment It on Call { status }"""
    one = await planning.both(document, ANONYMOUS, "One")
    two = await planning.both(document, ANONYMOUS, "Two")
    assert one["calls"]["nodes"] == [{"status": "OPEN"}]
    assert [node["code"] for node in two["calls"]["nodes"]] == [call.code for call in calls[:2]]


async def test_hidden_missing_and_malformed_ids_lead_nowhere(
    planning: Planning, hidden: Call, calls: list[Call], funding: Funding
) -> None:
    ids = {
        "seen": gid("Call", calls[0].id),
        "hidden": gid("Call", hidden.id),
        "missing": gid("Call", funding.agency_id),
        "other type's": gid("Brief", calls[0].id),
        "no type's": gid("Nothing", calls[0].id),
        "malformed": "こんにちは",
        "empty": "",
        "short": "Q2FsbDox",
    }
    one = "query ($id: ID!) { node(id: $id) { __typename id } }"
    some = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    seen = {"__typename": "Call", "id": ids["seen"]}
    expected = [seen if name == "seen" else None for name in ids]
    for place, sent in enumerate(ids.values()):
        assert (await planning.both(one, id=sent))["node"] == expected[place]
    twice = [*ids.values(), ids["seen"]]
    assert (await planning.both(some, ids=twice))["nodes"] == [*expected, seen]
    assert (await planning.both(some, ids=[]))["nodes"] == []
    own = await planning.both(one, funding.ministry, id=ids["hidden"])
    assert own["node"] == {"__typename": "Call", "id": ids["hidden"]}


async def test_a_text_filter_takes_each_sign_as_it_stands(
    planning: Planning, calls: list[Call]
) -> None:
    document = "query ($f: CallFilter) { calls(filter: $f) { totalCount nodes { code } } }"
    once = dict.fromkeys(("%", "_", "/", "100%_件/名", "%_"), 1)
    many = dict.fromkeys(("件名", "件\0名", "\0", ""), (len(calls) - 1))
    many |= {"\0": len(calls), "": len(calls), "%件名": 0, "件_": 0, "名/": 0}
    for sent, found in (once | many).items():
        page = (await planning.both(document, f={"text": sent}))["calls"]
        assert (sent, page["totalCount"], len(page["nodes"])) == (sent, found, found)


async def test_a_code_with_nul_in_it_is_nobodys(planning: Planning, calls: list[Call]) -> None:
    document = """query ($c: String!, $a: [String!]) {
        call(code: $c) { code } calls(filter: {areas: $a}) { totalCount } }"""
    for code in ("\0", "K\0", "K000-0000-0000", calls[0].code.lower()):
        data = await planning.both(document, c=code, a=[code, "A20-ROBO"])
        assert data["call"] is None
        assert data["calls"]["totalCount"] == len(calls)
