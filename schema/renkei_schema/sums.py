"""What selections ask for, added up from the innermost; what variables change is kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode

from renkei_schema.sizes import CEILING, Given, Size

# The place of a definition's own selection set.
TOP = -1


@dataclass(slots=True)
class Sum:
    """What a selection asks for with its fragments unfolded; every figure at most `CEILING`.

    `nodes` are those that no variable changes.
    """

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0
    nodes: int = 0

    def add(self, other: Sum) -> None:
        """Put another selection beside this one."""
        self.depth = max(self.depth, other.depth)
        self.fields = min(self.fields + other.fields, CEILING)
        self.aliases = min(self.aliases + other.aliases, CEILING)
        self.directives = min(self.directives + other.directives, CEILING)
        self.root_fields = min(self.root_fields + other.root_fields, CEILING)
        self.nodes = min(self.nodes + other.nodes, CEILING)

    def widen(self, other: Sum) -> None:
        """Keep the larger of each figure that every definition of a document must hold."""
        self.depth = max(self.depth, other.depth)
        self.fields = max(self.fields, other.fields)
        self.aliases = max(self.aliases, other.aliases)
        self.directives = max(self.directives, other.directives)


@dataclass(slots=True)
class Entry:
    """One selection, in the order of reading; `parent` is its place in that order, `TOP` above.

    `own` nodes plus those of its selections, at least `least`, are served `times` times; `size`
    stands there instead where a variable says how often.
    """

    node: FieldNode | InlineFragmentNode | FragmentSpreadNode
    parent: int
    own: int = 0
    least: int = 0
    times: int = 1
    size: Size | None = None
    inner: Sum = field(default_factory=Sum)
    varies: bool = False


@dataclass(slots=True)
class Weighed:
    """One definition: its figures, and the entries whose nodes hang on variables, innermost first.

    `fixed` are the nodes that stand beside them, by the place of the entry that holds both.
    """

    total: Sum
    varying: list[tuple[int, Entry]]
    fixed: dict[int, int]

    def nodes(self, given: Given, fragments: Mapping[str, int]) -> int:
        """The nodes with these variables; `fragments` are those of the fragments that vary."""
        sums = dict(self.fixed)
        for place, entry in self.varying:
            if isinstance(entry.node, FragmentSpreadNode):
                served = fragments[entry.node.name.value]
            else:
                times = entry.times if entry.size is None else entry.size.times(given)
                served = times * max(entry.own + sums[place], entry.least)
            sums[entry.parent] = min(sums[entry.parent] + served, CEILING)
        return sums[TOP]

    @property
    def spreads(self) -> set[str]:
        """The fragments among what varies."""
        return {
            entry.node.name.value
            for _, entry in self.varying
            if isinstance(entry.node, FragmentSpreadNode)
        }


@dataclass(slots=True)
class Layout:
    """One definition laid out flat: its selections in reading order."""

    entries: list[Entry]
    directives: int
    spreads: list[str]


def fold(layout: Layout, fragments: Mapping[str, Weighed]) -> Weighed:
    """Add a definition's selections up from the innermost, each looked at once.

    `fragments` are the ones that it spreads; unknown ones are left for the validator.
    """
    top = Sum(directives=layout.directives)
    varying: list[tuple[int, Entry]] = []
    fixed: dict[int, int] = {}
    for place in range(len(layout.entries) - 1, -1, -1):
        entry = layout.entries[place]
        node, total = entry.node, entry.inner
        total.directives += len(node.directives or ())
        if isinstance(node, FragmentSpreadNode):
            spread = fragments.get(node.name.value)
            if spread is not None:
                total.add(spread.total)
                entry.varies = bool(spread.varying)
        elif isinstance(node, FieldNode):
            total.depth += 1
            total.fields = min(total.fields + 1, CEILING)
            total.aliases += node.alias is not None
            total.root_fields = 1
        if entry.varies or entry.size is not None:
            varying.append((place, entry))
            fixed[place], total.nodes = total.nodes, 0
            if entry.parent != TOP:
                layout.entries[entry.parent].varies = True
        elif isinstance(node, FieldNode):
            total.nodes = min(entry.times * max(entry.own + total.nodes, entry.least), CEILING)
        (top if entry.parent == TOP else layout.entries[entry.parent].inner).add(total)
    fixed[TOP] = top.nodes
    return Weighed(top, varying, fixed)
