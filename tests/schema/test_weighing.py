"""Weighing beside an unfolding of the same document by hand, and weighing the same one again."""

from __future__ import annotations

import gc
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.reading.page import PAGE_DEFAULT, PAGE_MAX
from renkei_schema import limits as module
from renkei_schema.errors import Rejected
from renkei_schema.limits import Limits, weigh
from renkei_schema.schema import schema
from schema.test_limits import SCHEMA

CORE = schema._schema
FREE = Limits(10**6, 10**6, 10**6, 10**6, 10**6, 10**6, 10**6, 10**9)
VARIABLES = st.fixed_dictionaries(
    {}, optional={"n": st.none() | st.integers(1, 100), "m": st.integers(1, 100).map(float)}
)
SIZES = ("", "(first:3)", "(last:7)", "(first:$n)", "(first:$m)", "(last:$n)")
FRAGMENTS = 3


def nodes_of(document: DocumentNode, variables: dict[str, Any], limits: Limits = FREE) -> int:
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return weigh(SCHEMA, document, operation, variables, limits).nodes


class Written:
    """A document of random shape; fragments spread only those of a higher number."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def document(self) -> DocumentNode:
        fragments = "".join(
            f" fragment F{n} on Call{{{self.call(2, n + 1)}}}" for n in range(FRAGMENTS)
        )
        return parse(f"query Q($n:Int=9,$m:Int){{{self.calls(3, 0)}}}{fragments}")

    def calls(self, depth: int, fragments: int) -> str:
        inner: dict[int, Callable[[], str]] = {
            0: lambda: "totalCount",
            1: lambda: f"nodes{{{self.call(depth - 1, fragments)}}}",
            2: lambda: f"edges{{node{{{self.call(depth - 1, fragments)}}}}}",
        }
        asked = " ".join(inner[self.random.randrange(3)]() for _ in range(2))
        return f"calls{self.random.choice(SIZES)}{{{asked}}}"

    def call(self, depth: int, fragments: int) -> str:
        if depth <= 0:
            return "id"
        inner: dict[int, Callable[[], str]] = {
            0: lambda: "id",
            1: lambda: f"call{{{self.call(depth - 1, fragments)}}}",
            2: lambda: "areas{id}",
            3: lambda: f"agency{{{self.calls(depth - 1, fragments)}}}",
            4: lambda: f"...{{{self.call(depth - 1, fragments)}}}",
            5: lambda: f"...F{self.random.randrange(fragments, FRAGMENTS)}",
        }
        kinds = 6 if fragments < FRAGMENTS else 5
        return " ".join(
            inner[self.random.randrange(kinds)]() for _ in range(self.random.randint(1, 3))
        )


class ByHand:
    """The cost of a document with every fragment unfolded where it is spread."""

    def __init__(self, document: DocumentNode, variables: dict[str, Any]) -> None:
        self.given = variables
        self.fragments = {
            one.name.value: one.selection_set
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }

    def nodes(self, asked: SelectionSetNode) -> int:
        total = 0
        for one in asked.selections:
            if isinstance(one, FragmentSpreadNode):
                total += self.nodes(self.fragments[one.name.value])
            elif isinstance(one, FieldNode):
                total += self.field(one)
            else:
                total += self.nodes(one.selection_set)  # type: ignore[attr-defined]  # inline
        return total

    def field(self, one: FieldNode) -> int:
        inner = self.nodes(one.selection_set) if one.selection_set else 0
        match one.name.value:
            case "calls":
                return self.size(one) * max(inner, 1)
            case "areas":
                return 10 * (1 + inner)
            case "call" | "agency" | "nodes" | "node":
                return 1 + inner
        return inner

    def size(self, one: FieldNode) -> int:
        for argument in one.arguments or ():
            value: Any = argument.value
            if not isinstance(value, VariableNode):
                return int(value.value)
            default = {"n": 9}.get(value.name.value)
            found = self.given.get(value.name.value, default)
            return 20 if found is None else int(found)
        return 20


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), asked=st.lists(VARIABLES, min_size=1, max_size=3))
def test_the_cost_is_that_of_the_document_unfolded(seed: int, asked: list[dict[str, Any]]) -> None:
    """Each time with other variables: what was laid out the first time serves the next ones."""
    document = Written(seed).document()
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    for variables in asked:
        unfolded = ByHand(document, variables).nodes(operation.selection_set)
        assert nodes_of(document, variables) == unfolded


def test_only_the_page_sizes_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    document = parse("query($n:Int){calls(first:$n){nodes{areas{id}}}}")
    assert nodes_of(document, {"n": 2}) == 2 * 11
    monkeypatch.setattr(module, "LaidOut", None)
    assert nodes_of(document, {"n": 5}) == 5 * 11
    with pytest.raises(Rejected):
        nodes_of(document, {"n": 0})


def test_what_is_laid_out_goes_with_its_document() -> None:
    document = parse("query($n:Int){calls(first:$n){totalCount}}")
    nodes_of(document, {})
    key = id(document)
    assert key in module._laid_out
    del document
    gc.collect()
    assert key not in module._laid_out


def test_other_limits_lay_the_same_document_out_anew() -> None:
    document = parse("{calls{nodes{areas{id}}}}")
    assert nodes_of(document, {}) == 20 * 11
    assert nodes_of(document, {}, Limits(unpaged_list=3)) == 20 * 4


def test_a_page_size_counts_only_where_the_chosen_operation_serves_it() -> None:
    document = parse(
        "query A($n:Int){call(code:$n){...F}} query B($n:Int){calls(first:$n){totalCount}}"
        "fragment F on Call{id}"
    )
    a, b = document.definitions[:2]
    assert isinstance(a, OperationDefinitionNode)
    assert isinstance(b, OperationDefinitionNode)
    found = weigh(SCHEMA, document, a, {"n": 0}, FREE)
    assert (found.nodes, found.varies) == (1, False)
    with pytest.raises(Rejected):
        weigh(SCHEMA, document, b, {"n": 0}, FREE)


# --- the real schema ---------------------------------------------------------------------------


def real(source: str, **variables: Any) -> int:
    document = parse(source)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return weigh(CORE, document, operation, variables, Limits()).nodes


@pytest.mark.parametrize(
    ("source", "variables", "nodes"),
    [
        ('{search(text:"量子"){totalCount}}', {}, 20),
        ('{search(text:"量子"){hits{cursor}}}', {}, 20),
        ('{search(text:"量子",first:50){hits{item{__typename}}}}', {}, 50 * 2),
        (
            "query($n:Int){search(text:$n,first:$n){hits{item{... on Call{id}}}}}",
            {"n": 100},
            100 * 2,
        ),
        ('{search(text:"",first:5){hits{snippet{text}} pageInfo{endCursor}}}', {}, 5 * 11),
        ("query($ids:[ID!]!){nodes(ids:$ids){id}}", {"ids": ["a", "b", "c"]}, 3),
        ("query($ids:[ID!]!){nodes(ids:$ids){id}}", {"ids": "a"}, 1),
    ],
)
def test_a_page_of_hits_counts_as_a_page(
    source: str, variables: dict[str, Any], nodes: int
) -> None:
    assert real(source, **variables) == nodes


def test_what_is_counted_without_a_size_is_what_is_served_without_one() -> None:
    """No page's argument has a default of its own, so the page's counts everywhere."""
    assert (Limits().page_default, Limits().page_max) == (PAGE_DEFAULT, PAGE_MAX)
    sized = [
        (owner.name, name, one.args[size])
        for owner in CORE.type_map.values()
        for name, one in getattr(owner, "fields", {}).items()
        for size in ("first", "last")
        if size in getattr(one, "args", {})
    ]
    assert len(sized) > 10
    assert [
        (owner, name) for owner, name, argument in sized if argument.default_value is not None
    ] == []
