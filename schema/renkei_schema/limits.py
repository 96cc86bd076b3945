"""How much one GraphQL document may ask for, weighed in one pass before anything is validated.

Every fragment is weighed once however often it is spread, so the work is linear in the size of the
document; figures that a few nested fragments would blow up stop at a ceiling. Fields under `@skip`
and `@include` count: what might be asked is what is limited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    Lexer,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    parse,
)

from renkei_schema.errors import ApiError, ErrorCode, Rejected, document_errors

CEILING = 1_000_000_000
_PAGE_ARGUMENTS = ("first", "last")
_ENVELOPES = ("Connection", "Edge", "PageInfo")
_NAMES = {
    "depth": "深さ",
    "fields": "項目の数",
    "aliases": "別名の数",
    "directives": "ディレクティブの数",
    "root_fields": "最上位の項目の数",
    "nodes": "求める件数",
}


@dataclass(frozen=True)
class Limits:
    """The limits; `nodes` is the deployment's `RENKEI_NODE_BUDGET`."""

    depth: int = 15
    fields: int = 400
    aliases: int = 30
    directives: int = 60
    root_fields: int = 20
    tokens: int = 4_000
    characters: int = 200_000
    nodes: int = 20_000
    page_default: int = 20
    page_max: int = 100
    unpaged_list: int = 10


@dataclass(slots=True)
class _Sum:
    """What a selection asks for with its fragments unfolded; every figure at most `CEILING`."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0
    nodes: int = 0

    def add(self, other: _Sum) -> None:
        """Put another selection beside this one."""
        self.depth = max(self.depth, other.depth)
        self.fields = min(self.fields + other.fields, CEILING)
        self.aliases = min(self.aliases + other.aliases, CEILING)
        self.directives = min(self.directives + other.directives, CEILING)
        self.root_fields = min(self.root_fields + other.root_fields, CEILING)
        self.nodes = min(self.nodes + other.nodes, CEILING)

    def widen(self, other: _Sum) -> None:
        """Keep the larger of each figure that every definition of a document must hold."""
        self.depth = max(self.depth, other.depth)
        self.fields = max(self.fields, other.fields)
        self.aliases = max(self.aliases, other.aliases)
        self.directives = max(self.directives, other.directives)


@dataclass(slots=True)
class _Entry:
    """One selection, in the order of reading; `parent` is its place in that order, -1 at the top.

    `own` nodes plus those of its selections, at least `least`, are served `times` times.
    """

    node: FieldNode | InlineFragmentNode | FragmentSpreadNode
    parent: int
    own: int = 0
    least: int = 0
    times: int = 1
    inner: _Sum = field(default_factory=_Sum)


@dataclass(frozen=True)
class Weight:
    """What an operation costs: `nodes` is the figure that rates and `extensions.cost` use.

    `varies` tells whether it hangs on the variables (a page size given by one). `visited` is how
    many selections were looked at, for the proof that the pass is linear.
    """

    nodes: int
    varies: bool
    visited: int


def parse_document(source: str, limits: Limits) -> DocumentNode:
    """The tree of a document. Raises `Rejected` where it is too long or no GraphQL."""
    if len(source) > limits.characters:
        raise Rejected([_exceeded("characters", "文字数", limits.characters, len(source))])
    try:
        return parse(
            source,
            max_lexical_tokens=limits.tokens,
            max_comments=limits.tokens,
            allow_empty_selection_sets=False,
        )
    except GraphQLError as error:
        if _has_more_tokens(source, limits.tokens):
            asked = limits.tokens + 1
            raise Rejected([_exceeded("tokens", "字句の数", limits.tokens, asked)]) from None
        raise Rejected(document_errors([error])) from None


def weigh(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    limits: Limits,
) -> Weight:
    """Weigh all definitions of `document`; the cost is that of `operation` with `variables`.

    Judges no validity: unknown fields and fragments are left for the validator. Raises `Rejected`
    with every limit exceeded, every page size outside 1 to `page_max`, or the fragments that
    spread themselves.
    """
    scale = _Scale(schema, operation, variables, limits)
    fragments = {
        node.name.value: scale.layout(node, schema.get_type(node.type_condition.name.value))
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    sums: dict[str, _Sum] = {}
    for name in _innermost_first(fragments):
        sums[name] = _fold(fragments[name], sums)
    worst = _Sum()
    for total in sums.values():
        worst.widen(total)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            total = _fold(scale.layout(node, schema.get_root_type(node.operation)), sums)
            worst.widen(total)
            worst.root_fields = max(worst.root_fields, total.root_fields)
            if node is operation:
                worst.nodes = total.nodes
    # The validator walks and compares what is written, spread or not.
    worst.fields = max(worst.fields, scale.written)
    refusals = scale.refusals + [
        _exceeded(name.replace("_", " "), name_ja, getattr(limits, name), getattr(worst, name))
        for name, name_ja in _NAMES.items()
        if getattr(worst, name) > getattr(limits, name)
    ]
    if refusals:
        raise Rejected(refusals)
    return Weight(nodes=worst.nodes, varies=scale.varies, visited=scale.visited)


@dataclass
class _Layout:
    """One definition laid out flat: its selections in reading order."""

    entries: list[_Entry]
    directives: int
    spreads: list[str]


class _Scale:
    """Lays definitions out and reads page sizes, with the chosen operation's variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        limits: Limits,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._variables = variables
        self._defaults = {
            one.variable.name.value: one.default_value
            for one in operation.variable_definitions or ()
            if one.default_value is not None
        }
        self.varies = False
        self.visited = 0
        self.written = 0
        self.refusals: list[ApiError] = []

    def layout(
        self,
        definition: OperationDefinitionNode | FragmentDefinitionNode,
        root: GraphQLNamedType | None,
    ) -> _Layout:
        """The selections of one definition; needs no recursion, so no document can exhaust it."""
        found = _Layout([], len(definition.directives or ()), [])
        if isinstance(definition, OperationDefinitionNode):
            found.directives += sum(
                len(one.directives or ()) for one in definition.variable_definitions or ()
            )
        pending: list[tuple[SelectionSetNode, GraphQLNamedType | None, int]] = [
            (definition.selection_set, root, -1)
        ]
        while pending:
            selections, parent_type, parent = pending.pop()
            for node in selections.selections:
                self.visited += 1
                if isinstance(node, FragmentSpreadNode):
                    found.spreads.append(node.name.value)
                    found.entries.append(_Entry(node, parent))
                    continue
                if isinstance(node, FieldNode):
                    self.written += 1
                    entry = _Entry(node, parent)
                    inner_type = self._price(entry, node, parent_type)
                elif isinstance(node, InlineFragmentNode):
                    entry = _Entry(node, parent)
                    condition = node.type_condition
                    inner_type = (
                        self._schema.get_type(condition.name.value) if condition else parent_type
                    )
                else:
                    continue
                found.entries.append(entry)
                if node.selection_set is not None:
                    pending.append((node.selection_set, inner_type, len(found.entries) - 1))
        return found

    def _price(
        self, entry: _Entry, node: FieldNode, parent: GraphQLNamedType | None
    ) -> GraphQLNamedType | None:
        """Set what one field serves, and tell the type of its selections."""
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return None
        definition = self._schema.get_field(parent, node.name.value)
        if definition is None:
            return None
        named = get_named_type(definition.type)
        paged = self._page(node, definition)
        if paged is not None:
            entry.times = paged
            # A connection's nodes are priced at its edges; without any it costs a page too.
            entry.own = 0 if named.name.endswith("Connection") else 1
            entry.least = 1
        elif is_composite_type(named) and not named.name.startswith("__"):
            entry.own = 0 if named.name.endswith(_ENVELOPES) else 1
            if is_list_type(get_nullable_type(definition.type)) and not parent.name.endswith(
                "Connection"
            ):
                entry.times = self._limits.unpaged_list
        return named

    def _page(self, node: FieldNode, definition: GraphQLField) -> int | None:
        """How many records a field is asked for, or None where its definition takes no size."""
        given = {one.name.value: one.value for one in node.arguments or ()}
        if "ids" in definition.args:
            asked = self._value(given.get("ids"))
            return max(1, len(asked)) if isinstance(asked, list) else 1
        taken = [name for name in _PAGE_ARGUMENTS if name in definition.args]
        sizes = []
        for name in taken:
            size = self._value(given.get(name))
            if isinstance(size, float) and size.is_integer():
                size = int(size)
            if not isinstance(size, int) or isinstance(size, bool):
                continue
            if not 1 <= size <= self._limits.page_max:
                self.refusals.append(_bad_page(node, name, size, self._limits.page_max))
            sizes.append(min(max(size, 1), self._limits.page_max))
        return max(sizes, default=self._limits.page_default) if taken else None

    def _value(self, node: ValueNode | None) -> object:
        """An argument's number or list as it will be served; None where absent, null or other."""
        if isinstance(node, VariableNode):
            self.varies = True
            name = node.name.value
            if name in self._variables:
                value = self._variables[name]
                return [value] if isinstance(value, str) else value
            node = self._defaults.get(name)
        if isinstance(node, IntValueNode):
            # Longer than any page size; int() itself refuses more than 4,300 digits.
            return int(node.value) if len(node.value) < 12 else CEILING
        if isinstance(node, ListValueNode):
            return list(node.values)
        return None


def _innermost_first(fragments: Mapping[str, _Layout]) -> Iterator[str]:
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


def _fold(layout: _Layout, fragments: Mapping[str, _Sum]) -> _Sum:
    """Add a definition's selections up from the innermost, each looked at once."""
    top = _Sum(directives=layout.directives)
    for entry in reversed(layout.entries):
        node, total = entry.node, entry.inner
        total.directives += len(node.directives or ())
        if isinstance(node, FragmentSpreadNode):
            total.add(fragments.get(node.name.value, _Sum()))
        elif isinstance(node, FieldNode):
            total.depth += 1
            total.fields = min(total.fields + 1, CEILING)
            total.aliases += node.alias is not None
            total.root_fields = 1
            total.nodes = min(entry.times * max(entry.own + total.nodes, entry.least), CEILING)
        (layout.entries[entry.parent].inner if entry.parent >= 0 else top).add(total)
    return top


def _has_more_tokens(source: str, allowed: int) -> bool:
    lexer = Lexer(Source(source))
    try:
        for _ in range(allowed + 1):
            if lexer.advance().kind is TokenKind.EOF:
                return False
    except GraphQLError:
        return False
    return True


def _exceeded(name: str, name_ja: str, allowed: int, asked: int) -> ApiError:
    figure = f"{asked:,}" if asked < CEILING else f"{CEILING:,}+"
    return ApiError(
        ErrorCode.LIMIT_EXCEEDED,
        f"Limit on {name} exceeded: {allowed:,} allowed, {figure} asked for.",
        f"{name_ja}は{allowed:,}までです（この文書は{figure}）。",
        facts={"limit": name, "allowed": allowed, "asked": asked},
    )


def _bad_page(node: FieldNode, argument: str, asked: int, allowed: int) -> ApiError:
    shown = min(max(asked, -CEILING), CEILING)
    return ApiError(
        ErrorCode.LIMIT_EXCEEDED,
        f"{argument} of {node.name.value} must be 1 to {allowed}; {shown:,} was asked for.",
        f"{node.name.value}の{argument}は1から{allowed}までです（指定は{shown:,}）。",
        facts={"limit": argument, "allowed": allowed, "asked": shown, "field": node.name.value},
        at=[node],
    )


def _cycle(name: str) -> ApiError:
    return ApiError(
        ErrorCode.BAD_DOCUMENT,
        f"Fragment '{name}' spreads itself.",
        f"フラグメント「{name}」が自分自身を展開しています。",
    )
