"""Queries on calls that a declaration does not give."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, delete, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.calls.tables import Call, CallArea
from renkei.reading.page import Where

# Stored states in which the clock alone decides between announced, open and closed.
BY_THE_CLOCK = ("PRE_ANNOUNCED", "OPEN")


def status_is(statuses: Iterable[str], at: datetime) -> Where:
    """Calls whose state at `at` is one of `statuses`: `rules.effective_status`, in SQL."""
    wanted = tuple(statuses)

    def narrow(_reach: Reach, source: FromClause) -> ColumnElement[bool]:
        clocked = source.c.status.in_(BY_THE_CLOCK)
        opened, closed = source.c.opens_at <= at, source.c.closes_at <= at
        now = {
            "PRE_ANNOUNCED": and_(clocked, ~opened, ~closed),
            "OPEN": and_(clocked, opened, ~closed),
            "CLOSED": and_(clocked, closed),
        }
        return or_(false(), *(now.get(status, source.c.status == status) for status in wanted))

    return narrow


async def area_ids_of(session: AsyncSession, call_id: UUID) -> list[UUID]:
    """The areas that a call is tagged with."""
    query = select(col(CallArea.area_id)).where(col(CallArea.call_id) == call_id)
    return list((await session.execute(query)).scalars())


async def closing_between(
    session: AsyncSession, start: datetime, until: datetime
) -> list[tuple[UUID, datetime]]:
    """Published calls whose deadline lies in [start, until). A system job: no viewer."""
    query = select(col(Call.id), col(Call.closes_at)).where(
        col(Call.status).in_(BY_THE_CLOCK),
        col(Call.closes_at) >= start,
        col(Call.closes_at) < until,
    )
    return [(call_id, closes_at) for call_id, closes_at in (await session.execute(query)).all()]


async def set_areas(session: AsyncSession, call_id: UUID, area_ids: Iterable[UUID]) -> None:
    """Tag a call with exactly these areas."""
    await session.execute(delete(CallArea).where(col(CallArea.call_id) == call_id))
    session.add_all(CallArea(call_id=call_id, area_id=area_id) for area_id in area_ids)
