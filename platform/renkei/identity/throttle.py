"""How often somebody may be wrong: per account and per address, across restarts and processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.identity.tables import SignInAttempt

ATTEMPTS_MAX = 10
ATTEMPTS_WINDOW = timedelta(minutes=15)
# Attempts by the subject that comes first in a try, such as the account.
Try = Sequence[SignInAttempt]


async def begin_try(session: AsyncSession, subjects: Sequence[str], at: datetime) -> Try | None:
    """A try by these subjects; None where one of them has failed too often of late.

    It counts as failed until it has succeeded: many at once are no way around the limit.
    """
    query = (
        select(func.count())
        .where(
            col(SignInAttempt.subject).in_(subjects),
            col(SignInAttempt.at) > at - ATTEMPTS_WINDOW,
        )
        .group_by(col(SignInAttempt.subject))
    )
    if any(count >= ATTEMPTS_MAX for count in (await session.execute(query)).scalars()):
        return None
    rows = [SignInAttempt(subject=subject, at=at) for subject in subjects]
    session.add_all(rows)
    await session.flush()
    return rows


async def succeeded(session: AsyncSession, tried: Try) -> None:
    """The try succeeded: its first subject's failures are forgotten, of the others only this."""
    await session.execute(
        delete(SignInAttempt).where(
            or_(
                col(SignInAttempt.subject) == tried[0].subject,
                col(SignInAttempt.id).in_([one.id for one in tried]),
            )
        )
    )
