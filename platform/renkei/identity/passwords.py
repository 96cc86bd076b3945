"""Setting a password: one's own while signed in, or by a mail of recovery."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.acting import Actor
from renkei.identity import letters, one_time, rules, sessions
from renkei.identity.letters import LetterKind
from renkei.identity.rules import Purpose
from renkei.identity.secrets import hash_password
from renkei.identity.tables import Account
from renkei.ledger.unit import Unit
from renkei.problems import NotFound, refuse_if


async def hashed_in_time(password: str) -> str:
    """The hash of a new password, made before the transaction: it takes half a second.

    Empty for what is going to be refused whoever sets it.
    """
    refused = rules.check_password(("password",), password, email="")
    return "" if refused else await hash_password(password)


async def change_password(unit: Unit, reach: Reach, *, password: str, hashed: str) -> int:
    """Set the viewer's own password; how many other sessions ended with that.

    `hashed` is its hash, made before the transaction. Refused: without a new proof of who it is; a
    password that is too short or too simple.
    """
    rules.require_proof(reach.viewer)
    person_id = reach.viewer.person_id
    assert person_id is not None  # `require_proof` has looked
    await _set(unit, person_id, password, hashed)
    ended = await sessions.end_all(unit, person_id, but=reach.viewer.request.session_id)
    await unit.record("account.password_changed", person_id, actor=reach.viewer.actor)
    await letters.write_to(unit, LetterKind.PASSWORD_CHANGED, person_id)
    return ended


async def set_recovered(unit: Unit, *, secret: str, password: str, hashed: str) -> None:
    """Set the password of whoever holds a mail's secret; all their sessions end.

    A second step stays as it is: the next sign-in asks for it. Not found: a secret that was used,
    is too old, or never was.
    """
    row = await one_time.find(unit.session, Purpose.RECOVERY, secret, at=unit.at)
    if row is None:
        raise NotFound
    await _set(unit, row.person_id, password, hashed)
    if not await one_time.use(unit.session, row.id, at=unit.at):
        raise NotFound
    await one_time.use_all(unit.session, Purpose.RECOVERY, row.person_id, at=unit.at)
    await sessions.end_all(unit, row.person_id)
    await unit.record("account.recovered", row.person_id, actor=Actor(row.person_id))
    await letters.write_to(unit, LetterKind.PASSWORD_CHANGED, row.person_id)


async def _set(unit: Unit, person_id: UUID, password: str, hashed: str) -> None:
    working = (col(Account.person_id) == person_id, col(Account.disabled_at).is_(None))
    email = (await unit.session.execute(select(col(Account.email)).where(*working))).scalar()
    if email is None:
        raise NotFound
    refuse_if(rules.check_password(("password",), password, email=email))
    await unit.session.execute(
        update(Account).where(*working).values(password_hash=hashed, password_set_at=unit.at)
    )
