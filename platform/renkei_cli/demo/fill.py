"""Filling an empty demo: organisations, people and accounts, calls, a draft, briefs, follows.

Everything goes through the use cases, at the instants at which it would have happened, so that the
demo's ledger, inboxes and index come about as anybody's do.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.table import Table

from renkei.areas.store import areas_by_code
from renkei.audit.sealing import seal
from renkei.clock import Clock, SystemClock
from renkei.database.engine import Database
from renkei.directory import service as directory
from renkei.directory.accounts import open_account
from renkei.directory.holdings import appoint
from renkei.identity.secrets import hash_password
from renkei.notices.service import follow_area
from renkei.settings import Settings
from renkei.signing import SigningKeys
from renkei_cli.demo import acts, posts
from renkei_cli.demo.filling import Filling
from renkei_cli.demo.samples import Sample, load
from renkei_cli.speaking import words

# People were in their posts long before the first sample call.
SETTLED = timedelta(days=400)


@dataclass(frozen=True)
class DemoAccount:
    """An account of the demo; its password is told once, and kept nowhere."""

    email: str
    password: str
    name: str
    role: str


def start_over(directory: Path) -> None:
    """Remove what an interrupted first start left in a demo's own directory."""
    for name in ("renkei.db", "renkei.db-wal", "renkei.db-shm"):
        (directory / name).unlink(missing_ok=True)
    for folder in ("search", "mail", "anchors"):
        shutil.rmtree(directory / folder, ignore_errors=True)


async def fill(settings: Settings) -> list[DemoAccount]:
    """Put all samples into a migrated, empty database; the accounts with their passwords.

    Hashing sixteen passwords takes some seconds of two cores, so it runs beside the rest.
    """
    people = load("people")["people"]
    passwords = {one["key"]: secrets.token_urlsafe(12) for one in people}
    hashing = {
        key: asyncio.create_task(hash_password(password)) for key, password in passwords.items()
    }
    database = Database(settings.resolved_database_url)
    try:
        filling = Filling(database, SystemClock().now())
        await _directory(filling, people)
        await _sealed(settings, database)
        hashes = {key: await task for key, task in hashing.items()}
        async with filling.acting() as (unit, reach):
            for one in people:
                await open_account(
                    unit,
                    reach,
                    person_id=filling.people[one["key"]],
                    email=one["email"],
                    password_hash=hashes[one["key"]],
                )
        await acts.fund(filling)
        await acts.brief(filling)
        await _follows(filling, people)
        await posts.rotate_and_invite(filling, settings)
        await _sealed(settings, database)
        await acts.read_in_bulk(filling)
        await _sealed(settings, database)
    finally:
        await database.close()
    return [
        DemoAccount(one["email"], passwords[one["key"]], one["name"], one["posts"][0]["role"])
        for one in people
    ]


@dataclass
class _Sealing:
    """What sealing needs."""

    database: Database
    clock: Clock
    keys: SigningKeys


async def _sealed(settings: Settings, database: Database) -> None:
    """Seal what has happened so far, as the worker does each minute."""
    keys = SigningKeys.of(settings.signing_key.get_secret_value())
    while await seal(_Sealing(database, SystemClock(), keys)):
        pass


async def _directory(filling: Filling, people: list[Sample]) -> None:
    async with filling.acting(at=filling.now - SETTLED) as (unit, reach):
        for one in load("organizations")["organizations"]:
            row = await directory.register_organization(
                unit,
                reach,
                kind=one["kind"],
                name_ja=one["name_ja"],
                name_en=one["name_en"],
                name_kana=one["name_kana"],
                corporate_number=one["corporate_number"],
                erad_code=one.get("erad_code"),
                country=one.get("country", "JP"),
            )
            filling.organizations[one["key"]] = row.id
        for one in people:
            person = await directory.register_person(
                unit,
                reach,
                name=one["name"],
                name_kana=one["name_kana"],
                name_en=one["name_en"],
                erad_number=one.get("erad_number"),
                orcid=one.get("orcid"),
            )
            filling.people[one["key"]] = person.id
            for post in one["posts"]:
                made = await directory.create_post(
                    unit,
                    reach,
                    organization_id=filling.organizations[post["organization"]],
                    role=post["role"],
                    title_ja=post["title_ja"],
                    title_en=post["title_en"],
                )
                filling.posts.setdefault(one["key"], made.id)
                await appoint(unit, reach, post_id=made.id, person_id=person.id)


async def _follows(filling: Filling, people: list[Sample]) -> None:
    """Everybody follows the areas that their organisation cares for."""
    wanted = {one["key"]: one.get("follows", []) for one in load("organizations")["organizations"]}
    for one in people:
        codes = [code for post in one["posts"] for code in wanted[post["organization"]]]
        if not codes:
            continue
        async with filling.acting(one["key"]) as (unit, reach):
            areas, _ = await areas_by_code(unit.session, reach, ("follows",), codes)
            for area_id in areas:
                await follow_area(unit, reach, area_id=area_id)


def show_accounts(accounts: list[DemoAccount]) -> None:
    """Print the accounts with their passwords: the only time that anybody sees them."""
    table = Table("役割 / role", "メールアドレス / e-mail", "パスワード / password", box=None)
    for account in accounts:
        table.add_row(account.role, account.email, account.password)
    words.print("見本のアカウント（表示は今回だけ） / Sample accounts, shown this once:")
    words.print(table)
