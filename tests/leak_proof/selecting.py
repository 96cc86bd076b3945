"""Selections drawn from the SDL: every field of every type, links one step further."""

from __future__ import annotations

from functools import cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from renkei_schema.node import TABLES
from renkei_schema.schema import schema

CORE: Any = schema._schema
EVERY = "first: 50"


def is_connection(named: Any) -> bool:
    """Whether the type is a list that is read by cursor."""
    return isinstance(named, GraphQLObjectType) and named.name.endswith("Connection")


def node_of(named: Any) -> Any:
    """The type of a connection's nodes."""
    return get_named_type(named.fields["nodes"].type)


@cache
def selection(name: str, links: int) -> str:
    """All that can be asked of a type; links to records `links` steps further, then their ids."""
    named = CORE.type_map[name]
    if is_connection(named):
        node = node_of(named)
        return (
            f"{{ totalCount nodes {selection(node.name, links)} edges {{ cursor node {{ id }} }} "
            "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
        )
    if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
        kinds = sorted(CORE.get_possible_types(named), key=lambda kind: kind.name)
        # The same field may be nullable in one type and not in another: each under its own name.
        parts = [f"... on {kind.name} {_aliased(kind, links)}" for kind in kinds]
        return "{ __typename " + " ".join(parts) + " }"
    fields = [f"{field}{_below(told, links)}" for field, told in named.fields.items()]
    return "{ __typename " + " ".join(fields) + " }"


def _aliased(kind: GraphQLObjectType, links: int) -> str:
    fields = [
        f"{kind.name}_{field}: {field}{_below(told, links)}" for field, told in kind.fields.items()
    ]
    return "{ " + " ".join(fields) + " }"


def _below(field: GraphQLField, links: int) -> str:
    """What stands behind a field's name: its arguments, and the selection of its type."""
    needed = [name for name, argument in field.args.items() if is_required_argument(argument)]
    assert not needed, f"no harvester knows the arguments {needed}"
    named = get_named_type(field.type)
    if is_leaf_type(named):
        return ""
    if is_connection(named):
        size = f"({EVERY})"
        if links == 0:
            return f"{size} {{ totalCount nodes {{ __typename id }} }}"
        return f"{size} {selection(named.name, links - 1)}"
    if named.name in TABLES:
        return " { __typename id }" if links == 0 else " " + selection(named.name, links - 1)
    # A value of the row itself (its title, its marking), or one that leads on to records.
    return " " + selection(named.name, links)
