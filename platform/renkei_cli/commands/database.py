"""`renkei db …`: migrations, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from renkei.areas.service import Loaded, load_area_lists
from renkei.areas.shipped import shipped_catalogue, shipped_mappings
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.settings import Settings
from renkei_cli.house import Data, settings_for
from renkei_cli.operating import as_operator
from renkei_cli.speaking import CommandFailed, say

database = typer.Typer(
    no_args_is_help=True,
    help="データベースの移行。 / Migrations of the database.",
)


def upgrade_all(settings: Settings) -> Loaded:
    """Bring the database up to this version: its tables, and the lists that come with it."""
    migrate.upgrade(settings.resolved_database_url)
    return asyncio.run(_load_lists(settings))


async def _load_lists(settings: Settings) -> Loaded:
    async with as_operator(settings) as (unit, reach):
        return await load_area_lists(
            unit, reach, catalogue=shipped_catalogue(), mappings=shipped_mappings()
        )


@database.command()
def upgrade(data: Data = None) -> None:
    """最新の版にする（同梱の一覧も入れる）。 / Bring tables and shipped lists up to date."""
    loaded = upgrade_all(settings_for(data))
    say(
        f"The database is up to date; {loaded.rows} rows of lists were new.",
        f"データベースは最新です。一覧の新しい項目は{loaded.rows}件でした。",
    )


@database.command()
def downgrade(
    revision: Annotated[
        str,
        typer.Argument(help="戻す先の版。baseはすべて消す。 / Revision; base: nothing is left."),
    ],
    data: Data = None,
    yes: Annotated[bool, typer.Option("--yes", help="確かめずに行う。 / Don't ask first.")] = False,
) -> None:
    """前の版に戻す。データが失われうる。 / Go back; data may be lost."""
    if not yes:
        typer.confirm("データが失われることがあります。 / Data may be lost. OK?", abort=True)
    migrate.downgrade(settings_for(data).resolved_database_url, revision)
    say(f"The database is at {revision}.", f"データベースを {revision} に戻しました。")


@database.command()
def check(data: Data = None) -> None:
    """移行が残っていないか確かめる。 / Fail where migrations are pending."""
    present, newest = asyncio.run(_revisions(settings_for(data)))
    if present != newest:
        raise CommandFailed(
            f"The database is at {present or 'nothing'}, the code at {newest}: renkei db upgrade",
            f"データベースは {present or '空'}、プログラムは {newest} です：renkei db upgrade",
        )
    say(f"The database is at {present}, the newest.", f"データベースは最新（{present}）です。")


async def _revisions(settings: Settings) -> tuple[str | None, str | None]:
    found = Database(settings.resolved_database_url)
    try:
        return await migrate.revisions(found)
    finally:
        await found.close()


def add_to(app: typer.Typer) -> None:
    """Add `db`."""
    app.add_typer(database, name="db")
