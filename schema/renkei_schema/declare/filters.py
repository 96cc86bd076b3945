"""Words for filter inputs: each names the columns that it narrows, and how."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

import strawberry
from sqlalchemy import ColumnElement, FromClause, String, and_, func, or_, select, true

from renkei.access.policy.predicate import seen_end, visible
from renkei.access.policy.reach import Reach
from renkei.reading.given import Given
from renkei.reading.page import Where
from renkei.reading.parts import matches
from renkei_schema.ids import keys_of

WHERE = "where"
Values = tuple[Given, ...]
T = TypeVar("T", bound=type)

# What the client sent → the narrowing of a source.
Narrow = Callable[[Any], Where]


def filters(cls: T) -> T:
    """Declare a filter input: its fields narrow together (AND); a list within one is OR."""
    return strawberry.input(cls, description=inspect.getdoc(cls))


def narrowed(narrow: Narrow, description: str) -> Any:
    """A field of a filter that narrows in its own way."""
    return strawberry.field(default=None, description=description, metadata={WHERE: narrow})


def among(column: str, description: str) -> Any:
    """The column, or a part's (`name_of(…)`), is one of the values sent."""

    def condition(reach: Reach, source: FromClause, given: Values) -> ColumnElement[bool]:
        (values,) = given
        return matches(reach, source, column, lambda it: values.holds(it, postgres=reach.postgres))

    def narrow(values: list[Any]) -> Where:
        plain = _askable([value.value if isinstance(value, Enum) else value for value in values])
        return Where(("among", column), (plain,), condition)

    return narrowed(narrow, description)


def _askable(values: list[Any]) -> list[Any]:
    """What a database can be asked for: a text with NUL in it is in no row, and an error to ask."""
    return [value for value in values if not (isinstance(value, str) and "\0" in value)]


def references(column: str, description: str) -> Any:
    """The reference points at one of the records whose ids were sent, and that the viewer sees."""

    def condition(reach: Reach, source: FromClause, given: Values) -> ColumnElement[bool]:
        (keys,) = given
        reference = source.c[column]
        (foreign,) = reference.foreign_keys
        return and_(
            keys.holds(reference, postgres=reach.postgres),
            seen_end(reach, reference, foreign.column.table),
        )

    def narrow(values: list[Any]) -> Where:
        return Where(("references", column), (keys_of(values),), condition)

    return narrowed(narrow, description)


def tagged(near: Any, far: Any, column: str, description: str) -> Any:
    """A junction links the record with a tag whose `column` is one of the values sent.

    Both ends are seen by the viewer, or there is no link.
    """
    junction = near.expression.table
    (foreign,) = far.expression.foreign_keys
    tag = foreign.column.table

    def condition(reach: Reach, source: FromClause, given: Values) -> ColumnElement[bool]:
        (values,) = given
        return source.c.id.in_(
            select(junction.c[near.key])
            .join(tag, tag.c.id == junction.c[far.key])
            .where(values.holds(tag.c[column], postgres=reach.postgres), visible(reach, tag))
        )

    def narrow(values: list[str]) -> Where:
        return Where(("tagged", junction.name, column), (_askable(values),), condition)

    return narrowed(narrow, description)


def exactly(column: str, value: str) -> Where:
    """Rows whose column is the value."""

    def condition(_reach: Reach, source: FromClause, given: Values) -> ColumnElement[bool]:
        (sent,) = given
        return source.c[column] == sent.of(source.c[column].type)

    return Where(("exactly", column), (value,), condition)


def contains(*columns: str, description: str) -> Any:
    """One of the columns holds the text, letter by letter; `search` is the place for more."""

    def condition(reach: Reach, source: FromClause, given: Values) -> ColumnElement[bool]:
        (text,) = given
        # LIKE would fold the case on SQLite, and has an end to its patterns there.
        place = func.strpos if reach.postgres else func.instr
        return or_(*(place(source.c[name], text.of(String())) > 0 for name in columns))

    def narrow(value: str) -> Where:
        return Where(("contains", columns), (value.replace("\0", ""),), condition)

    return narrowed(narrow, description)


def within(column: str, description: str) -> Any:
    """The instant lies in the range sent."""

    def narrow(value: Any) -> Where:
        ends = [(operator.ge, value.from_), (operator.lt, value.until)]
        asked = [(compare, end) for compare, end in ends if end is not None]

        def condition(_reach: Reach, source: FromClause, given: Values) -> ColumnElement[bool]:
            held = source.c[column]
            compared = [
                compare(held, end.of(held.type))
                for (compare, _), end in zip(asked, given, strict=True)
            ]
            return and_(true(), *compared)

        shape = ("within", column, value.from_ is None, value.until is None)
        return Where(shape, tuple(end for _, end in asked), condition)

    return narrowed(narrow, description)


def where_of(sent: Any) -> tuple[Where, ...]:
    """The narrowings of a filter as the client sent it; fields left out or null narrow nothing."""
    if sent is None:
        return ()
    return tuple(
        found.metadata[WHERE](getattr(sent, found.python_name))
        for found in type(sent).__strawberry_definition__.fields
        if getattr(sent, found.python_name) is not None
    )
