"""Words for filter inputs: each names the columns that it narrows, and how."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import strawberry
from sqlalchemy import ColumnElement, FromClause, and_, or_, select, true

from renkei.access.policy.reach import Reach, seen_end, visible
from renkei.reading.page import Where
from renkei.reading.parts import matches
from renkei_schema.ids import keys_of

WHERE = "where"
T = TypeVar("T", bound=type)

# (what the client sent, the instant of reading) → the narrowing of a source.
Narrow = Callable[[Any, datetime], Where]


def filters(cls: T) -> T:
    """Declare a filter input: its fields narrow together (AND); a list within one is OR."""
    return strawberry.input(cls, description=inspect.getdoc(cls))


def narrowed(narrow: Narrow, description: str) -> Any:
    """A field of a filter that narrows in its own way."""
    return strawberry.field(default=None, description=description, metadata={WHERE: narrow})


def among(column: str, description: str) -> Any:
    """The column, or a part's (`name_of(…)`), is one of the values sent."""

    def narrow(values: list[Any], _at: datetime) -> Where:
        plain = _askable([value.value if isinstance(value, Enum) else value for value in values])
        return lambda reach, source: matches(reach, source, column, lambda it: it.in_(plain))

    return narrowed(narrow, description)


def _askable(values: list[Any]) -> list[Any]:
    """What a database can be asked for: a text with NUL in it is in no row, and an error to ask."""
    return [value for value in values if not (isinstance(value, str) and "\0" in value)]


def references(column: str, description: str) -> Any:
    """The reference points at one of the records whose ids were sent, and that the viewer sees."""

    def narrow(values: list[Any], _at: datetime) -> Where:
        keys = keys_of(values)

        def where(reach: Reach, source: FromClause) -> ColumnElement[bool]:
            (foreign,) = source.c[column].foreign_keys
            target = foreign.column.table
            return and_(source.c[column].in_(keys), seen_end(reach, source.c[column], target))

        return where

    return narrowed(narrow, description)


def tagged(near: Any, far: Any, column: str, description: str) -> Any:
    """A junction links the record with a tag whose `column` is one of the values sent.

    Both ends are seen by the viewer, or there is no link.
    """
    junction = near.expression.table
    (foreign,) = far.expression.foreign_keys
    tag = foreign.column.table

    def narrow(values: list[str], _at: datetime) -> Where:
        return lambda reach, source: source.c.id.in_(
            select(junction.c[near.key])
            .join(tag, tag.c.id == junction.c[far.key])
            .where(tag.c[column].in_(_askable(values)), visible(reach, tag))
        )

    return narrowed(narrow, description)


def contains(*columns: str, description: str) -> Any:
    """One of the columns holds the text, letter by letter; `search` is the place for more."""

    def narrow(value: str, _at: datetime) -> Where:
        sent = value.replace("\0", "")
        return lambda _reach, source: or_(
            *(source.c[column].contains(sent, autoescape=True) for column in columns)
        )

    return narrowed(narrow, description)


def within(column: str, description: str) -> Any:
    """The instant lies in the range sent."""

    def narrow(value: Any, _at: datetime) -> Where:
        return lambda _reach, source: and_(
            true() if value.from_ is None else source.c[column] >= value.from_,
            true() if value.until is None else source.c[column] < value.until,
        )

    return narrowed(narrow, description)


def where_of(sent: Any, at: datetime) -> tuple[Where, ...]:
    """The narrowings of a filter as the client sent it; fields left out or null narrow nothing."""
    if sent is None:
        return ()
    return tuple(
        found.metadata[WHERE](getattr(sent, found.python_name), at)
        for found in type(sent).__strawberry_definition__.fields
        if getattr(sent, found.python_name) is not None
    )
