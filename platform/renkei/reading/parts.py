"""Parts: fields of a record that have two clauses of their own, in a row of their own.

A column of a part is named with its table, `person_contact.email`. Where the viewer doesn't see the
part, its columns are null; they sort as null and match no filter, and no row is lost by it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, case, func, select
from sqlmodel import SQLModel

from renkei.access.policy.predicate import source_info, visible
from renkei.access.policy.reach import Reach, extends

# Not a column: whether this viewer may share the row's record further.
EXTENDS = "extends"

Condition = Callable[[ColumnElement[Any]], ColumnElement[bool]]


def name_of(attribute: Any) -> str:
    """The name by which a part's column is asked for, from `PersonContact.email`."""
    column = attribute.expression
    return f"{column.table.name}.{column.key}"


def is_part(name: str) -> bool:
    """Whether a column's name is a part's."""
    return "." in name


def column_of(reach: Reach, source: FromClause, name: str) -> ColumnElement[Any]:
    """The column of `source`, or of the part that belongs to its row; null where it is hidden."""
    if name in source.c:
        return source.c[name]
    if name == EXTENDS:
        return case((extends(reach.within or reach, source), 1), else_=0)
    part, column = _part(name)
    return (
        select(part.c[column])
        .where(part.c[_reference(part)] == source.c.id, visible(reach, part))
        .scalar_subquery()
    )


def sort_key(reach: Reach, source: FromClause, name: str) -> ColumnElement[Any]:
    """What rows are ordered by: null comes first, and is written as an empty text in cursors."""
    value = column_of(reach, source, name)
    return func.coalesce(value, "") if is_part(name) else value


def matches(
    reach: Reach, source: FromClause, name: str, condition: Condition
) -> ColumnElement[bool]:
    """Rows whose column meets the condition; of a part, only where the viewer sees it."""
    if not is_part(name):
        return condition(source.c[name])
    part, column = _part(name)
    return source.c.id.in_(
        select(part.c[_reference(part)]).where(condition(part.c[column]), visible(reach, part))
    )


def _part(name: str) -> tuple[FromClause, str]:
    table, _, column = name.partition(".")
    found: Table = SQLModel.metadata.tables[table]
    return found.alias(), column


def _reference(part: FromClause) -> str:
    reference: str = source_info(part)["part_of"]
    return reference
