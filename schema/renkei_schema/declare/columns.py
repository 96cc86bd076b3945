"""Words for what a row tells by itself: a column, a part, a text in two languages, a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from renkei.access.policy.viewer import Viewer
from renkei.reading.parts import name_of
from renkei_schema.context import Info
from renkei_schema.declare.words import Bilingual, Column, Computed, Told, Via, spoken
from renkei_schema.scalars import Text


def told(word: Told, description: str) -> Any:
    """The field of a word whose value the row alone tells."""

    def resolve(root: Any, info: Info) -> Any:
        reader = info.context.reader
        return word.value(root.values, reader.at, reader.eyes)

    return spoken(word, description, resolve)


def col(description: str, column: str | None = None, via: Via = None) -> Any:
    """A column of the row, named as the field unless `column` says otherwise.

    `via` turns the stored value into the API's (an enum's member, say); NULL stays null.
    """

    def value(values: Mapping[str, Any], _at: datetime, _viewer: Viewer) -> Any:
        stored = values[word.column]
        return stored if via is None or stored is None else via(stored)

    word = _Named(column=column or "", via=via, value=value)
    return told(word, description)


class _Named(Column):
    """The column is known once the field has its name, if it was not given."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "name" and value and not self.column:
            self.column = value
        if name == "column":
            self.needs = frozenset({value})


def part(attribute: Any, description: str, via: Via = None) -> Any:
    """A column of a part (`PersonContact.email`): null where the viewer does not see the part."""
    return col(description, name_of(attribute), via)


def bilingual(description: str, column: str) -> Any:
    """Two columns, `column`_ja and `column`_en, as one `Text`; null where there is no text."""
    ja, en = f"{column}_ja", f"{column}_en"

    def value(values: Mapping[str, Any], _at: datetime, _viewer: Viewer) -> Text | None:
        return Text(ja=values[ja], en=values[en]) if values[ja] or values[en] else None

    return told(Bilingual(needs=frozenset({ja, en}), value=value, ja=ja, en=en), description)


def computed(description: str, function: Callable[..., Any], via: Via = None) -> Any:
    """A pure kernel function of the row: its parameters name the columns.

    `at` is the instant of reading and `viewer` the viewer. `via` turns the result into the API's.
    """
    names = tuple(inspect.signature(function).parameters)

    def value(values: Mapping[str, Any], at: datetime, viewer: Viewer) -> Any:
        beside = {"at": at, "viewer": viewer}
        result = function(**{n: beside[n] if n in beside else values[n] for n in names})
        return result if via is None or result is None else via(result)

    word = Computed(
        needs=frozenset(names) - {"at", "viewer"},
        value=value,
        function=function,
        parameters=names,
        via=via,
    )
    return told(word, description)
