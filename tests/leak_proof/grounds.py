"""Where houses stand: on SQLite or PostgreSQL, with the embedded engine or Meilisearch's twin."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from pathlib import Path
from typing import Protocol

import asyncpg
from sqlalchemy import create_engine, text

from leak_proof.asking import House
from leak_proof.drawing import NOW
from leak_proof.loading import ORDER, Rows, statements
from leak_proof.world import World
from renkei.app import App
from renkei.clock import FixedClock
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.reactions import reindex
from renkei.search.meilisearch import MeilisearchEngine
from renkei.search.port import SearchEngine
from renkei_web.execution import Execution
from support import meilisearch
from support.asking import settings_for
from support.paths import postgres_programs
from support.postgres import USER, Cluster

# Houses that stand at once: the world, and the world without secrets.
SLOTS = 2


class Ground(Protocol):
    """A place for houses: the next one is built where the one before the last stood."""

    def house(
        self, world: World, rows: Rows, execution: Execution
    ) -> AbstractAsyncContextManager[House]:
        """A house with these rows of the world in it, its index built at `NOW`."""
        ...


class _Places:
    """Folders by turns, and a search engine for each house."""

    def __init__(self, folder: Path, twin: meilisearch.Standin | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.number = 0
        self._twin = twin

    def next(self) -> tuple[int, Path, SearchEngine | None]:
        """The slot, its emptied folder, and its engine: None for the embedded one."""
        self.number += 1
        slot = self.number % SLOTS
        place = self.folder / f"house{slot}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        if self._twin is None:
            return slot, place, None
        index = f"house{slot}"
        for name in (index, f"{index}-building"):
            self._twin.indexes.pop(name, None)
        return slot, place, MeilisearchEngine(self._twin.url, meilisearch.KEY, index=index)


@asynccontextmanager
async def _opened(
    url: str, place: Path, search: SearchEngine | None, world: World, execution: Execution
) -> AsyncIterator[House]:
    clock = FixedClock(NOW)
    async with App.opened(settings_for(url, place), clock=clock, search=search) as app:
        await reindex(app)
        yield House(app, execution, world, clock)


class SqliteGround:
    """A file for each house, copied from one that was migrated once."""

    def __init__(self, folder: Path, twin: meilisearch.Standin | None = None) -> None:
        self._places = _Places(folder, twin)
        self._template = folder / "template.db"
        migrate.upgrade(f"sqlite+aiosqlite:///{self._template}")
        engine = create_engine(f"sqlite:///{self._template}")
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()

    @asynccontextmanager
    async def house(self, world: World, rows: Rows, execution: Execution) -> AsyncIterator[House]:
        """See `Ground.house`."""
        _, place, search = self._places.next()
        file = place / "renkei.db"
        shutil.copyfile(self._template, file)
        engine = create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            for statement, values in statements(world, rows):
                connection.execute(statement, values)
        engine.dispose()
        url = f"sqlite+aiosqlite:///{file}"
        async with _opened(url, place, search, world, execution) as house:
            yield house


class PostgresGround:
    """Two databases of a private cluster, emptied by turns."""

    def __init__(
        self, folder: Path, cluster: Cluster, twin: meilisearch.Standin | None = None
    ) -> None:
        self._places = _Places(folder, twin)
        self._cluster = cluster
        self._ready: set[int] = set()

    @asynccontextmanager
    async def house(self, world: World, rows: Rows, execution: Execution) -> AsyncIterator[House]:
        """See `Ground.house`."""
        slot, place, search = self._places.next()
        url = self._cluster.url(f"house{slot}")
        if slot not in self._ready:
            await self._create(slot)
            self._ready.add(slot)
        database = Database(url)
        try:
            async with database.engine.begin() as connection:
                await connection.execute(text(f"TRUNCATE {', '.join(map(_quoted, ORDER))}"))
                for statement, values in statements(world, rows):
                    await connection.execute(statement, values)
        finally:
            await database.close()
        async with _opened(url, place, search, world, execution) as house:
            yield house

    async def _create(self, slot: int) -> None:
        connection = await asyncpg.connect(
            host=str(self._cluster.directory), user=USER, database="postgres"
        )
        try:
            await connection.execute(f"CREATE DATABASE house{slot} TEMPLATE template0")
        finally:
            await connection.close()
        await asyncio.to_thread(migrate.upgrade, self._cluster.url(f"house{slot}"))


def _quoted(name: str) -> str:
    return f'"{name}"'


@contextmanager
def ground_of(kind: str, folder: Path) -> Iterator[Ground]:
    """The ground of a kind: `sqlite` or `postgresql`, each with or without `+meilisearch`."""
    database, _, engine = kind.partition("+")
    with ExitStack() as stack:
        twin = stack.enter_context(meilisearch.standin()) if engine else None
        if database == "sqlite":
            yield SqliteGround(folder, twin)
            return
        programs = postgres_programs()
        if programs is None:
            raise SystemExit("PostgreSQL is not installed (Debian: postgresql-15)")
        cluster = Cluster(programs)
        stack.callback(cluster.stop)
        cluster.start()
        yield PostgresGround(folder, cluster, twin)
