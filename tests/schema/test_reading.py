"""Lists, nested lists, nodes, counts and cursors follow from the declaration, under the policy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from renkei.access.policy.viewer import ANONYMOUS
from renkei.calls import service
from renkei.calls.tables import Call
from support.asking import Asker, gid
from support.funding import Funding

PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String, $order: CallOrder) {
  calls(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { code closesAt }
  }
}
"""
NEST = """
{ calls(first: 100) { totalCount nodes {
    code title { ja } status viewerCan { publish { allowed reason { ja } } }
    organization { name { ja } } concept { title { ja } ministries { name { ja } } }
    areas { code calls(first: 3) { totalCount nodes { code programme { code } } } }
} } }
"""


async def calls_of(funding: Funding, count: int) -> list[Call]:
    """Published calls; two at a time close on the same instant."""
    concept = await funding.concept()
    made = []
    for number in range(count):
        closes = funding.world.clock.now() + timedelta(days=1 + number // 2)
        draft = funding.draft(concept, title_ja=f"公募{number}", closes_at=closes)
        call = await funding.world.play(funding.ministry, service.draft_call, draft=draft)
        made.append(
            await funding.world.play(funding.ministry, service.publish_call, call_id=call.id)
        )
    return sorted(made, key=lambda call: (call.closes_at, call.id.hex))


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_forwards_and_backwards_are_the_whole_list_in_order(
    ask: Asker, funding: Funding, direction: str
) -> None:
    made = await calls_of(funding, 7)
    expected = [call.code for call in (made if direction == "ASC" else made[::-1])]
    order = {"field": "CLOSES_AT", "direction": direction}
    forwards: list[str] = []
    after = None
    while True:
        page = (await ask(PAGE, first=3, after=after, order=order))["calls"]
        assert page["totalCount"] == 7
        forwards += [node["code"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    backwards: list[str] = []
    before = None
    while True:
        page = (await ask(PAGE, last=3, before=before, order=order))["calls"]
        backwards = [node["code"] for node in page["nodes"]] + backwards
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        before = page["pageInfo"]["startCursor"]
    assert (forwards, backwards) == (expected, expected)


async def test_statements_are_bounded_by_the_documents_depth_never_by_its_rows(
    ask: Asker, funding: Funding
) -> None:
    counts = []
    for more in (1, 9, 20):
        await calls_of(funding, more)
        with ask.statements() as sent:
            data = await ask(NEST)
        counts.append(len(sent))
    assert data["calls"]["totalCount"] == 30
    assert len(set(counts)) == 1


async def test_nested_pages_are_each_parents_own(ask: Asker, funding: Funding) -> None:
    made = await calls_of(funding, 5)
    data = await ask(NEST)
    first_three = [call.code for call in made[:3]]
    for call in data["calls"]["nodes"]:
        assert [area["code"] for area in call["areas"]] == list(funding.areas)
        for area in call["areas"]:
            assert area["calls"]["totalCount"] == 5
            assert [node["code"] for node in area["calls"]["nodes"]] == first_three


async def test_hidden_and_missing_answer_alike_everywhere(ask: Asker, funding: Funding) -> None:
    concept = await funding.concept()
    draft = await funding.world.play(
        funding.ministry, service.draft_call, draft=funding.draft(concept)
    )
    document = """
    query ($id: ID!, $code: String!) {
      node(id: $id) { id } nodes(ids: [$id]) { id } call(code: $code) { code }
      calls { totalCount nodes { code } }
    }
    """
    answers = []
    sent: list[list[str]] = []
    for key, code in ((draft.id, draft.code), (uuid4(), "K000-0000-0000")):
        with ask.statements() as statements:
            answers.append(await ask(document, funding.researcher, id=gid("Call", key), code=code))
        sent.append(list(statements))
    assert answers[0] == answers[1]
    assert sent[0] == sent[1]
    for odd in ("", "Call:1", "こんにちは", gid("Nothing", draft.id), gid("Person", draft.id)):
        assert (await ask("query($id: ID!){ node(id: $id) { id } }", id=odd))["node"] is None
    seen = await ask(document, funding.ministry, id=gid("Call", draft.id), code=draft.code)
    assert seen["node"] == {"id": gid("Call", draft.id)}
    assert seen["call"] == {"code": draft.code}


async def test_filters_narrow_together_and_status_follows_the_clock(
    ask: Asker, funding: Funding
) -> None:
    made = await calls_of(funding, 4)
    document = "query($f: CallFilter){ calls(filter: $f) { nodes { code status } } }"

    async def codes(**sent: Any) -> list[str]:
        return [node["code"] for node in (await ask(document, f=sent))["calls"]["nodes"]]

    assert await codes(status=["OPEN"], areas=["A20-ROBO"]) == [call.code for call in made]
    assert await codes(status=["OPEN"], areas=["A20-NAI"]) == []
    funding.world.clock.at = made[2].closes_at
    assert await codes(status=["OPEN"]) == []
    assert await codes(status=["CLOSED"]) == [call.code for call in made]
    assert await codes(text="公募3") == [call.code for call in made if call.title_ja == "公募3"]
    assert await codes(text="%") == []


async def test_a_bogus_cursor_and_a_size_out_of_range_are_refused_by_name(
    ask: Asker, funding: Funding
) -> None:
    await calls_of(funding, 2)
    for variables, path in (
        ({"after": "でたらめ"}, ["after"]),
        ({"after": "AAAA"}, ["after"]),
        ({"first": 0}, ["first"]),
        ({"first": 100_000}, ["first"]),
        ({"first": 1, "last": 1}, ["last"]),
    ):
        result = await ask.result(PAGE, **variables)
        (error,) = result.errors
        problems = error.original_error.problems
        assert [list(problem.path) for problem in problems] == [path]
        assert all(problem.message and problem.message_ja for problem in problems)


async def test_a_cursor_of_another_list_is_refused(ask: Asker, funding: Funding) -> None:
    await calls_of(funding, 3)
    page = (await ask(PAGE, first=1))["calls"]
    other = {"field": "OPENS_AT", "direction": "ASC"}
    result = await ask.result(PAGE, first=1, after=page["pageInfo"]["endCursor"], order=other)
    assert [problem.code for problem in result.errors[0].original_error.problems] == ["BAD_CURSOR"]


async def test_abilities_tell_what_the_mutation_would_refuse(ask: Asker, funding: Funding) -> None:
    (call,) = await calls_of(funding, 1)
    document = """query($code: String!){ call(code: $code) { viewerCan {
        propose { allowed reason { ja en } } extend { allowed } } } }"""
    told = []
    for viewer in (ANONYMOUS, funding.researcher, funding.ministry):
        can = (await ask(document, viewer, code=call.code))["call"]["viewerCan"]
        told.append((can["propose"]["allowed"], can["extend"]["allowed"]))
    assert told == [(False, False), (True, False), (False, True)]
