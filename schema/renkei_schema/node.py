"""The Relay `Node` interface, and how a global id leads back to a record."""

from __future__ import annotations

from typing import Any

import strawberry
from sqlalchemy import Table

from renkei_schema.ids import read_id, write_id

# GraphQL type name ↔ table, filled as types are declared.
TABLES: dict[str, Table] = {}
TYPE_NAMES: dict[str, str] = {}


@strawberry.interface(description="不透明なIDを持つもの。 / Anything with an opaque id.")
class Node:
    """Relay's Node."""

    @strawberry.field(description="不透明なID。 / The opaque id.")
    def id(self) -> strawberry.ID:
        """The global id."""
        record: Any = self
        return write_id(TYPE_NAMES[record.table], record.id)


def record_of(value: str) -> tuple[Table, Any] | None:
    """The table and key behind a global id, where it is one that can be."""
    found = read_id(value)
    if found is None or found[0] not in TABLES:
        return None
    return TABLES[found[0]], found[1]
