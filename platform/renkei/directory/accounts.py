"""Accounts: how a person comes to sign in, and how that ends. Kept by administrators."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.access.store import load
from renkei.directory import rules, store
from renkei.directory.abilities import require_administrator
from renkei.directory.contacts import keep_contact
from renkei.directory.tables import Person
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
    account = Account(person_id=person.id, email=address, password_hash=password_hash)
    unit.session.add(account)
    await unit.session.flush()
    await keep_contact(unit, person.id, address)
    await unit.record("account.opened", person.id, actor=reach.viewer.actor)
    return account


async def disable_account(unit: Unit, reach: Reach, *, email: str) -> Account:
    """End a person's access now: no sign-in, no open session, no access token works any more.

    Refused: by whoever is no administrator; an address that has no account.
    """
    require_administrator(reach.viewer)
    account = await store.account_of(unit.session, email)
    if account is None:
        raise NotFound
    account.disabled_at = account.disabled_at or unit.at
    await end_all(unit, account.person_id)
    await unit.session.execute(
        update(AccessToken)
        .where(
            col(AccessToken.person_id) == account.person_id, col(AccessToken.revoked_at).is_(None)
        )
        .values(revoked_at=unit.at)
    )
    await unit.record("account.disabled", account.person_id, actor=reach.viewer.actor)
    return account
