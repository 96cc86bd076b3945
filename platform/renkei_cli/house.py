"""Where a deployment keeps its things, and the settings that follow from the data directory.

A demo directory holds `demo.json` (0600): that it is a demo, its secrets, whether it is filled.
Every command that is given such a directory runs with what is written there.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer
from pydantic import SecretStr

from renkei.settings import Settings
from renkei.signing import new_key
from renkei_cli.speaking import CommandFailed

DEMO_FILE = "demo.json"
DEMO_DIRECTORY = Path("data/demo")

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="データの置き場所（RENKEI_DATA_DIRと同じ）。 / The data directory.",
        show_default=False,
    ),
]
Keys = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        help="公開鍵のファイル（/.well-known/renkei-keys.json を保存したもの）。 / "
        "The published keys, saved from /.well-known/renkei-keys.json.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class DemoDirectory:
    """A directory that `renkei serve --demo` made. `filled` once the sample data is in."""

    path: Path
    secret_key: str
    signing_key: str
    filled: bool = False

    def write(self) -> None:
        """Keep it, for the owner's eyes alone, in one step."""
        content = {
            "secret_key": self.secret_key,
            "signing_key": self.signing_key,
            "filled": self.filled,
        }
        aside = self.path / f"{DEMO_FILE}.part"
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        aside.replace(self.path / DEMO_FILE)


def read_demo(directory: Path) -> DemoDirectory | None:
    """The demo in this directory; None where it is no demo's."""
    file = directory / DEMO_FILE
    if not file.is_file():
        return None
    try:
        content = orjson.loads(file.read_bytes())
        return DemoDirectory(
            directory, content["secret_key"], content["signing_key"], bool(content["filled"])
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise CommandFailed(
            f"{file} is damaged: remove the directory and start again.",
            f"{file} が壊れています。ディレクトリを消して、始めからやり直してください。",
        ) from error


def prepare_demo(directory: Path) -> DemoDirectory:
    """The demo of this directory, made where the directory is empty or not there yet.

    Refused: a directory with other things in it, whatever they are.
    """
    known = read_demo(directory)
    if known is not None:
        return known
    if directory.exists() and any(directory.iterdir()):
        raise CommandFailed(
            f"{directory} is not empty and holds no demo: name another one with --data.",
            f"{directory} には別のものがあります。--data で別の場所を選んでください。",
        )
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    demo = DemoDirectory(directory, secrets.token_urlsafe(32), new_key())
    demo.write()
    return demo


def settings_for(data: Path | None = None) -> Settings:
    """The settings of this process: the environment's, and a demo directory's own before them."""
    settings = Settings() if data is None else Settings(data_dir=data)
    demo = read_demo(settings.data_dir)
    if demo is None:
        return settings
    return Settings(
        data_dir=settings.data_dir,
        demo=True,
        secret_key=SecretStr(demo.secret_key),
        signing_key=SecretStr(demo.signing_key),
    )


def refuse_public_bind(host: str) -> None:
    """Refuse to let a demo listen where others could reach it: anyone may sign in there."""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        raise CommandFailed(
            f"A demo lets anyone sign in, so it listens on this machine only, not on {host}.",
            f"見本の環境にはだれでもサインインできるため、{host} では待ち受けません。",
        )


def environment(settings: Settings, *, public_url: str) -> dict[str, str]:
    """The environment of processes that run with the same data directory."""
    return {
        "RENKEI_PUBLIC_URL": public_url,
        **os.environ,
        "RENKEI_DATA_DIR": str(settings.data_dir.resolve()),
    }
