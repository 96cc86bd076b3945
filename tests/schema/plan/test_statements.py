"""How many statements a plan sends: as many as its document has levels, however many the rows."""

from __future__ import annotations

from typing import Any

from renkei.calls import service
from renkei.calls.tables import Call
from support.asking import gid
from support.funding import Funding
from support.planning import Planning, heard, levels

# Document → statements.
COUNTS = {
    "{ demo serverTime }": 0,
    "{ calls { nodes { code } } }": 1,
    "{ calls { totalCount } }": 1,
    # A total beside rows is a column of theirs; what is joined one to one is too.
    "{ calls { totalCount nodes { code organization { name { ja } } concept { code } } } }": 1,
    "{ calls { nodes { areas { code } } } }": 2,
    # The number of a page's children is a column of the parent.
    "{ areas { nodes { code calls { totalCount } } } }": 1,
    "{ areas { nodes { code calls(first: 3) { totalCount nodes { code } } } } }": 2,
    "{ areas { nodes { calls(first: 3) { nodes { areas { calls { nodes { code } } } } } } } }": 4,
    "{ a: calls(first: 1) { nodes { code } } b: calls(first: 1) { nodes { code } } }": 2,
    "query ($id: ID!) { node(id: $id) { id ... on Call { code areas { code } } } }": 2,
    "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Call { code } } }": 2,
}


async def sent(planning: Planning, document: str, variables: dict[str, Any]) -> list[str]:
    """The statements that the plan sends for the document."""
    named = {name: value for name, value in variables.items() if f"${name}:" in document}
    with heard() as statements:
        assert await planning.planned(document, **named) is not None
    return levels(statements)


async def test_a_plan_sends_a_statement_a_level_whatever_the_rows(
    planning: Planning, calls: list[Call], funding: Funding
) -> None:
    area = (await planning.both("{ areas { nodes { id } } }"))["areas"]["nodes"][0]["id"]
    ids = [gid("Call", calls[0].id), area]
    few = {"id": ids[0], "ids": ids}
    found = {document: len(await sent(planning, document, few)) for document in COUNTS}
    assert found == COUNTS
    concept = await funding.concept()
    for number in range(8):
        draft = funding.draft(concept, title_ja=f"増えた公募{number}")
        call = await funding.world.play(funding.ministry, service.draft_call, draft=draft)
        await funding.world.play(funding.ministry, service.publish_call, call_id=call.id)
        ids.append(gid("Call", call.id))
    many = {"id": ids[0], "ids": ids}
    found = {document: len(await sent(planning, document, many)) for document in COUNTS}
    assert found == COUNTS


async def test_levels_below_no_rows_send_nothing(planning: Planning, calls: list[Call]) -> None:
    document = "query ($t: String) { calls(filter: {text: $t}) { nodes { areas { code } } } }"
    with heard() as statements:
        assert await planning.planned(document, t="ない") == {"calls": {"nodes": []}}
    assert len(levels(statements)) == 1
    assert calls


async def test_only_the_columns_asked_for_are_read(planning: Planning, calls: list[Call]) -> None:
    with heard() as statements:
        await planning.planned("{ calls(first: 1) { nodes { code } } }")
    (text,) = [one for one in statements if "FROM call" in one]
    assert "call.code" in text
    assert "title_ja" not in text
    assert "body_ja" not in text
    assert calls
