"""A deployment with a little of everything, on each kind of database in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from renkei.clock import FixedClock
from support.databases import PostgresDatabases
from web.portal.kept import KeptScenes
from web.portal.scene import Scene


@pytest.fixture(scope="session")
def postgres_scenes(
    postgres_databases: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory
) -> KeptScenes:
    """Copies of one scene on PostgreSQL."""
    return KeptScenes(postgres_databases, tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="session")
def scenes(database_kind: str, request: pytest.FixtureRequest) -> KeptScenes:
    """Where tests get their scenes from, on each kind of database in turn."""
    names = {"sqlite": "embedded_scenes", "postgresql": "postgres_scenes"}
    found: KeptScenes = request.getfixturevalue(names[database_kind])
    return found


@pytest.fixture
async def scene(scenes: KeptScenes, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Scene]:
    """The deployment, at 2026-11-24 12:00 JST."""
    async with scenes.opened(tmp_path, clock) as filled:
        yield filled


@pytest.fixture
async def embedded_scene(
    embedded_scenes: KeptScenes, clock: FixedClock, tmp_path: Path
) -> AsyncIterator[Scene]:
    """The deployment on the embedded database alone, for what no database changes."""
    async with embedded_scenes.opened(tmp_path, clock) as filled:
        yield filled
