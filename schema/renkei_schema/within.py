"""Reading through a use case: for the few fields that rules compute over several rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from renkei.access.policy.reach import Reach, reach_of
from renkei_schema.context import Context

Answer = TypeVar("Answer")


async def in_session(
    context: Context, read: Callable[[AsyncSession, Reach], Awaitable[Answer]]
) -> Answer:
    """Run a reading use case in a snapshot; it takes no lock and changes nothing."""
    async with (
        context.app.database.reading() as connection,
        AsyncSession(connection) as session,
    ):
        return await read(session, await reach_of(session, context.viewer, context.arrived_at))
