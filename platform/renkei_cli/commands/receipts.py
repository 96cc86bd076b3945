"""`renkei receipt verify`: checking a receipt offline, with nothing but it and the public keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from renkei.proposals.receipts import verify_receipt
from renkei.signing import SigningKeys, read_key_set
from renkei_cli.house import Data, Keys, settings_for
from renkei_cli.speaking import CommandFailed, say, tell_problems

KEYS_FILE = "renkei-keys.json"

receipt = typer.Typer(no_args_is_help=True, help="受領証。 / Receipts.")


@receipt.callback()
def _root() -> None:
    """受領証。 / Receipts."""


@receipt.command()
def verify(
    file: Annotated[
        Path, typer.Argument(help="受領証のファイル（JSON）。 / The receipt, a JSON file.")
    ],
    keys: Keys = None,
    content: Annotated[
        Path | None,
        typer.Option(
            help="提出した内容のファイル（JSON）。あればSHA-256も確かめる。 / "
            "What was handed in; its SHA-256 is then checked too.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
) -> None:
    """受領証を確かめる（ネットワーク不要）。 / Check a receipt offline."""
    found, problems = read_key_set(_published(keys, file, data))
    if found is None:
        tell_problems(problems)
        raise typer.Exit(1)
    document = read_json(file)
    checked = verify_receipt(document, found, None if content is None else read_json(content))
    if not checked.genuine:
        say("This receipt is NOT genuine:", "この受領証は正しくありません：")
        tell_problems(list(checked.reasons))
        raise typer.Exit(1)
    say(
        f"Genuine: {document['number']}, received {document['submittedAt']}"
        + (", content unchanged." if checked.content_checked else "."),
        f"正しい受領証です：{document['number']}、受領 {document['submittedAt']}"
        + ("、内容も一致します。" if checked.content_checked else "。"),
    )


def _published(keys: Path | None, receipt_file: Path, data: Path | None) -> Any:
    """The key set: the file that is named, one beside the receipt, or this deployment's own."""
    beside = receipt_file.parent / KEYS_FILE
    if keys is not None or beside.is_file():
        return read_json(keys or beside)
    own = own_keys(data)
    if own is None:
        raise CommandFailed(
            "Name the published keys with --keys (saved from /.well-known/renkei-keys.json).",
            "公開鍵のファイルを --keys で指定してください"
            "（/.well-known/renkei-keys.json を保存したもの）。",
        )
    return own


def own_keys(data: Path | None) -> dict[str, Any] | None:
    """What this deployment publishes; None where it has no signing key."""
    signing = settings_for(data).signing_key.get_secret_value()
    return SigningKeys.of(signing).published() if signing else None


def read_json(file: Path) -> Any:
    """The JSON in a file; `CommandFailed` where it is none."""
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise CommandFailed(f"{file} is not JSON.", f"{file} はJSONではありません。") from error


def add_to(app: typer.Typer) -> None:
    """Add `receipt`."""
    app.add_typer(receipt, name="receipt")
