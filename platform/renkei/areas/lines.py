"""Reading YAML whose problems are told by line: every value is text, and nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from renkei.problems import Problem

_LINE = "\x00line"
_EMPTY = frozenset({"", "null", "~"})
MAX_CHARACTERS = 2_000_000


class _Loader(yaml.BaseLoader):
    """Keeps the line of every mapping; refuses aliases, by which a small file unfolds to much."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            alias = self.peek_event()  # type: ignore[no-untyped-call]  # bare in the stubs
            raise yaml.MarkedYAMLError(problem="no aliases", problem_mark=alias.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        mapping[_LINE] = node.start_mark.line + 1
        return mapping


@dataclass(frozen=True)
class Entry:
    """One mapping of the file; `place` counts from 1 among its neighbours."""

    values: dict[str, str]
    line: int
    place: int

    def __getitem__(self, key: str) -> str:
        return self.values[key]

    def get(self, key: str) -> str | None:
        """The value; None where it is absent or says `null`."""
        return self.values.get(key)

    def items(self) -> Iterator[tuple[str, str]]:
        """Every key with a value."""
        return iter(self.values.items())

    def path(self, key: str) -> tuple[str, ...]:
        """The path of a field's problem."""
        return (f"line {self.line}", key)

    def problem(self, key: str, code: str, message: str, message_ja: str) -> Problem:
        """A problem of a field of this entry."""
        return Problem(self.path(key), code, message, message_ja)

    def check_code(self, key: str, form: re.Pattern[str]) -> list[Problem]:
        """The problems of a code that must have `form`."""
        if form.fullmatch(self.get(key) or ""):
            return []
        return [
            self.problem(
                key,
                "CODE_FORM",
                "A code is short and has only plain letters, digits and its separators.",
                "コードは半角の英数字と区切り記号だけで短く書きます。",
            )
        ]

    def positive(self, key: str) -> tuple[int | None, list[Problem]]:
        """A number from 1 to 9999; None where it is absent."""
        value = self.get(key)
        if value is None:
            return None, []
        if re.fullmatch(r"[1-9][0-9]{0,3}", value):
            return int(value), []
        return None, [
            self.problem(key, "NOT_A_NUMBER", "A whole number from 1.", "1以上の整数で書きます。")
        ]

    def day(self, key: str) -> tuple[date | None, bool, list[Problem]]:
        """A day, and whether it is confirmed: a month alone means its first day, unconfirmed."""
        value = self.get(key)
        if value is None:
            return None, True, []
        confirmed = re.fullmatch(r"[0-9]{4}-[0-9]{2}", value) is None
        try:
            return date.fromisoformat(value if confirmed else f"{value}-01"), confirmed, []
        except ValueError:
            return (
                None,
                True,
                [
                    self.problem(
                        key,
                        "NOT_A_DAY",
                        "A day such as 2025-12-24, or a month such as 2022-12.",
                        "2025-12-24 のような日か、2022-12 のような月で書きます。",
                    )
                ],
            )


@dataclass(frozen=True)
class Document:
    """A file's sections, each a run of entries."""

    sections: dict[str, tuple[Entry, ...]]

    def section(self, name: str) -> tuple[Entry, ...]:
        """The entries of a section; none where the file lacks it."""
        return self.sections.get(name, ())


def read(text: str) -> tuple[Document, list[Problem]]:
    """Read a file: a mapping of sections, or a bare sequence, which is its section `rows`.

    Refused, with the line: what is no YAML, aliases, another shape, more than 2,000,000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        return Document({}), [
            Problem(
                (),
                "TOO_LONG",
                f"At most {MAX_CHARACTERS:,} characters.",
                f"{MAX_CHARACTERS:,}文字までです。",
            )
        ]
    try:
        # BaseLoader makes nothing but text, lists and mappings.
        raw = yaml.load(text, Loader=_Loader)  # noqa: S506 - the loader is BaseLoader's child
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Document({}), [_not_yaml(mark.line + 1 if mark else 1)]
    except (yaml.YAMLError, RecursionError):
        return Document({}), [_not_yaml(1)]
    sections = {"rows": raw} if isinstance(raw, list) else raw
    if not isinstance(sections, dict):
        return Document({}), [_shape(1)]
    problems: list[Problem] = []
    read_sections: dict[str, tuple[Entry, ...]] = {}
    for name, content in sections.items():
        if name == _LINE:
            continue
        entries = content if isinstance(content, list) else [content]
        read_sections[str(name)] = tuple(
            entry
            for place, item in enumerate(entries, start=1)
            if (entry := _entry(item, place, problems)) is not None
        )
    return Document(read_sections), problems


def _entry(item: Any, place: int, problems: list[Problem]) -> Entry | None:
    if isinstance(item, str) and item in _EMPTY:
        return None
    if not isinstance(item, dict):
        problems.append(_shape(1))
        return None
    line = item.pop(_LINE)
    if any(not isinstance(value, str) for value in item.values()):
        problems.append(_shape(line))
        return None
    values = {str(key): value for key, value in item.items() if value not in _EMPTY}
    return Entry(values, line, place)


def _not_yaml(line: int) -> Problem:
    return Problem(
        (f"line {line}",),
        "NOT_YAML",
        "This is not a YAML file that can be read here.",
        "YAMLファイルとして読めません。",
    )


def _shape(line: int) -> Problem:
    return Problem(
        (f"line {line}",),
        "WRONG_SHAPE",
        "A list of rows is expected here, each a mapping of plain values.",
        "ここには、項目名と値の組からなる行の一覧が必要です。",
    )
