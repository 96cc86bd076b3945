"""Secrets that are good for one act: between two steps of signing in, and in a mail of recovery."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from renkei.identity.rules import Purpose
from renkei.identity.secrets import ONE_TIME_PREFIX, hash_secret, new_secret
from renkei.identity.tables import OneTimeSecret


def make(
    session: AsyncSession,
    purpose: Purpose,
    person_id: UUID,
    *,
    at: datetime,
    life: timedelta,
    email: str = "",
) -> str:
    """A new secret for one act of this person, about this address where it is about one."""
    secret = new_secret(ONE_TIME_PREFIX)
    session.add(
        OneTimeSecret(
            id=uuid4(),
            purpose=purpose.value,
            token_hash=hash_secret(secret),
            person_id=person_id,
            email=email,
            created_at=at,
            expires_at=at + life,
        )
    )
    return secret


async def find(
    connection: AsyncConnection | AsyncSession, purpose: Purpose, secret: str, *, at: datetime
) -> Any | None:
    """Id, person and address of a secret that is still good; None for any other."""
    query = select(
        col(OneTimeSecret.id), col(OneTimeSecret.person_id), col(OneTimeSecret.email)
    ).where(
        col(OneTimeSecret.token_hash) == hash_secret(secret),
        col(OneTimeSecret.purpose) == purpose.value,
        col(OneTimeSecret.used_at).is_(None),
        col(OneTimeSecret.expires_at) > at,
    )
    return (await connection.execute(query)).one_or_none()


async def use(session: AsyncSession, key: UUID, *, at: datetime) -> bool:
    """Use it up; False where somebody else was faster."""
    result = await session.execute(
        update(OneTimeSecret)
        .where(col(OneTimeSecret.id) == key, col(OneTimeSecret.used_at).is_(None))
        .values(used_at=at)
        .returning(col(OneTimeSecret.id))
    )
    return result.first() is not None


async def use_all(
    session: AsyncSession, purpose: Purpose, person_id: UUID, *, at: datetime
) -> None:
    """Use up whatever else this person was sent for the same."""
    await session.execute(
        update(OneTimeSecret)
        .where(
            col(OneTimeSecret.person_id) == person_id,
            col(OneTimeSecret.purpose) == purpose.value,
            col(OneTimeSecret.used_at).is_(None),
        )
        .values(used_at=at)
    )
