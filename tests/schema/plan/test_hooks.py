"""What the plan takes from graphql-core and Strawberry below their front doors still holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import strawberry
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    OperationDefinitionNode,
    parse,
)
from graphql.execution.values import VariableValues

from renkei.briefs.rules import BriefKind as KernelKind
from renkei_schema.declare.words import Bilingual, Computed, Paged
from renkei_schema.filters import CallFilter, CallOrder, CallOrderField, CallStatus
from renkei_schema.plan import hooks
from renkei_schema.scalars import Direction, Lang, Text
from renkei_schema.schema import schema

CORE = hooks.core_of(schema)


def field_of(place: str) -> GraphQLField:
    """The field of the schema at `Type.field`."""
    type_name, _, name = place.partition(".")
    named: Any = CORE.get_type(type_name)
    field: GraphQLField = named.fields[name]
    return field


def read(document: str, **sent: Any) -> tuple[Any, VariableValues]:
    """The first selection of a document, and its variables."""
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables = hooks.coerced(CORE, operation, sent)
    assert variables is not None
    return operation.selection_set.selections[0], variables


def arguments(document: str, place: str, **sent: Any) -> dict[str, Any]:
    """The arguments of the document's first field, as its resolver gets them."""
    node, variables = read(document, **sent)
    assert isinstance(node, FieldNode)
    return hooks.arguments_of(schema, field_of(place), node, variables)


def test_the_schema_of_the_core_is_the_one_that_is_served() -> None:
    assert CORE.query_type is not None
    assert CORE.query_type.fields.keys() >= {"calls", "node", "viewer"}


def test_a_field_leads_to_its_declaration() -> None:
    definition = hooks.definition_of(field_of("Call.closesAt"))
    assert definition.python_name == "closes_at"
    assert hooks.attribute_of(field_of("PageInfo.hasNextPage")) == "has_next_page"


@pytest.mark.parametrize(
    ("place", "word"),
    [
        ("Call.title", Bilingual),
        ("Call.daysLeft", Computed),
        ("Query.calls", Paged),
        ("Area.calls", Paged),
        ("Text.text", type(None)),
        ("Call.id", type(None)),
    ],
)
def test_a_declared_field_tells_its_word(place: str, word: type) -> None:
    assert isinstance(hooks.word_of(field_of(place)), word)


def test_the_cores_own_fields_have_no_word() -> None:
    schema_type: Any = CORE.get_type("__Schema")
    assert hooks.word_of(schema_type.fields["types"]) is None


def test_a_computed_field_gives_its_plain_function() -> None:
    resolver = hooks.resolver_of(field_of("Text.text"))
    assert resolver(Text(ja="公募", en="Call"), Lang.EN) == "Call"
    assert hooks.resolver_of(field_of("Text.ja")) is None


@strawberry.type
class Odd:
    """Fields that need more than their object."""

    @strawberry.field
    def informed(self, info: strawberry.Info) -> str:
        """Needs the request."""
        return str(info.path)

    @strawberry.field
    async def waited_for(self) -> str:
        """Needs the loop."""
        return ""


@pytest.mark.parametrize("name", ["informed", "waitedFor"])
def test_a_function_that_needs_more_than_its_object_is_refused(name: str) -> None:
    odd: Any = hooks.core_of(strawberry.Schema(Odd)).query_type
    with pytest.raises(LookupError):
        hooks.resolver_of(odd.fields[name])


def test_an_enum_is_named_by_its_members_and_by_what_columns_hold() -> None:
    status: Any = CORE.get_type("CallStatus")
    names = hooks.enum_names(status)
    assert names[CallStatus.OPEN] == names[CallStatus.OPEN.value] == "OPEN"
    kind: Any = CORE.get_type("BriefKind")
    assert hooks.enum_names(kind)[KernelKind.SUPPLY_CHAIN_RISK.value] == "SUPPLY_CHAIN_RISK"


def test_every_enum_of_the_schema_can_be_named() -> None:
    enums = [
        named
        for name, named in CORE.type_map.items()
        if isinstance(named, GraphQLEnumType) and not name.startswith("__")
    ]
    assert len(enums) > 10
    for enum in enums:
        assert set(hooks.enum_names(enum).values()) == set(enum.values)


def test_variables_come_with_their_defaults_and_null_is_not_absent() -> None:
    document = "query ($a: Int = 7, $b: Int = 7, $c: Int, $d: Int) { __typename }"
    _, variables = read(document, b=None, d=None)
    assert variables.coerced == {"a": 7, "b": None, "d": None}


def test_a_wrong_variable_is_told_by_none() -> None:
    (operation,) = parse("query ($first: Int!) { __typename }").definitions
    assert isinstance(operation, OperationDefinitionNode)
    for sent in ({}, {"first": None}, {"first": "20"}, {"first": 2**40}):
        assert hooks.coerced(CORE, operation, sent) is None


def test_arguments_are_the_resolvers_own_objects() -> None:
    document = """query ($f: CallFilter, $o: CallOrder) {
        calls(first: 3, filter: $f, orderBy: $o) { totalCount } }"""
    sent = {
        "f": {"status": ["OPEN"], "opensAt": {"from": "2026-11-24T03:00:00Z"}},
        "o": {"field": "OPENS_AT"},
    }
    given = arguments(document, "Query.calls", **sent)
    assert given.keys() == {"first", "after", "last", "before", "filter", "order_by"}
    assert (given["first"], given["after"]) == (3, None)
    assert isinstance(given["filter"], CallFilter)
    assert given["filter"].status == [CallStatus.OPEN]
    opens_at = given["filter"].opens_at
    assert opens_at is not None
    assert opens_at.from_ == datetime(2026, 11, 24, 3, tzinfo=UTC)
    assert opens_at.until is None
    assert given["order_by"] == CallOrder(field=CallOrderField.OPENS_AT, direction=Direction.ASC)


@pytest.mark.parametrize("sent", [{}, {"f": None}])
def test_an_argument_that_is_absent_or_null_is_none(sent: dict[str, Any]) -> None:
    document = "query ($f: CallFilter) { calls(filter: $f) { totalCount } }"
    assert arguments(document, "Query.calls", **sent)["filter"] is None


def test_an_argument_with_a_default_takes_it_where_it_is_absent_and_refuses_null() -> None:
    assert arguments("{ text }", "Text.text") == {"lang": Lang.JA}
    document = "query ($l: Lang) { text(lang: $l) }"
    assert arguments(document, "Text.text") == {"lang": Lang.JA}
    assert arguments(document, "Text.text", l="EN") == {"lang": Lang.EN}
    with pytest.raises(GraphQLError, match="invalid value"):
        arguments(document, "Text.text", l=None)


@pytest.mark.parametrize(
    ("directives", "wanted"),
    [
        ("", (True, True)),
        ("@skip(if: true)", (False, False)),
        ("@skip(if: false)", (True, True)),
        ("@include(if: false)", (False, False)),
        ("@include(if: true) @skip(if: $yes)", (False, True)),
        ("@include(if: $yes)", (True, False)),
    ],
)
def test_skip_and_include_decide_by_literal_and_by_variable(
    directives: str, wanted: tuple[bool, bool]
) -> None:
    selections = (f"demo {directives}", f"... {directives} {{ demo }}")
    for selection in selections:
        document = f"query ($yes: Boolean!) {{ {selection} }}"
        found = [hooks.is_wanted(*read(document, yes=yes)) for yes in (True, False)]
        assert tuple(found) == wanted
