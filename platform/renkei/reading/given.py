"""Values that a statement is sent with. Under a name, the statement can be kept and sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam
from sqlalchemy.types import TypeEngine

from renkei.database.lists import one_of


@dataclass(frozen=True)
class Given:
    """One value; named, it is given anew with each sending, else it stands in the statement."""

    value: Any
    name: str = ""

    def of(self, kind: TypeEngine[Any]) -> BindParameter[Any]:
        """The value in SQL."""
        return bindparam(self.name or None, self.value, type_=kind, unique=not self.name)

    def holds(self, column: ColumnElement[Any], *, postgres: bool) -> ColumnElement[bool]:
        """The value is a list: `column` is one of what is in it."""
        return one_of(column, self.value, postgres=postgres, name=self.name)
