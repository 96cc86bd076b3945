"""`renkei doctor`, `renkei settings`, `renkei schema export`: looking after a deployment."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from renkei.settings import MissingSecretsError, Settings
from renkei_cli.house import DEMO_FILE, Data, settings_for
from renkei_cli.permissions_table import page_is_current as permissions_are_current
from renkei_cli.permissions_table import permissions_page
from renkei_cli.settings_table import page_is_current
from renkei_cli.speaking import CommandFailed, say

SCHEMA_FILE = Path("schema/schema.graphql")
SETTINGS_PAGE = Path("docs/settings.md")
PERMISSIONS_PAGE = Path("docs/permissions.md")

schema = typer.Typer(no_args_is_help=True, help="GraphQLのスキーマ。 / The GraphQL schema.")


@dataclass(frozen=True)
class Finding:
    """What one check of `doctor` found; `fault` is None where all is well."""

    name: str
    name_ja: str
    fault: str | None = None


def doctor(data: Data = None) -> None:
    """この環境で動くかどうかを調べる。 / Check that this deployment can work."""
    findings = asyncio.run(_examine(settings_for(data)))
    for found in findings:
        mark = "ok  " if found.fault is None else "FAIL"
        told = f": {found.fault}" if found.fault else ""
        print(f"{mark} {found.name_ja} / {found.name}{told}")
    faults = [found for found in findings if found.fault is not None]
    if faults:
        raise CommandFailed(
            f"{len(faults)} of {len(findings)} checks failed.",
            f"{len(findings)}項目のうち{len(faults)}項目に問題があります。",
        )


async def _examine(settings: Settings) -> list[Finding]:
    return [found async for found in _checks(settings)]


async def _checks(settings: Settings) -> AsyncIterator[Finding]:
    yield Finding("data directory", "データの置き場所", _directory_fault(settings.data_dir))
    try:
        settings.require_secrets()
    except MissingSecretsError as missing:
        yield Finding("secrets", "秘密の値", str(missing))
        return
    yield Finding("secrets", "秘密の値")
    from renkei.app import App  # noqa: PLC0415 - with the engines; other commands need none
    from renkei.language import analyse  # noqa: PLC0415 - loads the dictionary

    yield Finding(
        "Japanese dictionary",
        "日本語の辞書",
        None if analyse("量子技術") else "the dictionary gives no words",
    )
    try:
        async with App.opened(settings) as app:
            names = {"database": "データベース", "redis": "Redis", "search": "検索の索引"}
            for name, fault in (await app.ready()).items():
                yield Finding(name, names.get(name, name), fault)
    except (OSError, ValueError) as error:
        yield Finding("connections", "接続", type(error).__name__)


def _directory_fault(directory: Path) -> str | None:
    """What is wrong with the data directory: not there, not writable, secrets open to others."""
    if not directory.is_dir():
        return f"{directory} is not there / ありません"
    probe = directory / ".doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return f"{directory} can't be written / 書き込めません"
    secret = directory / DEMO_FILE
    if secret.is_file() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        return f"{secret} can be read by others / 他人が読めます: chmod 600"
    return None


def settings(
    check: Annotated[
        bool,
        typer.Option("--check", help="文書が設定と同じか確かめる。 / Is the page up to date?"),
    ] = False,
    data: Data = None,
) -> None:
    """いまの設定を表示する（秘密は隠す）。 / Print the settings in force, secrets hidden."""
    if check:
        if not page_is_current(SETTINGS_PAGE):
            raise CommandFailed(
                f"{SETTINGS_PAGE} does not say what the code says: renkei_cli.settings_table.",
                f"{SETTINGS_PAGE} がプログラムと違います。",
            )
        say(f"{SETTINGS_PAGE} is up to date.", f"{SETTINGS_PAGE} は最新です。")
        return
    found = settings_for(data)
    for name in type(found).model_fields:
        print(f"RENKEI_{name.upper()}={_shown(name, getattr(found, name))}")


def _shown(name: str, value: object) -> str:
    """A setting's value for the eyes of whoever looks over the operator's shoulder."""
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    text = "" if value is None else str(value)
    if name.endswith("_url") and "@" in text:
        scheme, _, rest = text.partition("://")
        return f"{scheme}://********@{rest.rpartition('@')[2]}"
    return text


def permissions(
    check: Annotated[
        bool,
        typer.Option("--check", help="文書が方針と同じか確かめる。 / Is the page up to date?"),
    ] = False,
) -> None:
    """だれが何をできるかの表を書く。 / Write the table of who may do and see what."""
    if not check:
        PERMISSIONS_PAGE.write_text(permissions_page(), encoding="utf-8")
        say(f"{PERMISSIONS_PAGE} is written.", f"{PERMISSIONS_PAGE} に書き出しました。")
    elif not permissions_are_current(PERMISSIONS_PAGE):
        raise CommandFailed(
            f"{PERMISSIONS_PAGE} is not what the policy says: renkei permissions",
            f"{PERMISSIONS_PAGE} が方針と違います：renkei permissions",
        )
    else:
        say(f"{PERMISSIONS_PAGE} is up to date.", f"{PERMISSIONS_PAGE} は最新です。")


@schema.callback()
def _schema() -> None:
    """GraphQLのスキーマ。 / The GraphQL schema."""


@schema.command()
def export(
    check: Annotated[
        bool,
        typer.Option("--check", help="ファイルと同じか確かめる。 / Is the file up to date?"),
    ] = False,
    file: Annotated[
        Path, typer.Option(help="書き出すファイル。 / The file to write.")
    ] = SCHEMA_FILE,
) -> None:
    """スキーマ（SDL）を書き出す。 / Write the SDL."""
    from renkei_schema.schema import schema as built  # noqa: PLC0415 - takes a second to build

    text = built.as_str().rstrip("\n") + "\n"
    if not check:
        file.write_text(text, encoding="utf-8")
        say(f"{file} is written.", f"{file} に書き出しました。")
    elif not file.is_file() or file.read_text(encoding="utf-8") != text:
        raise CommandFailed(
            f"{file} is not what the code says: renkei schema export",
            f"{file} がプログラムと違います：renkei schema export",
        )


def add_to(app: typer.Typer) -> None:
    """Add `doctor`, `permissions`, `settings` and `schema`."""
    app.command()(doctor)
    app.command()(permissions)
    app.command()(settings)
    app.add_typer(schema, name="schema")
