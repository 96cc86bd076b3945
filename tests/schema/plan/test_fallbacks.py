"""What a plan leaves to the plain executor: counted by why, and answered as before."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from renkei.briefs.tables import Brief, BriefVersion
from renkei.calls.tables import Call
from renkei_schema.plan.writing import Block
from support.asking import gid
from support.factories import Town
from support.planning import Planning, execution

SOURCES = "{ title publisher }"
NULLS = f"""
query ($code: String!, $id: ID!) {{
  brief(code: $code) {{ code current {{ sources {SOURCES} }} }}
  node(id: $id) {{ ... on Brief {{ versions {{ sources {SOURCES} }} }} }}
  briefs {{ nodes {{ current {{ sources {SOURCES} }} }} }}
  demo
}}
"""


async def broken_brief(town: Town) -> Brief:
    """A released brief whose first source has lost its title, which is never null."""
    brief = await town.released("CLEAR")
    table: Any = BriefVersion
    source = {"type": "統計", "publisher": "見本省", "date": None, "reliability": None}
    lost = source | {"title": None, "url": None, "public": True}
    async with town.world.database.writing() as session:
        await session.execute(
            update(table).where(table.brief_id == brief.id).values(sources=[lost])
        )
        await session.commit()
    return brief


async def test_a_null_where_none_may_be_is_the_plain_executors_affair(town: Town) -> None:
    brief = await broken_brief(town)
    planning = Planning(town.app, execution())
    for _ in range(2):
        why, answer = await planning.left(NULLS, code=brief.code, id=gid("Brief", brief.id))
        assert why == "null"
        data = answer["data"]
        assert (data["brief"], data["node"]) == ({"code": brief.code, "current": None}, None)
        assert (data["briefs"], data["demo"]) == ({"nodes": [{"current": None}]}, False)
        paths = [error["path"] for error in answer["errors"]]
        assert ["brief", "current", "sources", 0, "title"] in paths
    assert planning.execution.plans.fallbacks == {"null": 2}
    assert planning.execution.plans.answered == 0
    beside = "query ($code: String!) { brief(code: $code) { current { sources { publisher } } } }"
    data = await planning.both(beside, code=brief.code)
    assert data["brief"]["current"]["sources"] == [{"publisher": "見本省"}]


# All that no plan knows, and why; `test_planned.py` asks for every field of the schema's own.
UNPLANNED = {
    "Query.__schema": ("graphql-core's own introspection", "{ demo __schema { description } }"),
    "Query.__type": ("the same", '{ __type(name: "Call") { fields { name } } demo }'),
}


async def test_introspection_alone_is_left(planning: Planning) -> None:
    for field, (_, document) in UNPLANNED.items():
        for _ in range(2):
            why, answer = await planning.left(document)
            assert (why, answer["data"]["demo"]) == (field, False)
        maybe = f"query ($no: Boolean!) {{ demo ... @skip(if: $no) {document} }}"
        assert await planning.both(maybe, no=True) == {"demo": False}
        assert (await planning.left(maybe, no=False))[0] == field


async def test_wrong_variables_are_refused_as_before(planning: Planning, calls: list[Call]) -> None:
    document = """query ($f: CallFilter, $o: CallOrder) {
        calls(filter: $f, orderBy: $o) { totalCount } }"""
    wrong: list[dict[str, Any]] = [
        {"f": {"status": ["NONE"]}},
        {"f": 1},
        {"o": {}},
        {"f": {"more": 1}},
    ]
    for sent in wrong:
        assert await planning.planned(document, **sent) is None
    assert planning.execution.plans.fallbacks == {"variables": 4}
    # A variable that nobody declared is nobody's, however large.
    why, answer = await planning.left(document, unasked=2**70)
    assert (why, answer["data"]) == ("variables", {"calls": {"totalCount": len(calls)}})


async def test_what_fails_in_a_plan_is_counted_and_answered_all_the_same(
    planning: Planning, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Block, "written", fails)
    why, answer = await planning.left("{ calls { nodes { code } } }")
    assert why == "error"
    assert answer["data"]["calls"]["nodes"] == [{"code": call.code} for call in calls]


async def test_what_a_plan_read_before_it_left_the_document_is_read_again(town: Town) -> None:
    """Entries tell what left the house: once, by the executor that answered."""
    brief = await broken_brief(town)
    planning = Planning(town.app, execution())
    reader = town.firm
    prepared = planning.prepared(NULLS, {"code": brief.code, "id": gid("Brief", brief.id)})
    context = await planning.context(reader)
    assert prepared.planned is not None
    data = await planning.execution.plans.data(prepared.planned, prepared.asked.variables, context)
    assert data is None
    assert context.reader.seen.records
    await context.forget()
    assert not context.reader.seen.records
    await context.close()
