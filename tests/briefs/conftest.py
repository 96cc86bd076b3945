"""A think tank, a ministry and two firms, on each kind of database in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from renkei.app import App
from renkei.clock import FixedClock
from support.asking import settings_for
from support.factories import Town, town_in
from support.world import World


@pytest.fixture
async def town(database_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Town]:
    """The town; nobody has written a brief yet."""
    async with App.opened(settings_for(database_url, tmp_path), clock=clock) as app:
        yield await town_in(app, World(app.database, clock))
