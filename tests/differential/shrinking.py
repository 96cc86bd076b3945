"""From a random document that shows a difference to the smallest one that still does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    parse,
    print_ast,
    validate,
)

from differential.documents import Drawn
from differential.knowing import sdl
from differential.running import Difference
from differential.tampering import nodes_of, tidied, without_node

Differs = Callable[[Drawn], Awaitable[bool]]
_REMOVABLE = (
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ArgumentNode,
    ObjectFieldNode,
    DirectiveNode,
    OperationDefinitionNode,
    FragmentDefinitionNode,
    VariableDefinitionNode,
)


async def shrunk(drawn: Drawn, differs: Differs) -> Drawn:
    """The document with everything taken away without which the difference still shows."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(drawn):
            if await differs(candidate):
                drawn, smaller = candidate, True
                break
    return drawn


def _smaller(drawn: Drawn) -> Iterator[Drawn]:
    """The document without one node each, the largest first, as far as that is valid."""
    document: DocumentNode = parse(drawn.source)
    every = [node for node in nodes_of(document) if isinstance(node, _REMOVABLE)]
    every.sort(key=_length, reverse=True)
    for node in every:
        changed = print_ast(tidied(without_node(document, node)))
        if changed != drawn.source and _is_valid(changed):
            yield replace(drawn, source=changed)


def _length(node: Node) -> int:
    return node.loc.end - node.loc.start if node.loc else 0


def _is_valid(source: str) -> bool:
    try:
        return not validate(sdl(), parse(source), max_errors=1)
    except Exception:  # noqa: BLE001 - an emptied document is none; whatever is wrong with it
        return False


def told(difference: Difference) -> str:
    """The case in full: what differs, in which world, for whom, and what was asked."""
    looking = difference.looking
    return (
        f"in world {difference.seed} for {looking.person} from {looking.request.country}: "
        f"{difference.what}\n{difference.drawn.source}\n"
        f"operation {difference.drawn.operation} variables {difference.drawn.variables}"
    )
