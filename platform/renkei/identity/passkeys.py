"""One's passkeys: added, listed, named anew, removed. `passkey_sign_ins` signs in by them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.acting import Actor
from renkei.identity import ceremonies, challenges, letters, rules
from renkei.identity.ceremonies import Known, RelyingParty
from renkei.identity.letters import LetterKind
from renkei.identity.rules import Ceremony
from renkei.identity.secrets import can_match
from renkei.identity.tables import Account, Passkey
from renkei.ledger.unit import Unit
from renkei.problems import InvalidInput, NotFound, Problem, WrongState, refuse_if
from renkei.text import check_text


async def begin(unit: Unit, reach: Reach, *, party: RelyingParty | None) -> str:
    """What the browser makes a new passkey with, as JSON. Good for one, within five minutes.

    Refused: without a new proof of who it is; where this deployment's address takes no passkeys;
    past twenty of them.
    """
    rules.require_proof(reach.viewer)
    if party is None:
        raise WrongState(
            "Passkeys need an address with a name and HTTPS; this deployment has none.",
            "パスキーには、名前のあるHTTPSのアドレスが必要です。この環境では使えません。",
        )
    person_id = _own(reach)
    known = await known_of(unit.session, person_id)
    if len(known) >= rules.PASSKEYS_MAX:
        raise WrongState(
            f"You have {rules.PASSKEYS_MAX} passkeys, which is the most. Remove one first.",
            f"パスキーは{rules.PASSKEYS_MAX}個までです。先にどれかを外してください。",
        )
    account = await unit.session.get_one(Account, person_id)
    challenge = await challenges.make(
        unit.session, Ceremony.REGISTRATION, held_by=_held_by(reach), at=unit.at
    )
    assert challenge is not None  # no address, no limit
    await unit.record("passkey.begun", person_id, actor=reach.viewer.actor)
    return ceremonies.creation_options(
        party, challenge, person_id=person_id, email=account.email, known=known
    )


async def add(
    unit: Unit, reach: Reach, *, party: RelyingParty | None, name: str, credential: str
) -> Passkey:
    """Sign in by this new passkey from now on; its owner is told by mail.

    `credential` is what the browser made, as JSON. Refused: without a new proof; a name that is
    none; whatever was not made for what this session began, on this site, with its owner verified;
    a passkey that is somebody's already.
    """
    rules.require_proof(reach.viewer)
    problems = check_name(name)
    given = ceremonies.read_registration(credential)
    if party is None or given is None or not await _taken(unit, reach, given.challenge):
        raise InvalidInput([*problems, _not_made()])
    made = ceremonies.registered(party, given)
    if made is None or await _is_known(unit.session, made.credential_id):
        raise InvalidInput([*problems, _not_made()])
    refuse_if(problems)
    row = Passkey(
        person_id=_own(reach),
        credential_id=made.credential_id,
        public_key=made.public_key,
        name=name.strip(),
        sign_count=made.sign_count,
        transports=made.transports,
        synced=made.synced,
        created_at=unit.at,
    )
    unit.session.add(row)
    await unit.session.flush()
    await unit.record("passkey.added", row.id, actor=reach.viewer.actor)
    await letters.write_to(unit, LetterKind.PASSKEY_ADDED, row.person_id)
    return row


async def rename(unit: Unit, reach: Reach, *, passkey_id: UUID, name: str) -> Passkey:
    """Call one's passkey otherwise. Refused: with an access token; a name that is none.

    Somebody else's is not found.
    """
    rules.require_person(reach.viewer)
    row = await _mine(unit, reach, passkey_id)
    refuse_if(check_name(name))
    row.name = name.strip()
    unit.session.add(row)
    await unit.record("passkey.renamed", row.id, actor=reach.viewer.actor)
    return row


async def remove(unit: Unit, reach: Reach, *, passkey_id: UUID) -> None:
    """Take one's passkey away; its owner is told by mail.

    Refused: without a new proof; the last one where there is no password: nobody locks
    themselves out. Somebody else's is not found.
    """
    rules.require_proof(reach.viewer)
    row = await _mine(unit, reach, passkey_id)
    others = await count_of(unit.session, row.person_id) - 1
    if not others and not await _has_another_way(unit.session, row.person_id):
        raise WrongState(
            "It is your last way in. Set a password or add another passkey first.",
            "これを外すと、ログインする方法がなくなります。先にパスワードか別のパスキーを設定してください。",
        )
    await unit.session.delete(row)
    await unit.session.flush()
    await unit.record("passkey.removed", passkey_id, actor=reach.viewer.actor)
    await letters.write_to(unit, LetterKind.PASSKEY_REMOVED, row.person_id)


async def take_all_away(unit: Unit, person_id: UUID, *, actor: Actor) -> int:
    """Take all of a person's passkeys away, and tell them by mail; how many there were.

    Refused where there is none.
    """
    gone = await unit.session.execute(
        delete(Passkey).where(_of(person_id)).returning(col(Passkey.id))
    )
    count = len(gone.all())
    if not count:
        raise WrongState("There is no passkey.", "パスキーは登録されていません。")
    await unit.record("passkey.all_removed", person_id, actor=actor, passkeys=count)
    await letters.write_to(unit, LetterKind.PASSKEY_REMOVED, person_id)
    return count


async def passkeys_of(connection: AsyncConnection, person_id: UUID) -> list[Any]:
    """The person's passkeys, the oldest first, without their keys."""
    columns = (Passkey.id, Passkey.name, Passkey.synced, Passkey.created_at, Passkey.last_used_at)
    query = (
        select(*(col(column) for column in columns))
        .where(_of(person_id))
        .order_by(col(Passkey.created_at), col(Passkey.id))
    )
    return list((await connection.execute(query)).all())


async def count_of(connection: AsyncConnection | AsyncSession, person_id: UUID) -> int:
    """How many passkeys the person has."""
    query = select(func.count()).select_from(Passkey).where(_of(person_id))
    return (await connection.execute(query)).scalar_one()


async def known_of(connection: AsyncConnection | AsyncSession, person_id: UUID) -> list[Known]:
    """What a browser has to know to find the person's passkeys."""
    query = (
        select(col(Passkey.credential_id), col(Passkey.transports))
        .where(_of(person_id))
        .order_by(col(Passkey.created_at), col(Passkey.id))
    )
    return [Known(*row) for row in (await connection.execute(query)).all()]


def check_name(name: str) -> list[Problem]:
    """The problems of a passkey's name: none at all, too long, broken letters."""
    return check_text(("name",), name, limit=rules.PASSKEY_NAME_MAX)


def _not_made() -> Problem:
    return Problem(
        ("credential",),
        "NOT_VERIFIED",
        "The passkey could not be verified, or it is too late. Begin again.",
        "パスキーを確認できないか、時間が過ぎました。最初からやり直してください。",
    )


def _of(person_id: UUID) -> ColumnElement[bool]:
    return col(Passkey.person_id) == person_id


def _own(reach: Reach) -> UUID:
    assert reach.viewer.person_id is not None  # `require_person` has looked
    return reach.viewer.person_id


def _held_by(reach: Reach) -> str:
    """A registration goes on in the session that began it."""
    return f"session:{reach.viewer.request.session_id}:{_own(reach)}"


async def _taken(unit: Unit, reach: Reach, challenge: str) -> bool:
    return await challenges.take(
        unit.session, Ceremony.REGISTRATION, challenge, held_by=_held_by(reach), at=unit.at
    )


async def _mine(unit: Unit, reach: Reach, passkey_id: UUID) -> Passkey:
    row = await unit.session.get(Passkey, passkey_id)
    if row is None or row.person_id != _own(reach):
        raise NotFound
    return row


async def _is_known(session: AsyncSession, credential_id: str) -> bool:
    query = select(col(Passkey.id)).where(col(Passkey.credential_id) == credential_id)
    return (await session.execute(query)).first() is not None


async def _has_another_way(session: AsyncSession, person_id: UUID) -> bool:
    return can_match((await session.get_one(Account, person_id)).password_hash)
