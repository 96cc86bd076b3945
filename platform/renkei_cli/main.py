"""The command `renkei`: every command, and what they share."""

from __future__ import annotations

import logging

import typer

from renkei_cli import logs
from renkei_cli.commands import (
    accounts,
    auditing,
    database,
    exporting,
    importing,
    receipts,
    search,
    serving,
    upkeep,
)
from renkei_cli.speaking import Commands

app = typer.Typer(
    name="renkei",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="研究者・事業者・府省をつなぐ。 / Where researchers, firms and ministries meet.",
)


@app.callback()
def root() -> None:
    """研究者・事業者・府省をつなぐ。 / Where researchers, firms and ministries meet."""
    logs.configure(as_json=False, level=logging.WARNING)


for module in (
    serving,
    database,
    importing,
    exporting,
    search,
    accounts,
    receipts,
    auditing,
    upkeep,
):
    module.add_to(app)
