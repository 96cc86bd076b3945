"""Each format read back by another reader than its writer: typed, marked, and no formula in it."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from renkei.access.markings import TLP, Marking
from renkei.access.policy.clauses import MEMBERS_GATE, Audience, Gate, org, person
from renkei.access.policy.viewer import ANONYMOUS
from renkei.exports.delivery import FORMATS, write_file, write_to
from renkei.exports.kinds import Field, Kind
from renkei.exports.rows import keys_of
from renkei.exports.rules import (
    harmless,
    line_of,
    marking_by_clauses,
    original,
    strictest_of,
)
from renkei.exports.service import About
from renkei.exports.spool import Nested, Spool
from renkei.exports.workbook import CELL_MAX
from renkei.problems import InvalidInput
from renkei_schema.kinds import kinds
from support.exporting import Exporter
from support.factories import Town

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
KEYS = ("text", "number", "yen", "flag", "instant", "day", "list", "nested")
MARKED = Marking(TLP.AMBER_STRICT, 2, "転載禁止\n印刷禁止", frozenset({"JP", "US"}), True)
TABLE = kinds()["areas"].table
FORMULAS = [
    "=1+1",
    "+81",
    "-2",
    "@SUM",
    "\t=1",
    "\r=1",
    "＝１",
    "＋",
    "－",
    "＠",
    " =1",
    "'=1",
    "''-",
]
TEXTS = ["重希土フリー磁石と𠮷田の見立て", '1,2\n"三"', "'引用'", "髙﨑", *FORMULAS]


def kind() -> Kind:
    """A kind of these columns."""
    return Kind("things", TABLE, str, (Field(KEYS, frozenset(), lambda _r, _a, _v: ()),))


def row(text: str, **changes: Any) -> list[Any]:
    """One row with a value of each type."""
    cells = {
        "text": text,
        "number": -3,
        "yen": 2**53 - 1,
        "flag": True,
        "instant": datetime(2027, 1, 29, 2, 59, 59, 999_000, tzinfo=UTC),
        "day": date(2027, 4, 1),
        "list": ["A20-ROBO", "A20-TRANS"],
        "nested": Nested([{"statement": {"ja": "髙耐熱", "en": None}}]),
    } | changes
    return ["QQ", *cells.values(), "TLP:AMBER+STRICT", 2, "転載禁止", "JP", False]


def written(*rows: list[Any]) -> Exporter:
    """The rows in every format, to be read back."""
    exporter = Exporter(app=None)  # type: ignore[arg-type]  # nothing is read from one
    about = About("things", AT, len(rows), MARKED)
    for form in FORMATS:
        with Spool() as spool:
            spool.add(rows)
            file = io.BytesIO()
            write_to(file, form, kind(), spool, about)
            exporter.files[form] = file.getvalue()
    return exporter


def test_a_csv_is_what_excel_opens_and_a_program_reads() -> None:
    made = written(*(row(text) for text in TEXTS))
    assert made.files["csv"].startswith("\ufeffid,text,number".encode())
    records = made.csv()
    assert [original(record["text"]) for record in records] == TEXTS
    assert records[0] | {"text": ""} == {
        "id": "QQ",
        "text": "",
        "number": "-3",
        "yen": "9007199254740991",
        "flag": "true",
        "instant": "2027-01-29T11:59:59.999+09:00",
        "day": "2027-04-01",
        "list": "A20-ROBO, A20-TRANS",
        "nested": '[{"statement":{"ja":"髙耐熱","en":null}}]',
        "tlp": "TLP:AMBER+STRICT",
        "grade": "2",
        "restrictions": "転載禁止",
        "releasable_to": "JP",
        "needs_consent": "false",
        "file_marking": line_of(MARKED),
    }


def test_json_lines_begin_with_the_marking_and_keep_texts_as_they_are() -> None:
    first, *lines = written(*(row(text) for text in TEXTS)).jsonl()
    assert first == {
        "kind": "marking",
        "exported": "things",
        "exported_at": "2026-11-24T12:00:00.000+09:00",
        "records": len(TEXTS),
        "tlp": "TLP:AMBER+STRICT",
        "grade": 2,
        "restrictions": "転載禁止\n印刷禁止",
        "releasable_to": "JP US",
        "needs_consent": True,
    }
    assert [line["text"] for line in lines] == TEXTS
    assert lines[0]["nested"] == [{"statement": {"ja": "髙耐熱", "en": None}}]
    assert (lines[0]["list"], lines[0]["number"], lines[0]["flag"]) == (
        ["A20-ROBO", "A20-TRANS"],
        -3,
        True,
    )


def test_a_workbook_has_typed_cells_and_says_how_it_is_marked() -> None:
    book = written(*(row(text) for text in TEXTS)).workbook()
    sheet, marking = book.worksheets
    head, first, *_ = sheet.iter_rows(values_only=True)
    assert head == keys_of(kind())
    told = dict(zip(head, first, strict=True))
    assert (told["number"], told["flag"], told["grade"]) == (-3, True, 2)
    assert told["yen"] == str(2**53 - 1)  # Excel would round it
    assert told["instant"] == datetime(2027, 1, 29, 11, 59, 59, 999_000)  # noqa: DTZ001 - a cell stands in no zone
    assert told["day"] == datetime(2027, 4, 1)  # noqa: DTZ001 - as above
    assert [original(unescape(cell.value)) for cell in sheet["B"][1:]] == TEXTS
    assert ("tlp", "TLP:AMBER+STRICT") in [tuple(line[:2]) for line in marking.values]
    properties = book.properties
    assert properties.keywords == properties.description == line_of(MARKED)
    assert "TLP:AMBER+STRICT 機密性2" in sheet.oddHeader.center.text
    assert "TLP:AMBER+STRICT 機密性2" in sheet.oddFooter.center.text
    assert properties.category == "TLP:AMBER+STRICT 機密性2"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_or_begins_a_formula(text: str) -> None:
    made = written(row(text, list=[text], nested=Nested(text)))
    for value in (made.csv()[0]["text"], made.csv()[0]["list"]):
        assert value.lstrip()[0] not in "=+-@＝＋－＠\t\r"
    for cells in made.workbook().worksheets[0].iter_rows(min_row=2):
        for cell in cells:
            assert cell.data_type != "f"
            assert not (isinstance(cell.value, str) and cell.value[0] in "=+-@＝＋－＠\t\r")


@given(st.text() | st.text(alphabet="'=-\t\r\n 　a"))
def test_a_harmless_text_is_the_original_again(text: str) -> None:
    assert original(harmless(text)) == text


def test_a_text_that_no_cell_holds_is_refused_and_no_file_is_left(tmp_path: Any) -> None:
    with Spool(tmp_path) as spool:
        spool.add([row("髙" * (CELL_MAX + 1))])
        about = About("things", AT, 1, MARKED)
        (tmp_path / "old.xlsx").write_bytes(b"before")
        with pytest.raises(InvalidInput) as refusal:
            write_file(tmp_path / "old.xlsx", "xlsx", kind(), spool, about)
    assert refusal.value.problems[0].code == "CELL_TOO_LONG"
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("old.xlsx", b"before")]


def test_a_full_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renkei.exports.workbook.ROWS_MAX", 3)
    book = written(*(row(str(number)) for number in range(5))).workbook()
    assert book.sheetnames == ["things", "things 2", "things 3", "marking"]
    texts = [cell.value for sheet in book.worksheets[:3] for cell in sheet["B"][1:]]
    assert texts == ["0", "1", "2", "3", "4"]


def test_an_export_of_nothing_still_says_how_it_is_marked() -> None:
    made = written()
    assert (made.csv(), len(made.jsonl())) == ([], 1)
    assert made.workbook().sheetnames == ["things", "marking"]


ONE = UUID(int=1)
BY_CLAUSES = [
    (Audience.of("public"), Gate(), TLP.CLEAR),
    (Audience.of("public"), MEMBERS_GATE, TLP.GREEN),
    (Audience.of("member"), MEMBERS_GATE, TLP.GREEN),
    (Audience.of(org(ONE)), MEMBERS_GATE, TLP.AMBER_STRICT),
    (Audience.of(person(ONE), org(ONE)), MEMBERS_GATE, TLP.AMBER_STRICT),
    (Audience.of(person(ONE)), MEMBERS_GATE, TLP.RED),
]


@pytest.mark.parametrize(("audience", "gate", "tlp"), BY_CLAUSES)
def test_what_carries_no_marking_is_marked_by_who_may_read_it(
    audience: Audience, gate: Gate, tlp: TLP
) -> None:
    assert marking_by_clauses(audience, gate, AT).tlp is tlp


def test_a_file_is_marked_as_strictly_as_anything_in_it() -> None:
    green = Marking(TLP.GREEN, 2, "印刷禁止")
    amber = Marking(TLP.AMBER, 1, "転載禁止", frozenset({"JP"}))
    held = strictest_of(green, amber)
    assert (held.tlp, held.grade, held.releasable_to) == (TLP.AMBER, 2, frozenset({"JP"}))
    assert line_of(held) == "TLP:AMBER 機密性2 REL TO JP 印刷禁止 転載禁止"


async def test_the_marking_counts_names_of_links_and_seen_parts_too(
    busy: Town, export: Exporter
) -> None:
    async def marked(name: str, viewer: Any) -> str:
        await export(name, viewer)
        assert export.about is not None
        return export.about.marking.tlp.label

    read = partial(marked, viewer=busy.firm)
    # Members read the titles of posts beside an organisation's name.
    assert await read("organizations") == "TLP:GREEN"
    assert await marked("organizations", ANONYMOUS) == "TLP:CLEAR"
    assert await read("briefs") == "TLP:AMBER+STRICT"
    # A colleague's address is for the organisation alone; whoever sees none holds members' names.
    assert await read("people") == "TLP:AMBER+STRICT"
    assert await marked("people", busy.other_firm) == "TLP:GREEN"
    # One's own follows and inbox are one's own.
    assert await read("follows") == "TLP:RED"
