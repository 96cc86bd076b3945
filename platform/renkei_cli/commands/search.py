"""`renkei search …`: rebuilding the index, and measuring its answers."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from renkei.app import App
from renkei.reactions import reindex as rebuild
from renkei.search.embedded import EmbeddedSearch
from renkei.search.evaluate import evaluate as measure
from renkei.settings import Settings
from renkei_cli.house import Data, settings_for
from renkei_cli.speaking import CommandFailed, say, words

search = typer.Typer(no_args_is_help=True, help="検索。 / Search.")


@search.command()
def reindex(data: Data = None) -> None:
    """索引をつくり直す（止めずに）。 / Rebuild the index without downtime."""
    settings = settings_for(data)
    with words.status("索引をつくっています… / Indexing…"):
        count = asyncio.run(_rebuild(settings))
    say(f"{count} documents are indexed.", f"{count}件を索引に入れました。")


async def _rebuild(settings: Settings) -> int:
    async with App.opened(settings) as app:
        return await rebuild(app)


@search.command()
def evaluate(
    directory: Annotated[
        Path,
        typer.Argument(help="corpus.jsonlとqueries.jsonlのある場所。 / Where the corpus lies."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="結果をJSONで出す。 / Print JSON.")
    ] = False,
    run: Annotated[
        Path | None,
        typer.Option(help="順位を書き出すファイル。 / File for `query_id doc_id rank` lines."),
    ] = None,
) -> None:
    """検索の良さを測る。 / Measure the answers of judged queries."""
    for name in ("corpus.jsonl", "queries.jsonl"):
        if not (directory / name).is_file():
            raise CommandFailed(
                f"{directory / name} is missing.", f"{directory / name} がありません。"
            )
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="renkei-")))
        out = stack.enter_context(run.open("w", encoding="utf-8")) if run else None
        found = asyncio.run(measure(directory, EmbeddedSearch(scratch), out))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    for group, scores in found["groups"].items():
        told = "  ".join(f"{name} {value:.3f}" for name, value in scores.items())
        print(f"{group:10} {told}")
    times = found["query_cpu_ms"]
    print(f"CPU/query  p50 {times['p50']:.1f} ms  p99 {times['p99']:.1f} ms")


def add_to(app: typer.Typer) -> None:
    """Add `search`."""
    app.add_typer(search, name="search")
