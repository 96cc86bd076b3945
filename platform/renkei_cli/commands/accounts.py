"""`renkei token …` and `renkei user …`: access tokens and accounts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from renkei.directory import rules, service
from renkei.directory.accounts import (
    disable_account,
    open_account,
    remove_passkeys_of,
    reset_second_step,
)
from renkei.directory.holdings import appoint
from renkei.directory.store import account_of, by_identifier
from renkei.directory.tables import Organization
from renkei.identity import tokens
from renkei.identity.rules import check_password
from renkei.identity.secrets import hash_password
from renkei.ledger.unit import Unit
from renkei.problems import NotFound, Problem, refuse_if
from renkei_cli.house import Data, settings_for
from renkei_cli.operating import as_operator
from renkei_cli.speaking import say

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
    refuse_if(check_password(("password",), password, email=email))
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
        await disable_account(unit, reach, person_id=await _person(unit, email))


@user.command("reset-second-step")
def reset_user(email: Email, data: Data = None) -> None:
    """2段階認証を解除する（端末と予備の番号をなくした人のため）。 / Take the second step away.

    For whoever has lost device and backup codes, or after the secret key was changed.
    """
    asyncio.run(_reset(data, email))
    say(
        f"{email} signs in with the password alone now.",
        f"{email} の2段階認証を解除しました。",
    )


async def _reset(data: Path | None, email: str) -> None:
    async with as_operator(settings_for(data)) as (unit, reach):
        await reset_second_step(unit, reach, person_id=await _person(unit, email))


@user.command("remove-passkeys")
def remove_passkeys(email: Email, data: Data = None) -> None:
    """パスキーをすべて外す（端末をなくした人のため）。 / Take all passkeys away.

    For whoever has lost the device that they are on.
    """
    asyncio.run(_remove_passkeys(data, email))
    say(f"{email} has no passkey any more.", f"{email} のパスキーをすべて外しました。")


async def _remove_passkeys(data: Path | None, email: str) -> None:
    async with as_operator(settings_for(data)) as (unit, reach):
        await remove_passkeys_of(unit, reach, person_id=await _person(unit, email))


async def _person(unit: Unit, email: str) -> UUID:
    account = await account_of(unit.session, email)
    if account is None:
        raise NotFound
    return account.person_id


def add_to(app: typer.Typer) -> None:
    """Add `token` and `user`."""
    app.add_typer(token, name="token")
    app.add_typer(user, name="user")
