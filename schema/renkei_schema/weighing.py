"""A document laid out for weighing: all that no variable changes is added up once.

Every definition is walked once and every fragment weighed once, however often it is spread, so the
work is linear in the size of the document. What is left for each request are the page sizes that
variables give, and the sums that hang on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_schema.sizes import PAGE_ARGUMENTS, Given, Limits, size_of
from renkei_schema.sums import TOP, Entry, Layout, Sum, Weighed, fold

_ENVELOPES = ("Edge", "PageInfo")


class LaidOut:
    """All definitions of a document, walked once. Raises `Rejected` over fragments in a circle."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> None:
        self.schema, self.limits = schema, limits
        self.visited = 0
        self.refusals: list[ApiError] = []
        self.worst = Sum()
        self._written = 0
        layouts = {
            node.name.value: self._walk(node, schema.get_type(node.type_condition.name.value))
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._fragments: dict[str, Weighed] = {}
        for name in _innermost_first(layouts):
            self._fragments[name] = fold(layouts[name], self._fragments)
            self.worst.widen(self._fragments[name].total)
        self._operations: dict[int, tuple[Weighed, list[str]]] = {}
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                layout = self._walk(node, schema.get_root_type(node.operation))
                found = fold(layout, self._fragments)
                self.worst.widen(found.total)
                self.worst.root_fields = max(self.worst.root_fields, found.total.root_fields)
                self._operations[id(node)] = (found, self._needed(found))
        # The validator walks and compares what is written, spread or not.
        self.worst.fields = max(self.worst.fields, self._written)

    def varies(self, operation: OperationDefinitionNode) -> bool:
        """Whether the operation's nodes hang on its variables."""
        return bool(self._operations[id(operation)][0].varying)

    def nodes(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> tuple[int, list[ApiError]]:
        """What the operation asks for with these variables, and the page sizes refused."""
        found, needed = self._operations[id(operation)]
        if not found.varying:
            return found.total.nodes, []
        defaults = {
            one.variable.name.value: one.default_value
            for one in operation.variable_definitions or ()
            if one.default_value is not None
        }
        given = Given(variables, defaults, [])
        fragments: dict[str, int] = {}
        for name in needed:
            fragments[name] = self._fragments[name].nodes(given, fragments)
        return found.nodes(given, fragments), given.refusals

    def _needed(self, found: Weighed) -> list[str]:
        """The fragments that an operation's nodes hang on, innermost first."""
        wanted = found.spreads
        if wanted:
            for name in reversed(self._fragments):
                if name in wanted:
                    wanted |= self._fragments[name].spreads
        return [name for name in self._fragments if name in wanted]

    def _walk(
        self,
        definition: OperationDefinitionNode | FragmentDefinitionNode,
        root: GraphQLNamedType | None,
    ) -> Layout:
        """The selections of one definition; needs no recursion, so no document can exhaust it."""
        found = Layout([], len(definition.directives or ()), [])
        if isinstance(definition, OperationDefinitionNode):
            found.directives += sum(
                len(one.directives or ()) for one in definition.variable_definitions or ()
            )
        pending: list[tuple[SelectionSetNode, GraphQLNamedType | None, int]] = [
            (definition.selection_set, root, TOP)
        ]
        while pending:
            selections, parent_type, parent = pending.pop()
            for node in selections.selections:
                self.visited += 1
                if isinstance(node, FragmentSpreadNode):
                    found.spreads.append(node.name.value)
                    found.entries.append(Entry(node, parent))
                    continue
                if isinstance(node, FieldNode):
                    self._written += 1
                    entry = Entry(node, parent)
                    inner_type = self._price(entry, node, parent_type)
                elif isinstance(node, InlineFragmentNode):
                    entry = Entry(node, parent)
                    condition = node.type_condition
                    inner_type = (
                        self.schema.get_type(condition.name.value) if condition else parent_type
                    )
                else:
                    continue
                found.entries.append(entry)
                if node.selection_set is not None:
                    pending.append((node.selection_set, inner_type, len(found.entries) - 1))
        return found

    def _price(
        self, entry: Entry, node: FieldNode, parent: GraphQLNamedType | None
    ) -> GraphQLNamedType | None:
        """Set what one field serves, and tell the type of its selections."""
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return None
        definition = self.schema.get_field(parent, node.name.value)
        if definition is None:
            return None
        named = get_named_type(definition.type)
        pages = _page_types(self.schema)
        envelope = named.name in pages or named.name.endswith(_ENVELOPES)
        size = size_of(node, definition, self.limits)
        if size is not None:
            if size.by_variable:
                entry.size = size
            else:
                given = Given({}, {}, self.refusals)
                entry.times = size.times(given)
            # A page's nodes are priced at its edges or hits; without any it costs a page too.
            entry.own = 0 if envelope else 1
            entry.least = 1
        elif is_composite_type(named) and not named.name.startswith("__"):
            entry.own = 0 if envelope else 1
            # The lists of a page are as long as the page, which its own field counts.
            if is_list_type(get_nullable_type(definition.type)) and parent.name not in pages:
                entry.times = self.limits.unpaged_list
        return named


def _innermost_first(fragments: Mapping[str, Layout]) -> Iterator[str]:
    """The fragments' names, each after those that it spreads. Raises `Rejected` on a cycle."""
    done: set[str] = set()
    for start in fragments:
        path = [(start, iter(fragments[start].spreads))]
        open_names = {start}
        while path and start not in done:
            name, spreads = path[-1]
            following = next((one for one in spreads if one in fragments and one not in done), None)
            if following is None:
                path.pop()
                open_names.discard(name)
                done.add(name)
                yield name
            elif following in open_names:
                raise Rejected([_cycle(following)])
            else:
                path.append((following, iter(fragments[following].spreads)))
                open_names.add(following)


@lru_cache(8)
def _page_types(schema: GraphQLSchema) -> frozenset[str]:
    """The types that hold a page: what fields with a page size give back one of."""
    return frozenset(
        get_named_type(one.type).name
        for owner in schema.type_map.values()
        if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType)
        for one in owner.fields.values()
        if any(name in one.args for name in PAGE_ARGUMENTS)
        and not is_list_type(get_nullable_type(one.type))
    )


def _cycle(name: str) -> ApiError:
    return ApiError(
        ErrorCode.BAD_DOCUMENT,
        f"Fragment '{name}' spreads itself.",
        f"フラグメント「{name}」が自分自身を展開しています。",
    )
