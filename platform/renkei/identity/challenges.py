"""What passkeys are to sign: made on the server, good once and soon, for whoever asked alone."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from webauthn.helpers import bytes_to_base64url

from renkei.identity.rules import CHALLENGE_WITHIN, CHALLENGES_MAX, Ceremony
from renkei.identity.tables import PasskeyChallenge

CHALLENGE_BYTES = 32


async def make(
    session: AsyncSession, ceremony: Ceremony, *, held_by: str, at: datetime, address: str = ""
) -> bytes | None:
    """A new challenge; None where too many wait for this address. Those that are over are dropped.

    `held_by` names what only the asking browser has: its cookie's hash, or its session.
    """
    await session.execute(delete(PasskeyChallenge).where(col(PasskeyChallenge.expires_at) <= at))
    if address and await _waiting(session, address) >= CHALLENGES_MAX:
        return None
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    session.add(
        PasskeyChallenge(
            challenge=bytes_to_base64url(challenge),
            ceremony=ceremony.value,
            held_by=held_by,
            address=address,
            expires_at=at + CHALLENGE_WITHIN,
        )
    )
    await session.flush()
    return challenge


async def take(
    session: AsyncSession, ceremony: Ceremony, challenge: str, *, held_by: str, at: datetime
) -> bool:
    """Use a challenge up; False where it is no such one of this browser's, or not any more."""
    used = await session.execute(
        update(PasskeyChallenge)
        .where(
            col(PasskeyChallenge.challenge) == challenge,
            col(PasskeyChallenge.ceremony) == ceremony.value,
            col(PasskeyChallenge.held_by) == held_by,
            col(PasskeyChallenge.used_at).is_(None),
            col(PasskeyChallenge.expires_at) > at,
        )
        .values(used_at=at)
        .returning(col(PasskeyChallenge.id))
    )
    return used.first() is not None


async def _waiting(session: AsyncSession, address: str) -> int:
    query = select(func.count()).where(col(PasskeyChallenge.address) == address)
    return (await session.execute(query)).scalar_one()
