"""What a declared field is: each word's name says what it reads from, and nothing more.

A word stands in the metadata of its Strawberry field. The generic resolvers of this folder read by
it, and so does the compiled plan, so that no field is declared twice.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import Table
from strawberry.utils.str_converters import to_camel_case

from renkei.access.policy.viewer import Viewer
from renkei.reading.links import Children
from renkei.reading.page import By, Page
from renkei.reading.record import Record
from renkei_schema.context import Context, Info
from renkei_schema.declare.lookahead import WORDS, below, columns_of
from renkei_schema.node import TABLES, TYPE_NAMES

READ = "read"
T = TypeVar("T", bound=type)

# What a field says of a row: from its values, the instant of reading, and the viewer.
Value = Callable[[Mapping[str, Any], datetime, Viewer], Any]
Via = Callable[[Any], Any] | None
# A record somewhere: its table and its key.
Place = tuple[Table, UUID]


@dataclass(kw_only=True)
class Word:
    """What one field reads from; `needs` are the columns of its own row, `name` its own name."""

    needs: frozenset[str] = frozenset()
    name: str = field(default="", init=False)


@dataclass(kw_only=True)
class Told(Word):
    """What the row alone tells. An export writes it without a document."""

    value: Value


@dataclass(kw_only=True)
class Column(Told):
    """A column as it is stored, or `via` a function; NULL stays null."""

    column: str
    via: Via = None


@dataclass(kw_only=True)
class Bilingual(Told):
    """Two columns as one `Text`; null where neither holds one."""

    ja: str
    en: str


@dataclass(kw_only=True)
class Computed(Told):
    """A pure function of the columns that its parameters name, of `at` and of `viewer`."""

    function: Callable[..., Any]
    parameters: tuple[str, ...]
    via: Via = None


@dataclass(kw_only=True)
class Itself(Word):
    """The row itself, seen as another type."""


@dataclass(kw_only=True)
class One(Word):
    """The row of `target` that the column `reference` points at."""

    reference: str
    target: Table


@dataclass(kw_only=True)
class Back(Word):
    """The one row of `target` whose unique `column` points here."""

    target: Table
    column: str


@dataclass(kw_only=True)
class Listed(Word):
    """All rows of a link: bounded by nature."""

    link: Children
    order: tuple[By, ...] = ()


@dataclass(kw_only=True)
class First(Word):
    """The first row of a link in an order."""

    link: Children
    order: tuple[By, ...]


@dataclass(kw_only=True)
class Paged(Word):
    """A connection: to the rows of a link, or without one to all rows of the table."""

    table: Table
    link: Children | None = None
    default: tuple[By, ...] = ()


@dataclass(kw_only=True)
class Found(Word):
    """Rows of a whole table that a page made from the arguments holds: all, or the first alone."""

    table: Table
    page: Callable[..., Page]
    single: bool


@dataclass(kw_only=True)
class Counted(Word):
    """How many rows of a whole table are in a page's filters."""

    table: Table
    page: Callable[..., Page]


@dataclass(kw_only=True)
class ByKey(Word):
    """The row of a whole table whose unique text `column` is the argument of the same name."""

    table: Table
    column: str


@dataclass(kw_only=True)
class Refers(Word):
    """Where the object leads, by a function of it and the arguments: a place, some, or nowhere."""

    places: Callable[..., Place | Sequence[Place | None] | None]


@dataclass(kw_only=True)
class Answered(Word):
    """Answers of a noun's own, for many rows or objects in one turn, in their order."""

    answers: Callable[[Context, list[Any]], Awaitable[list[Any]]]


@dataclass(kw_only=True)
class Rooted(Word):
    """What a function says of the request itself and the arguments."""

    function: Callable[..., Any]


DECLARED: list[type[Any]] = []


def declared_types() -> list[type[Any]]:
    """Every type that `node` has declared: those behind an interface must be named."""
    return list(DECLARED)


def table_of(model: Any) -> Table:
    """The table of a SQLModel class."""
    table: Table = model.__table__
    return table


def source_of(cls: Any) -> Table:
    """The table that a declared type reads from."""
    table: Table = cls.__renkei_table__
    return table


def node(model: Any, **options: Any) -> Callable[[T], T]:
    """Declare a type over the rows of `model`; the policy comes with the table."""
    table = table_of(model)

    def declare(cls: T) -> T:
        cls.__renkei_table__ = table  # type: ignore[attr-defined]  # read by `source_of`
        cls.is_type_of = classmethod(  # type: ignore[attr-defined]  # Strawberry's own hook
            lambda _cls, value, _info: isinstance(value, Record) and value.table == table.name
        )
        declared = strawberry.type(cls, description=inspect.getdoc(cls), **options)
        DECLARED.append(declared)
        TABLES[cls.__name__] = table
        TYPE_NAMES[table.name] = cls.__name__
        words = WORDS.setdefault(table.name, {})
        for found in declared.__strawberry_definition__.fields:  # type: ignore[attr-defined]  # Strawberry sets it
            word = found.metadata.get(READ)
            if word is not None:
                word.name = found.python_name
                words[to_camel_case(found.python_name)] = word
        return declared

    return declare


def spoken(word: Word, description: str, resolver: Callable[..., Any], **options: Any) -> Any:
    """The Strawberry field of a word."""
    return strawberry.field(
        resolver=resolver, description=description, metadata={READ: word}, **options
    )


def asked(info: Info, table: Table, *under: str) -> frozenset[str]:
    """The columns of `table` that the document asks for at this field, or `under` it."""
    raw = info._raw_info
    return columns_of(table.name, below(raw.field_nodes, raw.fragments, *under), raw.fragments)


# An argument by its Python name: its annotation, and its default or `REQUIRED`.
Arguments = Mapping[str, tuple[Any, Any]]
REQUIRED = inspect.Parameter.empty


def arguments_of(function: Callable[..., Any], *, after: int = 0) -> Arguments:
    """The arguments that a function takes after its first ones."""
    hints = inspect.get_annotations(function, eval_str=True)
    taken = list(inspect.signature(function).parameters.values())[after:]
    return {one.name: (hints[one.name], one.default) for one in taken}


def taking(arguments: Arguments, resolve: Callable[..., Any]) -> Callable[..., Any]:
    """`resolve(root, info, **arguments)` with a signature that names the arguments."""
    parameters = [
        inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
    ]
    for name, (annotation, default) in arguments.items():
        kind = inspect.Parameter.KEYWORD_ONLY
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=annotation))
    resolve.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect
    resolve.__annotations__ = {p.name: p.annotation for p in parameters if p.name != "root"}
    return resolve
