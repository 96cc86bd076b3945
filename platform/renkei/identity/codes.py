"""The second step: one-time codes of an authenticator app, and backup codes for whoever lost it."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

import pyotp
from cryptography.fernet import InvalidToken
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.acting import Actor
from renkei.identity import letters, rules
from renkei.identity.letters import LetterKind
from renkei.identity.secrets import Vault
from renkei.identity.tables import Account, Authenticator, BackupCode
from renkei.ledger.unit import Unit
from renkei.problems import InvalidInput, Problem, WrongState
from renkei.text import normalise_code

ISSUER = "Renkei"
BACKUP_CODES = 10
# No 0, 1, I, L, O and U: what is written down is read again (as Crockford's base 32).
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# A clock may be one half-minute slow or fast.
STEPS_AROUND = 1


async def begin(unit: Unit, reach: Reach, *, vault: Vault) -> tuple[str, str]:
    """A new key for an authenticator app, and it as an `otpauth://` address for a QR code.

    Nothing is asked for until a code has shown that the app has it (`confirm`). Refused: without
    a new proof of who it is; where a second step is set up already.
    """
    rules.require_proof(reach.viewer)
    person_id = _own(reach)
    held = await unit.session.get(Authenticator, person_id)
    if held is not None and held.confirmed_at is not None:
        raise WrongState(
            "A second step is set up already. Take it away first.",
            "2段階認証はすでに設定されています。先に解除してください。",
        )
    key = pyotp.random_base32()
    account = await unit.session.get(Account, person_id)
    assert account is not None  # whoever is signed in has one
    row = held or Authenticator(person_id=person_id, sealed_key="", created_at=unit.at)
    row.sealed_key, row.created_at = vault.seal(key), unit.at
    unit.session.add(row)
    await unit.record("authenticator.begun", person_id, actor=reach.viewer.actor)
    return key, pyotp.TOTP(key).provisioning_uri(name=account.email, issuer_name=ISSUER)


async def confirm(unit: Unit, reach: Reach, *, vault: Vault, code: str) -> list[str]:
    """Ask for the second step from now on; the backup codes, shown once.

    Refused: without a new proof; where none was begun; a code that is not the app's.
    """
    rules.require_proof(reach.viewer)
    row = await unit.session.get(Authenticator, _own(reach))
    if row is None or row.confirmed_at is not None:
        raise WrongState(
            "No second step waits to be confirmed.", "確認を待っている2段階認証はありません。"
        )
    step = _step_of(vault.opened(row.sealed_key), code, unit.at)
    if step is None:
        raise InvalidInput([wrong_code()])
    row.confirmed_at, row.last_step = unit.at, step
    unit.session.add(row)
    codes = await _new_backup_codes(unit.session, row.person_id, vault)
    await unit.record("authenticator.confirmed", row.person_id, actor=reach.viewer.actor)
    await letters.write_to(unit, LetterKind.SECOND_STEP_ON, row.person_id)
    return codes


async def remove(unit: Unit, reach: Reach) -> None:
    """Take the second step away. Refused: without a new proof; where there is none."""
    rules.require_proof(reach.viewer)
    await take_away(unit, _own(reach), actor=reach.viewer.actor)


async def take_away(unit: Unit, person_id: UUID, *, actor: Actor) -> None:
    """Take a person's second step away, and tell them by mail. Refused where there is none."""
    row = await unit.session.get(Authenticator, person_id)
    if row is None:
        raise WrongState("There is no second step.", "2段階認証は設定されていません。")
    await unit.session.delete(row)
    await _forget_backup_codes(unit.session, person_id)
    await unit.record("authenticator.removed", person_id, actor=actor)
    await letters.write_to(unit, LetterKind.SECOND_STEP_OFF, person_id)


async def is_asked_for(session: AsyncSession | AsyncConnection, person_id: UUID) -> bool:
    """Whether the person's sign-in has a second step."""
    query = select(col(Authenticator.person_id)).where(
        col(Authenticator.person_id) == person_id, col(Authenticator.confirmed_at).is_not(None)
    )
    return (await session.execute(query)).first() is not None


async def backup_codes_left(session: AsyncConnection, person_id: UUID) -> int:
    """How many backup codes were not used."""
    query = select(func.count()).where(
        col(BackupCode.person_id) == person_id, col(BackupCode.used_at).is_(None)
    )
    return (await session.execute(query)).scalar_one()


async def is_right(
    session: AsyncSession, person_id: UUID, code: str, *, vault: Vault, at: datetime
) -> bool:
    """Whether it is the app's code of now or an unused backup code; then it is used up."""
    row = await session.get(Authenticator, person_id)
    if row is None or row.confirmed_at is None:
        return False
    try:
        step = _step_of(vault.opened(row.sealed_key), code, at)
    except InvalidToken:
        # The secret key is another one by now: an administrator has to take the second step away.
        return False
    if step is not None:
        taken = await session.execute(
            update(Authenticator)
            .where(col(Authenticator.person_id) == person_id, col(Authenticator.last_step) < step)
            .values(last_step=step)
            .returning(col(Authenticator.person_id))
        )
        return taken.first() is not None
    used = await session.execute(
        update(BackupCode)
        .where(
            col(BackupCode.person_id) == person_id,
            col(BackupCode.code_hash) == vault.fingerprint(normalise_code(code).upper()),
            col(BackupCode.used_at).is_(None),
        )
        .values(used_at=at)
        .returning(col(BackupCode.id))
    )
    return used.first() is not None


def wrong_code() -> Problem:
    """The problem of a code that is not the app's of now."""
    return Problem(
        ("code",),
        "WRONG_CODE",
        "This is not the code that the app shows now.",
        "アプリにいま表示されている番号と一致しません。",
    )


def _own(reach: Reach) -> UUID:
    assert reach.viewer.person_id is not None  # `require_proof` has looked
    return reach.viewer.person_id


def _step_of(key: str, code: str, at: datetime) -> int | None:
    """The half-minute whose code it is, among those around now."""
    totp = pyotp.TOTP(key)
    now = int(at.timestamp()) // totp.interval
    given = normalise_code(code)
    return next(
        (
            step
            for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1)
            if secrets.compare_digest(totp.generate_otp(step).encode(), given.encode())
        ),
        None,
    )


async def _new_backup_codes(session: AsyncSession, person_id: UUID, vault: Vault) -> list[str]:
    await _forget_backup_codes(session, person_id)
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(BACKUP_CODES)]
    session.add_all(
        BackupCode(person_id=person_id, code_hash=vault.fingerprint(code)) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


async def _forget_backup_codes(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(delete(BackupCode).where(col(BackupCode.person_id) == person_id))
