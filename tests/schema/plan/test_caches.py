"""What is kept of a document, and that it is bounded."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from renkei.calls.tables import Call
from renkei.database.sql import Sql
from renkei_schema.plan import planner, running
from renkei_schema.plan.levels import PageLevel
from renkei_schema.plan.making import Plan
from support.funding import Funding
from support.planning import Planning

DOCUMENT = """
query ($first: Int, $after: String, $filter: CallFilter, $order: CallOrder) {
  calls(first: $first, after: $after, filter: $filter, orderBy: $order) {
    totalCount pageInfo { endCursor } nodes { code areas { code } }
  }
}
"""


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL texts that plans compile."""
    texts: list[str] = []

    class Noted(Sql):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            texts.append(self.text)

    monkeypatch.setattr(running, "Sql", Noted)
    return texts


async def test_values_of_the_same_shape_compile_nothing_anew(
    planning: Planning, calls: list[Call], funding: Funding, compiled: list[str]
) -> None:
    async def codes(viewer: Any = funding.researcher, **sent: Any) -> list[str]:
        data = await planning.planned(DOCUMENT, viewer, **sent)
        assert data is not None
        return [node["code"] for node in data["calls"]["nodes"]]

    first = await codes(first=2, filter={"text": "件名", "areas": ["A20-ROBO"]})
    assert len(compiled) == len(set(compiled)) == 2
    compiled.clear()
    assert await codes(first=2, filter={"text": "件名", "areas": ["A20-ROBO"]}) == first
    assert len(await codes(first=7, filter={"text": "件名", "areas": ["A20-ROBO"]})) == 6
    assert await codes(first=2, filter={"text": "ない", "areas": ["A", "B", "C"]}) == []
    assert await codes(funding.ministry, filter={"text": "件名1", "areas": []}) == []
    assert compiled == []
    assert len(await codes(filter={"text": "件名"})) == 6
    assert len(compiled) == 1
    assert calls


async def test_the_same_variables_are_read_once(
    planning: Planning, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Plan] = []
    bound = Plan.bound

    def noted(plan: Plan, *given: Any) -> Any:
        made.append(plan)
        return bound(plan, *given)

    monkeypatch.setattr(Plan, "bound", noted)
    for first in (1, 2, 1, 2, 1):
        data = await planning.both(DOCUMENT, first=first)
        assert len(data["calls"]["nodes"]) == first
    assert len(made) == 2
    assert len(set(map(id, made))) == 1
    assert calls


async def test_what_is_kept_of_arguments_and_plans_is_bounded(
    planning: Planning, calls: list[Call]
) -> None:
    names = "abcde"
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    shown = " ".join(f"{name}: demo @include(if: ${name})" for name in names)
    document = (
        f"query ({declared}, $first: Int) {{ {shown} calls(first: $first) {{ totalCount }} }}"
    )
    planned = planning.prepared(document, {}).planned
    assert planned is not None
    shapes = list(product((True, False), repeat=len(names)))
    assert len(shapes) > planner.PLANS_KEPT
    for place, shape in enumerate([*shapes, *shapes, *shapes]):
        sent = dict(zip(names, shape, strict=True))
        data = await planning.planned(document, first=1 + place, **sent)
        assert data is not None
        assert [name for name in names if name in data] == [name for name in names if sent[name]]
        assert len(planned.plans) <= planner.PLANS_KEPT
        assert len(planned.bound) <= planner.ARGUMENTS_KEPT
    assert len(planned.plans) == planner.PLANS_KEPT
    assert len(planned.bound) == planner.ARGUMENTS_KEPT
    assert calls


async def test_long_variables_are_not_kept(planning: Planning, calls: list[Call]) -> None:
    planned = planning.prepared(DOCUMENT, {}).planned
    assert planned is not None
    for _ in range(2):
        data = await planning.both(DOCUMENT, filter={"text": "件" * planner.VARIABLES_KEPT})
        assert data["calls"]["nodes"] == []
    assert len(planned.bound) == 0
    assert calls


async def test_the_texts_of_a_statement_are_bounded(planning: Planning, calls: list[Call]) -> None:
    fields = {
        "text": "件名",
        "areas": ["A20-ROBO"],
        "status": ["PRE_ANNOUNCED"],
        "opensAt": {"from": "2026-01-01T00:00:00Z"},
    }
    orders = [
        {"field": field, "direction": direction}
        for field in ("CLOSES_AT", "OPENS_AT", "CREATED_AT")
        for direction in ("ASC", "DESC")
    ]
    shapes = list(product(orders, *[(True, False)] * len(fields)))
    assert len(shapes) > running.TEXTS
    planned = planning.prepared(DOCUMENT, {}).planned
    assert planned is not None
    for order, *shown in shapes:
        chosen = {
            name: value for (name, value), on in zip(fields.items(), shown, strict=True) if on
        }
        assert await planning.planned(DOCUMENT, order=order, filter=chosen) is not None
        (plan,) = planned.plans.values()
        assert isinstance(plan, Plan)
        (level,) = plan._root.levels
        assert isinstance(level, PageLevel)
        assert 0 < len(level.statement._texts) <= running.TEXTS
    assert calls
