"""Reading the fields of one row: plain values become the kernel's, and every problem is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

from renkei.problems import Problem
from renkei.text import normalise

Value = TypeVar("Value")
Kind = TypeVar("Kind", bound=Enum)

_SEPARATORS = re.compile(r"[;；|、\n]")
_YES = {"true", "yes", "1", "はい", "○"}
_NO = {"false", "no", "0", "いいえ", "×"}


class Fields:
    """The fields of a row. What can't be read is None, and a problem is noted under its name."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._used: set[str] = set()
        self.problems: list[Problem] = []

    def text(self, name: str) -> str | None:
        """The text of a field; None where it is missing or empty."""
        value = self._values.get(name)
        self._used.add(name)
        if value is None:
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float | str):
            return str(value) or None
        self.problem(name, "NOT_TEXT", "A plain value is expected.", "ここには単独の値を書きます。")
        return None

    def codes(self, name: str) -> list[str]:
        """A list, or a text in which `;`, `|` or 、 separates."""
        value = self._values.get(name)
        if isinstance(value, list):
            self._used.add(name)
            return [normalise(str(item)) for item in value]
        return [
            normalise(part) for part in _SEPARATORS.split(self.text(name) or "") if part.strip()
        ]

    def rows(self, name: str) -> list[Fields]:
        """The fields of each row of a nested list; files of plain cells have none."""
        value = self._values.get(name)
        self._used.add(name)
        if value in (None, ""):
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problem(name, "NOT_ROWS", "A list of rows is expected.", "行の一覧が必要です。")
            return []
        return [Fields(item) for item in value]

    def whole(self, name: str) -> int | None:
        """A whole number, in any width, with or without thousands separators."""
        return self._read(
            name,
            lambda raw: int(raw.replace(",", "")),
            ("NOT_A_NUMBER", "A whole number is expected.", "整数で書きます。"),
        )

    def day(self, name: str) -> date | None:
        """A day such as 2026-11-24."""
        return self._read(
            name,
            date.fromisoformat,
            ("NOT_A_DAY", "A day such as 2026-11-24.", "2026-11-24 のように書きます。"),
        )

    def instant(self, name: str) -> datetime | None:
        """An instant with its offset such as 2026-11-24T12:00+09:00; never a bare one (R2.3)."""
        return self._read(
            name,
            _instant,
            (
                "NOT_AN_INSTANT",
                "An instant with its offset, such as 2026-11-24T12:00+09:00.",
                "2026-11-24T12:00+09:00 のように、時差まで書きます。",
            ),
        )

    def flag(self, name: str, default: bool) -> bool:
        """Yes or no."""
        found = self._read(
            name, _flag, ("NOT_YES_OR_NO", "true or false is expected.", "true か false です。")
        )
        return default if found is None else found

    def member(self, name: str, kinds: type[Kind]) -> Kind | None:
        """One of an enumeration's values, in any case and width."""
        known = ", ".join(str(kind.value) for kind in kinds)
        return self._read(
            name,
            lambda raw: kinds(raw.upper()),
            ("UNKNOWN_VALUE", f"One of: {known}.", f"次のどれかです：{known}"),
        )

    def problem(self, name: str, code: str, message: str, message_ja: str) -> None:
        """Note a problem of a field."""
        self.problems.append(Problem((name,), code, message, message_ja))

    def check_all_used(self) -> None:
        """Note every column that nobody asked for: a misspelt one must not be lost silently."""
        for name in self._values:
            if name not in self._used and self._values[name] not in (None, ""):
                self.problem(
                    str(name)[:60],
                    "UNKNOWN_COLUMN",
                    "There is no such column.",
                    "この列はありません。",
                )

    def _read(
        self, name: str, read: Callable[[str], Value], wrong: tuple[str, str, str]
    ) -> Value | None:
        raw = self.text(name)
        if raw is None:
            return None
        try:
            return read(normalise(raw))
        except ValueError:
            self.problem(name, *wrong)
            return None


def _instant(raw: str) -> datetime:
    found = datetime.fromisoformat(raw)
    if found.utcoffset() is None:
        raise ValueError("without an offset")
    return found


def _flag(raw: str) -> bool:
    if raw.lower() in _YES | _NO:
        return raw.lower() in _YES
    raise ValueError("neither yes nor no")
