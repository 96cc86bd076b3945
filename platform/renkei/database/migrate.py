"""Migrations from Python: the commands `renkei db …` and the tests call these."""

from __future__ import annotations

import asyncio
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from renkei.database.engine import Database


def config_for(url: str) -> Config:
    """Alembic's configuration for the database at `url`; there is no alembic.ini."""
    config = Config()
    with as_file(files("renkei") / "migrations") as folder:
        config.set_main_option("script_location", str(folder))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`. Not to be called inside an event loop."""
    command.upgrade(config_for(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` down to `revision` ("base": nothing is left)."""
    command.downgrade(config_for(url), revision)


async def revisions(database: Database) -> tuple[str | None, str | None]:
    """The revision that the database is at, and the newest one that the code knows."""
    newest = ScriptDirectory.from_config(config_for(database.url)).get_current_head()
    async with database.engine.connect() as connection:
        present = await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )
    return present, newest


def run(url: str, migrate: object) -> None:
    """Run Alembic's `migrate(connection)` on a connection of its own; env.py's helper."""

    async def _run() -> None:
        database = Database(url)
        try:
            async with database.engine.execution_options(
                renkei_writes=True
            ).connect() as connection:
                await connection.run_sync(migrate)  # type: ignore[arg-type]  # env.py's closure
                await connection.commit()
        finally:
            await database.close()

    asyncio.run(_run())
