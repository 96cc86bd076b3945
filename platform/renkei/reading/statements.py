"""The statements of reading: one level of a page, and the same page of many parents' children."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    Uuid,
    and_,
    func,
    select,
    true,
)

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.database.parameters import listed, parameter, rows_of
from renkei.reading.given import Given
from renkei.reading.links import Children
from renkei.reading.page import By, Page, beyond
from renkei.reading.parts import column_of, sort_key
from renkei.reading.seen import noted_columns

KEY = "parent_key__"
# The names of a kept statement's values: the page's size, its filters', the parents' keys.
SIZE, OWN, KEYS = "size", "where", "keys"


def selected(reach: Reach, source: FromClause, columns: frozenset[str]) -> list[ColumnElement[Any]]:
    """The columns, and those by which a row is noted as read, under their names."""
    wanted = columns | noted_columns(source)
    return [column_of(reach, source, name).label(name) for name in sorted(wanted)]


def ordering(
    reach: Reach, source: FromClause, steps: tuple[By, ...], *, reverse: bool
) -> list[ColumnElement[Any]]:
    """The steps of an order, each upwards or downwards."""
    keys = [(sort_key(reach, source, step.column), step.down is not reverse) for step in steps]
    return [key.desc() if down else key.asc() for key, down in keys]


def level(
    reach: Reach,
    source: FromClause,
    page: Page,
    belongs: ColumnElement[bool],
    *,
    keys_only: bool = False,
) -> Select[Any]:
    """The rows of one page and one more, which tells whether there are more."""
    columns = page.columns | {step.column for step in page.steps}
    conditions = [belongs, visible(reach, source), *narrowings(reach, source, page)]
    for values, forward in ((page.after, True), (page.before, False)):
        if values is not None:
            given = Given.each(values, _cursor_name(forward=forward) if reach.named else "")
            conditions.append(beyond(reach, source, page.steps, given, forward=forward))
    size = parameter(page.size + 1, Integer(), SIZE if reach.named else "")
    return (
        select(*([source.c.id] if keys_only else selected(reach, source, columns)))
        .where(and_(*conditions))
        .order_by(*ordering(reach, source, page.steps, reverse=page.backwards))
        .limit(size)
    )


def count(reach: Reach, table: Table, page: Page) -> Select[Any]:
    """How many rows of the whole table there are in the page's filters, as `n`."""
    return (
        select(func.count().label("n"))
        .select_from(table)
        .where(visible(reach, table, counting=True), *narrowings(reach, table, page))
    )


def narrowings(
    reach: Reach, source: FromClause, page: Page, name: str = OWN
) -> list[ColumnElement[bool]]:
    """The page's filters on `source`; in a kept statement their values bear `name`."""
    return [
        where.on(reach, source, f"{name}_{place}" if reach.named else "")
        for place, where in enumerate(page.where)
    ]


def _cursor_name(*, forward: bool) -> str:
    return "after" if forward else "before"


def where_values(page: Page, name: str) -> dict[str, Any]:
    """The values of the page's filters, where they bear `name` in a kept statement."""
    return {
        given.name: given.value
        for place, where in enumerate(page.where)
        for given in Given.each(where.values, f"{name}_{place}")
    }


def page_values(page: Page, *, more: bool) -> dict[str, Any]:
    """The values that a kept statement over a page of this shape is sent with.

    `more`: it reads one row beyond the page, which tells whether there are others.
    """
    values: dict[str, Any] = {SIZE: page.size + more, **where_values(page, OWN)}
    for cursor, forward in ((page.after, True), (page.before, False)):
        for given in Given.each(cursor or (), _cursor_name(forward=forward)):
            values[given.name] = given.value
    return values


@cache
def _inner(table: Table) -> FromClause:
    return table.alias("inner_")


def nested(reach: Reach, link: Children, keys: Iterable[UUID] | None, page: Page) -> Select[Any]:
    """The page of each parent's children, with the parent's key as `KEY`."""
    parent, origin, source = nested_from(reach, link, keys, page)
    wanted = page.columns | {step.column for step in page.steps}
    columns = source.c if reach.postgres else selected(reach, source, wanted)
    return (
        select(parent.label(KEY), *columns)
        .select_from(origin)
        .order_by(*ordering(reach, source, page.steps, reverse=page.backwards))
    )


def nested_from(
    reach: Reach, link: Children, keys: Iterable[UUID] | None, page: Page
) -> tuple[ColumnElement[Any], FromClause, FromClause]:
    """Parents beside the page of their children: the parent's key, the FROM, the children in it.

    PostgreSQL: LATERAL. SQLite has none: the page's keys by a correlated IN, never a window.
    """
    inner = _inner(link.table)
    sent = listed(keys, Uuid(), postgres=reach.postgres, name=KEYS if reach.named else "")
    parents = rows_of(sent, Uuid())
    parent: ColumnElement[Any] = parents.c.value
    if reach.postgres:
        found = level(reach, inner, page, link.of(reach, parent, inner)).lateral("level")
        return parent, parents.join(found, true()), found
    chosen = level(reach, inner, page, link.of(reach, parent, inner), keys_only=True)
    outer = link.table
    return parent, parents.join(outer, outer.c.id.in_(chosen.correlate(parents))), outer
