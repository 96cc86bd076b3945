"""How strictly each thing of a page is marked: by its own marking, or by who may read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table

from renkei.access.markings import MARKING_COLUMNS, Marking, stored_marking
from renkei.access.policy.predicate import is_readable
from renkei.access.store import audience_in, gate_in
from renkei.exports.rules import marking_by_clauses, strictest_of
from renkei.reading.parts import is_part
from renkei.reading.reader import Reader

_CLAUSES = ("audience_id", "gate_id")


def marked_by(table: Table, needs: Iterable[str] = ()) -> frozenset[str]:
    """What must be read of a row beside `needs`, to tell how it and its parts are marked."""
    if "tlp" in table.c:
        return frozenset(MARKING_COLUMNS)
    if not is_readable(table) or _inside_marked(table):
        return frozenset()
    parts = {name.partition(".")[0] for name in needs if is_part(name)}
    return frozenset(_CLAUSES) | {f"{part}.{name}" for part in parts for name in _CLAUSES}


def _inside_marked(table: Table) -> bool:
    """Whether it is the content of a marked record, which is read beside it and tells for both."""
    if table.info.get("pointer"):
        return False
    ends = (next(iter(table.c[name].foreign_keys)) for name in table.info.get("parents", ()))
    return any("tlp" in end.column.table.c for end in ends)


class Marks:
    """The markings of one page, and the strictest of all that was noted."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._at: datetime = reader.at
        self._by_clauses: dict[tuple[int, int], Marking] = {}
        self._noted: set[Marking] = set()

    async def note(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note how these rows of one table, and the parts of them that are seen, are marked."""
        rows = list(rows)
        pairs = {pair for row in rows for pair in _pairs(row)} - self._by_clauses.keys()
        if pairs:
            found = await self._reader.clauses({key for pair in pairs for key in pair})
            for audience, gate in pairs:
                self._by_clauses[audience, gate] = marking_by_clauses(
                    audience_in(found, audience), gate_in(found, gate), self._at
                )
        self._noted |= {stored_marking(row) for row in rows if "tlp" in row}
        self._noted |= {self._by_clauses[pair] for row in rows for pair in _pairs(row)}

    def of(self, row: Mapping[str, Any]) -> Marking:
        """How a noted row is marked, with what of its parts is seen."""
        if "tlp" in row:
            return stored_marking(row)
        return strictest_of(*(self._by_clauses[pair] for pair in _pairs(row)))

    @property
    def strictest(self) -> Marking:
        """How a page of all that was noted is marked."""
        return strictest_of(*sorted(self._noted, key=_order))


def _order(one: Marking) -> tuple[Any, ...]:
    """An order of markings, so that the same records say the same in every process."""
    return one.restrictions, one.tlp.strictness, one.grade, one.stored_countries


def _pairs(row: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The clauses of an unmarked row and of its parts; a hidden part's are null."""
    if "tlp" in row:
        return []
    ends = [name.removesuffix("audience_id") for name in row if name.endswith("audience_id")]
    pairs = ((row[f"{end}audience_id"], row[f"{end}gate_id"]) for end in ends)
    return [pair for pair in pairs if None not in pair]
