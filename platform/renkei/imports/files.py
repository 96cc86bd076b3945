"""Reading files of rows: CSV, JSON Lines, YAML and, for one brief, Markdown. Nothing is guessed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from renkei.problems import InvalidInput, Problem
from renkei.text import normalise

BYTES_MAX = 20_000_000
ROWS_MAX = 20_000
SUFFIXES = (".csv", ".jsonl", ".yaml", ".yml", ".md")
# A cell that a spreadsheet would run is kept by it behind an apostrophe: `'=1+1` means `=1+1`.
_FORMULA = tuple("=+-@\t\r")
_LINE = "\0line"


@dataclass(frozen=True)
class Row:
    """One row: the line that it begins on, counted from 1, and its fields by column name."""

    line: int
    values: Mapping[str, Any] = field(default_factory=dict)

    def path(self, *steps: str) -> tuple[str, ...]:
        """The path of a problem of this row."""
        return (f"line {self.line}", *steps)


def read_rows(name: str, content: bytes) -> list[Row]:
    """The rows of a file; its name's ending says what it is.

    Text is UTF-8, with or without a byte-order mark. Raises `InvalidInput` with the line: another
    encoding, broken syntax, a row with more cells than the header, over 20 MB or 20,000 rows.
    """
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix not in SUFFIXES:
        raise _refused(
            (),
            "UNKNOWN_FORMAT",
            f"Name a file that ends in {', '.join(SUFFIXES)}.",
            f"読めるのは {'、'.join(SUFFIXES)} のファイルです。",
        )
    if len(content) > BYTES_MAX:
        raise _refused(
            (),
            "TOO_LARGE",
            f"At most {BYTES_MAX:,} bytes; this has {len(content):,}.",
            f"{BYTES_MAX:,}バイトまでです（いま{len(content):,}）。",
        )
    text = _decoded(content)
    read = {".csv": _csv, ".jsonl": _jsonl, ".md": _markdown}.get(suffix, _yaml)
    rows: list[Row] = []
    for row in read(text):
        if len(rows) >= ROWS_MAX:
            raise _refused(
                row.path(),
                "TOO_MANY_ROWS",
                f"At most {ROWS_MAX:,} rows in one file.",
                f"1つのファイルに{ROWS_MAX:,}行までです。",
            )
        rows.append(row)
    return rows


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _refused(
            (f"line {line}",),
            "NOT_UTF8",
            "The file is not UTF-8. In a spreadsheet, save it as “CSV UTF-8”.",
            "文字コードがUTF-8ではありません。表計算ソフトでは「CSV UTF-8」で保存してください。",
        ) from error


def _csv(text: str) -> Iterator[Row]:
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _broken(line, "CSV")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    try:
        begins = 1
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [normalise(cell).lower() for cell in cells]
                if len(set(header)) != len(header):
                    raise _broken(line, "CSV")
                continue
            if len(cells) > len(header):
                raise _refused(
                    (f"line {line}",),
                    "TOO_MANY_CELLS",
                    f"{len(cells)} cells under a header of {len(header)}.",
                    f"見出しは{len(header)}列ですが、この行には{len(cells)}列あります。",
                )
            yield Row(line, dict(zip(header, map(_cell, cells), strict=False)))
    except csv.Error as error:
        raise _broken(reader.line_num or 1, "CSV") from error


def _cell(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA) else value


def _jsonl(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line, parse_float=str, parse_constant=str)
        except (json.JSONDecodeError, RecursionError) as error:
            raise _broken(number, "JSON") from error
        if not isinstance(values, dict):
            raise _broken(number, "JSON")
        yield Row(number, values)


class _Loader(yaml.BaseLoader):
    """Makes text, lists and mappings only, with lines; no aliases, by which a few bytes unfold."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            place = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML's own
            raise yaml.MarkedYAMLError(problem="aliases are not taken", problem_mark=place)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        mapping[_LINE] = node.start_mark.line + 1
        return mapping


def _yaml(text: str) -> Iterator[Row]:
    """A list of rows, or a mapping with one list in it (`organizations: […]`)."""
    content = _yaml_of(text)
    if isinstance(content, dict):
        lists = [value for key, value in content.items() if key != _LINE]
        content = lists[0] if len(lists) == 1 else content
    if content in (None, ""):
        return
    if not isinstance(content, list):
        raise _broken(1, "YAML")
    for item in content:
        if not isinstance(item, dict):
            raise _broken(1, "YAML")
        yield Row(item.get(_LINE, 1), _without_lines(item))


def _yaml_of(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - the loader is BaseLoader's child
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _broken(mark.line + 1 if mark else 1, "YAML") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _broken(1, "YAML") from error


def _without_lines(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _without_lines(v) for k, v in value.items() if k != _LINE}
    return [_without_lines(item) for item in value] if isinstance(value, list) else value


def _markdown(text: str) -> Iterator[Row]:
    """One brief: fields between two `---` lines at the top, if any; a title line; the text."""
    head, body, line = "", text, 1
    if text.startswith("---\n") and "\n---\n" in text[3:]:
        head, body = text[4:].split("\n---\n", 1)
        line += head.count("\n") + 3
    fields = _yaml_of(head) or {}
    if not isinstance(fields, dict):
        raise _broken(1, "YAML")
    values = dict(_without_lines(fields))
    lines = body.strip("\n").split("\n")
    if "title_ja" not in values:
        values["title_ja"] = lines[0].lstrip("#").strip()
        lines = lines[1:]
    values.setdefault("body_ja", "\n".join(lines).strip("\n"))
    yield Row(line, values)


def _broken(line: int, form: str) -> InvalidInput:
    return _refused(
        (f"line {line}",),
        "BROKEN_FILE",
        f"This line can't be read as {form}.",
        f"この行は{form}として読めません。",
    )


def _refused(path: tuple[str, ...], code: str, message: str, message_ja: str) -> InvalidInput:
    return InvalidInput(problems=[Problem(path, code, message, message_ja)])
