"""Which records a request has read: what its entry in the audit will name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Table

from renkei.access.policy.predicate import source_info


@dataclass(frozen=True)
class Noted:
    """Where a row tells what was read: the places of its key, its TLP and its parents' keys.

    The TLP is None where only a child of the record was read.
    """

    table: str
    key: int
    tlp: int | None
    parents: tuple[tuple[str, int], ...]


class Seen:
    """Records read so far, by table and key."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, UUID], str | None] = {}

    def note(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note these rows and the records that they are children of."""
        names = sorted(noted_columns(table))
        noted = noted_by(table, names.index)
        self.note_rows(noted, [[row[name] for name in names] for row in rows])

    def note_rows(self, noted: Noted, rows: Iterable[Sequence[Any]]) -> None:
        """The same of rows without names; where nothing was joined, the key is None."""
        for row in rows:
            if row[noted.key] is None:
                continue
            if noted.tlp is not None:
                self.records[noted.table, row[noted.key]] = row[noted.tlp]
            for parent, reference in noted.parents:
                if row[reference] is not None:
                    self.records.setdefault((parent, row[reference]), None)


def noted_by(table: Table, place: Callable[[str], int]) -> Noted:
    """How rows of the table are noted, its columns being at these places."""
    return Noted(
        table=table.name,
        key=place("id"),
        tlp=place("tlp") if "tlp" in table.c else None,
        parents=tuple(
            (next(iter(table.c[name].foreign_keys)).column.table.name, place(name))
            for name in _told_by(table)
        ),
    )


def noted_columns(source: FromClause) -> frozenset[str]:
    """What must be read of each row, so that it can be noted."""
    return frozenset({"id", *(["tlp"] if "tlp" in source.c else []), *_told_by(source)})


def _told_by(source: FromClause) -> tuple[str, ...]:
    """References to the records whose content a row is; a notice or a follow only points at one."""
    info = source_info(source)
    return () if info.get("pointer") else tuple(info.get("parents", ()))
