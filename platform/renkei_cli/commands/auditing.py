"""`renkei audit …`: verifying the sealed audit offline, and its anchors for keeping elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from renkei.audit.anchors import anchors as anchors_of
from renkei.audit.anchors import anchors_file, read_anchors
from renkei.audit.verifying import Report, verify
from renkei.database.engine import Database
from renkei.settings import Settings
from renkei.signing import read_key_set
from renkei_cli.commands.receipts import own_keys, read_json
from renkei_cli.house import Data, Keys, settings_for
from renkei_cli.speaking import CommandFailed, say

audit = typer.Typer(no_args_is_help=True, help="監査。 / The audit.")


@audit.callback()
def _root() -> None:
    """監査。 / The audit."""


@audit.command("verify")
def verify_all(
    anchors: Annotated[
        Path | None,
        typer.Option(
            help="別の場所に保管したアンカー（JSON Lines）。なければデータの置き場所のもの。 / "
            "Anchors that were kept elsewhere; without it, those in the data directory.",
            show_default=False,
        ),
    ] = None,
    keys: Keys = None,
    data: Data = None,
) -> None:
    """封印された監査を確かめる（ネットワーク不要）。 / Verify the sealed audit offline.

    合わないものがあれば、最初のものを示して1で終わる。 / Exit 1 names the first that does not fit.
    """
    settings = settings_for(data)
    published = _published(keys, data)
    kept = anchors or anchors_file(settings)
    lines = read_anchors(kept) if anchors or kept.is_file() else iter(())
    report = asyncio.run(_verify(settings, published, lines))
    _tell(report, signed=published is not None)
    if report.fault is not None:
        said = report.fault.said
        raise CommandFailed(said.text("en"), said.ja)


async def _verify(
    settings: Settings,
    keys: Mapping[str, Ed25519PublicKey] | None,
    lines: Iterator[dict[str, Any] | None],
) -> Report:
    database = Database(settings.resolved_database_url)
    try:
        async with database.reading() as connection:
            return await verify(connection, keys=keys, anchors=lines)
    finally:
        await database.close()


def _published(file: Path | None, data: Path | None) -> Mapping[str, Ed25519PublicKey] | None:
    document = read_json(file) if file is not None else own_keys(data)
    if document is None:
        return None
    found, problems = read_key_set(document)
    if found is None:
        raise CommandFailed(problems[0].message, problems[0].message_ja)
    return found


def _tell(report: Report, *, signed: bool) -> None:
    until = _instant(report.sealed_until)
    say(
        f"{report.entries} rows in {report.seals} seals fit, sealed up to {until}.",
        f"封印{report.seals}件、{report.entries}行が合います（{until}まで）。",
    )
    if not signed:
        say(
            "Signatures were not checked: name the published keys with --keys.",
            "署名は確かめていません。公開鍵を --keys で指定してください。",
        )
    if report.anchors:
        say(f"{report.anchors} anchors checked.", f"アンカー{report.anchors}件と照合しました。")
    else:
        say(
            "No anchors: seals cut off at the end can't be missed without them.",
            "アンカーがありません。末尾の封印が切り取られていても、分かりません。",
        )
    if report.fault is None:
        since = _instant(report.waiting_since)
        say(
            f"Not sealed yet: {report.waiting} rows"
            + (f" since {since}." if report.waiting else "."),
            f"まだ封印されていない行：{report.waiting}"
            + (f"（{since}から）" if report.waiting else ""),
        )


def _instant(at: datetime | None) -> str:
    return "–" if at is None else at.astimezone(UTC).isoformat(timespec="seconds")


@audit.command("anchors")
def print_anchors(
    since: Annotated[
        int, typer.Option(min=1, help="この番号の封印から。 / From the seal of this number on.")
    ] = 1,
    data: Data = None,
) -> None:
    """署名されたアンカーを1行ずつ書き出す。 / Print the signed anchors, one a line."""
    asyncio.run(_print(settings_for(data), since))


async def _print(settings: Settings, since: int) -> None:
    database = Database(settings.resolved_database_url)
    try:
        async with database.reading() as connection:
            while found := await anchors_of(connection, since=since):
                for anchor in found:
                    print(orjson.dumps(anchor).decode())
                since = found[-1]["seal"] + 1
    finally:
        await database.close()


def add_to(app: typer.Typer) -> None:
    """Add `audit`."""
    app.add_typer(audit, name="audit")
