"""Faults of a database that are real: what a statement needs is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from renkei.database.engine import Database


@asynccontextmanager
async def without_table(database: Database, name: str) -> AsyncIterator[None]:
    """The table is away for as long as the block runs, under another name."""

    async def rename(one: str, other: str) -> None:
        async with database.engine.begin() as connection:
            await connection.execute(text(f"ALTER TABLE {one} RENAME TO {other}"))

    await rename(name, f"{name}_away")
    try:
        yield
    finally:
        await rename(f"{name}_away", name)
