"""`renkei import KIND FILE`: bulk import with a dry run, and a report by line."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from renkei.imports.files import Row, read_rows
from renkei.imports.service import KINDS, Report, check_kind, import_rows
from renkei.settings import Settings
from renkei_cli.house import Data, settings_for
from renkei_cli.operating import as_operator
from renkei_cli.speaking import CommandFailed, say, tell_problems, words

# Whose act it is: an issuer's or an analyst's, never the operator's.
_BY_A_PERSON = frozenset({"calls", "briefs"})


def import_file(
    kind: Annotated[str, typer.Argument(help=f"取り込むもの。 / One of: {', '.join(KINDS)}.")],
    file: Annotated[
        Path, typer.Argument(help="CSV・JSONL・YAML（ブリーフはMarkdownも）。 / The file.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="確かめるだけで保存しない。 / Check, keep nothing.")
    ] = False,
    email: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="だれとして（公募・ブリーフでは必須）。 / Who acts; needed for calls and briefs.",
            show_default=False,
        ),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="行にない項目の値。例：--set tlp=CLEAR / A value for fields that rows lack.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
) -> None:
    """ファイルからまとめて取り込む。 / Import a file: every row, or none of them."""
    check_kind(kind)
    if kind in _BY_A_PERSON and email is None:
        raise CommandFailed(
            f"Say who acts with --as EMAIL: {kind} belong to somebody's organisation.",
            "--as メールアドレス で、だれとして取り込むかを指定してください。",
        )
    rows = read_rows(file.name, file.read_bytes())
    report = asyncio.run(_run(settings_for(data), kind, rows, _given(given), email, dry_run))
    if report.refused:
        lines = len({problem.path[0] for problem in report.refused if problem.path})
        say(
            f"Nothing was imported: {lines} of {report.rows} rows are refused.",
            f"取り込んでいません。{report.rows}行のうち{lines}行に問題があります。",
        )
        tell_problems(list(report.refused))
        raise typer.Exit(1)
    done, done_ja = ("would be", "取り込める") if dry_run else ("are", "取り込んだ")
    say(
        f"{report.added} rows {done} imported, {report.unchanged} were there already.",
        f"{done_ja}行：{report.added}、すでにある行：{report.unchanged}",
    )


def _given(pairs: list[str] | None) -> Mapping[str, str]:
    given = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise CommandFailed(
                f"--set {pair}: write NAME=VALUE.", "--set は NAME=VALUE と書きます。"
            )
        given[name] = value
    return given


async def _run(
    settings: Settings,
    kind: str,
    rows: list[Row],
    given: Mapping[str, str],
    email: str | None,
    dry_run: bool,
) -> Report:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=words,
        transient=True,
    )
    with bar:
        task = bar.add_task(kind, total=len(rows))
        async with as_operator(settings, email=email, commit=False) as (unit, reach):
            report = await import_rows(
                unit,
                reach,
                kind=kind,
                rows=rows,
                defaults=given,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )
            if not report.refused and not dry_run:
                await unit.commit()
            return report


def add_to(app: typer.Typer) -> None:
    """Add `import`."""
    app.command("import")(import_file)
