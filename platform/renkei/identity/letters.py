"""Asking for a mail about an account. What it says, and whether it is sent, is decided later."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import col

from renkei.identity.tables import Account, AccountLetter
from renkei.ledger.unit import Unit


class LetterKind(StrEnum):
    """What a mail about an account is for."""

    RECOVERY = "RECOVERY"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a kind of letter
    SECOND_STEP_ON = "SECOND_STEP_ON"
    SECOND_STEP_OFF = "SECOND_STEP_OFF"
    PASSKEY_ADDED = "PASSKEY_ADDED"
    PASSKEY_REMOVED = "PASSKEY_REMOVED"
    # Its counter went back: somebody may have a copy of the key.
    PASSKEY_COPIED = "PASSKEY_COPIED"
    NEW_DEVICE = "NEW_DEVICE"
    # To the new address, and then to the one before.
    NEW_ADDRESS = "NEW_ADDRESS"
    ADDRESS_CHANGED = "ADDRESS_CHANGED"


async def write(unit: Unit, kind: LetterKind, email: str, *, person_id: UUID | None = None) -> None:
    """Write to an address, whether or not it has an account; about whose it is to be."""
    letter = AccountLetter(
        id=uuid4(), kind=kind.value, email=email, person_id=person_id, created_at=unit.at
    )
    unit.session.add(letter)
    await unit.session.flush()
    await unit.record("account.letter_written", letter.id)


async def write_to(unit: Unit, kind: LetterKind, person_id: UUID) -> None:
    """Tell a person what was done to their account."""
    query = select(col(Account.email)).where(col(Account.person_id) == person_id)
    await write(unit, kind, (await unit.session.execute(query)).scalar_one())
