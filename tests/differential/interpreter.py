"""GraphQL's execution once more, in one pass over plain values: no SQL, no resolver of ours.

Written from the specification's sections 6.3 and 6.4. What a field is worth comes from `rules.py`;
everything else (fragments, conditions, merging, lists, null propagation) is here. Unlike an
executor it goes on beside an error, so that it knows every error that could have been told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.values import (
    get_argument_values,
    get_directive_values,
    get_variable_values,
)

Path = tuple[str | int, ...]


class _Unknown:
    """The value of a field without a rule: nothing is compared there."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


class FieldError(Exception):
    """A field is refused, with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Nulled(Exception):  # noqa: N818 - it goes up until a field may be null
    """A field that must not be null has no value."""


class Rules(Protocol):
    """What fields are worth."""

    def value(self, kind: str, name: str, source: Any, arguments: Mapping[str, Any]) -> Any:
        """The value of a field; UNKNOWN where it has no rule. Raises FieldError."""
        ...

    def kind_of(self, value: Any) -> str:
        """The object type of a value behind an interface or a union."""
        ...


@dataclass
class Possible:
    """An error that can be told, and the place that is null because of it."""

    path: Path
    code: str
    nulled: Path | None = None


@dataclass
class Told:
    """The whole answer: None for `data` with `refused`, where nothing is executed."""

    data: Any
    errors: list[Possible] = field(default_factory=list)
    refused: bool = False
    unknown: bool = False


def answer(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: Mapping[str, Any],
    rules: Rules,
) -> Told:
    """What the document says of the world that the rules know."""
    operation = next(
        one
        for one in document.definitions
        if isinstance(one, OperationDefinitionNode)
        and (operation_name is None or (one.name and one.name.value == operation_name))
    )
    values = get_variable_values(schema, operation.variable_definitions or (), dict(variables))
    if isinstance(values, list):
        return Told(None, refused=True)
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    run = _Run(schema, fragments, values, rules)
    root = schema.query_type
    assert root is not None
    try:
        data = run.object(root, None, [operation.selection_set.selections], ())
    except _Nulled:
        run.absorb(())
        data = None
    return Told(data, run.errors, unknown=run.unknown)


class _Run:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Any,
        rules: Rules,
    ) -> None:
        self.schema, self.fragments = schema, fragments
        self.variables, self.rules = variables, rules
        self.errors: list[Possible] = []
        self.unknown = False

    def absorb(self, place: Path) -> None:
        """The place is null because of every error below it that nothing has absorbed yet."""
        for error in self.errors:
            if error.nulled is None and error.path[: len(place)] == place:
                error.nulled = place

    def object(
        self,
        kind: GraphQLObjectType,
        source: Any,
        sets: Iterable[Iterable[SelectionNode]],
        path: Path,
    ) -> dict[str, Any]:
        """The fields asked for, in the document's order; all of them, even beside an error."""
        asked: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        try:
            for selections in sets:
                self._collect(kind, selections, asked, visited)
        except GraphQLError:
            # A condition without a value: what holds the selection has none either.
            self.errors.append(Possible(path, "BAD_VARIABLES"))
            raise _Nulled from None
        found: dict[str, Any] = {}
        lost = False
        for key, nodes in asked.items():
            try:
                found[key] = self._field(kind, source, nodes, (*path, key))
            except _Nulled:
                lost = True
        if lost:
            raise _Nulled
        return found

    def _collect(
        self,
        kind: GraphQLObjectType,
        selections: Iterable[SelectionNode],
        asked: dict[str, list[FieldNode]],
        visited: set[str],
    ) -> None:
        for one in selections:
            if not self._included(one):
                continue
            if isinstance(one, FieldNode):
                key = one.alias.value if one.alias else one.name.value
                asked.setdefault(key, []).append(one)
            elif isinstance(one, InlineFragmentNode):
                if one.type_condition is None or self._applies(one.type_condition.name.value, kind):
                    self._collect(kind, one.selection_set.selections, asked, visited)
            elif isinstance(one, FragmentSpreadNode) and one.name.value not in visited:
                visited.add(one.name.value)
                fragment = self.fragments[one.name.value]
                if self._applies(fragment.type_condition.name.value, kind):
                    self._collect(kind, fragment.selection_set.selections, asked, visited)

    def _included(self, one: SelectionNode) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, one, self.variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, one, self.variables)
        return include is None or bool(include["if"])

    def _applies(self, condition: str, kind: GraphQLObjectType) -> bool:
        wanted: Any = self.schema.get_type(condition)
        return wanted is kind or (
            is_abstract_type(wanted) and self.schema.is_sub_type(wanted, kind)
        )

    def _field(
        self, kind: GraphQLObjectType, source: Any, nodes: list[FieldNode], path: Path
    ) -> Any:
        name = nodes[0].name.value
        if name == "__typename":
            return kind.name
        if name.startswith("__"):
            self.unknown = True
            return UNKNOWN
        told = kind.fields[name]
        try:
            arguments = get_argument_values(told, nodes[0], self.variables)
            value = self.rules.value(kind.name, name, source, arguments)
        except (FieldError, GraphQLError) as error:
            code = error.code if isinstance(error, FieldError) else "BAD_VARIABLES"
            self.errors.append(Possible(path, code))
            if is_non_null_type(told.type):
                raise _Nulled from None
            self.absorb(path)
            return None
        return self._complete(told.type, value, nodes, path)

    def _complete(self, shape: Any, value: Any, nodes: list[FieldNode], path: Path) -> Any:
        if value is UNKNOWN:
            self.unknown = True
            return UNKNOWN
        if isinstance(shape, GraphQLNonNull):
            if value is None:
                self.errors.append(Possible(path, "INTERNAL"))
                raise _Nulled
            return self._present(shape.of_type, value, nodes, path)
        if value is None:
            return None
        try:
            return self._present(shape, value, nodes, path)
        except _Nulled:
            self.absorb(path)
            return None

    def _present(self, shape: Any, value: Any, nodes: list[FieldNode], path: Path) -> Any:
        if is_list_type(shape):
            found, lost = [], False
            for place, one in enumerate(value):
                try:
                    found.append(self._complete(shape.of_type, one, nodes, (*path, place)))
                except _Nulled:
                    lost = True
            if lost:
                raise _Nulled
            return found
        named: Any = get_named_type(shape)
        if is_leaf_type(named):
            return _written(value)
        if is_abstract_type(named):
            named = self.schema.get_type(self.rules.kind_of(value))
        sets = [node.selection_set.selections for node in nodes if node.selection_set]
        return self.object(named, value, sets, path)


def _written(value: Any) -> Any:
    """A value as JSON holds it."""
    return value.isoformat() if isinstance(value, datetime | date) else value
