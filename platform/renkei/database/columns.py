"""Field shorthands that every table uses: random keys, instants, references, versions, JSON."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

# Named constraints: without names, later migrations could not change them on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Searched and compared nowhere in SQL: kept as the document that it is.
JsonColumn = JSON().with_variant(JSONB(), "postgresql")


def key() -> Any:
    """A random primary key (UUIDv4): it must tell neither when nor how many (promises, 10)."""
    return Field(default_factory=uuid4, primary_key=True)


def ref(target: str, *, index: bool = True, **options: Any) -> Any:
    """A reference to `target` ("call.id"), indexed: every link is followed from both ends.

    Without an `index` of its own where another one of the table begins with it.
    """
    return Field(foreign_key=target, index=index, **options)


def json_field(factory: Any = dict) -> Any:
    """A JSON document, never NULL."""
    return Field(default_factory=factory, sa_type=JsonColumn, nullable=False)


def version() -> Any:
    """Counts the saves of what people edit: a save names the version that it was based on."""
    return Field(default=1, nullable=False)


__all__ = ["UUID", "JsonColumn", "json_field", "key", "ref", "version"]
