"""Which records a request has read: what its entry in the audit will name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Table

from renkei.access.policy.predicate import source_info

# Of a marked record: its TLP, its audience, and who made it.
Facts = tuple[str, int, UUID | None]
# What was read, by table and key; None where only a child of the record was.
Read = Mapping[tuple[str, UUID], Facts | None]


@dataclass(frozen=True)
class Noted:
    """Where a row tells what was read: the places of its key, its facts and its parents' keys.

    There are no facts of what is not marked, and none of who made it where that is told nowhere.
    """

    table: str
    key: int
    facts: tuple[int, int, int | None] | None
    parents: tuple[tuple[str, int], ...]


class Seen:
    """Records read so far."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, UUID], Facts | None] = {}

    def note(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note these rows and the records that they are children of."""
        names = sorted(noted_columns(table))
        noted = noted_by(table, names.index)
        self.note_rows(noted, [[row[name] for name in names] for row in rows])

    def note_rows(self, noted: Noted, rows: Iterable[Sequence[Any]]) -> None:
        """The same of rows without names; where nothing was joined, the key is None."""
        there = [row for row in rows if row[noted.key] is not None]
        if noted.facts is not None:
            tlp, audience, maker = noted.facts
            self.records |= {
                (noted.table, row[noted.key]): (
                    row[tlp],
                    row[audience],
                    None if maker is None else row[maker],
                )
                for row in there
            }
        for parent, reference in noted.parents:
            for key in {row[reference] for row in there} - {None}:
                self.records.setdefault((parent, key), None)


def noted_by(table: Table, place: Callable[[str], int]) -> Noted:
    """How rows of the table are noted, its columns being at these places."""
    return Noted(
        table=table.name,
        key=place("id"),
        facts=_facts(table, place) if "tlp" in table.c else None,
        parents=tuple(
            (next(iter(table.c[name].foreign_keys)).column.table.name, place(name))
            for name in _told_by(table)
        ),
    )


def maker_of(source: FromClause) -> str | None:
    """The column that says who made a record of this table."""
    column: str | None = source_info(source).get("originator")
    return column


def _facts(table: Table, place: Callable[[str], int]) -> tuple[int, int, int | None]:
    maker = maker_of(table)
    return place("tlp"), place("audience_id"), None if maker is None else place(maker)


def noted_columns(source: FromClause) -> frozenset[str]:
    """What must be read of each row, so that it can be noted."""
    maker = maker_of(source)
    facts = ["tlp", "audience_id", *([maker] if maker else [])] if "tlp" in source.c else []
    return frozenset({"id", *facts, *_told_by(source)})


def _told_by(source: FromClause) -> tuple[str, ...]:
    """References to the records whose content a row is; a notice or a follow only points at one."""
    info = source_info(source)
    return () if info.get("pointer") else tuple(info.get("parents", ()))
