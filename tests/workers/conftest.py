"""A town on the machine's own clock, and real worker processes beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from renkei.app import App
from renkei.clock import FixedClock
from renkei.settings import Settings
from support.asking import settings_for
from support.factories import Town, town_in
from support.mail import MailSink
from support.world import World

PROGRAM = """
import asyncio, sys
from renkei.settings import Settings
from renkei_workers.worker import run_worker
asyncio.run(run_worker(Settings(), ready=lambda: print("ready", flush=True)))
"""


@dataclass
class Workers:
    """Starts worker processes of one deployment, and ends them."""

    settings: Settings
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, **changes: str) -> subprocess.Popen[str]:
        """A worker that is at work."""
        settings = self.settings
        told = {
            "RENKEI_DATABASE_URL": settings.database_url,
            "RENKEI_DATA_DIR": str(settings.data_dir),
            "RENKEI_REDIS_URL": settings.redis_url,
            "RENKEI_SMTP_URL": settings.smtp_url,
            "RENKEI_SECRET_KEY": settings.secret_key.get_secret_value(),
            "RENKEI_SIGNING_KEY": settings.signing_key.get_secret_value(),
            "RENKEI_SWEEP_SECONDS": str(settings.sweep_seconds),
            "RENKEI_LEASE_SECONDS": str(settings.lease_seconds),
        }
        worker = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, **told, **changes},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.running.append(worker)
        assert worker.stdout is not None
        for line in worker.stdout:
            if line.strip() == "ready":
                return worker
        raise AssertionError("the worker ended before it was ready")

    def stop(self, worker: subprocess.Popen[str], number: int = signal.SIGTERM) -> int:
        """End a worker; its exit status."""
        worker.send_signal(number)
        status = worker.wait(timeout=40)
        if worker.stdout is not None:
            worker.stdout.close()
        self.running.remove(worker)
        return status


@pytest.fixture
def settings(database_url: str, tmp_path: Path, smtp_sink: MailSink, redis_url: str) -> Settings:
    """A deployment with Redis, whose worker sweeps each second and whose leases are short."""
    return settings_for(
        database_url,
        tmp_path,
        smtp_url=smtp_sink.url,
        redis_url=redis_url,
        sweep_seconds=1,
        lease_seconds=17,
    )


@pytest.fixture
def workers(settings: Settings) -> Iterator[Workers]:
    """Worker processes, ended with the test."""
    started = Workers(settings)
    yield started
    for worker in list(started.running):
        started.stop(worker, signal.SIGKILL)


@pytest.fixture
async def town(settings: Settings) -> AsyncIterator[Town]:
    """The town, made just now; nothing is due from its making."""
    async with App.opened(settings) as app:
        town = await town_in(app, World(app.database, FixedClock(datetime.now(UTC))))
        await town.react()
        yield town
