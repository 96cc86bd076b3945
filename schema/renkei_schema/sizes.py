"""The limits, and how many records a field is asked for: its page size or its list of ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    IntValueNode,
    ListValueNode,
    ValueNode,
    VariableNode,
)

from renkei_schema.errors import ApiError, ErrorCode

CEILING = 1_000_000_000
PAGE_ARGUMENTS = ("first", "last")


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
class Given:
    """One request's variables, the defaults of its operation, and the page sizes refused so far."""

    variables: Mapping[str, Any]
    defaults: Mapping[str, ValueNode]
    refusals: list[ApiError]

    def value(self, node: ValueNode | None) -> object:
        """An argument's number or list as it will be served; None where absent, null or other."""
        if isinstance(node, VariableNode):
            name = node.name.value
            if name in self.variables:
                value = self.variables[name]
                return [value] if isinstance(value, str) else value
            node = self.defaults.get(name)
        if isinstance(node, IntValueNode):
            # Longer than any page size; int() itself refuses more than 4,300 digits.
            return int(node.value) if len(node.value) < 12 else CEILING
        if isinstance(node, ListValueNode):
            return list(node.values)
        return None


@dataclass(frozen=True, slots=True)
class Size:
    """How many records a field is asked for, as it is written: `asked` by name of argument."""

    node: FieldNode
    asked: tuple[tuple[str, ValueNode | None], ...]
    limits: Limits

    @property
    def by_variable(self) -> bool:
        """Whether it hangs on the variables."""
        return any(isinstance(value, VariableNode) for _, value in self.asked)

    def times(self, given: Given) -> int:
        """How many: ids as many as they are; without a size what is served then.

        Notes a refusal for each page size outside 1 to `page_max`.
        """
        sizes = []
        for name, written in self.asked:
            size = given.value(written)
            if name == "ids":
                return max(1, len(size)) if isinstance(size, list) else 1
            if isinstance(size, float) and size.is_integer():
                size = int(size)
            if not isinstance(size, int) or isinstance(size, bool):
                continue
            if not 1 <= size <= self.limits.page_max:
                given.refusals.append(_bad_page(self.node, name, size, self.limits.page_max))
            sizes.append(min(max(size, 1), self.limits.page_max))
        return max(sizes, default=self.limits.page_default)


def size_of(node: FieldNode, definition: GraphQLField, limits: Limits) -> Size | None:
    """The size that a field is given, or None where its definition takes none."""
    taken = [name for name in ("ids", *PAGE_ARGUMENTS) if name in definition.args]
    if not taken:
        return None
    written = {one.name.value: one.value for one in node.arguments or ()}
    return Size(node, tuple((name, written.get(name)) for name in taken), limits)


def _bad_page(node: FieldNode, argument: str, asked: int, allowed: int) -> ApiError:
    shown = min(max(asked, -CEILING), CEILING)
    return ApiError(
        ErrorCode.LIMIT_EXCEEDED,
        f"{argument} of {node.name.value} must be 1 to {allowed}; {shown:,} was asked for.",
        f"{node.name.value}の{argument}は1から{allowed}までです（指定は{shown:,}）。",
        facts={"limit": argument, "allowed": allowed, "asked": shown, "field": node.name.value},
        at=[node],
    )
