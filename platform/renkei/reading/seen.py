"""Which records a request has read: what its entry in the audit will name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Table

from renkei.access.policy.reach import source_info


class Seen:
    """Records read so far, by table and key. The TLP is None where only a child of it was read."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, UUID], str | None] = {}

    def note(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note these rows and the records that they are children of."""
        marked = "tlp" in table.c
        parents = [
            (next(iter(table.c[name].foreign_keys)).column.table.name, name)
            for name in _told_by(table)
        ]
        if not marked and not parents:
            return
        for row in rows:
            if marked:
                self.records[table.name, row["id"]] = row["tlp"]
            for parent, reference in parents:
                if row[reference] is not None:
                    self.records.setdefault((parent, row[reference]), None)


def noted_columns(source: FromClause) -> frozenset[str]:
    """What must be read of each row, so that it can be noted."""
    return frozenset({"id", *(["tlp"] if "tlp" in source.c else []), *_told_by(source)})


def _told_by(source: FromClause) -> tuple[str, ...]:
    """References to the records whose content a row is; a notice or a follow only points at one."""
    info = source_info(source)
    return () if info.get("pointer") else tuple(info.get("parents", ()))
