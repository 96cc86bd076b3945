"""Reading a kind page by page: each page by a viewer assembled anew, in a snapshot of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from renkei.access.markings import MARKING_COLUMNS, Marking
from renkei.access.policy.viewer import Viewer
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.exports.eyes import Eyes
from renkei.exports.kinds import Field, Inside, Kind, Listing, Part, Reference
from renkei.exports.marks import Marks, marked_by
from renkei.exports.rules import told
from renkei.exports.spool import Row
from renkei.reading.page import Cursors, Page
from renkei.reading.reader import Reader
from renkei.reading.record import Record
from renkei.reading.seen import Read

# Rows of a page: 500 cost one round of statements and a few megabytes.
PAGE = 500


def keys_of(kind: Kind) -> tuple[str, ...]:
    """Every column of an export of the kind: it ends in how each row may be handled."""
    return (*kind.keys, *MARKING_COLUMNS)


@dataclass(frozen=True)
class Exported:
    """One page: its viewer, its rows, what was read for them, and the strictest marking of that."""

    viewer: Viewer
    rows: list[Row]
    read: Read
    marking: Marking


async def pages(
    database: Database, clock: Clock, kind: Kind, eyes: Eyes, *, size: int = PAGE
) -> AsyncIterator[Exported]:
    """The rows of a kind that the viewer may see, in the order of their keys.

    Keys never change, so that no row is skipped or told twice, whatever is written meanwhile. Each
    page is decided by what the viewer is and the policy says when it is read (promises, 4).
    """
    after: tuple[UUID] | None = None
    while True:
        viewer = await eyes.now()
        # It hands out no cursor, and so needs no secret to sign one.
        reader = Reader(database, viewer, at=clock.now(), cursors=Cursors(b""))
        try:
            page = Page(size=size, after=after, columns=_wanted(kind), through=True)
            found = await _page(reader, kind, page)
        finally:
            await reader.close()
        last, more, exported = found
        if last is not None:
            yield exported
        if not more:
            return
        after = (last,) if last is not None else None


def _wanted(kind: Kind) -> frozenset[str]:
    return kind.needs | marked_by(kind.table, kind.needs)


async def _page(reader: Reader, kind: Kind, page: Page) -> tuple[UUID | None, bool, Exported]:
    found = await reader.page(kind.table, page)
    records = found.records
    marks = Marks(reader)
    await marks.note(record.values for record in records)
    beside = [await _beside(reader, marks, part, records) for part in kind.parts]
    rows = [_row(reader, kind, marks, record, beside) for record in records]
    last = records[-1].id if records else None
    page_of = Exported(reader.viewer, rows, reader.seen.records, marks.strictest)
    return last, found.more_after, page_of


async def _beside(
    reader: Reader, marks: Marks, part: Part, records: Iterable[Record]
) -> dict[Any, Any]:
    """What a part reads besides the rows: one statement a page, narrowed like every other."""
    parents = [record.id for record in records]
    match part:
        case Reference():
            keys = {record.values[part.column] for record in records} - {None}
            wanted = part.needs | marked_by(part.target, part.needs)
            ends = await reader.by_keys(part.target, "id", sorted(keys), wanted)
            await marks.note(end.values for end in ends.values())
            return ends
        case Listing():
            table = part.link.table
            wanted = part.needs | marked_by(table, part.needs)
            lists = await reader.listed(part.link, parents, wanted, part.order)
            await marks.note(one.values for listed in lists.values() for one in listed)
            return lists
        case Inside():
            wanted = part.needs | marked_by(part.link.table, part.needs)
            first = Page(size=1, order=part.order, columns=wanted)
            slices = await reader.pages(part.link, parents, first)
            firsts = {key: one.records[0] for key, one in slices.items() if one.records}
            await marks.note(one.values for one in firsts.values())
            return firsts
        case Field():
            return {}


def _row(
    reader: Reader, kind: Kind, marks: Marks, record: Record, beside: list[dict[Any, Any]]
) -> Row:
    at, viewer = reader.at, reader.eyes
    cells: Row = [kind.id_of(record.id)]
    for part, found in zip(kind.parts, beside, strict=True):
        match part:
            case Field():
                cells += part.cells(record.values, at, viewer)
            case Reference():
                end: Record | None = found.get(record.values[part.column])
                cells += (
                    (None, None)
                    if end is None
                    else (part.id_of(end.id), part.label(end.values, at, viewer))
                )
            case Listing():
                labels = (part.label(one.values, at, viewer) for one in found[record.id])
                cells.append([label for label in labels if label is not None])
            case Inside():
                inner = found.get(record.id)
                for field in part.fields:
                    empty = (None,) * len(field.keys)
                    cells += empty if inner is None else field.cells(inner.values, at, viewer)
    return [*cells, *told(marks.of(record.values)).values()]
