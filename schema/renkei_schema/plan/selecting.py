"""Which fields a selection asks for, fragments opened and merged (CollectFields).

Done once for a document, where the executor does it for each object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    SelectionSetNode,
    VariableNode,
    Visitor,
    is_abstract_type,
    visit,
)
from graphql.execution.values import VariableValues
from strawberry import Schema

from renkei_schema.plan import hooks


class Unplanned(Exception):  # noqa: N818 - not an error: another executor takes the document
    """The plan does not know this field (`Type.field`), or what it met in its data."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Asked:
    """One entry of an answer: all the field nodes that were written for it."""

    key: str
    nodes: tuple[FieldNode, ...]

    @property
    def name(self) -> str:
        """The field's name."""
        return self.nodes[0].name.value

    @property
    def below(self) -> tuple[SelectionSetNode, ...]:
        """What is asked of the field's own value."""
        return tuple(node.selection_set for node in self.nodes if node.selection_set)


@dataclass(frozen=True)
class Document:
    """A document with the variables of one request."""

    strawberry: Schema
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    variables: VariableValues

    def fields(
        self, named: GraphQLObjectType, sets: Iterable[SelectionSetNode]
    ) -> tuple[Asked, ...]:
        """What the selections ask of an object of this type, in the order of the document."""
        found: dict[str, list[FieldNode]] = {}
        opened: set[str] = set()
        for selections in sets:
            for node in self._open(named, selections, opened):
                key = (node.alias or node.name).value
                found.setdefault(key, []).append(node)
        return tuple(Asked(key, tuple(nodes)) for key, nodes in found.items())

    def _open(
        self, named: GraphQLObjectType, selections: SelectionSetNode, opened: set[str]
    ) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not hooks.is_wanted(node, self.variables):
                continue
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode(type_condition=condition, selection_set=inner):
                    if condition is None or self._is(named, condition.name.value):
                        yield from self._open(named, inner, opened)
                case FragmentSpreadNode(name=name) if name.value not in opened:
                    opened.add(name.value)
                    fragment = self.fragments[name.value]
                    if self._is(named, fragment.type_condition.name.value):
                        yield from self._open(named, fragment.selection_set, opened)

    def _is(self, named: GraphQLObjectType, condition: str) -> bool:
        if named.name == condition:
            return True
        wanted: Any = self.schema.get_type(condition)
        return is_abstract_type(wanted) and self.schema.is_sub_type(wanted, named)


class _Shaping(Visitor):
    """Finds the variables that shape a plan: in directives, and in arguments of leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Whether a field is there at all."""
        self.names.update(_variables(node))

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """What a leaf is computed with, which stands in the plan's own code."""
        if node.selection_set is None:
            for argument in node.arguments or ():
                self.names.update(_variables(argument))


def shaping_variables(document: DocumentNode) -> tuple[str, ...]:
    """The variables whose values are part of a plan: another value is another plan."""
    found = _Shaping()
    visit(document, found)
    return tuple(sorted(found.names))


class _Names(Visitor):
    """Finds the variables in a value."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        """One of them."""
        self.found.add(node.name.value)


def _variables(node: Node) -> set[str]:
    names = _Names()
    visit(node, names)
    return names.found
