"""Pieces of statements: values beside the text, a parameter each; what is asked row by row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Select,
    String,
    TypeDecorator,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine


class JsonList(TypeDecorator[Iterable[Any]]):
    """A list as SQLite takes one: a JSON array of what it stores for each value."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> str | None:
        """The array's text."""
        if value is None:
            return None
        return "[" + ",".join(map(_stored, value)) + "]"


def _stored(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    text = value.hex if isinstance(value, UUID) else str(value)
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\u0000")
    return f'"{quoted}"'


def parameter(value: Any, kind: TypeEngine[Any], name: str = "") -> BindParameter[Any]:
    """A value in SQL; under `name` it is given anew at each sending, else it stands there."""
    return bindparam(name or None, value, type_=kind, unique=not name)


def listed(
    values: Iterable[Any] | None, kind: TypeEngine[Any], *, postgres: bool, name: str = ""
) -> BindParameter[Any]:
    """The values as one parameter; see `parameter` for `name`."""
    sent = None if values is None else list(values)
    return parameter(sent, ARRAY(kind) if postgres else JsonList(), name)


def rows_of(parameter: BindParameter[Any], kind: TypeEngine[Any]) -> Any:
    """The list as a table with the one column `value`."""
    if isinstance(parameter.type, ARRAY):
        return func.unnest(parameter).table_valued(column("value", kind)).render_derived()
    return func.json_each(parameter).table_valued(column("value", kind))


def is_listed(asked: ColumnElement[Any], parameter: BindParameter[Any]) -> ColumnElement[bool]:
    """The column is one of the values of a `listed` parameter."""
    if isinstance(parameter.type, ARRAY):
        met: ColumnElement[bool] = asked == any_(parameter)
        return met
    return asked.in_(select(rows_of(parameter, asked.type).c.value))


def looked_up(asked: Select[Any], *, postgres: bool) -> Select[Any]:
    """The subquery, asked for each row: an OFFSET keeps PostgreSQL from joining it to all rows."""
    return asked.offset(literal_column("0")) if postgres else asked


def one_of(
    asked: ColumnElement[Any], values: Iterable[Any] | None, *, postgres: bool, name: str = ""
) -> ColumnElement[bool]:
    """The column is one of `values`."""
    return is_listed(asked, listed(values, asked.type, postgres=postgres, name=name))
