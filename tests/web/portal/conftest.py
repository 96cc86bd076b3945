"""A deployment with a little of everything, on each kind of database in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from renkei.clock import FixedClock
from support.databases import SqliteDatabases
from web.portal.scene import Scene, scene_in


@pytest.fixture
async def scene(database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Scene]:
    """The deployment, at 2026-11-24 12:00 JST."""
    async with scene_in(tmp_path, database_url, clock) as filled:
        yield filled


@pytest.fixture(scope="session")
def embedded_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Embedded databases, migrated once."""
    return SqliteDatabases(tmp_path_factory.mktemp("portal"))


@pytest.fixture
async def embedded_scene(
    embedded_databases: SqliteDatabases, clock: FixedClock, tmp_path: Path
) -> AsyncIterator[Scene]:
    """The deployment on the embedded database alone, for what no database changes."""
    async with (
        embedded_databases.fresh(tmp_path, migrated=True) as url,
        scene_in(tmp_path, url, clock) as filled,
    ):
        yield filled
