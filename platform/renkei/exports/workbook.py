"""A workbook for Excel: typed cells, no formula, its marking on screen, paper and in properties."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from renkei.access.markings import TLP
from renkei.calendar import to_jst
from renkei.exports.formats import cell_text, marking_line
from renkei.exports.rules import harmless, line_of
from renkei.exports.service import About
from renkei.exports.spool import Row
from renkei.problems import InvalidInput, Problem

# What Excel holds: rows of a sheet (the header is one of them), letters of a cell, exact integers.
ROWS_MAX = 1_048_576
CELL_MAX = 32_767
EXACT_MAX = 10**15
# Excel's own days begin here; an earlier one is written as a text.
FIRST_DAY = date(1900, 3, 1)
MARKING_SHEET = "marking"
# The colours of TLP 2.0 (FIRST), on the tab of each sheet.
_COLOURS = {
    TLP.CLEAR: "#808080",
    TLP.GREEN: "#33A532",
    TLP.AMBER: "#FFC000",
    TLP.AMBER_STRICT: "#FFC000",
    TLP.RED: "#FF2B2B",
}


def write_xlsx(
    file: BinaryIO, keys: tuple[str, ...], rows: Iterable[Row], about: About, folder: Path
) -> None:
    """A sheet of the kind's name (a further one where it is full), and the sheet "marking".

    The marking stands in the header and footer of each printed page and in the document's
    properties too. Instants are JST. Rows wait in files in `folder`, one row in memory.
    Refused: a text that no cell can hold whole.
    """
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "tmpdir": str(folder), "default_date_format": "yyyy-mm-dd"}
    )
    try:
        _fill(book, keys, rows, about)
    except BaseException:
        # Without its end the workbook is none: closing it would only write more of it.
        book.fileclosed = True
        for sheet in book.worksheets():
            sheet.row_data_fh.close()
        raise
    book.close()


def _fill(
    book: xlsxwriter.Workbook, keys: tuple[str, ...], rows: Iterable[Row], about: About
) -> None:
    line = line_of(about.marking)
    label = f"{about.marking.tlp.label} 機密性{about.marking.grade}"
    book.set_properties(
        {
            "title": f"Renkei: {about.kind}",
            "subject": label,
            "category": label,
            "keywords": line,
            "comments": line,
            "created": about.at.replace(tzinfo=None),
        }
    )
    cells = _Cells(book)
    sheet, number = None, 0
    for row in rows:
        if sheet is None or number == ROWS_MAX:
            sheet, number = _sheet(book, keys, about, label), 1
        for place, value in enumerate(row):
            cells.write(sheet, number, place, keys[place], value)
        number += 1
    if sheet is None:
        _sheet(book, keys, about, label)
    last = book.add_worksheet(MARKING_SHEET)
    _dress(last, about, label)
    last.set_column(0, 1, 30)
    for place, (name, value) in enumerate([*marking_line(about).items(), ("marking", line)]):
        last.write_string(place, 0, name)
        last.write_string(place, 1, harmless(str(value)))


def _sheet(book: xlsxwriter.Workbook, keys: tuple[str, ...], about: About, label: str) -> Worksheet:
    count = len(book.worksheets())
    sheet = book.add_worksheet(about.kind if count == 0 else f"{about.kind} {count + 1}")
    _dress(sheet, about, label)
    sheet.freeze_panes(1, 1)
    head = book.add_format({"bold": True})
    for place, key in enumerate(keys):
        sheet.write_string(0, place, key, head)
    return sheet


def _dress(sheet: Worksheet, about: About, label: str) -> None:
    sheet.set_tab_color(_COLOURS[about.marking.tlp])
    sheet.set_header(f"&C&B{label}")
    sheet.set_footer(f"&L{about.kind}&C&B{label}&R&P / &N")


class _Cells:
    """Writes each value as what it is."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._instant: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day: Format = book.add_format({"num_format": "yyyy-mm-dd"})

    def write(self, sheet: Worksheet, row: int, place: int, key: str, value: Any) -> None:
        match value:
            case None:
                return
            case bool():
                sheet.write_boolean(row, place, value)
            case int() if abs(value) < EXACT_MAX:
                sheet.write_number(row, place, value)
            case datetime():
                jst = to_jst(value).replace(tzinfo=None)
                if jst.date() >= FIRST_DAY:
                    sheet.write_datetime(row, place, jst, self._instant)
                else:
                    sheet.write_string(row, place, jst.isoformat(" "))
            case date() if value >= FIRST_DAY:
                sheet.write_datetime(row, place, datetime(*value.timetuple()[:3]), self._day)  # noqa: DTZ001 - Excel's days stand in no zone
            case _:
                text = harmless(str(cell_text(value)))
                if len(text.encode("utf-16-le")) // 2 > CELL_MAX:
                    raise _too_long(row, key)
                sheet.write_string(row, place, text)


def _too_long(row: int, key: str) -> InvalidInput:
    return InvalidInput(
        problems=[
            Problem(
                (f"row {row}", key),
                "CELL_TOO_LONG",
                f"A cell of a workbook holds {CELL_MAX:,} characters: export as csv or jsonl.",
                f"表計算のセルには{CELL_MAX:,}文字まで入ります。csvかjsonlで書き出してください。",
            )
        ]
    )
