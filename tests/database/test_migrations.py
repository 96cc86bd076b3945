"""Migrations run up, down and up again, and make what the tables say, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

from renkei import tables as _all_tables
from renkei.database import migrate
from renkei.database.engine import Database

_ = _all_tables


async def shape(url: str) -> list[str]:
    """The names of all tables."""
    database = Database(url)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(lambda sync: sorted(inspect(sync).get_table_names()))
    finally:
        await database.close()


async def test_up_down_up(bare_database_url: str) -> None:
    await asyncio.to_thread(migrate.upgrade, bare_database_url)
    up = await shape(bare_database_url)
    await asyncio.to_thread(migrate.downgrade, bare_database_url, "base")
    assert await shape(bare_database_url) == ["alembic_version"]
    await asyncio.to_thread(migrate.upgrade, bare_database_url)
    assert await shape(bare_database_url) == up


async def test_the_migrated_database_is_what_the_tables_declare(database_url: str) -> None:
    def differences(connection: Any) -> list[Any]:
        context = MigrationContext.configure(connection)
        return list(compare_metadata(context, SQLModel.metadata))

    database = Database(database_url)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_the_revision_is_told(database_url: str) -> None:
    database = Database(database_url)
    present, newest = await migrate.revisions(database)
    assert present == newest is not None
    await database.close()
