"""Values that a statement is sent with. Under a name, the statement can be kept and sent again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement
from sqlalchemy.types import TypeEngine

from renkei.database.parameters import one_of, parameter


@dataclass(frozen=True)
class Given:
    """One value; named, it is given anew with each sending, else it stands in the statement."""

    value: Any
    name: str = ""

    @classmethod
    def each(cls, values: Iterable[Any], name: str) -> tuple[Given, ...]:
        """Some values in their order; under a name, each bears it with its number."""
        return tuple(
            cls(value, f"{name}_{place}" if name else "") for place, value in enumerate(values)
        )

    def of(self, kind: TypeEngine[Any]) -> BindParameter[Any]:
        """The value in SQL."""
        return parameter(self.value, kind, self.name)

    def holds(self, column: ColumnElement[Any], *, postgres: bool) -> ColumnElement[bool]:
        """The value is a list: `column` is one of what is in it."""
        return one_of(column, self.value, postgres=postgres, name=self.name)
