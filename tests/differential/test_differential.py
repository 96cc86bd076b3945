"""The comparison in CI: everything is asked, every planted fault is found, and nothing differs."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from differential import documents, fields, lists, worlds
from differential.answering import product
from differential.facts import TABLES
from differential.faults import FAULTS, Fault, find
from differential.knowing import known, reachable, sdl
from differential.lists import Cursors, Place
from differential.running import prove
from differential.values import Values
from leak_proof.grounds import Ground

# Cases on each database: 11 ms of CPU each, and as much again where every statement is watched.
# `make differential N=…` compares as many as one likes.
CASES = {"sqlite": 1_200, "postgresql": 700}
# Documents within which everything is asked for once.
SEEDS = 6_000
ORACLE = ("facts", "fields", "interpreter", "lists", "rules", "posts", "knowing", "sayings")
WORLD = worlds.draw(1)
# A cursor of each list: enough to draw from, where nothing is asked.
CURSORS = Cursors({kind: Place("", (), kind) for kind in lists.ORDERS})


def _drawn(seed: int) -> documents.Drawn:
    return documents.draw(Values(WORLD, Random(seed), CURSORS))


def test_the_oracle_has_a_rule_for_every_field_that_is_not_named_unknown() -> None:
    """A new field needs a rule in `rules.py`, or its name in `fields.UNKNOWN` with a word why."""
    told = set(reachable())
    assert {one for one in told if not known(*one)} == fields.UNKNOWN
    assert {one for one in told if known(*one)} & fields.UNKNOWN == set()


def test_the_oracle_knows_every_list_its_filters_and_its_orders() -> None:
    schema = sdl()
    for kind in (schema.type_map[name] for name in schema.type_map if name.endswith("Filter")):
        assert isinstance(kind, GraphQLInputObjectType)
        assert set(lists.FILTERS[kind.name.removesuffix("Filter")]) == set(kind.fields)
    listed = {name.removesuffix("Connection") for name in schema.type_map if "Connection" in name}
    assert set(lists.ORDERS) == listed
    nodes: Any = schema.type_map["Node"]
    assert {kind.name for kind in schema.get_possible_types(nodes)} == set(TABLES)


def test_the_oracle_imports_nothing_of_the_product() -> None:
    """But for the leak proof's oracle of the policy, which does not either."""
    for name in ORACLE:
        tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert node.module is not None
                assert not node.module.startswith("renkei"), name
                if node.module.startswith("leak_proof"):
                    assert node.module == "leak_proof.oracle"


def test_a_seed_draws_the_same_document_again() -> None:
    assert [_drawn(seed) for seed in range(20)] == [_drawn(seed) for seed in range(20)]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_every_document_is_valid(seed: int) -> None:
    drawn = _drawn(seed)
    assert validate(sdl(), parse(drawn.source)) == [], drawn.source


def test_documents_ask_for_every_field_with_every_argument() -> None:
    """One without values would raise a KeyError here; one that is never drawn is missing."""
    asked: set[tuple[str, str]] = set()
    sent: set[tuple[str, str]] = set()

    class Collect(Visitor):
        def enter_field(self, node: FieldNode, *_rest: Any) -> None:
            parent = info.get_parent_type()
            assert parent is not None
            asked.add((parent.name, node.name.value))
            for argument in node.arguments or ():
                sent.add((node.name.value, argument.name.value))

    every = {one for one in reachable() if one[0] != "Node"}
    wanted = {
        (name, argument)
        for kind, name in every
        for argument in getattr(_field(kind, name), "args", ())
    }
    for seed in range(SEEDS):
        info = TypeInfo(sdl())
        visit(parse(_drawn(seed).source), TypeInfoVisitor(info, Collect()))
        if every <= asked and wanted <= sent:
            return
    assert (every - asked, wanted - sent) == (set(), set())


def _field(kind: str, name: str) -> Any:
    named: Any = get_named_type(sdl().type_map[kind])
    return named.fields[name]


@pytest.mark.plants_holes
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_planted_fault_is_found(fault: Fault, sqlite: Ground) -> None:
    assert asyncio.run(find(sqlite, product(), fault)) is not None


def test_all_ways_of_reading_agree(kind: str, ground: Ground) -> None:
    seed = 1
    score = asyncio.run(prove(ground, product(), CASES[kind], seed, print))
    assert not score.differences, "\n\n".join(map(str, score.differences[:5]))
    # Most of what is drawn is answered, and some of it with errors.
    assert score.refused.total() < score.cases / 5
    assert 0 < score.errors < score.cases / 2
    print(f"cases {score.cases} from world {seed} on {kind}, planned {score.planned}")
