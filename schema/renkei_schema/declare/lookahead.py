"""Which columns a selection will need: read from the document before the rows are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

if TYPE_CHECKING:
    from renkei_schema.declare.words import Word

# Type name of the table → GraphQL field name → the word that declares it. Filled by `node`.
WORDS: dict[str, dict[str, Word]] = {}


def selected(
    sets: Iterable[SelectionSetNode | None], fragments: dict[str, Any]
) -> Iterator[FieldNode]:
    """Every field of these selection sets, fragments opened. Conditions only over-ask a column."""
    waiting = [found for found in sets if found is not None]
    opened: set[str] = set()
    while waiting:
        for selection in waiting.pop().selections:
            match selection:
                case FieldNode():
                    yield selection
                case InlineFragmentNode():
                    waiting.append(selection.selection_set)
                case FragmentSpreadNode() if selection.name.value not in opened:
                    opened.add(selection.name.value)
                    waiting.append(fragments[selection.name.value].selection_set)


def columns_of(
    table: str, sets: Iterable[SelectionSetNode | None], fragments: dict[str, Any]
) -> frozenset[str]:
    """The columns of `table` that the selections need."""
    words = WORDS[table]
    needed: set[str] = set()
    for field in selected(sets, fragments):
        word = words.get(field.name.value)
        if word is not None:
            needed |= word.needs
    return frozenset(needed)


def below(
    nodes: Iterable[FieldNode], fragments: dict[str, Any], *names: str
) -> list[SelectionSetNode | None]:
    """The selection sets found under the fields `names`, one step each, of these field nodes."""
    sets = [node.selection_set for node in nodes]
    for name in names:
        sets = [
            field.selection_set for field in selected(sets, fragments) if field.name.value == name
        ]
    return sets
