"""Reading files of rows: CSV, JSON Lines, YAML, Markdown; what is broken is named by its line."""

from __future__ import annotations

from typing import Any

import pytest

from renkei.imports.fields import Fields
from renkei.imports.files import ROWS_MAX, read_rows
from renkei.problems import InvalidInput


def rows(name: str, text: str, encoding: str = "utf-8") -> list[tuple[int, dict[str, Any]]]:
    return [(row.line, dict(row.values)) for row in read_rows(name, text.encode(encoding))]


def refused(name: str, content: bytes) -> list[tuple[tuple[str, ...], str]]:
    with pytest.raises(InvalidInput) as refusal:
        read_rows(name, content)
    return [(problem.path, problem.code) for problem in refusal.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_with_or_without_a_mark_quoted_lines_and_full_width_headings(encoding: str) -> None:
    text = 'ＮＡＭＥ,name_kana\r\n"髙瀬\r\n美咲",たかせ\r\n\r\n𠮷村 遥,よしむら\r\n'
    assert rows("people.CSV", text, encoding) == [
        (2, {"name": "髙瀬\r\n美咲", "name_kana": "たかせ"}),
        (5, {"name": "𠮷村 遥", "name_kana": "よしむら"}),
    ]


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    """What a careful export put behind an apostrophe comes back as it was; nothing is computed."""
    assert rows("a.csv", "name,note\n'=1+1,=1+1\n'90年代,'+81\n") == [
        (2, {"name": "=1+1", "note": "=1+1"}),
        (3, {"name": "'90年代", "note": "+81"}),
    ]


def test_json_lines_and_yaml_keep_their_lines() -> None:
    assert rows("a.jsonl", '{"name": "量子"}\n\n{"areas": ["A20-QIS"], "grade": 1}\n') == [
        (1, {"name": "量子"}),
        (3, {"areas": ["A20-QIS"], "grade": 1}),
    ]
    text = "people:\n  - name: 山田\n    erad_number: 00260521\n  - {name: 海野, note: ~}\n"
    assert rows("a.yaml", text) == [
        (2, {"name": "山田", "erad_number": "00260521"}),
        (4, {"name": "海野", "note": "~"}),
    ]


def test_markdown_is_one_brief() -> None:
    assert rows("a.md", "# 量子計測の動向\n\n本文です。\n") == [
        (1, {"title_ja": "量子計測の動向", "body_ja": "本文です。"})
    ]
    assert rows("a.md", "---\ntlp: GREEN\ngrade: 1\n---\n# 題\n本文\n") == [
        (5, {"tlp": "GREEN", "grade": "1", "title_ja": "題", "body_ja": "本文"})
    ]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.xlsx", b"PK", ((), "UNKNOWN_FORMAT")),
        ("a", b"name\n", ((), "UNKNOWN_FORMAT")),
        ("a.csv", "name\n山田\n".encode() + "海野\n".encode("cp932"), (("line 3",), "NOT_UTF8")),
        ("a.csv", b"name,kana\na,b,c\n", (("line 2",), "TOO_MANY_CELLS")),
        ("a.csv", b"name,name\na,b\n", (("line 1",), "BROKEN_FILE")),
        ("a.csv", b'name\n"a\nb', (("line 3",), "BROKEN_FILE")),
        ("a.csv", b"name\n\0\n", (("line 2",), "BROKEN_FILE")),
        ("a.jsonl", b'{"a": 1}\n[1]\n', (("line 2",), "BROKEN_FILE")),
        ("a.jsonl", b'{"a": 1}\n{"a": \n', (("line 2",), "BROKEN_FILE")),
        ("a.yaml", b"- {a: 1}\n- [\n", (("line 3",), "BROKEN_FILE")),
        ("a.yaml", b"- &a {x: 1}\n- *a\n", (("line 2",), "BROKEN_FILE")),
        ("a.yaml", b"- !!python/object/apply:os.system [ls]\n", (("line 1",), "BROKEN_FILE")),
        ("a.yaml", b"just a text", (("line 1",), "BROKEN_FILE")),
        ("a.csv", b"n\n" + b"1\n" * (ROWS_MAX + 1), ((f"line {ROWS_MAX + 2}",), "TOO_MANY_ROWS")),
        ("a.csv", b"x" * 20_000_001, ((), "TOO_LARGE")),
    ],
    ids=str,
)
def test_what_can_not_be_read_is_refused_by_line(
    name: str, content: bytes, problem: tuple[tuple[str, ...], str]
) -> None:
    assert refused(name, content) == [problem]


def test_an_empty_file_has_no_rows() -> None:
    for name in ("a.csv", "a.jsonl", "a.yaml"):
        assert read_rows(name, b"") == []


def test_fields_are_read_in_any_width_and_every_problem_is_kept() -> None:
    fields = Fields(
        {
            "yen": "１，２３４",
            "day": "２０２６-11-24",
            "at": "2026-11-24T12:00+09:00",
            "areas": "A20-AIML；A20-QIS、KP1-15",
            "open": "はい",
            "bare": "2026-11-24 12:00",
            "many": "三",
            "who": {"a": 1},
            "tpyo": "x",
        }
    )
    instant = fields.instant("at")
    assert instant is not None
    assert (fields.whole("yen"), str(fields.day("day")), instant.isoformat()) == (
        1234,
        "2026-11-24",
        "2026-11-24T12:00:00+09:00",
    )
    assert fields.codes("areas") == ["A20-AIML", "A20-QIS", "KP1-15"]
    assert fields.flag("open", default=False) is True
    assert (fields.instant("bare"), fields.whole("many"), fields.text("who")) == (None, None, None)
    fields.check_all_used()
    assert [(one.path, one.code) for one in fields.problems] == [
        (("bare",), "NOT_AN_INSTANT"),
        (("many",), "NOT_A_NUMBER"),
        (("who",), "NOT_TEXT"),
        (("tpyo",), "UNKNOWN_COLUMN"),
    ]
