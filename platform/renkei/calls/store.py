"""Queries on calls that a declaration does not give."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, delete, false, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.calls.tables import CallArea
from renkei.reading.page import Where

# Stored states in which the clock alone decides between announced, open and closed.
BY_THE_CLOCK = ("PRE_ANNOUNCED", "OPEN")


def status_is(statuses: Iterable[str]) -> Where:
    """Calls whose state at the instant of reading is one of `statuses`.

    `rules.effective_status`, in SQL.
    """
    wanted = tuple(statuses)

    def narrow(reach: Reach, source: FromClause, _given: object) -> ColumnElement[bool]:
        status = source.c.status
        clocked = status.in_(BY_THE_CLOCK)
        opened, closed = source.c.opens_at <= reach.now(), source.c.closes_at <= reach.now()
        now = {
            "PRE_ANNOUNCED": and_(status == "PRE_ANNOUNCED", ~opened, ~closed),
            "OPEN": and_(clocked, or_(opened, status == "OPEN"), ~closed),
            "CLOSED": or_(and_(clocked, closed), status == "CLOSED"),
        }
        return or_(false(), *(now.get(one, status == one) for one in wanted))

    return Where(("status", wanted), (), narrow)


async def set_areas(session: AsyncSession, call_id: UUID, area_ids: Iterable[UUID]) -> None:
    """Tag a call with exactly these areas."""
    await session.execute(delete(CallArea).where(col(CallArea.call_id) == call_id))
    session.add_all(CallArea(call_id=call_id, area_id=area_id) for area_id in area_ids)
