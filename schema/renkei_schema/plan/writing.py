"""Python written from a document: one function a block, from rows or objects to what JSON holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from graphql import GraphQLObjectType, SelectionSetNode

from renkei_schema.plan.selecting import Asked, Document, Unplanned

if TYPE_CHECKING:
    from renkei_schema.plan.running import Run

_INT_MAX = 2**31
TYPE_NAME = "__typename"
# What the written functions get beside their items and what stands below each.
BESIDE = ("at", "viewer", "cursor")
Write = Callable[..., list[Any]]


class Level(Protocol):
    """One step of a plan: for each item above, what is written for it."""

    async def run(self, run: Run, items: Sequence[Any]) -> list[Any]:
        """As many results as items, in their order."""


class Code:
    """Source being written, and the values that it names."""

    def __init__(self) -> None:
        self._held: dict[str, Any] = {
            "refuse": refuse,
            "integer": integer,
            "present": present,
        }
        self._temporary = 0
        # All that was written, for whoever wants to read a plan.
        self.source: list[str] = []

    def hold(self, value: Any) -> str:
        """A name for a value."""
        name = f"k{len(self._held)}"
        self._held[name] = value
        return name

    def temporary(self) -> str:
        """A name for a value on its way."""
        self._temporary += 1
        return f"t{self._temporary}"

    def each(self, item: str, below: int, expression: str) -> Write:
        """A function that gives the expression for each item, `c0`, `c1`, … standing below it."""
        columns = [f"c{number}" for number in range(below)]
        items = "items" if not columns else "zip(items, *columns)"
        names = ", ".join([item, *columns])
        source = (
            f"def write(items, columns, {', '.join(BESIDE)}):\n"
            f"    return [{expression} for {names} in {items}]\n"
        )
        self.source.append(source)
        made: dict[str, Any] = {}
        exec(compile(source, "<plan>", "exec"), self._held, made)  # noqa: S102 - our own words: no text of a client's stands in it but GraphQL names, as literals
        write: Write = made["write"]
        return write


class Block:
    """What is written of each item (a row, or an object), and the levels below that it needs."""

    def __init__(self, code: Code, item: str) -> None:
        self._code = code
        self.item = item
        self.levels: list[Level] = []
        self._write: Write | None = None

    def below(self, level: Level) -> str:
        """Add a level; the name under which its result stands for each item."""
        self.levels.append(level)
        return f"c{len(self.levels) - 1}"

    def writes(self, expression: str) -> Block:
        """All is known now: make the function."""
        self._write = self._code.each(self.item, len(self.levels), expression)
        return self

    async def written(self, run: Run, items: Sequence[Any], cursor: Any = None) -> list[Any]:
        """What is written of each item, in their order."""
        if not items:
            return []
        columns = [await level.run(run, items) for level in self.levels]
        assert self._write is not None  # a block is whole before it is used
        return self._write(items, columns, run.at, run.viewer, cursor)


def an_object(
    document: Document,
    named: GraphQLObjectType,
    sets: Iterable[SelectionSetNode],
    of: Callable[[Asked], str],
) -> str:
    """The source of an object of this type: each key with what `of` writes for its field."""
    return entries_of(
        (one.key, repr(named.name) if one.name == TYPE_NAME else of(one))
        for one in document.fields(named, sets)
    )


def entries_of(entries: Iterable[tuple[str, str]]) -> str:
    """The source of an object with these keys and expressions."""
    return "{" + ", ".join(f"{key!r}: {value}" for key, value in entries) + "}"


def refuse() -> NoReturn:
    """Null where null is an error: how errors are told is not the plan's affair."""
    raise Unplanned("null")


def present(value: Any) -> Any:
    """The value, which is not null."""
    if value is None:
        refuse()
    return value


def integer(value: Any) -> Any:
    """The value, which is one of GraphQL's integers."""
    if not -_INT_MAX <= value < _INT_MAX:
        raise Unplanned("Int")
    return value
