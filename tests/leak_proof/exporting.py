"""Exports as a way out: each kind in each format, read back, judged, and compared byte by byte.

Kinds come from the declarations, and formats from the product: one without a reader or a judge
here raises, and the build fails.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import openpyxl

from leak_proof.asking import House, Noted
from leak_proof.judging import Judge, Leak
from renkei.access.markings import TLP
from renkei.exports.delivery import CSV, FORMATS, JSONL, XLSX, write_to
from renkei.exports.eyes import Eyes, PersonsEyes
from renkei.exports.kinds import Field, Inside, Kind, Listing, Part, Reference
from renkei.exports.rows import keys_of
from renkei.exports.service import House as Source
from renkei.exports.service import gather
from renkei.exports.spool import Spool
from renkei_schema.ids import read_id
from renkei_schema.kinds import kinds


@dataclass(frozen=True)
class Exported:
    """One export: the file, its rows by column as they were read, its marking, and the entry."""

    file: bytes
    rows: list[dict[str, Any]]
    tlp: TLP
    read: Mapping[tuple[str, UUID], Any]


async def export(house: House, person: UUID | None, kind: Kind, form: str) -> Exported:
    """Export as this person, or as nobody."""
    app = house.app
    eyes = Eyes() if person is None else PersonsEyes(app.database, house.clock, person)
    reads = Noted(app.database)
    with Spool() as spool:
        about = await gather(Source(app.database, house.clock, reads), kind, eyes, spool)
        file = io.BytesIO()
        write_to(file, form, kind, spool, about)
        keys = keys_of(kind)
        rows = [dict(zip(keys, row, strict=True)) for row in spool]
    read = {} if reads.last is None else reads.last.read
    return Exported(file.getvalue(), rows, about.marking.tlp, read)


async def exports(
    house: House, bare: House, person: UUID | None, judge: Judge, rng: Random
) -> list[str]:
    """Export every kind in the world and in the one without secrets; the ways that were judged."""
    ways: list[str] = []
    for name, kind in kinds().items():
        form = rng.choice(FORMATS)
        way = f"export.{name}.{form}"
        full = await export(house, person, kind, form)
        other = await export(bare, person, kind, form)
        sent = opened(form, full.file)
        if sent != opened(form, other.file):
            judge.leaks.append(Leak(way, "another file in the world without secrets"))
        judge.canaries(way, sent)
        judge.entered(way, full.read, sent)
        if READERS[form](full.file) != [row["id"] for row in full.rows]:
            judge.leaks.append(Leak(way, "the file holds other rows than were read"))
        ways += [way, *_judged(way, kind, full, judge)]
    return ways


def opened(form: str, file: bytes) -> bytes:
    """What is in the file: a workbook's parts, unpacked."""
    if form != XLSX:
        return file
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        return b"\n".join(packed.read(name) for name in sorted(packed.namelist()))


def _csv_ids(file: bytes) -> list[str]:
    text = io.StringIO(file.decode("utf-8-sig"), newline="")
    return [record["id"] for record in csv.DictReader(text)]


def _jsonl_ids(file: bytes) -> list[str]:
    lines = [json.loads(line) for line in file.splitlines()]
    return [line["id"] for line in lines[1:]]


def _xlsx_ids(file: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(file)).worksheets[0]
    return [str(value) for (value,) in sheet.iter_rows(min_row=2, max_col=1, values_only=True)]


READERS: Mapping[str, Callable[[bytes], list[str]]] = {
    CSV: _csv_ids,
    JSONL: _jsonl_ids,
    XLSX: _xlsx_ids,
}


def _judged(way: str, kind: Kind, full: Exported, judge: Judge) -> Iterator[str]:
    """The export against the oracle: which rows, how strictly marked, and each link of each row."""
    every = judge.rows_of(kind.table.name)
    seen = {str(kind.id_of(key)) for key in every if judge.oracle.sees(str(key))}
    ids = [row["id"] for row in full.rows]
    if set(ids) != seen or len(ids) != len(seen):
        short = f"{len(set(ids) - seen)} too many, {len(seen - set(ids))} short"
        judge.leaks.append(Leak(way, short))
    yield f"{way}.marking"
    for exported in full.rows:
        row = every[_key(exported["id"])]
        if "tlp" in row and TLP(row["tlp"]).strictness > full.tlp.strictness:
            judge.leaks.append(Leak(way, "the file is marked laxer than what it holds"))
        for part in kind.parts:
            told = f"{way}.{'.'.join(part.keys)}"
            yield told
            if not JUDGES[type(part)](judge, part, row, exported):
                judge.leaks.append(Leak(told, "other links than the oracle's"))


def _key(identity: str) -> UUID:
    found = read_id(identity)
    assert found is not None
    return found[1]


def _reference(judge: Judge, part: Any, row: Any, exported: Mapping[str, Any]) -> bool:
    key = row[part.column]
    seen = key is not None and judge.oracle.sees(str(key))
    expected = part.id_of(key) if seen else None
    named = exported[part.key] is not None
    return bool(exported[f"{part.key}_id"] == expected and named is seen)


def _listing(judge: Judge, part: Any, row: Any, exported: Mapping[str, Any]) -> bool:
    return len(exported[part.key]) == len(judge.children(part.link, row["id"]))


def _inside(judge: Judge, part: Any, row: Any, exported: Mapping[str, Any]) -> bool:
    told = any(exported[key] is not None for key in part.keys)
    return told is bool(judge.children(part.link, row["id"]))


# What a field of the row itself says is judged by its texts, and by the other world's file.
JUDGES: Mapping[type[Part], Callable[[Judge, Any, Any, Mapping[str, Any]], bool]] = {
    Field: lambda *_given: True,
    Reference: _reference,
    Listing: _listing,
    Inside: _inside,
}
