"""Where rows wait until all of them are read and entered: a file that no name leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

import orjson

Row = list[Any]
_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATETIME


class Spool:
    """Rows in the order in which they came. Memory holds one row, however many they are.

    The file is made with mode 0600 and unlinked at once: it ends with the process, and a stopped
    export leaves nothing behind.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = TemporaryFile(dir=folder, buffering=1 << 20)  # noqa: SIM115 - closed by `__exit__`
        self.rows = 0

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows."""
        for row in rows:
            self._file.write(orjson.dumps(row, default=_tagged, option=_OPTIONS))
            self.rows += 1

    def __iter__(self) -> Iterator[Row]:
        self._file.seek(0)
        for line in self._file:
            row = orjson.loads(line)
            # What is no plain value was tagged; texts and numbers are themselves.
            yield [_untagged(cell) if type(cell) is dict else cell for cell in row]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


class Nested:
    """A value that is more than a text, a number or a time: kept apart from our own tags."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _tagged(value: Any) -> Any:
    match value:
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case Nested():
            return {"n": value.value}
    raise TypeError(type(value).__name__)


def _untagged(cell: dict[str, Any]) -> Any:
    match cell:
        case {"t": instant}:
            return datetime.fromisoformat(instant)
        case {"d": day}:
            return date.fromisoformat(day)
    return Nested(cell["n"])
