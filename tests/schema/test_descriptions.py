"""The SDL is the manual: everything in it is described, in Japanese and in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)

from renkei_schema.schema import schema
from support.paths import ROOT

GIVEN = {"String", "Int", "Float", "Boolean", "ID", "DateTime", "Date", "JSON"}


def described(built: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every type, field, argument and value with its description."""
    for name, one in built.type_map.items():
        if name.startswith("__") or name in GIVEN:
            continue
        yield name, one.description
        fields: dict[str, Any] = {}
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            fields = dict(one.fields)
        if isinstance(one, GraphQLEnumType):
            fields = dict(one.values)
        assert fields or isinstance(one, GraphQLUnionType) or name == "Yen", name
        for field_name, field in fields.items():
            yield f"{name}.{field_name}", field.description
            for argument_name, argument in getattr(field, "args", {}).items():
                yield f"{name}.{field_name}({argument_name})", argument.description


def test_everything_is_described_in_both_languages() -> None:
    bad = [
        place
        for place, text in described(schema._schema)
        if not text or not re.search(r"[ぁ-んァ-ヶ一-龠A-Z].*\S / \S", text.replace("\n", " "))
    ]
    assert bad == []


def test_the_committed_sdl_is_the_schema() -> None:
    assert (ROOT / "schema" / "schema.graphql").read_text() == schema.as_str() + "\n"


def test_every_mutation_answers_with_a_union_of_a_success_and_refusals() -> None:
    built = schema._schema
    mutation = built.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        union = getattr(field.type, "of_type", field.type)
        assert isinstance(union, GraphQLUnionType), name
        refusals = [t for t in union.types if "Refusal" in {i.name for i in t.interfaces}]
        assert len(refusals) == len(union.types) - 1, name
        # A key used for another input is refused as InvalidInput, whatever the mutation.
        assert {"InvalidInput", "NotAllowed"} <= {refusal.name for refusal in refusals}, name
