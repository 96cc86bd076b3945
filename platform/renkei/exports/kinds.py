"""What an export of a kind holds: parts that each give columns, declared elsewhere and only once.

The schema's declarations are turned into these values (`renkei_schema.kinds`): the kernel knows no
GraphQL, and a type is not declared a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from renkei.access.policy.viewer import Viewer
from renkei.reading.links import Children
from renkei.reading.page import By

# What a field says of a row's values at an instant to a viewer: one cell for each of its keys.
Cells = Callable[[Mapping[str, Any], datetime, Viewer], tuple[Any, ...]]
# The one cell that names a record to people.
Label = Callable[[Mapping[str, Any], datetime, Viewer], Any]


@dataclass(frozen=True)
class Field:
    """Columns that the row's own values tell. `needs` are the stored columns that it reads."""

    keys: tuple[str, ...]
    needs: frozenset[str]
    cells: Cells


@dataclass(frozen=True)
class Reference:
    """A record that the row refers to: its id and its name; empty where the viewer sees none."""

    key: str
    column: str
    target: Table
    needs: frozenset[str]
    label: Label
    id_of: Callable[[UUID], str]

    @property
    def keys(self) -> tuple[str, ...]:
        """Two columns: the id, for programs, and the name, for people."""
        return f"{self.key}_id", self.key


@dataclass(frozen=True)
class Listing:
    """Records that belong to the row, bounded by nature: their codes or names in one cell."""

    key: str
    link: Children
    order: tuple[By, ...]
    needs: frozenset[str]
    label: Label

    @property
    def keys(self) -> tuple[str, ...]:
        """One column."""
        return (self.key,)


@dataclass(frozen=True)
class Inside:
    """The first of the records that belong to the row (a brief's newest version), spread out."""

    key: str
    link: Children
    order: tuple[By, ...]
    fields: tuple[Field, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The record's own columns, each under the name of the field that leads to it."""
        return tuple(f"{self.key}_{name}" for field in self.fields for name in field.keys)

    @property
    def needs(self) -> frozenset[str]:
        """The stored columns of that record."""
        return frozenset[str]().union(*(field.needs for field in self.fields))


Part = Field | Reference | Listing | Inside


@dataclass(frozen=True)
class Kind:
    """One kind that can be listed: its name on the command line, its table, what is told of it."""

    name: str
    table: Table
    id_of: Callable[[UUID], str]
    parts: tuple[Part, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that the type declares, in its order, after the id."""
        return ("id", *(key for part in self.parts for key in part.keys))

    @property
    def needs(self) -> frozenset[str]:
        """The stored columns of the row itself."""
        wanted: set[str] = set()
        for part in self.parts:
            if isinstance(part, Field):
                wanted |= part.needs
            elif isinstance(part, Reference):
                wanted.add(part.column)
        return frozenset(wanted)
