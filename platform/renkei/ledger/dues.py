"""Claiming what is due: by state with a lease, never by "greater than the last number seen"."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from renkei.ledger.tables import DEAD, DONE, PENDING, Due

ATTEMPTS_MAX = 12
BACKOFF_MAX = timedelta(minutes=15)


async def claim(
    session: AsyncSession, *, at: datetime, lease: timedelta, limit: int = 20
) -> list[Due]:
    """Claim up to `limit` due rows for `lease`; the caller commits before it works on them.

    Order is kept per subject and reaction: a row waits while an earlier one of its kind is open.
    """
    earlier = aliased(Due)
    blocked = exists().where(
        col(earlier.subject_id) == col(Due.subject_id),
        col(earlier.reaction) == col(Due.reaction),
        col(earlier.state) == PENDING,
        col(earlier.id) < col(Due.id),
    )
    free = col(Due.lease_until).is_(None) | (col(Due.lease_until) <= at)
    query = (
        select(Due)
        .where(col(Due.state) == PENDING, col(Due.not_before) <= at, free, ~blocked)
        .order_by(col(Due.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list((await session.execute(query)).scalars())
    for row in rows:
        row.lease_until = at + lease
        row.attempts += 1
        session.add(row)
    await session.flush()
    return rows


async def settle(session: AsyncSession, due: Due) -> bool:
    """Mark as done, in the reaction's own transaction; False where another worker has taken over.

    The condition on `attempts` makes the database effects of a reaction happen exactly once: who
    lost the lease in between finds the row changed, and rolls back.
    """
    result = await session.execute(
        update(Due)
        .where(
            col(Due.id) == due.id,
            col(Due.state) == PENDING,
            col(Due.attempts) == due.attempts,
        )
        .values(state=DONE, lease_until=None, error="")
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult


async def put_off(session: AsyncSession, due: Due, *, at: datetime, error: str) -> None:
    """Try again later, at growing intervals; after `ATTEMPTS_MAX` tries it waits for a human."""
    pause = min(timedelta(seconds=2**due.attempts), BACKOFF_MAX)
    await session.execute(
        update(Due)
        .where(col(Due.id) == due.id, col(Due.state) == PENDING, col(Due.attempts) == due.attempts)
        .values(
            state=DEAD if due.attempts >= ATTEMPTS_MAX else PENDING,
            not_before=at + pause,
            lease_until=None,
            error=error[:500],
        )
    )


async def backlog(session: AsyncSession) -> dict[str, int]:
    """How many due rows there are by state, for the operator."""
    query = select(col(Due.state), func.count()).group_by(col(Due.state))
    return dict((await session.execute(query)).all())
