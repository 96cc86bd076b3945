"""Alembic's environment: the same connection settings as the product, both databases."""

from __future__ import annotations

from alembic import context
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from renkei import tables as _all_tables  # noqa: F401 - registers every table
from renkei.database import migrate


def run(connection: Connection) -> None:
    """Run what the command asked for, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


migrate.run(context.config.attributes["url"], run)
