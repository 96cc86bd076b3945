"""Paths of problems are spelled as the API spells its fields; values stay as they are."""

from __future__ import annotations

from renkei.problems import Problem
from renkei_schema.refusals import problems_of


def test_fields_are_spelled_as_in_the_api_and_values_are_left_alone() -> None:
    told = [
        Problem(("idempotency_key",), "A", "a", "あ"),
        Problem(("plan", "CORE_TECHNOLOGY"), "B", "b", "い"),
        Problem(("members", "0", "effortPercent"), "C", "c", "う"),
    ]
    assert [one.path for one in problems_of(told)] == [
        ["idempotencyKey"],
        ["plan", "CORE_TECHNOLOGY"],
        ["members", "0", "effortPercent"],
    ]
