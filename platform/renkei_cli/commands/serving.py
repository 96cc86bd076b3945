"""`renkei serve`, `renkei web`, `renkei worker`: the processes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from renkei.app import App
from renkei.settings import Settings
from renkei_cli import logs, processes
from renkei_cli.commands.database import upgrade_all
from renkei_cli.house import (
    DEMO_DIRECTORY,
    Data,
    environment,
    prepare_demo,
    refuse_public_bind,
    settings_for,
)
from renkei_cli.readiness import notify_ready
from renkei_cli.speaking import CommandFailed

Host = Annotated[str, typer.Option(help="待ち受けるアドレス。 / Address to listen on.")]
Port = Annotated[
    int, typer.Option(min=1, max=65535, help="待ち受けるポート。 / Port to listen on.")
]


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="見本のデータで始める。 / With sample data.")
    ] = False,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    data: Data = None,
) -> None:
    """すべてを1台で動かす。 / Everything on one machine.

    止めるにはCtrl-C。 / Ctrl-C stops all of it.
    """
    if demo:
        refuse_public_bind(host)
        settings = _filled_demo(data)
    else:
        settings = settings_for(data)
        if settings.demo:
            refuse_public_bind(host)
        settings.require_secrets()
        upgrade_all(settings)
    asyncio.run(_index_if_needed(settings))
    shown = f"[{host}]" if ":" in host else host
    env = environment(settings, public_url=f"http://{shown}:{port}")
    command = [sys.executable, "-m", "renkei_cli"]
    status = asyncio.run(
        processes.serve(
            settings,
            host,
            port,
            [*command, "web", "--host", host, "--port", str(port)],
            [*command, "worker"],
            env,
        )
    )
    raise typer.Exit(status)


def _filled_demo(data: Path | None) -> Settings:
    """The settings of the demo in this directory, its database up to date and filled."""
    from renkei_cli.demo import fill  # noqa: PLC0415 - sample data is read by the demo alone

    named = data or os.environ.get("RENKEI_DATA_DIR")
    directory = Path(named) if named else DEMO_DIRECTORY
    demo = prepare_demo(directory)
    settings = settings_for(directory)
    if settings.database_url:
        raise CommandFailed(
            "A demo keeps its own database in its directory: unset RENKEI_DATABASE_URL.",
            "見本の環境は自分のデータベースを使います。RENKEI_DATABASE_URLを外してください。",
        )
    if not demo.filled:
        fill.start_over(directory)
    upgrade_all(settings)
    if not demo.filled:
        accounts = asyncio.run(fill.fill(settings))
        replace(demo, filled=True).write()
        fill.show_accounts(accounts)
    return settings


async def _index_if_needed(settings: Settings) -> None:
    """Build the search index where there is none, or one of another version."""
    from renkei.reactions import reindex  # noqa: PLC0415 - with the engines

    async with App.opened(settings.model_copy(update={"redis_url": ""})) as app:
        if not await app.search.healthy():
            await reindex(app)


def web(host: Host = "127.0.0.1", port: Port = 8000, data: Data = None) -> None:
    """ウェブのプロセスを1つ動かす。 / One web process."""
    settings = settings_for(data)
    settings.require_secrets()
    if settings.demo:
        refuse_public_bind(host)
    logs.configure(as_json=settings.log_json)
    from renkei_schema.schema import schema  # noqa: PLC0415 - commands start faster without the web
    from renkei_web.app import create_app  # noqa: PLC0415 - as above
    from renkei_web.portal.site import add_pages  # noqa: PLC0415 - as above
    from renkei_web.server import WebServer, server_config  # noqa: PLC0415 - as above

    application = create_app(settings, schema=schema, open_app=_opened, add_pages=add_pages)
    server = WebServer(server_config(application, settings, host=host, port=port))
    server.run()
    if not server.started:
        raise CommandFailed(
            f"The web process could not start on {host}:{port}.",
            f"{host}:{port} で始められませんでした。",
        )


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[App]:
    """The kernel's app of a web process: what it records wakes the worker over Redis."""
    from renkei_workers.queue import ArqWaker  # noqa: PLC0415 - as in `web`

    if not settings.redis_url:
        async with App.opened(settings) as app:
            yield app
        return
    waker = ArqWaker(settings.redis_url, expires=timedelta(seconds=settings.sweep_seconds))
    try:
        async with App.opened(settings, waker=waker) as app:
            yield app
    finally:
        await waker.close()


def worker(data: Data = None) -> None:
    """ワーカーのプロセスを1つ動かす。 / One worker process."""
    settings = settings_for(data)
    settings.require_secrets()
    logs.configure(as_json=settings.log_json)
    from renkei_workers.worker import run_worker  # noqa: PLC0415 - other commands need none

    asyncio.run(run_worker(settings, ready=notify_ready))


def add_to(app: typer.Typer) -> None:
    """Add `serve`, `web` and `worker`."""
    for command in (serve, web, worker):
        app.command()(command)
