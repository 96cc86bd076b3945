"""Accounts: how a person comes to sign in, and how that ends. Kept by administrators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import Viewer
from renkei.access.store import load
from renkei.acting import Actor
from renkei.directory import rules, store
from renkei.directory.abilities import may_administer, require_administrator
from renkei.directory.contacts import keep_contact
from renkei.directory.operating import Operator
from renkei.directory.tables import Person
from renkei.identity import passkeys
from renkei.identity.codes import take_away
from renkei.identity.rules import require_proof
from renkei.identity.sessions import end_all
from renkei.identity.tables import AccessToken, Account
from renkei.ledger.unit import Unit
from renkei.problems import NotFound, Problem, refuse_if


async def open_account(
    unit: Unit, reach: Reach, *, person_id: UUID, email: str, password_hash: str
) -> Account:
    """Let a person sign in with an e-mail address. Only the password's hash is taken.

    Refused: by whoever is no administrator; a malformed address, one that has an account.
    """
    require_administrator(reach.viewer)
    person = await load(unit.session, reach, Person, person_id)
    address, problems = rules.parse_email(email, ("email",))
    if address is not None and await store.account_of(unit.session, address) is not None:
        problems.append(
            Problem(
                ("email",),
                "ALREADY_REGISTERED",
                "This address has an account already.",
                "このメールアドレスには、すでにアカウントがあります。",
            )
        )
    refuse_if(problems)
    assert address is not None
    return await new_account(
        unit, reach.viewer.actor, person_id=person.id, email=address, password_hash=password_hash
    )


async def new_account(
    unit: Unit, actor: Actor, *, person_id: UUID, email: str, password_hash: str
) -> Account:
    """Write an account and the contact of its person. Whether they may is asked before."""
    account = Account(person_id=person_id, email=email, password_hash=password_hash)
    unit.session.add(account)
    await unit.session.flush()
    await keep_contact(unit, person_id, email)
    await unit.record("account.opened", person_id, actor=actor)
    return account


async def account_of_person(
    connection: AsyncConnection, viewer: Viewer, person_id: UUID
) -> Any | None:
    """A person's account, for an administrator; None for anybody else, and where there is none."""
    if not may_administer(viewer).allowed:
        return None
    query = select(col(Account.person_id), col(Account.email), col(Account.disabled_at)).where(
        col(Account.person_id) == person_id
    )
    return (await connection.execute(query)).one_or_none()


async def disable_account(unit: Unit, reach: Reach, *, person_id: UUID) -> Account:
    """End a person's access now: no sign-in, no open session, no access token works any more.

    Refused: by whoever is no administrator, or has not just proved who they are; where the person
    has no account.
    """
    account = await _administered(unit, reach, person_id)
    account.disabled_at = account.disabled_at or unit.at
    await end_all(unit, person_id)
    await unit.session.execute(
        update(AccessToken)
        .where(col(AccessToken.person_id) == person_id, col(AccessToken.revoked_at).is_(None))
        .values(revoked_at=unit.at)
    )
    await unit.record("account.disabled", person_id, actor=reach.viewer.actor)
    return account


async def end_sessions_of(unit: Unit, reach: Reach, *, person_id: UUID) -> int:
    """End a person's open sessions, such as on a lost device; how many there were.

    Refused as `disable_account` is.
    """
    await _administered(unit, reach, person_id)
    ended = await end_all(unit, person_id)
    await unit.record("session.all_ended", person_id, actor=reach.viewer.actor, sessions=ended)
    return ended


async def reset_second_step(unit: Unit, reach: Reach, *, person_id: UUID) -> None:
    """Take the second step from a person who has lost app and backup codes, and tell them by mail.

    Their sessions end. Refused as `disable_account` is; where there is no second step.
    """
    await _administered(unit, reach, person_id)
    await take_away(unit, person_id, actor=reach.viewer.actor)
    await end_all(unit, person_id)


async def remove_passkeys_of(unit: Unit, reach: Reach, *, person_id: UUID) -> None:
    """Take all passkeys from a person, such as on a lost device, and tell them by mail.

    Their sessions end. Refused as `disable_account` is; where there is no passkey.
    """
    await _administered(unit, reach, person_id)
    await passkeys.take_all_away(unit, person_id, actor=reach.viewer.actor)
    await end_all(unit, person_id)


async def _administered(unit: Unit, reach: Reach, person_id: UUID) -> Account:
    require_administrator(reach.viewer)
    if not isinstance(reach.viewer, Operator):
        require_proof(reach.viewer)
    account = await unit.session.get(Account, person_id)
    if account is None:
        raise NotFound
    return account
