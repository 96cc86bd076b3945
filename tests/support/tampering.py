"""Changing what is stored behind the product's back: past its triggers, and undone afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from hypothesis import assume
from hypothesis import strategies as st
from sqlalchemy import JSON, Column, LargeBinary, String, Table, Uuid, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from support.factories import Town


@asynccontextmanager
async def behind_its_back(town: Town) -> AsyncIterator[AsyncConnection]:
    """A connection for which no trigger is in the way; what it does is undone afterwards."""
    database = town.world.database
    async with database.engine.execution_options(renkei_writes=True).connect() as connection:
        if database.is_sqlite:
            names = await connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            )
            for (name,) in names.all():
                await connection.exec_driver_sql(f"DROP TRIGGER {name}")
            await connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        else:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection
        await connection.rollback()


async def flipped(
    connection: AsyncConnection, table: Table, column: Column[Any], row: Any, data: st.DataObject
) -> None:
    """Change a bit of what is stored; of what is not there, make something."""
    same = [own == getattr(row, own.name) for own in table.primary_key]
    if connection.dialect.name == "sqlite":
        stored = (
            await connection.execute(select(cast(column, LargeBinary())).where(*same))
        ).scalar_one()
        changed: Any = _bit(stored, data) if stored else b"1"
        if isinstance(column.type, JSON):
            assume(_json(changed) != _json(stored))
        value = "?" if isinstance(column.type, LargeBinary) else "CAST(? AS TEXT)"
        keys = " AND ".join(f"{own.name} = ?" for own in table.primary_key)
        of_row = [getattr(row, own.name) for own in table.primary_key]
        names = [one.hex if isinstance(one, UUID) else one for one in of_row]
        statement = f"UPDATE {table.name} SET {column.name} = {value} WHERE {keys}"
        await connection.exec_driver_sql(statement, (changed, *names))
        return
    held = getattr(row, column.name)
    changed = _changed(column, held, data)
    assume(changed != held)
    await connection.execute(table.update().where(*same).values({column.name: changed}))


def _bit(stored: bytes, data: st.DataObject) -> bytes:
    place = data.draw(st.integers(0, len(stored) * 8 - 1), label="bit")
    number = int.from_bytes(stored, "big") ^ (1 << place)
    return number.to_bytes(len(stored), "big")


def _json(stored: bytes) -> Any:
    try:
        return orjson.loads(stored)
    except orjson.JSONDecodeError:
        return stored


def _changed(column: Column[Any], value: Any, data: st.DataObject) -> Any:
    """A value of PostgreSQL's with one bit flipped, or something where there was nothing."""
    changed: Any
    match value:
        case None:
            nothing = {Uuid: uuid4(), String: "1"}
            changed = next((x for kind, x in nothing.items() if isinstance(column.type, kind)), 1)
        case UUID():
            changed = UUID(bytes=_bit(value.bytes, data))
        case datetime():
            changed = value + timedelta(microseconds=1 << data.draw(st.integers(0, 40)))
        case bool():
            changed = not value
        case int():
            changed = value ^ (1 << data.draw(st.integers(0, 20), label="bit"))
        case bytes():
            changed = _bit(value, data)
        case dict():
            changed = _json(_bit(orjson.dumps(value), data))
            assume(not isinstance(changed, bytes))
        case _:
            changed = _bit(value.encode(), data).decode(errors="replace") if value else "x"
    return changed
