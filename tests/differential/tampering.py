"""How an executor could go wrong, done to documents and answers on their way past the judge."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    NameNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from differential.answering import Answer
from differential.documents import Drawn
from differential.knowing import sdl

Rewrite = Callable[[Drawn], Drawn]
Change = Callable[[Answer], Answer]


@dataclass(frozen=True)
class Tampering:
    """What happens on the way: to each answerer's document, and to the plan's answer."""

    plain: Rewrite | None = None
    plan: Rewrite | None = None
    answer: Change | None = None


HONEST = Tampering()


def rewriting(visitor: type[Visitor]) -> Rewrite:
    """The document as the visitor leaves it; as it was where that would not be valid."""

    @lru_cache(maxsize=50)
    def rewritten(source: str) -> str:
        changed = print_ast(tidied(visit(parse(source), visitor())))
        return source if validate(sdl(), parse(changed), max_errors=1) else changed

    return lambda drawn: replace(drawn, source=rewritten(drawn.source))


def tidied(document: DocumentNode) -> DocumentNode:
    """The document without the fragments and variables that nothing uses any more."""
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    used: set[str] = set()
    kept: list[Any] = []
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            spread, variables = _uses(one, fragments)
            used |= spread
            mine = [
                told
                for told in one.variable_definitions or ()
                if told.variable.name.value in variables
            ]
            kept.append(_with(one, variable_definitions=tuple(mine)))
    kept += [one for name, one in fragments.items() if name in used]
    return DocumentNode(definitions=tuple(kept))


def _uses(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> tuple[set[str], set[str]]:
    spread: set[str] = set()
    variables: set[str] = set()
    waiting: list[Node] = [operation.selection_set]
    while waiting:
        for one in nodes_of(waiting.pop()):
            if isinstance(one, VariableNode):
                variables.add(one.name.value)
            elif isinstance(one, FragmentSpreadNode) and one.name.value not in spread:
                spread.add(one.name.value)
                waiting.append(fragments[one.name.value])
    return spread, variables


def nodes_of(node: Node) -> Iterator[Node]:
    """Every node of a tree, the outer ones first."""
    found: list[Node] = []

    class Collect(Visitor):
        def enter(self, one: Any, *_rest: Any) -> None:
            found.append(one)

    visit(node, Collect())
    return iter(found)


def without_node(document: DocumentNode, gone: Node) -> DocumentNode:
    """The document without this very node; a selection without any asks for the type's name."""

    class Without(Visitor):
        def enter(self, one: Any, *_rest: Any) -> Any:
            return REMOVE if one is gone else None

        def leave_selection_set(self, node: SelectionSetNode, *_rest: Any) -> Any:
            return None if node.selections else SelectionSetNode(selections=(_typename(),))

    found: DocumentNode = visit(document, Without())
    return found


class ConditionsIgnored(Visitor):
    """No `@skip`, no `@include`."""

    def enter_directive(self, *_given: Any) -> Any:
        return REMOVE


class AliasesLost(Visitor):
    """Fields answer under their own names."""

    def leave_field(self, node: FieldNode, *_rest: Any) -> Any:
        return None if node.alias is None else _with(node, alias=None)


class FragmentsDropped(Visitor):
    """Named fragments are not spread."""

    def leave_selection_set(self, node: SelectionSetNode, *_rest: Any) -> Any:
        kept = [one for one in node.selections if not isinstance(one, FragmentSpreadNode)]
        if len(kept) == len(node.selections):
            return None
        return SelectionSetNode(selections=tuple(kept) or (_typename(),))


class RepeatedFieldsNotMerged(Visitor):
    """Of a field that is asked for twice the first time alone counts."""

    def leave_selection_set(self, node: SelectionSetNode, *_rest: Any) -> Any:
        seen: set[str] = set()
        kept = []
        for one in node.selections:
            key = _key(one)
            if key is None or key not in seen:
                kept.append(one)
            if key is not None:
                seen.add(key)
        return SelectionSetNode(selections=tuple(kept))


class DefaultsForgotten(Visitor):
    """A variable that was not sent has no value."""

    def leave_variable_definition(self, node: Any, *_rest: Any) -> Any:
        return _with(node, default_value=None)


class OneMore(Visitor):
    """A page holds one row more than asked for."""

    def leave_argument(self, node: ArgumentNode, *_rest: Any) -> Any:
        if node.name.value == "first" and isinstance(node.value, IntValueNode):
            size = IntValueNode(value=str(min(int(node.value.value) + 1, 100)))
            return _with(node, value=size)
        return None


class LastIsFirst(Visitor):
    """The end of a list is read from its beginning."""

    def leave_argument(self, node: ArgumentNode, *_rest: Any) -> Any:
        return _with(node, name=NameNode(value="first")) if node.name.value == "last" else None


def without(argument: str) -> type[Visitor]:
    """An argument is ignored."""

    class Ignored(Visitor):
        def enter_argument(self, node: ArgumentNode, *_rest: Any) -> Any:
            return REMOVE if node.name.value == argument else None

    return Ignored


class OrdersTurned(Visitor):
    """What goes up goes down."""

    def leave_enum_value(self, node: Any, *_rest: Any) -> Any:
        turned = {"ASC": "DESC", "DESC": "ASC"}.get(node.value)
        return turned and _with(node, value=turned)


class WildcardsWork(Visitor):
    """A percent sign in a text filter stands for anything."""

    def leave_object_field(self, node: ObjectFieldNode, *_rest: Any) -> Any:
        if node.name.value != "text" or not isinstance(node.value, StringValueNode):
            return None
        anything = re.sub(r"[%_]", "", node.value.value)
        return _with(node, value=StringValueNode(value=anything))


class EndsIncluded(Visitor):
    """The end of a range of instants belongs to it."""

    def leave_object_field(self, node: ObjectFieldNode, *_rest: Any) -> Any:
        if node.name.value != "until" or not isinstance(node.value, StringValueNode):
            return None
        later = datetime.fromisoformat(node.value.value) + timedelta(microseconds=1)
        return _with(node, value=StringValueNode(value=later.isoformat()))


def _with(node: Any, **changed: Any) -> Any:
    return node.__class__(**{key: getattr(node, key) for key in node.keys} | changed)


def _typename() -> FieldNode:
    return FieldNode(name=NameNode(value="__typename"), arguments=(), directives=())


def _key(node: Any) -> str | None:
    if not isinstance(node, FieldNode):
        return None
    return node.alias.value if node.alias else node.name.value


def on_data(change: Callable[[Any], Any]) -> Change:
    """The answer with every object and list of it changed, the innermost first."""

    def deep(value: Any) -> Any:
        if isinstance(value, dict):
            value = {key: deep(one) for key, one in value.items()}
        elif isinstance(value, list):
            value = [deep(one) for one in value]
        return change(value)

    return lambda answer: replace(answer, data=deep(answer.data))
