"""Databases with the world in them: made once, kept in a cache, a fresh copy for each run.

The cache holds PostgreSQL's files as one archive and SQLite's file, the search index beside them,
and what a client has to know (`asked.json`). Its name tells size, form, tables and PostgreSQL.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from sqlalchemy import JSON, insert
from sqlmodel import SQLModel

from bench.policy_world import CHUNK, Row
from bench.reads.world import FORM, ReadWorld, Size
from renkei import tables as _all_tables
from renkei.app import App
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.reactions import reindex
from support.asking import settings_for
from support.paths import ROOT, postgres_programs
from support.postgres import USER, Cluster

_ = _all_tables
NAME = "bench"
# As much memory as keeps the whole world; statements are short, as the product's own engine says.
SETTINGS = {"shared_buffers": "512MB", "jit": "off"}
NUMBERED = ("clause", "clause_token", "fact")


class MissingProgramError(Exception):
    """What a run needs and this machine lacks."""


@dataclass(frozen=True)
class Place:
    """A database with the world in it, for one run."""

    url: str
    # Data directory of the apps: the search index lies in it.
    data: Path
    asked: dict[str, list[str]]
    cluster: Cluster | None = None


def cache_folder() -> Path:
    """Where worlds and rivals are kept, unless a flag says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "renkei-bench"


@contextmanager
def opened(size: Size, cache: Path, *, sqlite: bool = False) -> Iterator[Place]:
    """A copy of the kept world, which is made where there is none yet."""
    with tempfile.TemporaryDirectory(prefix="renkei-bench-") as scratch:
        made = _sqlite(size, cache, Path(scratch)) if sqlite else _postgres(size, cache)
        with made as place:
            data = Path(scratch) / "data"
            shutil.copytree(place.data / "search", data / "search")
            yield Place(place.url, data, place.asked, place.cluster)


@contextmanager
def _postgres(size: Size, cache: Path) -> Iterator[Place]:
    programs = postgres_programs()
    if programs is None:
        raise MissingProgramError("PostgreSQL is not installed")
    kept = _kept(cache, size, programs.parent.name)
    if not (kept / "asked.json").exists():
        cluster = Cluster(programs, settings=SETTINGS)
        try:
            cluster.start()
            asyncio.run(_run(cluster, "postgres", f"CREATE DATABASE {NAME} TEMPLATE template0"))
            asked = _filled(cluster.url(NAME), size, kept, cluster)
            cluster.keep(kept / "data.tar")
        finally:
            cluster.stop()
        _tell(kept, asked)
    cluster = Cluster(programs, settings=SETTINGS)
    try:
        cluster.start(kept / "data.tar")
        yield Place(cluster.url(NAME), kept, _told(kept), cluster)
    finally:
        cluster.stop()


@contextmanager
def _sqlite(size: Size, cache: Path, scratch: Path) -> Iterator[Place]:
    kept = _kept(cache, size, "sqlite")
    if not (kept / "asked.json").exists():
        unfinished = kept / "unfinished.db"
        unfinished.unlink(missing_ok=True)
        asked = _filled(f"sqlite+aiosqlite:///{unfinished}", size, kept, None)
        unfinished.replace(kept / "renkei.db")
        _tell(kept, asked)
    shutil.copyfile(kept / "renkei.db", scratch / "renkei.db")
    yield Place(f"sqlite+aiosqlite:///{scratch / 'renkei.db'}", kept, _told(kept))


def _kept(cache: Path, size: Size, engine: str) -> Path:
    """The folder of this world; another one where the tables, their rows or the engine differ."""
    versions = sorted((ROOT / "platform/renkei/migrations/versions").glob("*.py"))
    told = json.dumps([FORM, asdict(size), engine, [one.name for one in versions]])
    folder = cache / "worlds" / hashlib.sha256(told.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tell(kept: Path, asked: dict[str, list[str]]) -> None:
    (kept / "asked.json").write_text(json.dumps(asked), encoding="utf-8")


def _told(kept: Path) -> dict[str, list[str]]:
    asked: dict[str, list[str]] = json.loads((kept / "asked.json").read_text(encoding="utf-8"))
    return asked


def _filled(url: str, size: Size, kept: Path, cluster: Cluster | None) -> dict[str, list[str]]:
    migrate.upgrade(url)
    world = ReadWorld(size)
    made = {name: list(rows) for name, rows in world.tables()}
    order = [table.name for table in SQLModel.metadata.sorted_tables if table.name in made]
    asyncio.run(_copy(cluster, order, made) if cluster else _insert(url, order, made))
    shutil.rmtree(kept / "search", ignore_errors=True)
    asyncio.run(_index(url, kept))
    return world.asked()


async def _copy(cluster: Cluster, order: list[str], made: dict[str, list[Row]]) -> None:
    connection = await asyncpg.connect(
        host=str(cluster.directory), user=USER, database=NAME, command_timeout=600
    )
    try:
        for name in order:
            columns = list(made[name][0])
            await connection.copy_records_to_table(
                name, records=_records(name, columns, made[name]), columns=columns
            )
        for name in NUMBERED:
            # The product goes on numbering where these rows end.
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"
            )
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _records(name: str, columns: list[str], rows: list[Row]) -> Iterator[tuple[Any, ...]]:
    table = SQLModel.metadata.tables[name]
    documents = {one for one in columns if isinstance(table.c[one].type, JSON)}
    for row in rows:
        yield tuple(
            orjson.dumps(row[one]).decode() if one in documents else row[one] for one in columns
        )


async def _insert(url: str, order: list[str], made: dict[str, list[Row]]) -> None:
    database = Database(url)
    try:
        async with database.writing() as session:
            for name in order:
                rows = made[name]
                for start in range(0, len(rows), CHUNK):
                    await session.execute(
                        insert(SQLModel.metadata.tables[name]), rows[start : start + CHUNK]
                    )
            await session.commit()
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("ANALYZE")
            await connection.commit()
    finally:
        await database.close()


async def _index(url: str, kept: Path) -> None:
    async with App.opened(settings_for(url, kept)) as app:
        await reindex(app)


async def _run(cluster: Cluster, database: str, statement: str) -> None:
    connection = await asyncpg.connect(host=str(cluster.directory), user=USER, database=database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
