"""What the plan takes from graphql-core and Strawberry below their front doors, in one place.

Each of these is semi-public there; `tests/schema/plan/test_hooks.py` is the contract with the
versions that pyproject.toml pins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLSchema,
    GraphQLSkipDirective,
    OperationDefinitionNode,
)
from graphql.execution.values import (
    VariableValues,
    get_argument_values,
    get_directive_values,
    get_variable_values,
)
from strawberry.types.arguments import convert_arguments

from renkei_schema.declare.words import READ, Word

_DEFINITION = "strawberry-definition"


def core_of(schema: strawberry.Schema) -> GraphQLSchema:
    """The graphql-core schema under a Strawberry schema."""
    core: GraphQLSchema = schema._schema
    return core


def definition_of(field: GraphQLField) -> Any:
    """The Strawberry field behind a field of the schema."""
    return field.extensions[_DEFINITION]


def word_of(field: GraphQLField) -> Word | None:
    """The word by which the field was declared, if it was."""
    definition = field.extensions.get(_DEFINITION)
    word: Word | None = definition.metadata.get(READ) if definition is not None else None
    return word


def resolver_of(field: GraphQLField) -> Any:
    """The plain function that computes the field from its object; None for an attribute.

    Raises `LookupError` where it needs more than the object and its arguments.
    """
    resolver = definition_of(field).base_resolver
    if resolver is None:
        return None
    if resolver.info_parameter is not None or resolver.is_async:
        raise LookupError
    return resolver.wrapped_func


def attribute_of(field: GraphQLField) -> str:
    """The attribute of the object that holds the field's value."""
    name: str = definition_of(field).python_name
    return name


def enum_names(enum: GraphQLEnumType) -> dict[Any, str]:
    """The API's names by what Python holds: members of the enum, and the values behind them."""
    found: dict[Any, str] = {}
    for member in enum.extensions[_DEFINITION].wrapped_cls:
        name: str = enum.serialize(member)
        found[member] = name
        value = getattr(member.value, "value", member.value)
        found.setdefault(value, name)
    return found


def coerced(
    schema: GraphQLSchema, operation: OperationDefinitionNode, sent: Mapping[str, Any]
) -> VariableValues | None:
    """The operation's variables with their defaults; None where one is not as it must be."""
    found = get_variable_values(schema, operation.variable_definitions or (), dict(sent))
    return found if isinstance(found, VariableValues) else None


def arguments_of(
    schema: strawberry.Schema, field: GraphQLField, node: FieldNode, variables: VariableValues
) -> dict[str, Any]:
    """The field's arguments as its resolver gets them. Raises what the plain executor would."""
    values = get_argument_values(field, node, variables)
    return convert_arguments(
        values,
        definition_of(field).arguments,
        scalar_registry=schema.schema_converter.scalar_registry,
        config=schema.config,
    )


def is_wanted(node: Any, variables: VariableValues) -> bool:
    """Whether `@skip` and `@include` let a selection stand."""
    if not node.directives:
        return True
    skip = get_directive_values(GraphQLSkipDirective, node, variables)
    if skip and skip["if"]:
        return False
    include = get_directive_values(GraphQLIncludeDirective, node, variables)
    return not include or bool(include["if"])
