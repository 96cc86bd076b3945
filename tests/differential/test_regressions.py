"""What the comparison has found: each as the smallest document that shows it."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from differential import worlds
from differential.answering import Answer, Answerers, product
from differential.documents import Drawn
from differential.facts import write_id
from leak_proof.asking import House
from leak_proof.drawing import NOW
from leak_proof.grounds import Ground
from renkei.access.policy.viewer import Request
from renkei_schema.context import Context
from renkei_web.guard import Asked

COUNT = "query ($t: String) { calls(filter: {text: $t}) { totalCount } }"
BETWEEN = "query ($t: DateTime) { calls(filter: {closesAt: {from: $t}}) { totalCount } }"
TAGGED = "query ($t: [String!]) { calls(filter: {areas: $t}) { totalCount } }"


def _asked(ground: Ground, source: str, value: Any = None) -> Answer:
    """The product's answer in the first world, for nobody."""

    async def ask() -> Answer:
        world = worlds.draw(1)
        async with ground, ground.house(world, world.rows, product()) as house:
            viewer = await house.viewer(None, Request())
            return await Answerers(house).plan(Drawn(source, None, {"t": value}), viewer)

    return asyncio.run(ask())


def _codes(answer: Answer) -> set[str]:
    return {code for _, code in answer.errors} | set(answer.refused or ())


def test_a_condition_without_a_value_is_the_clients_mistake_also_at_the_root(
    sqlite: Ground,
) -> None:
    """It counted as an error of ours: masked, and logged."""
    answer = _asked(sqlite, "query ($t: Boolean = true) { demo @include(if: $t) }")
    assert (answer.data, answer.errors) == (None, [((), "BAD_VARIABLES")])


# The siblings of a failed non-null field are loaded on after the answer; nobody waits for them.
@pytest.mark.filterwarnings("ignore")
def test_a_failed_branch_leaves_no_connection_behind(sqlite: Ground) -> None:
    async def left_over() -> int:
        world = worlds.draw(2)
        async with sqlite, sqlite.house(world, world.rows, product()) as house:
            for person in world.people:
                await _fails(house, person)
                await asyncio.sleep(0.1)
            pool: Any = house.app.database.engine.pool
            return int(pool.checkedout())

    count = asyncio.run(left_over())
    # What was left behind is complained of here, and not in the tests that follow.
    gc.collect()
    assert count == 0


async def _fails(house: House, person: Any) -> None:
    """A document whose second list is refused while its first is being counted."""
    source = """{ concepts(first: 3) { nodes {
        calls(last: 20) { totalCount } refused: calls(after: "x") { totalCount }
    } } }"""
    viewer = await house.viewer(person, Request())
    context = Context(app=house.app, viewer=viewer, arrived_at=NOW)
    prepared = house.execution.prepare(Asked(source, None, None, {}), anonymous=False)
    await house.execution.execute(prepared, context)
    await context.close()


def test_a_text_filter_tells_large_letters_from_small_ones(ground: Ground) -> None:
    """Letter by letter, as its description says."""
    assert _counted(_asked(ground, COUNT, "aBc aBC")) == 0


def test_a_call_is_found_by_the_state_that_it_shows(ground: Ground) -> None:
    """Calls that are stored as closed, or as open before they open, were not."""
    shown = "nodes { id status }"
    every = _asked(ground, f"{{ calls(first: 100) {{ {shown} }} }}").data["calls"]["nodes"]
    states = sorted({call["status"] for call in every})
    source = "".join(
        f"{state}: calls(first: 100, filter: {{status: [{state}]}}) {{ {shown} }} "
        for state in states
    )
    found = _asked(ground, f"{{ {source} }}").data
    for state in states:
        wanted = [call["id"] for call in every if call["status"] == state]
        assert [call["id"] for call in found[state]["nodes"]] == wanted, state


def _counted(answer: Answer) -> Any:
    assert answer.data is not None
    return answer.data["calls"]["totalCount"]


def test_a_text_filter_may_be_as_long_as_a_request(ground: Ground) -> None:
    assert _counted(_asked(ground, COUNT, "x" * 60_000)) == 0


@pytest.mark.parametrize(
    "instant",
    ["2026-11-24T00:00:00", "2026-11-24", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
)
def test_an_instant_that_is_none_is_the_clients_mistake(instant: str, sqlite: Ground) -> None:
    assert _codes(_asked(sqlite, BETWEEN, instant)) <= {"BAD_VARIABLES", "INVALID_INPUT"}


def test_a_filter_takes_any_number_of_values(ground: Ground) -> None:
    """Each value was a parameter of its own, of which PostgreSQL's driver takes 32,767."""
    assert "INTERNAL" not in _codes(_asked(ground, TAGGED, ["x"] * 33_000))


def test_nodes_takes_a_hundred_ids(sqlite: Ground) -> None:
    ids = [write_id("Call", key) for key in [worlds.draw(1).rows["call"][0]["id"]] * 101]
    answer = _asked(sqlite, "query ($t: [ID!]!) { nodes(ids: $t) { id } }", ids)
    assert _codes(answer) == {"INVALID_INPUT"}


@pytest.mark.parametrize(
    "source",
    ["{ calls(after: $t) { __typename } }", "{ calls(after: $t) { totalCount @skip(if: true) } }"],
)
def test_a_list_of_which_nothing_is_asked_is_refused_like_any_other(
    source: str, sqlite: Ground
) -> None:
    answer = _asked(sqlite, f"query ($t: String) {source}", "x")
    assert (answer.data, answer.errors) == ({"calls": None}, [(("calls",), "INVALID_INPUT")])
