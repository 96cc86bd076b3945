"""What a form shows again after it was refused: what was typed, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class FieldProblem:
    """One problem, as the API told it. `path` names the field, `("budget", "0", "amount")`."""

    path: tuple[str, ...]
    message: str
    message_ja: str

    @property
    def name(self) -> str:
        """The form field's name: the path, dotted."""
        return ".".join(self.path)

    def says(self, lang: str) -> str:
        """The message in the page's language."""
        return self.message if lang == "en" else self.message_ja


@dataclass(frozen=True)
class FormState:
    """A form as it was sent; empty where the page is shown for the first time."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: tuple[FieldProblem, ...] = ()
    refusal: str = ""

    def value(self, name: str, default: Any = "") -> Any:
        """What was typed into a field, else what the record holds."""
        if name in self.values:
            return self.values[name][-1] if self.values[name] else ""
        # Once a form was sent, an absent name is a box without its tick, not the record's value.
        return "" if default is None else default

    def chosen(self, name: str, default: Sequence[str] = ()) -> Sequence[str]:
        """What was ticked among several, else what the record holds."""
        return self.values.get(name, ()) if self.values else default

    def ticked(self, name: str, default: bool = False) -> bool:
        """Whether a box was ticked, else what the record holds."""
        return name in self.values if self.values else default

    def row_count(self, name: str) -> int:
        """How many rows of a repeated part were sent, up to the last one with something in it."""
        pattern = re.compile(rf"{name}\.([0-9]{{1,3}})\.")
        filled = [
            int(found[1]) + 1
            for key, values in self.values.items()
            if (found := pattern.match(key)) and any(value.strip() for value in values)
        ]
        return max(filled, default=0)

    def with_value(self, name: str, value: str) -> FormState:
        """The same form with one field changed."""
        return replace(self, values={**self.values, name: (value,)})

    def problems_of(self, name: str) -> list[FieldProblem]:
        """The problems of one field."""
        return [problem for problem in self.problems if problem.name == name]


def field_id(name: str) -> str:
    """The id of a field's control, which the error summary links to."""
    return "f-" + name.replace(".", "-")
