"""A database of one's own for each test, copied from one that was migrated once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import asyncpg

from renkei.database import migrate
from support.postgres import USER, Cluster

TEMPLATE = "renkei_template"


class Databases(Protocol):
    """Where a test gets its database from."""

    def fresh(self, folder: Path, *, migrated: bool) -> AbstractAsyncContextManager[str]:
        """The address of a new database, with Renkei's tables or without any."""
        ...


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "renkei.db"
        migrate.upgrade(_sqlite_url(self._template))

    @asynccontextmanager
    async def fresh(self, folder: Path, *, migrated: bool) -> AsyncIterator[str]:
        """A new file in `folder`, which the test's own temporary folder takes with it."""
        file = folder / "renkei.db"
        if migrated:
            shutil.copyfile(self._template, file)
        yield _sqlite_url(file)


class PostgresDatabases:
    """Copies of one migrated database in a cluster of our own."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        asyncio.run(self._administer(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0"))
        migrate.upgrade(cluster.url(TEMPLATE))

    @asynccontextmanager
    async def fresh(self, folder: Path, *, migrated: bool) -> AsyncIterator[str]:
        """A new database, dropped afterwards with whatever is still connected to it."""
        del folder
        name = f"test_{uuid4().hex}"
        await self._administer(
            f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}"
        )
        try:
            yield self._cluster.url(name)
        finally:
            await self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(
            host=str(self._cluster.directory), user=USER, database="postgres"
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _sqlite_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"
