"""`renkei export KIND`: what anonymous readers see, or with two persons' word what one person sees.

Whoever has the machine can name any address here: that the two agreed is not proved by it, but who
was named, why, and what left stands in the audit for good.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from renkei.access.policy.viewer import Viewer
from renkei.audit.rules import check_break_glass
from renkei.audit.service import ReadLog
from renkei.clock import SystemClock
from renkei.database.engine import Database
from renkei.exports.delivery import CSV, FORMATS, XLSX, write_file, write_to
from renkei.exports.eyes import BreakGlassEyes, Eyes
from renkei.exports.kinds import Kind
from renkei.exports.rules import line_of
from renkei.exports.service import About, House, gather
from renkei.exports.spool import Spool
from renkei.problems import refuse_if
from renkei.settings import Settings
from renkei.viewers import Identity
from renkei_cli.house import Data, settings_for
from renkei_cli.speaking import CommandFailed, say
from renkei_schema.kinds import kinds


def export(
    kind: Annotated[str, typer.Argument(help=f"書き出すもの。 / One of: {', '.join(kinds())}.")],
    form: Annotated[
        str, typer.Option("--format", help=f"形式。 / The format: {', '.join(FORMATS)}.")
    ] = CSV,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="書き出すファイル（なければ標準出力）。 / The file; stdout without it.",
            show_default=False,
        ),
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="この人に見えるもの（ほかの二人と理由が要る）。 / What this person sees; "
            "needs --by, --confirmed-by and --reason.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            help="書き出す管理者のアドレス。 / The administrator who exports.",
            show_default=False,
        ),
    ] = None,
    confirmed_by: Annotated[
        str | None,
        typer.Option(
            "--confirmed-by",
            help="それを確認した別の管理者。 / Another administrator who confirmed it.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", help="理由（記録に残る）。 / Why; on record.", show_default=False),
    ] = None,
    data: Data = None,
) -> None:
    """見えるものをファイルに書き出す。 / Export what anonymous readers, or one person, may see."""
    wanted = _check(kind, form, output)
    named = _named(email, by, confirmed_by, reason)
    about = asyncio.run(_run(settings_for(data), wanted, form, output, named))
    line = line_of(about.marking).replace("\n", " ")
    say(
        f"{about.records} {kind} exported. The file is marked {line}.",
        f"{kind}を{about.records}件書き出しました。このファイルの区分：{line}",
    )


def _check(kind: str, form: str, output: Path | None) -> Kind:
    if kind not in kinds():
        known = ", ".join(kinds())
        raise CommandFailed(f"KIND is one of: {known}.", f"KINDは次のどれかです：{known}")
    if form not in FORMATS:
        known = ", ".join(FORMATS)
        raise CommandFailed(f"--format is one of: {known}.", f"--formatは次のどれかです：{known}")
    if form == XLSX and output is None:
        raise CommandFailed(
            "A workbook needs a file: name it with --output.",
            "xlsxには --output でファイルを指定してください。",
        )
    return kinds()[kind]


def _named(
    email: str | None, by: str | None, confirmed_by: str | None, reason: str | None
) -> dict[str, str] | None:
    """The options of reading as somebody, all of them; None where anonymous readers are meant."""
    given = {"--as": email, "--by": by, "--confirmed-by": confirmed_by, "--reason": reason}
    if not any(given.values()):
        return None
    lacking = " ".join(option for option, value in given.items() if not value)
    if lacking:
        raise CommandFailed(
            f"Reading with a person's eyes takes two others and a reason: {lacking} is missing.",
            f"ある人として読むには、ほかの二人と理由が要ります。足りないもの：{lacking}",
        )
    return {option: value for option, value in given.items() if value}


async def _run(
    settings: Settings,
    kind: Kind,
    form: str,
    output: Path | None,
    named: dict[str, str] | None,
) -> About:
    database, clock = Database(settings.resolved_database_url), SystemClock()
    try:
        identity = Identity(database, clock)
        eyes = Eyes() if named is None else await _eyes(identity, database, clock, named)
        house = House(database, clock, ReadLog(database))
        # Rows wait where the file will stand: the disk that must have room for it.
        with Spool(None if output is None else output.parent) as spool:
            about = await gather(house, kind, eyes, spool)
            if output is not None:
                write_file(output, form, kind, spool, about)
            else:
                write_to(sys.stdout.buffer, form, kind, spool, about)
                sys.stdout.buffer.flush()
            return about
    finally:
        await database.close()


async def _eyes(
    identity: Identity, database: Database, clock: SystemClock, named: dict[str, str]
) -> BreakGlassEyes:
    """The person's eyes for the two who answer. Whom to read as is looked for only after them."""
    by = await _person(identity, "--by", named["--by"])
    confirmed = await _person(identity, "--confirmed-by", named["--confirmed-by"])
    reason = named["--reason"]
    _require(None, by, confirmed, reason)
    person = await _person(identity, "--as", named["--as"])
    _require(person.person_id, by, confirmed, reason)
    keys = [one.person_id for one in (person, by, confirmed) if one.person_id is not None]
    return BreakGlassEyes(database, clock, keys[0], by=keys[1], confirmed_by=keys[2], reason=reason)


def _require(person_id: UUID | None, by: Viewer, confirmed_by: Viewer, reason: str) -> None:
    problems = check_break_glass(
        as_person=person_id, by=by, confirmed_by=confirmed_by, reason=reason
    )
    # Told by the option that the operator wrote.
    refuse_if([replace(one, path=(f"--{one.path[0].replace('_', '-')}",)) for one in problems])


async def _person(identity: Identity, option: str, email: str) -> Viewer:
    person_id = await identity.account(email)
    found = None if person_id is None else await identity.viewer(person_id)
    if found is None:
        raise CommandFailed(
            f"{option}: no working account has this address.",
            f"{option}：このアドレスの有効なアカウントはありません。",
        )
    return found


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("export")(export)
