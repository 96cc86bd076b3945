"""Where houses stand: on SQLite or PostgreSQL, with the embedded engine or Meilisearch's twin."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    ExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import asyncpg
from sqlalchemy import create_engine, text

from leak_proof.asking import House
from leak_proof.drawing import NOW
from leak_proof.loading import ORDER, TABLES, Rows, statements
from leak_proof.world import World
from renkei.app import App
from renkei.bell import LocalBell, NoWaker
from renkei.clock import FixedClock
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.reactions import reindex
from renkei.search.embedded import EmbeddedSearch
from renkei.search.meilisearch import MeilisearchEngine
from renkei.search.port import SearchEngine
from renkei_web.execution import Execution
from support import meilisearch
from support.asking import settings_for
from support.paths import postgres_programs
from support.postgres import USER, Cluster

# Houses that stand at once: the world, and the world without secrets.
HOUSES = 2
# Tables whose keys PostgreSQL counts itself: it goes on after those that the world brought.
NUMBERED = {
    table.name: table.autoincrement_column.name
    for table in TABLES.values()
    if table.autoincrement_column is not None
}
NUMBER_ON = (
    "SELECT setval(pg_get_serial_sequence('\"{0}\"', '{1}'), coalesce(max({1}), 0) + 1, false)"
    ' FROM "{0}"'
)


class Ground(Protocol):
    """A place for houses: each is built where none stands, on a lot that one before it left."""

    def house(
        self, world: World, rows: Rows, execution: Execution
    ) -> AbstractAsyncContextManager[House]:
        """A house with these rows of the world in it, its index built at `NOW`."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_raised: object) -> None: ...


@dataclass(frozen=True)
class _Lot:
    """Where one house stands: its number, its emptied folder, its engine (None: the embedded)."""

    number: int
    folder: Path
    search: SearchEngine | None


class _Lots:
    """The lots of a ground, none of them built upon twice at once."""

    def __init__(self, folder: Path, twin: meilisearch.Standin | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._free = list(range(HOUSES))
        self._twin = twin

    @contextmanager
    def taken(self) -> Iterator[_Lot]:
        """A lot for one house; an IndexError where all are built upon."""
        number = self._free.pop()
        try:
            place = self._folder / f"house{number}"
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            yield _Lot(number, place, self._engine(f"house{number}"))
        finally:
            self._free.append(number)

    def _engine(self, index: str) -> SearchEngine | None:
        if self._twin is None:
            return None
        for name in (index, f"{index}-building"):
            self._twin.indexes.pop(name, None)
        return MeilisearchEngine(self._twin.url, meilisearch.KEY, index=index)


class _Built:
    """What grounds have in common: databases that stay open from house to house.

    So that statements are compiled once for all worlds, as in a process that runs for long. They
    belong to the event loop: `async with` the ground in the one that builds on it.
    """

    def __init__(self, folder: Path, twin: meilisearch.Standin | None) -> None:
        self._lots = _Lots(folder, twin)
        self._databases: dict[int, Database] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_raised: object) -> None:
        for database in self._databases.values():
            await database.close()
        self._databases.clear()

    @asynccontextmanager
    async def house(self, world: World, rows: Rows, execution: Execution) -> AsyncIterator[House]:
        """See `Ground.house`."""
        with self._lots.taken() as lot:
            url = await self._filled(lot, world, rows)
            database = self._databases.setdefault(lot.number, Database(url))
            clock = FixedClock(NOW)
            app = App(
                settings_for(url, lot.folder),
                clock=clock,
                database=database,
                search=lot.search or EmbeddedSearch(lot.folder / "search"),
                bell=LocalBell(),
                waker=NoWaker(),
                redis=None,
            )
            await reindex(app)
            yield House(app, execution, world, clock)

    async def _filled(self, lot: _Lot, world: World, rows: Rows) -> str:
        """The address of the lot's database, which now holds these rows and no others."""
        raise NotImplementedError


class SqliteGround(_Built):
    """A file for each lot; what was migrated once, and filled, is copied into it."""

    def __init__(self, folder: Path, twin: meilisearch.Standin | None = None) -> None:
        super().__init__(folder, twin)
        self._folder = folder
        self._template = folder / "template.db"
        migrate.upgrade(f"sqlite+aiosqlite:///{self._template}")
        with closing(sqlite3.connect(self._template)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def _filled(self, lot: _Lot, world: World, rows: Rows) -> str:
        filled, standing = self._folder / "filled.db", self._folder / f"house{lot.number}.db"
        shutil.copyfile(self._template, filled)
        engine = create_engine(f"sqlite:///{filled}")
        with engine.begin() as connection:
            for statement, values in statements(world, rows):
                connection.execute(statement, values)
        engine.dispose()
        with (
            closing(sqlite3.connect(filled)) as source,
            closing(sqlite3.connect(standing)) as target,
        ):
            source.backup(target)
        return f"sqlite+aiosqlite:///{standing}"


class PostgresGround(_Built):
    """A database of a private cluster for each lot, emptied before it is filled."""

    def __init__(
        self, folder: Path, cluster: Cluster, twin: meilisearch.Standin | None = None
    ) -> None:
        super().__init__(folder, twin)
        self._cluster = cluster

    async def _filled(self, lot: _Lot, world: World, rows: Rows) -> str:
        url = self._cluster.url(f"house{lot.number}")
        if lot.number not in self._databases:
            await self._created(lot.number)
            self._databases[lot.number] = Database(url)
        async with self._databases[lot.number].engine.begin() as connection:
            await connection.execute(text(f"TRUNCATE {', '.join(map(_quoted, ORDER))}"))
            for statement, values in statements(world, rows):
                await connection.execute(statement, values)
            for table, column in NUMBERED.items():
                await connection.execute(text(NUMBER_ON.format(table, column)))
        return url

    async def _created(self, number: int) -> None:
        connection = await asyncpg.connect(
            host=str(self._cluster.directory), user=USER, database="postgres"
        )
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS house{number}")
            await connection.execute(f"CREATE DATABASE house{number} TEMPLATE template0")
        finally:
            await connection.close()
        await asyncio.to_thread(migrate.upgrade, self._cluster.url(f"house{number}"))


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
