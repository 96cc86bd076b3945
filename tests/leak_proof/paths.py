"""Every way by which the API answers: drawn from the SDL, with values for each argument.

A field, an argument, a filter or an order that has no values here is no path that could be
forgotten: `paths_of` raises, and the build fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from leak_proof import drawing
from leak_proof.drawing import NOW
from leak_proof.selecting import CORE, EVERY, is_connection, selection
from leak_proof.world import World
from renkei_schema.ids import write_id
from renkei_schema.node import TABLES

Value = Callable[[World, Random], Any]


class NoHarvesterError(Exception):
    """A way into the house that the proof doesn't know how to go."""


@dataclass(frozen=True)
class Path:
    """One document and what it is named after. `root` is its field; `kind` how it is judged.

    The ways that it goes on from there are counted by the judge, as far as the answer went.
    """

    name: str
    document: str
    variables: dict[str, Any]
    root: str
    kind: str = "same"


def _id(type_name: str) -> Value:
    def value(world: World, rng: Random) -> str:
        row = rng.choice(world.rows[TABLES[type_name].name])
        return str(write_id(type_name, row["id"]))

    return value


def _column(table: str, column: str) -> Value:
    def value(world: World, rng: Random) -> Any:
        return rng.choice(world.rows[table])[column]

    return value


def _canary_in(table: str) -> Value:
    def value(world: World, rng: Random) -> str:
        row = rng.choice(world.rows[table])
        return str(row["id"].hex[:12]) if rng.random() < 0.7 else rng.choice(drawing.WORDS)

    return value


def _instants(_world: World, rng: Random) -> dict[str, str]:
    return {"from": drawing.instant(rng).isoformat(), "until": NOW.isoformat()}


def _always(value: Any) -> Value:
    return lambda _world, _rng: value


# Values of arguments and of fields of filters, by where they stand; enums give their own.
VALUES: dict[str, Value] = {
    "areas.filter.lists": _always("20areas"),
    "areas.filter.codes": _column("area", "code"),
    "areas.filter.text": _canary_in("area"),
    "organizations.filter.corporateNumbers": _always("7000012050002"),
    "organizations.filter.text": _canary_in("organization"),
    "people.filter.eradNumbers": _always("90050426"),
    "people.filter.emails": _column("person_contact", "email"),
    "people.filter.text": _canary_in("person"),
    "concepts.filter.programmes": _id("Programme"),
    "concepts.filter.text": _canary_in("concept"),
    "calls.filter.areas": _column("area", "code"),
    "calls.filter.organizations": _id("Organization"),
    "calls.filter.concepts": _id("Concept"),
    "calls.filter.text": _canary_in("call"),
    "calls.filter.opensAt": _instants,
    "calls.filter.closesAt": _instants,
    "proposals.filter.calls": _id("Call"),
    "proposals.filter.text": _canary_in("proposal"),
    "briefs.filter.areas": _column("area", "code"),
    "briefs.filter.organizations": _id("Organization"),
    "briefs.filter.text": _canary_in("brief"),
    "briefs.filter.updatedAt": _instants,
    "sharingGroups.filter.text": _canary_in("sharing_group"),
    "inbox.filter.unread": lambda _world, rng: rng.random() < 0.5,
    "area.code": _column("area", "code"),
    "area.list": _always("20areas"),
    "organization.id": _id("Organization"),
    "person.id": _id("Person"),
    "post.id": _id("Post"),
    "handover.postId": _id("Post"),
    "personAccount.personId": _id("Person"),
    # Whoever has a link that works may read what it offers: these don't.
    "invitation.token": _always("rki_none"),
    "sharingGroup.id": _id("SharingGroup"),
    "call.code": _column("call", "code"),
    "concept.code": _column("concept", "code"),
    "programme.code": _column("programme", "code"),
    "proposal.number": _column("proposal", "number"),
    "brief.code": _column("brief", "code"),
    # How rare each word is weighs only beside another one.
    "search.text": lambda _world, rng: " ".join(rng.sample(drawing.WORDS, rng.choice((1, 2, 3)))),
    "search.areas": _column("area", "code"),
}
# Filters by the record that a row refers to, and the column that refers.
REFERENCES = {
    "organizations": "organization_id",
    "calls": "call_id",
    "concepts": "concept_id",
    "programmes": "programme_id",
}
# Arguments that every list takes; they are walked with `first`, `after`, `last` and `before`.
_PAGING = {"first", "after", "last", "before"}


def value_at(place: str, kind: Any, world: World, rng: Random) -> Any:
    """A value for the argument or filter field at `place`."""
    if is_list_type(get_nullable_type(kind)):
        inner = get_nullable_type(kind).of_type
        return [value_at(place, inner, world, rng) for _ in range(2)]
    named = get_named_type(kind)
    if isinstance(named, GraphQLEnumType):
        return rng.choice(list(named.values))
    if place not in VALUES:
        raise NoHarvesterError(f"{place}: {kind}")
    return VALUES[place](world, rng)


def paths_of(world: World, rng: Random) -> Iterator[Path]:
    """Every path into this world, in the order of the SDL. Raises NoHarvesterError."""
    for name, field in CORE.query_type.fields.items():
        named = get_named_type(field.type)
        if is_connection(named):
            yield from _list_paths(name, field, world, rng)
        elif name == "search":
            yield from _search_paths(field, world, rng)
        elif name == "node":
            yield from _node_paths(world, rng)
        elif name == "nodes":
            ids = [_id(kind)(world, rng) for kind in sorted(TABLES) if _has(world, kind)]
            document = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
            yield Path("nodes", document, {"ids": ids}, name)
        else:
            yield _single(name, field, named, world, rng)


def _has(world: World, kind: str) -> bool:
    return bool(world.rows.get(TABLES[kind].name))


def _list_paths(name: str, field: Any, world: World, rng: Random) -> Iterator[Path]:
    named = get_named_type(field.type)
    yield Path(name, f"{{ {name}({EVERY}) {selection(named.name, 1)} }}", {}, name, "list")
    brief = "{ totalCount nodes { id } edges { cursor } pageInfo { hasNextPage endCursor } }"
    for argument, told in field.args.items():
        if argument in _PAGING:
            continue
        kind: Any = get_named_type(told.type)
        document = f"query ($v: {kind}) {{ {name}({EVERY}, {argument}: $v) {brief} }}"
        if argument == "orderBy":
            for value in kind.fields["field"].type.of_type.values:
                for direction in ("ASC", "DESC"):
                    order = {"v": {"field": value, "direction": direction}}
                    place = f"{name}.orderBy.{value}.{direction}"
                    yield Path(place, document, order, name, "list")
        elif argument == "filter":
            for one, inner in kind.fields.items():
                place = f"{name}.filter.{one}"
                chosen = {"v": {one: value_at(place, inner.type, world, rng)}}
                refers = "references" if one in REFERENCES else "same"
                yield Path(place, document, chosen, name, refers)
        else:
            raise NoHarvesterError(f"{name}({argument})")
    for size, beyond in (("first", "after"), ("last", "before")):
        document = f"query ($c: String) {{ {name}({size}: 2, {beyond}: $c) {brief} }}"
        yield Path(f"{name}.{size}", document, {}, name, "walk")


def _search_paths(field: Any, world: World, rng: Random) -> Iterator[Path]:
    items = selection("SearchItem", 0)
    shown = (
        "{ totalCount totalIsExact degraded hits { cursor snippet { text marked } "
        f"item {items} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"
    )
    words = {"t": value_at("search.text", field.args["text"].type, world, rng)}
    for name, given in (("search", EVERY), ("search.first", "first: 2")):
        document = f"query ($t: String!) {{ search(text: $t, {given}) {shown} }}"
        yield Path(name, document, words, "search", "search")
    # A snippet is the text of a hit whether or not the hit itself is asked for, and read again.
    alone = f"{{ search(text: $t, {EVERY}) {{ hits {{ snippet {{ text marked }} }} }} }}"
    yield Path("search.snippet", f"query ($t: String!) {alone}", words, "search", "search")
    for argument, told in field.args.items():
        if argument in {"text", *_PAGING}:
            continue
        value = value_at(f"search.{argument}", told.type, world, rng)
        document = (
            f"query ($t: String!, $v: {told.type}) "
            f"{{ search(text: $t, {EVERY}, {argument}: $v) {shown} }}"
        )
        yield Path(f"search.{argument}", document, words | {"v": value}, "search", "search")


def _node_paths(world: World, rng: Random) -> Iterator[Path]:
    for kind in sorted(TABLES):
        if not _has(world, kind):
            # Few worlds are without one; that each kind is drawn at all is a test of its own.
            continue
        shown = f"{{ ... on {kind} {selection(kind, 2)} }}"
        document = f"query ($id: ID!) {{ node(id: $id) {shown} }}"
        yield Path(f"node.{kind}", document, {"id": _id(kind)(world, rng)}, "node", "node")


def _single(name: str, field: Any, named: Any, world: World, rng: Random) -> Path:
    given = {
        argument: value_at(f"{name}.{argument}", told.type, world, rng)
        for argument, told in field.args.items()
    }
    declared = ", ".join(f"${one}: {told.type}" for one, told in field.args.items())
    sent = ", ".join(f"{one}: ${one}" for one in given)
    below = f" {selection(named.name, 1)}" if hasattr(named, "fields") else ""
    head = f"query ({declared}) " if declared else ""
    arguments = f"({sent})" if sent else ""
    return Path(name, f"{head}{{ {name}{arguments}{below} }}", given, name)
