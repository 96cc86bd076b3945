"""Every way into the API gone by plans, in a world with rows of each type; what was sent meanwhile.

The ways and the world are the leak proof's: drawn from the SDL, with values for each argument.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)

from leak_proof.asking import House, boundless
from leak_proof.grounds import Ground
from leak_proof.paths import paths_of
from leak_proof.selecting import CORE
from leak_proof.worlds import draw
from renkei.access.policy.viewer import Request, Viewer
from support.planning import heard

SEED, PEOPLE = 1, 4
# What a client may send as letters: none of it is to stand in a statement's text.
CANARY = "カナリア9f3b"
FILTERS = """
query ($t: String!, $l: [String!]!, $at: DateTime) {
  areas(filter: {text: $t, codes: $l, lists: $l}) { totalCount nodes { code } }
  organizations(filter: {text: $t, corporateNumbers: $l}) { totalCount nodes { id } }
  people(filter: {text: $t, emails: $l, eradNumbers: $l}) { totalCount nodes { id } }
  concepts(filter: {text: $t}) { totalCount nodes { code } }
  calls(filter: {text: $t, areas: $l, closesAt: {from: $at}}) { totalCount nodes { code } }
  proposals(filter: {text: $t}) { totalCount nodes { number } }
  briefs(filter: {text: $t, areas: $l}) { totalCount nodes { code } }
  sharingGroups(filter: {text: $t}) { totalCount nodes { id } }
  area(code: $t, list: $t) { code } call(code: $t) { code } brief(code: $t) { code }
  proposal(number: $t) { number } concept(code: $t) { code } programme(code: $t) { code }
  search(text: $t, areas: $l) { totalCount hits { cursor } }
}
"""


@dataclass
class Walk:
    """What came of it: of the documents, of their fields, and the statements that were sent."""

    documents: int = 0
    answered: int = 0
    fallbacks: Counter[str] = field(default_factory=Counter)
    errors: list[Any] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    statements: set[str] = field(default_factory=set)


async def walked(ground: Ground) -> Walk:
    """Go every way as nobody and as some people of the world."""
    walk, world, execution = Walk(), draw(SEED), boundless()
    told = {"t": CANARY, "l": [CANARY], "at": "2026-11-24T03:00:00Z"}
    async with ground, ground.house(world, world.rows, execution) as house:
        with heard() as statements:
            for person in (None, *world.people[:PEOPLE]):
                viewer = await house.viewer(person, Request(country="JP", stepped_up=True))
                for path in paths_of(world, Random(SEED)):
                    await _go(walk, house, viewer, path.document, path.variables)
                await _go(walk, house, viewer, FILTERS, told)
    walk.statements = set(statements)
    walk.answered = execution.plans.answered
    walk.fallbacks = execution.plans.fallbacks
    return walk


async def _go(
    walk: Walk, house: House, viewer: Viewer, document: str, variables: dict[str, Any]
) -> None:
    answer = await house.answer(document, viewer, variables)
    walk.documents += 1
    walk.errors += answer.get("errors", ())
    walk.fields |= fields_of(document)


class _Fields(Visitor):
    """Collects the fields that a document names, as `Type.field`."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """One of them."""
        parent = self._info.get_parent_type()
        if parent is not None and not node.name.value.startswith("__"):
            self.found.add(f"{parent.name}.{node.name.value}")


def fields_of(document: str) -> set[str]:
    """The fields of types that a document asks for."""
    info = TypeInfo(CORE)
    found = _Fields(info)
    visit(parse(document), TypeInfoVisitor(info, found))
    return found.found


def fields_of_queries() -> set[str]:
    """Every field of every object type that a query can reach."""
    found: set[str] = set()
    pending: list[Any] = [CORE.query_type]
    seen: set[str] = set()
    while pending:
        named = pending.pop()
        if named.name in seen:
            continue
        seen.add(named.name)
        if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
            pending += CORE.get_possible_types(named)
        elif isinstance(named, GraphQLObjectType):
            found |= {f"{named.name}.{name}" for name in named.fields}
            pending += [get_named_type(one.type) for one in named.fields.values()]
    return found
