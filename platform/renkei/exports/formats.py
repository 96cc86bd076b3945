"""CSV and JSON Lines: rows that stay machine-readable, and the marking of all that they hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, BinaryIO

import orjson

from renkei.calendar import iso_jst
from renkei.exports.rules import harmless, line_of, told
from renkei.exports.service import About
from renkei.exports.spool import Nested, Row

# The last column of a CSV: how the whole file is marked, beside each row that may be cut out of it.
FILE_MARKING = "file_marking"
# What joins the codes of a list in one cell.
COMMA = ", "


def write_csv(file: BinaryIO, keys: tuple[str, ...], rows: Iterable[Row], about: About) -> None:
    """UTF-8 with a byte order mark, by which Excel knows Japanese; a header; a record a row.

    There is no line beside header and rows, so that every reader of CSV reads it: the marking of
    the whole file is its last column. Texts that a spreadsheet would calculate are made harmless.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow((*keys, FILE_MARKING))
    marking = harmless(line_of(about.marking))
    writer.writerows((*map(_cell, row), marking) for row in rows)
    text.flush()
    # The file is the caller's to close.
    text.detach()


def write_jsonl(file: BinaryIO, keys: tuple[str, ...], rows: Iterable[Row], about: About) -> None:
    """One object a line, texts exactly as they are. The first is the marking: `{"kind": "marking"`.

    It comes first, so that whoever reads the lines as they come knows it before anything else.
    """
    file.write(orjson.dumps(marking_line(about), option=orjson.OPT_APPEND_NEWLINE))
    for row in rows:
        line = dict(zip(keys, map(_json, row), strict=True))
        file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def marking_line(about: About) -> dict[str, Any]:
    """What a file says of itself, as a program reads it."""
    return {
        "kind": "marking",
        "exported": about.kind,
        "exported_at": iso_jst(about.at),
        "records": about.records,
        **told(about.marking),
    }


def cell_text(value: Any) -> Any:
    """A value as one cell holds it, where the cell knows texts, numbers and nothing else."""
    if isinstance(value, list):
        return COMMA.join(map(str, value))
    if isinstance(value, Nested):
        return orjson.dumps(value.value).decode()
    return value


def _cell(value: Any) -> Any:
    match value:
        case str():
            return harmless(value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return iso_jst(value)
        case list() | Nested():
            return harmless(cell_text(value))
    return value


def _json(value: Any) -> Any:
    match value:
        case datetime():
            return iso_jst(value)
        case date():
            return value.isoformat()
        case Nested():
            return value.value
    return value
