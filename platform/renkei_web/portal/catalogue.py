"""The portal's own words, in both languages. English is its own text, not a translation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup, escape

LANGUAGES = ("ja", "en")
FOLDER = Path(__file__).parent / "strings"

_STRONG = re.compile(r"\*\*(.+?)\*\*")

Entry = Mapping[str, str | Mapping[str, str]]


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Entry]:
    """Every string by its key, `file.name`. A key in two files can't be: the file is part of it."""
    found: dict[str, Entry] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for name, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[f"{path.stem}.{name}"] = entry
    return found


def say(key: str, lang: str, values: Mapping[str, Any]) -> Markup:
    """The string of `key`: `**words**` are strong, `{name}` is filled in and escaped.

    An English entry may have the forms `one` and `other`, chosen by the value named `n`.
    """
    entry = catalogue()[key][lang]
    if isinstance(entry, Mapping):
        entry = entry["one" if values["n"] == 1 else "other"]
    marked = Markup(_STRONG.sub(r"<strong>\1</strong>", str(escape(entry))))  # noqa: S704 - escaped before the tags are put in
    return marked.format(**values) if values else marked


def terms(group: str, lang: str) -> list[tuple[str, str]]:
    """Every value of a closed list with its word, in the list's order: a form's choices."""
    return [(value, term(group, value, lang)) for value in catalogue()[f"terms.{group}"]]


def term(group: str, value: str, lang: str) -> str:
    """The word for a value of a closed list, such as a role; an unknown value is a bug."""
    entry = catalogue()[f"terms.{group}"][value]
    if not isinstance(entry, Mapping):
        msg = f"terms.{group} has no two languages for {value}"
        raise TypeError(msg)
    return entry[lang]
