"""What reading gives: a row of one table with the columns that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Record:
    """A visible row. `table` is its table's name; `values` hold `id` and the asked columns."""

    table: str
    values: Mapping[str, Any]

    @property
    def id(self) -> UUID:
        """The row's key."""
        key: UUID = self.values["id"]
        return key
