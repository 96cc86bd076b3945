"""Pages by the plan: whatever the order and the end, and what is refused about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.calls.tables import Call
from renkei_schema.errors import Rejected
from support.funding import Funding
from support.planning import Planning

PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String, $order: CallOrder,
       $filter: CallFilter) {
  calls(first: $first, after: $after, last: $last, before: $before, orderBy: $order,
        filter: $filter) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { code } }
    nodes { code }
  }
}
"""
NESTED = """
query ($first: Int, $after: String, $last: Int, $before: String, $order: CallOrder) {
  areas { nodes {
    calls(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { code } }
    }
  } }
}
"""


async def walked(
    planning: Planning, document: str, order: dict[str, str], *, backwards: bool
) -> list[str]:
    """The codes of a list read page after page to its other end, in the list's order."""
    size, beyond = ("last", "before") if backwards else ("first", "after")
    found: list[str] = []
    cursor = None
    while True:
        data = await planning.both(document, **{size: 3, beyond: cursor, "order": order})
        page = data["calls"] if "calls" in data else data["areas"]["nodes"][0]["calls"]
        codes = [edge["node"]["code"] for edge in page["edges"]]
        assert page["totalCount"] == 7
        found = codes + found if backwards else found + codes
        told = page["pageInfo"]
        if not told["hasPreviousPage" if backwards else "hasNextPage"]:
            return found
        cursor = told["startCursor" if backwards else "endCursor"]


@pytest.mark.parametrize("document", [PAGE, NESTED], ids=["whole", "nested"])
async def test_every_order_is_walked_from_both_ends(
    planning: Planning, calls: list[Call], document: str
) -> None:
    for field in ("CLOSES_AT", "OPENS_AT", "CREATED_AT"):
        by = {"CLOSES_AT": "closes_at", "OPENS_AT": "opens_at", "CREATED_AT": "created_at"}[field]
        expected = [
            call.code for call in sorted(calls, key=lambda one: (getattr(one, by), one.id.hex))
        ]
        for direction in ("ASC", "DESC"):
            order = {"field": field, "direction": direction}
            for backwards in (False, True):
                found = await walked(planning, document, order, backwards=backwards)
                assert found == (expected if direction == "ASC" else expected[::-1])


async def test_an_empty_page_has_its_total_and_no_cursors(
    planning: Planning, calls: list[Call]
) -> None:
    data = await planning.both(PAGE, filter={"text": "どこにもない"})
    assert data["calls"] == {
        "totalCount": 0,
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
        "edges": [],
        "nodes": [],
    }
    whole = (await planning.both(PAGE))["calls"]
    after = await planning.both(PAGE, first=5, after=whole["pageInfo"]["endCursor"])
    assert after["calls"]["nodes"] == []
    assert after["calls"]["totalCount"] == len(calls)
    assert after["calls"]["pageInfo"]["hasPreviousPage"] is True
    before = await planning.both(PAGE, last=5, before=whole["pageInfo"]["startCursor"])
    assert before["calls"]["nodes"] == []
    assert before["calls"]["totalCount"] == len(calls)
    alone = "query ($after: String) { calls(after: $after) { totalCount } }"
    told = await planning.both(alone, after=whole["pageInfo"]["endCursor"])
    assert told["calls"] == {"totalCount": len(calls)}


async def test_a_page_between_two_cursors(planning: Planning, calls: list[Call]) -> None:
    cursors = [edge["cursor"] for edge in (await planning.both(PAGE))["calls"]["edges"]]
    between = {"after": cursors[0], "before": cursors[5]}
    codes = [call.code for call in calls[1:5]]
    for size, expected in (
        ({"first": 2}, codes[:2]),
        ({"last": 2}, codes[2:]),
        ({"first": 100}, codes),
    ):
        page = (await planning.both(PAGE, **between, **size))["calls"]
        assert [node["code"] for node in page["nodes"]] == expected


REFUSED: list[dict[str, Any]] = [
    {"first": 101},
    {"last": 101},
    {"first": 1, "last": 1},
    {"after": "でたらめ"},
    {"after": ""},
    {"before": "AAAA"},
]


async def test_what_is_refused_is_left_and_refused_as_before(
    planning: Planning, calls: list[Call]
) -> None:
    # Sizes are refused when a document is weighed; here one door later.
    planning.execution.limits = replace(planning.execution.limits, page_max=1_000)
    for document in (PAGE, NESTED):
        for sent in REFUSED:
            why, answer = await planning.left(document, **sent)
            assert why == "refusal"
            codes = {error["extensions"]["code"] for error in answer["errors"]}
            assert codes == {"INVALID_INPUT"}
    assert calls


async def test_a_size_of_nothing_is_refused_before_there_is_a_plan(planning: Planning) -> None:
    for sent in ({"first": 0}, {"last": 0}, {"first": -1}, {"first": 101}):
        with pytest.raises(Rejected):
            planning.prepared(PAGE, sent)
    assert not planning.execution.plans.fallbacks


async def test_a_cursor_of_another_order_or_filter_is_refused(
    planning: Planning, calls: list[Call]
) -> None:
    page = (await planning.both(PAGE, first=1))["calls"]
    cursor = page["pageInfo"]["endCursor"]
    for more in ({"order": {"field": "OPENS_AT"}}, {"filter": {"text": "件名"}}):
        why, answer = await planning.left(PAGE, after=cursor, **more)
        assert why == "refusal"
        (problem,) = answer["errors"][0]["extensions"]["problems"]
        assert (problem["code"], problem["path"]) == ("BAD_CURSOR", ["after"])
    assert calls


async def test_each_viewer_has_the_totals_of_what_is_theirs(
    planning: Planning, hidden: Call, calls: list[Call], funding: Funding
) -> None:
    async def told(viewer: Viewer) -> tuple[int, int, bool]:
        whole = (await planning.both(PAGE, viewer, first=100))["calls"]
        nested = (await planning.both(NESTED, viewer, first=1))["areas"]["nodes"][0]["calls"]
        seen = hidden.code in {node["code"] for node in whole["nodes"]}
        return whole["totalCount"], nested["totalCount"], seen

    assert await told(ANONYMOUS) == (len(calls), len(calls), False)
    assert await told(funding.ministry) == (len(calls) + 1, len(calls) + 1, True)
