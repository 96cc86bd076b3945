"""Words for fields: each is a Strawberry field with a generic resolver, and metadata to read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar

import strawberry
from sqlalchemy import Table
from strawberry.utils.str_converters import to_camel_case

from renkei.access.policy.viewer import Viewer
from renkei.reading.links import Children
from renkei.reading.page import By
from renkei.reading.parts import name_of
from renkei.reading.record import Record
from renkei_schema.context import Info
from renkei_schema.declare.lookahead import WORDS, below, columns_of
from renkei_schema.node import TABLES, TYPE_NAMES
from renkei_schema.scalars import Text

READ = "read"
T = TypeVar("T", bound=type)


# What a field says of a row: from its values, the instant of reading, and the viewer.
Value = Callable[[Mapping[str, Any], datetime, Viewer], Any]


@dataclass
class Word:
    """What one field reads from: the columns that it needs of its own row, and where it leads.

    `value` is what it says, where the row alone tells; an export writes it without a document.
    `inside` is a link of which the field shows the first row alone. `order` is the link's.
    """

    needs: frozenset[str] = frozenset()
    link: Children | None = None
    target: Table | None = None
    value: Value | None = None
    inside: Children | None = None
    order: tuple[By, ...] = ()
    name: str = field(default="", init=False)


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


def col(
    description: str, column: str | None = None, via: Callable[[Any], Any] | None = None
) -> Any:
    """A column of the row, named as the field unless `column` says otherwise.

    `via` turns the stored value into the API's (an enum's member, say); NULL stays null.
    """
    word = _Column(column, via)

    def resolve(root: Any, info: Info) -> Any:
        return word.of(root.values)

    return spoken(word, description, resolve)


class _Column(Word):
    """The column is known once the field has its name, if it was not given."""

    def __init__(self, column: str | None, via: Callable[[Any], Any] | None) -> None:
        self._column = column
        self.via = via
        self.name = ""
        self.link = None
        self.target = None
        self.value = lambda values, _at, _viewer: self.of(values)
        self.inside = None
        self.order = ()

    @property
    def column(self) -> str:
        return self._column or self.name

    def of(self, values: Mapping[str, Any]) -> Any:
        value = values[self.column]
        return value if self.via is None or value is None else self.via(value)

    @property
    def needs(self) -> frozenset[str]:  # type: ignore[override]  # known only later
        return frozenset({self.column})


def part(attribute: Any, description: str, via: Callable[[Any], Any] | None = None) -> Any:
    """A column of a part (`PersonContact.email`): null where the viewer does not see the part."""
    return col(description, name_of(attribute), via)


def bilingual(description: str, column: str) -> Any:
    """Two columns, `column`_ja and `column`_en, as one `Text`; null where there is no text."""
    ja, en = f"{column}_ja", f"{column}_en"

    def text(values: Mapping[str, Any]) -> Text | None:
        return Text(ja=values[ja], en=values[en]) if values[ja] or values[en] else None

    def resolve(root: Any, info: Info) -> Any:
        return text(root.values)

    word = Word(frozenset({ja, en}), value=lambda values, _at, _viewer: text(values))
    return spoken(word, description, resolve)


def computed(
    description: str, function: Callable[..., Any], via: Callable[[Any], Any] | None = None
) -> Any:
    """A pure kernel function of the row: its parameters name the columns.

    `at` is the instant of reading and `viewer` the viewer. `via` turns the result into the API's.
    """
    names = list(inspect.signature(function).parameters)
    needs = frozenset(names) - {"at", "viewer"}

    def value(values: Mapping[str, Any], at: datetime, viewer: Viewer) -> Any:
        beside = {"at": at, "viewer": viewer}
        result = function(**{n: beside[n] if n in beside else values[n] for n in names})
        return result if via is None or result is None else via(result)

    def resolve(root: Any, info: Info) -> Any:
        reader = info.context.reader
        return value(root.values, reader.at, reader.eyes)

    return spoken(Word(needs, value=value), description, resolve)


def one(reference: Any, description: str) -> Any:
    """The row that a reference points at; null where there is none, or none for this viewer."""
    column = reference.key
    (foreign,) = reference.expression.foreign_keys
    target: Table = foreign.column.table

    async def resolve(root: Any, info: Info) -> Any:
        key = root.values[column]
        if key is None:
            return None
        return await info.context.loaders.record(target, key, asked(info, target))

    return spoken(Word(frozenset({column}), target=target), description, resolve)


def back(reference: Any, description: str) -> Any:
    """The one row that points here by a unique reference."""
    table: Table = reference.expression.table
    column = reference.key

    async def resolve(root: Any, info: Info) -> Any:
        needed = asked(info, table) | {column}
        return await info.context.loaders.record(table, root.id, needed, column=column)

    return spoken(Word(target=table), description, resolve)


def listed(link: Children, description: str, *order: By) -> Any:
    """A plain list: only where it is bounded by nature (a call's areas, a proposal's members)."""

    async def resolve(root: Any, info: Info) -> Any:
        return await info.context.loaders.listed(link, root.id, asked(info, link.table), order)

    return spoken(Word(link=link, target=link.table, order=order), description, resolve)


def by_key(column: Any, description: str) -> Any:
    """On the root: the row whose unique text `column` is the argument of the same name."""
    table: Table = column.expression.table
    name = column.key

    async def resolve(root: Any, info: Info, **arguments: str) -> Any:
        value = arguments[name].replace("\0", "")
        needed = asked(info, table) | {name}
        return await info.context.loaders.record(table, value, needed, column=name)

    described = Annotated[
        str, strawberry.argument(description="符号や番号。 / Its code or number.")
    ]
    parameters = [
        inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=described),
    ]
    resolve.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # for inspect
    resolve.__annotations__ = {"info": Info, name: described}
    return strawberry.field(resolver=resolve, description=description)


def loaded(model: Any, attribute: str, description: str) -> Any:
    """On an answer of a mutation: the row whose key the answer carries in `attribute`."""
    table = table_of(model)

    async def resolve(root: Any, info: Info) -> Any:
        key = getattr(root, attribute)
        return (
            None
            if key is None
            else await info.context.loaders.record(table, key, asked(info, table))
        )

    return strawberry.field(resolver=resolve, description=description)


def asked(info: Info, table: Table, *under: str) -> frozenset[str]:
    """The columns of `table` that the document asks for at this field, or `under` it."""
    raw = info._raw_info
    return columns_of(table.name, below(raw.field_nodes, raw.fragments, *under), raw.fragments)
