"""Templates and what they may call. One environment a language, both strict and escaping."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from renkei_web.portal import formatting
from renkei_web.portal.addresses import address
from renkei_web.portal.catalogue import LANGUAGES, say, term, terms
from renkei_web.portal.documents import live_address
from renkei_web.portal.form_state import FormState, field_id

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent.parent / "static"

SHEETS = (
    "vendor/design-tokens-1.1.9.subset.css",
    *(
        f"{name}.css"
        for name in ("tokens", "base", "layout", "header", "components", "lists", "tables",
                     "forms", "progress", "pages", "records", "print")
    ),
)  # fmt: skip

# The roles that a demo offers by one click, with their icons.
DEMO_ROLES = (
    ("researcher", "user"), ("office", "building"), ("firm", "building"), ("ministry", "flag"),
    ("agency", "flag"), ("analyst", "document"), ("reviewer", "shield"), ("admin", "settings"),
)  # fmt: skip

# Filters that speak: they take the page's language as their last argument.
SPEAKING = (
    "instant", "instant_plain", "instant_exact", "day", "day_of", "day_short", "day_numeric",
    "yen", "yen_full", "plain", "text", "person_name",
)  # fmt: skip
# Filters that also need the present instant, passed by the template: `at|moment(now)`.
SPEAKING_OF_NOW = ("instant_short", "instant_rows", "moment")
SILENT = (
    "instant_iso", "instant_input", "clock", "clock_seconds", "now_utc", "call_state",
    "call_points", "by_deadline", "as_id", "number", "initial", "grouped",
)  # fmt: skip


@dataclass(frozen=True)
class Shell:
    """What every page shows around its content.

    `viewer` is the API's, with `roles` and `unreadCount`; None where nobody is signed in. `here`
    are the parts of the page's address, `done` a key of `terms.done`, `follows` the ids of the
    viewer's follows by what is followed; `key` makes each form's sending happen once.
    """

    lang: str
    page: str
    now: datetime
    viewer: dict[str, Any] | None = None
    here: dict[str, object] = field(default_factory=dict)
    form_token: str = ""
    demo: bool = False
    done: str = ""
    follows: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: uuid4().hex)

    @property
    def other_lang(self) -> str:
        """The language that the switch offers."""
        return "ja" if self.lang == "en" else "en"


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The address of a file in `static/`, with a mark of its content: it may be cached for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@lru_cache(maxsize=len(LANGUAGES))
def environment(lang: str) -> Environment:
    """The environment of one language: `t`, `term` and `address` speak it."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "lang": lang,
        "t": lambda key, /, **values: say(key, lang, values),
        "term": lambda group, value: term(group, value, lang),
        "address": partial(address, lang),
        "address_in": address,
        "asset": asset,
        "terms": lambda group: terms(group, lang),
        "tlp_options": lambda: formatting.tlp_options(lang),
        "tlp_labels": formatting.TLP_LABELS,
        "field_id": field_id,
        "live_address": live_address,
        "sheets": SHEETS,
        "demo_roles": DEMO_ROLES,
        "time_between": formatting.ago_or_left,
    }
    for name in SILENT:
        made.filters[name] = getattr(formatting, name)
    for name in SPEAKING:
        made.filters[name] = partial(getattr(formatting, name), lang=lang)
    for name in SPEAKING_OF_NOW:
        function = getattr(formatting, name)
        made.filters[name] = lambda value, now, _function=function: _function(value, lang, now)
    for name, value, words in (
        ("id_and_title", "id", "title"),
        ("id_and_name", "id", "name"),
        ("code_and_name", "code", "name"),
    ):
        made.filters[name] = partial(formatting.options, lang=lang, value=value, words=words)
    made.filters["people_options"] = partial(formatting.people_options, lang=lang)
    return made


def render(template: str, shell: Shell, data: dict[str, Any], form: FormState | None = None) -> str:
    """The page `template` with the answer to its document. What it misses is a bug and raises."""
    page = environment(shell.lang).get_template(f"{template}.html")
    return page.render(shell=shell, now=shell.now, data=data, form=form or FormState())


def fragment(template: str, lang: str, data: Mapping[str, Any]) -> str:
    """A part of a page, drawn alone."""
    return environment(lang).get_template(f"{template}.html").render(**data)
