"""`renkei token …` and `renkei user …`: access tokens and accounts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from renkei.access.credentials import hash_password
from renkei.directory import rules, service, tokens
from renkei.directory.accounts import disable_account, open_account
from renkei.directory.holdings import appoint
from renkei.directory.store import by_identifier
from renkei.directory.tables import Organization
from renkei.problems import Problem, refuse_if
from renkei_cli.house import Data, settings_for
from renkei_cli.operating import as_operator
from renkei_cli.speaking import CommandFailed, say

token = typer.Typer(no_args_is_help=True, help="アクセストークン。 / Access tokens.")
user = typer.Typer(no_args_is_help=True, help="アカウント。 / Accounts.")

Email = Annotated[str, typer.Option("--email", help="メールアドレス。 / The e-mail address.")]


@token.callback()
def _tokens() -> None:
    """アクセストークン。 / Access tokens."""


@token.command("create")
def create_token(
    email: Email,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="範囲（繰り返し可）。なければ本人にできることすべて。 / "
            f"Scopes; without, all that they may do. {', '.join(tokens.SCOPES)}",
            show_default=False,
        ),
    ] = None,
    days: Annotated[int, typer.Option(help="有効な日数。 / Days it works.")] = tokens.DAYS_DEFAULT,
    name: Annotated[str, typer.Option(help="名前。 / Its name.")] = "renkei token create",
    data: Data = None,
) -> None:
    """トークンを発行し、秘密だけを表示する。 / Issue a token; prints the secret alone."""
    print(asyncio.run(_issue(data, email, scope or None, days, name)))


async def _issue(
    data: Path | None, email: str, scopes: list[str] | None, days: int, name: str
) -> str:
    async with as_operator(settings_for(data), email=email) as (unit, reach):
        secret, _ = await tokens.issue_token(unit, reach, name=name, scopes=scopes, days=days)
        return secret


@user.command("create")
def create_user(
    email: Email,
    name: Annotated[str, typer.Option(help="氏名。 / The person's name.")],
    organization: Annotated[
        str,
        typer.Option(help="組織の法人番号。 / Corporate number of their organisation."),
    ],
    role: Annotated[rules.Role, typer.Option(help="役割。 / The role of their post.")],
    title: Annotated[str, typer.Option(help="職名。 / The post's title.")] = "担当",
    name_kana: Annotated[str, typer.Option(help="氏名のかな。 / The name in kana.")] = "",
    data: Data = None,
) -> None:
    """人・ポスト・アカウントを登録する。 / Register a person with a post and an account.

    パスワードは尋ねる（パイプからも渡せる）。 / The password is asked for, or read from a pipe.
    """
    password = typer.prompt("パスワード / Password", hide_input=True, err=True)
    for problem in rules.check_password(password):
        raise CommandFailed(problem.message, problem.message_ja)
    asyncio.run(_create(data, email, password, name, name_kana, organization, role, title))
    say(f"{email} can sign in.", f"{email} でサインインできます。")


async def _create(
    data: Path | None,
    email: str,
    password: str,
    name: str,
    name_kana: str,
    corporate_number: str,
    role: rules.Role,
    title: str,
) -> None:
    hashed = await hash_password(password)
    async with as_operator(settings_for(data)) as (unit, reach):
        number, problems = rules.parse_corporate_number(corporate_number, ("organization",))
        refuse_if(problems)
        found = await by_identifier(unit.session, reach, Organization, "corporate_number", number)
        if found is None:
            refuse_if([_unknown()])
        organization_id: UUID = found.id
        human = await service.register_person(unit, reach, name=name, name_kana=name_kana)
        post = await service.create_post(
            unit, reach, organization_id=organization_id, role=role.value, title_ja=title
        )
        await appoint(unit, reach, post_id=post.id, person_id=human.id)
        await open_account(unit, reach, person_id=human.id, email=email, password_hash=hashed)


def _unknown() -> Problem:
    return Problem(
        ("organization",),
        "UNKNOWN_ORGANIZATION",
        "No organisation has this corporate number: import it first.",
        "この法人番号の組織はありません。先に取り込んでください。",
    )


@user.command("disable")
def disable_user(email: Email, data: Data = None) -> None:
    """アカウントを止める。ただちに効く。 / End a person's access, at once."""
    asyncio.run(_disable(data, email))
    say(f"{email} can't sign in any more.", f"{email} のアカウントを止めました。")


async def _disable(data: Path | None, email: str) -> None:
    async with as_operator(settings_for(data)) as (unit, reach):
        await disable_account(unit, reach, email=email)


def add_to(app: typer.Typer) -> None:
    """Add `token` and `user`."""
    app.add_typer(token, name="token")
    app.add_typer(user, name="user")
