"""The instant that counts: when the whole of a change had arrived, by the database's clock."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from renkei.app import App
from renkei.clock import SystemClock
from support.asking import settings_for
from web.toy import Toy
from web.wire import Answered, ask_raw

RENAME = 'mutation { rename(title: "締切") }'


async def ask(toy: Toy, query: str, *parts: float) -> Answered:
    """Ask with the body in two halves, with these waits between."""
    body = json.dumps({"query": query}).encode()
    fields = [(b"content-type", b"application/json")]
    fields += [(name.encode(), value.encode()) for name, value in toy.person().items()]
    return await ask_raw(toy.web, fields=fields, body=[body[:9], *parts, body[9:]])


async def test_it_is_taken_when_the_last_byte_is_here_before_anything_else(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[float] = []
    found = toy.app.identity.by_access_token

    async def slowly(token: str) -> object:
        looked_up.append(time.monotonic())
        await asyncio.sleep(0.05)
        return await found(token)

    monkeypatch.setattr(toy.app.identity, "by_access_token", slowly)
    answered = await ask(toy, RENAME, 0.05)
    first, last = answered.events
    (complete,) = toy.app.completed[-1:]
    assert complete is not None
    assert first + 0.04 < last <= complete <= looked_up[0]


async def test_queries_are_spared_the_question(toy: Toy) -> None:
    before = len(toy.app.completed)
    await ask(toy, "{ me }")
    assert len(toy.app.completed) == before
    await ask(toy, RENAME)
    assert len(toy.app.completed) == before + 1


async def instant(app: App) -> datetime:
    return await app.database.instant() or datetime.now(UTC)


async def test_it_is_never_earlier_than_the_truth_and_no_later_than_the_question_took(
    database_url: str, tmp_path: Path
) -> None:
    """What had not arrived at the deadline can't count as in time, however long it waited since."""
    async with App.opened(settings_for(database_url, tmp_path), clock=SystemClock()) as app:
        await instant(app)
        for waited in (0.0, 0.3):
            earliest = await instant(app)
            complete = time.monotonic()
            latest = await instant(app)
            await asyncio.sleep(waited)
            asked = time.monotonic()
            arrived = await app.arrival(complete)
            took = timedelta(seconds=time.monotonic() - asked)
            tick = timedelta(milliseconds=1)
            assert earliest - tick <= arrived <= latest + took + tick
