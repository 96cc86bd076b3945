"""A town with an app in it, on each kind of database in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from renkei.app import App
from renkei.clock import FixedClock
from support.asking import settings_for
from support.factories import Town, town_in
from support.mail import MailSink
from support.world import World


@pytest.fixture
async def town(
    database_url: str, tmp_path: Path, clock: FixedClock, smtp_sink: MailSink
) -> AsyncIterator[Town]:
    """The town, with nothing due any more from its making."""
    settings = settings_for(
        database_url, tmp_path, smtp_url=smtp_sink.url, public_url="https://renkei.example"
    )
    async with App.opened(settings, clock=clock) as app:
        town = await town_in(app, World(app.database, clock))
        await town.react()
        yield town
