"""What is in no seal: rows that wait for one, and rows that should and don't."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    cast,
    exists,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from renkei.audit.leaves import KINDS, as_stored, name_of
from renkei.audit.tables import SealEntry, Unsealed


class Waiting(NamedTuple):
    """How many rows wait, and the earliest instant at which one of them happened."""

    rows: int
    since: datetime | None


async def waiting(connection: AsyncConnection, *, postgres: bool) -> Waiting:
    """The tail that is not sealed yet."""
    rows = (await connection.execute(select(func.count()).select_from(Unsealed))).scalar_one()
    since: list[datetime] = []
    for kind, told in KINDS.items():
        query = select(func.min(told.table.c.at)).where(
            _listed(Unsealed, kind, told.table, postgres=postgres)
        )
        if rows and (first := (await connection.execute(query)).scalar()) is not None:
            since.append(first)
    return Waiting(rows, min(since, default=None))


async def inserted(connection: AsyncConnection, *, postgres: bool) -> tuple[str, str] | None:
    """Kind and key of the first row that is neither sealed nor waits for it."""
    for kind, told in KINDS.items():
        key = key_of(told.table, postgres=postgres)
        query = select(as_stored(key, postgres=postgres)).where(
            ~_listed(SealEntry, kind, told.table, postgres=postgres),
            ~_listed(Unsealed, kind, told.table, postgres=postgres),
        )
        found = (await connection.execute(query.order_by(told.table.c.at).limit(1))).scalar()
        if found is None and told.inner is not None:
            # Records of an entry that is not there.
            parent = told.inner.c[told.parent]
            there = exists().where(_raw(told.table.c.id, postgres) == _raw(parent, postgres))
            orphan: Select[Any] = (
                select(as_stored(_hex(parent, postgres), postgres=postgres)).where(~there).limit(1)
            )
            found = (await connection.execute(orphan)).scalar()
        if found is not None:
            return kind, name_of(found)
    return None


async def is_there(connection: AsyncConnection, kind: str, key: str, *, postgres: bool) -> bool:
    """Whether the row is there, whatever stands in it."""
    if kind not in KINDS:
        return False
    table = KINDS[kind].table
    query = select(literal(1)).where(key_of(table, postgres=postgres) == key).limit(1)
    return (await connection.execute(query)).first() is not None


def key_of(table: Table, *, postgres: bool) -> ColumnElement[str]:
    """A row's key as entries of seals name it."""
    column = table.c.id
    if isinstance(column.type, Integer):
        return cast(column, String())
    return _hex(column, postgres)


def _listed(model: Any, kind: str, table: Table, *, postgres: bool) -> ColumnElement[bool]:
    named = key_of(table, postgres=postgres)
    return exists().where(col(model.kind) == kind, col(model.row_key) == named)


def _hex(column: ColumnElement[Any], postgres: bool) -> ColumnElement[str]:
    if postgres:
        return func.replace(cast(column, String()), "-", "")
    return type_coerce(column, String())


def _raw(column: ColumnElement[Any], postgres: bool) -> ColumnElement[Any]:
    return column if postgres else type_coerce(column, String())
