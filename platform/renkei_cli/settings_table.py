"""Every setting as a page for operators: docs/settings.md is this, and a test holds them equal."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from renkei.settings import Settings

_HEAD = """\
# Settings

Every setting of a deployment, read from the environment. Each may also be a file in `/run/secrets`
named after it in lower case (`renkei_secret_key`); the environment comes first. `renkei settings`
prints what a process would use, secrets hidden. This page is generated from the code.

| setting | is | default |
|---|---|---|
"""
_LIMITS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def settings_page() -> str:
    """The whole of docs/settings.md."""
    prefix = Settings.model_config["env_prefix"]
    rows = [
        f"| `{prefix}{name.upper()}` | {_meaning(field)} | {_default(field)} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return _HEAD + "".join(rows)


def page_is_current(page: Path) -> bool:
    """Whether `page` says what the code says; `renkei settings --check` asks this."""
    return page.is_file() and page.read_text(encoding="utf-8") == settings_page()


def _meaning(field: FieldInfo) -> str:
    """The description, with the limits that a value must keep."""
    limits = [
        f"{sign} {getattr(limit, name):,}"
        for limit in field.metadata
        for name, sign in _LIMITS.items()
        if hasattr(limit, name)
    ]
    text = (field.description or "").replace("|", "\\|")
    return f"{text} ({', '.join(limits)})" if limits else text


def _default(field: FieldInfo) -> str:
    """The default as one writes it in the environment."""
    value: Any = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"
