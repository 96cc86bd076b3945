"""A form as it was sent, read field by field, and what may come of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from renkei_web.portal import formatting
from renkei_web.portal.addresses import address
from renkei_web.portal.catalogue import say
from renkei_web.portal.form_state import FieldProblem, FormState

_DIGITS_MAX = 18
_AROUND_NUMBERS = re.compile(r"[\s,，、円%]")


@dataclass
class Sent:
    """The fields of a form. What can't be read is noted in `problems` and read as None."""

    fields: Mapping[str, Sequence[str]]
    problems: list[FieldProblem] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A field's text, as typed; empty where the form has no such field."""
        values = self.fields.get(name, ())
        # Browsers send line ends as CR LF; a text area's content has LF.
        return values[-1].replace("\r\n", "\n") if values else ""

    def optional(self, name: str) -> str | None:
        """A field's text, or None where nothing but white space was typed."""
        typed = self.text(name)
        return typed if typed.strip() else None

    def chosen(self, name: str) -> list[str]:
        """Everything that was ticked under a name."""
        return [value for value in self.fields.get(name, ()) if value]

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.chosen(name))

    def number(self, name: str) -> int | None:
        """A whole number in any width, with or without commas and unit; None where it is empty."""
        typed = _AROUND_NUMBERS.sub("", unicodedata.normalize("NFKC", self.text(name)))
        if not typed:
            return None
        if not re.fullmatch(rf"-?[0-9]{{1,{_DIGITS_MAX}}}", typed):
            self._note(name, "forms.not_a_number")
            return None
        return int(typed)

    def numbers(self, name: str) -> list[int]:
        """Whole numbers with commas or spaces between them; what is none is noted."""
        typed = unicodedata.normalize("NFKC", self.text(name))
        parts = [part for part in re.split(r"[\s,、，]+", typed) if part]
        if not all(re.fullmatch(r"[0-9]{1,6}", part) for part in parts):
            self._note(name, "forms.not_a_number")
            return []
        return [int(part) for part in parts]

    def words(self, name: str) -> list[str]:
        """Words in any width, with commas or spaces between them."""
        typed = unicodedata.normalize("NFKC", self.text(name))
        return [part for part in re.split(r"[\s,、，]+", typed) if part]

    def day(self, name: str) -> str | None:
        """A day as the API takes it; None where the field is empty."""
        typed = unicodedata.normalize("NFKC", self.text(name)).strip().replace("/", "-")
        if not typed:
            return None
        try:
            return date.fromisoformat(typed).isoformat()
        except ValueError:
            self._note(name, "forms.not_a_day")
            return None

    def instant(self, name: str) -> str | None:
        """An instant that was filled in on Japan's clock, as the API takes it."""
        typed = unicodedata.normalize("NFKC", self.text(name)).strip().replace("/", "-")
        if not typed:
            self._note(name, "forms.needed")
            return None
        try:
            return formatting.from_input(typed).isoformat()
        except ValueError:
            self._note(name, "forms.not_an_instant")
            return None

    def needed(self, name: str) -> str:
        """A choice that the API can't do without."""
        if not self.text(name):
            self._note(name, "forms.needed")
        return self.text(name)

    def rows(self, name: str) -> list[str]:
        """The places under which a repeated part was sent: `sources.0`, `sources.1`, …"""
        places = {
            int(found[1])
            for key in self.fields
            if (found := re.fullmatch(rf"{name}\.([0-9]{{1,3}})\..+", key))
        }
        return [f"{name}.{place}" for place in sorted(places)]

    def state(self, problems: Sequence[FieldProblem] = (), refusal: str = "") -> FormState:
        """The form to be shown again."""
        return FormState(self.fields, (*self.problems, *problems), refusal)

    def _note(self, name: str, key: str) -> None:
        path = tuple(name.split("."))
        self.problems.append(FieldProblem(path, str(say(key, "en", {})), str(say(key, "ja", {}))))


@dataclass(frozen=True)
class Go:
    """The act succeeded: on to a page, which says what was `done` (a key of `terms.done`)."""

    page: str
    values: Mapping[str, object] = field(default_factory=dict)
    done: str = ""
    anchor: str = ""

    def address(self, lang: str) -> str:
        """Where to, in the reader's language."""
        where = address(lang, self.page, **dict(self.values), done=self.done)
        return where + (f"#{self.anchor}" if self.anchor else "")


@dataclass(frozen=True)
class Back:
    """The act succeeded: back to a page of this site, wherever the form stood."""

    path: str
    done: str = ""


@dataclass(frozen=True)
class Part:
    """The act succeeded: this part of the page is drawn anew."""

    template: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """The act answered with something to look at: the page is shown with it."""

    data: Mapping[str, Any]


# None: what the form is about is missing, or not for this reader.
Outcome = Go | Back | Part | Seen | FormState | None
