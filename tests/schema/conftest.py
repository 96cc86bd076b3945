"""The schema over a real app, on each kind of database in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from renkei.app import App
from renkei.clock import FixedClock
from support.asking import Asker, settings_for
from support.funding import Funding, funding_in
from support.world import World


@pytest.fixture
async def ask(database_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Asker]:
    """Asks the schema in process."""
    async with App.opened(settings_for(database_url, tmp_path), clock=clock) as app:
        yield Asker(app)


@pytest.fixture
async def funding(ask: Asker, clock: FixedClock) -> Funding:
    """The funding side and those who propose, in the asker's database."""
    return await funding_in(World(ask.app.database, clock))
