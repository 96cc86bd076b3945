"""Work that one transaction at a time does, in whatever process."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def alone(session: AsyncSession, work: str) -> None:
    """Wait until no other transaction does this work; it is given up with the transaction.

    On SQLite a transaction that writes is alone from its beginning.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(sha256(work.encode()).digest()[:8], "big", signed=True)
        await session.execute(select(func.pg_advisory_xact_lock(number)))
