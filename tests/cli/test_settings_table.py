"""docs/settings.md is what the code says, and each setting says what it is."""

from __future__ import annotations

from pathlib import Path

from renkei.settings import Settings
from renkei_cli.settings_table import page_is_current, settings_page
from support.paths import ROOT

PAGE = ROOT / "docs" / "settings.md"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page()
    assert page_is_current(PAGE)


def test_a_page_that_says_something_else_is_found(tmp_path: Path) -> None:
    page = tmp_path / "settings.md"
    assert not page_is_current(page)
    page.write_text(settings_page().replace("RENKEI_DEMO", "RENKEI_ＤＥＭＯ"), encoding="utf-8")
    assert not page_is_current(page)


def test_each_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_limits_are_told() -> None:
    assert (
        "| `RENKEI_RATE_PER_MINUTE` | GraphQL cost units a viewer may use per minute; 0: no limit. "
        "(≥ 0) | `0` |"
    ) in settings_page().splitlines()
