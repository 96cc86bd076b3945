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
from sqlalchemy import make_url

from renkei.database import migrate
from support.postgres import USER, Cluster

BARE, MIGRATED = "template0", "renkei_template"


class Databases(Protocol):
    """Where a test gets its database from."""

    def fresh(self, folder: Path, *, template: str = MIGRATED) -> AbstractAsyncContextManager[str]:
        """The address of a new database: Renkei's tables, none (`BARE`), or what was kept."""
        ...

    async def keep(self, url: str, template: str) -> None:
        """Keep what is in a database that nobody is connected to, for others to be like it."""
        ...


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._templates = folder
        migrate.upgrade(_sqlite_url(folder / MIGRATED))

    @asynccontextmanager
    async def fresh(self, folder: Path, *, template: str = MIGRATED) -> AsyncIterator[str]:
        """A new file in `folder`, which the test's own temporary folder takes with it."""
        file = folder / "renkei.db"
        if template != BARE:
            shutil.copyfile(self._templates / template, file)
        yield _sqlite_url(file)

    async def keep(self, url: str, template: str) -> None:
        """Copy the file."""
        file = make_url(url).database
        assert file is not None
        shutil.copyfile(file, self._templates / template)


class PostgresDatabases:
    """Copies of one migrated database in a cluster of our own."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        asyncio.run(self._administer(f"CREATE DATABASE {MIGRATED} TEMPLATE {BARE}"))
        migrate.upgrade(cluster.url(MIGRATED))

    @asynccontextmanager
    async def fresh(self, folder: Path, *, template: str = MIGRATED) -> AsyncIterator[str]:
        """A new database, dropped afterwards with whatever is still connected to it."""
        del folder
        name = f"test_{uuid4().hex}"
        await self._administer(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._cluster.url(name)
        finally:
            await self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    async def keep(self, url: str, template: str) -> None:
        """Make a database like it."""
        name = make_url(url).database
        await self._administer(f"CREATE DATABASE {template} TEMPLATE {name}")

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
