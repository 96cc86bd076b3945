"""Reminders that the clock causes: a call that closes in a week, in three days, tomorrow."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.system import as_system
from renkei.calls.store import BY_THE_CLOCK
from renkei.calls.tables import Call
from renkei.ledger.unit import Unit
from renkei.notices.rules import REMINDER_DAYS, reminder_due


async def remind(unit: Unit) -> int:
    """Record `call.closing_soon` where a reminder is due; how many were.

    Once for each call, number of days and deadline: an extended deadline reminds anew. A named
    system job: it reads every published call, and tells nobody itself.
    """
    query = select(col(Call.id), col(Call.published_at), col(Call.closes_at)).where(
        col(Call.status).in_(BY_THE_CLOCK),
        col(Call.published_at).is_not(None),
        col(Call.closes_at) > unit.at,
        col(Call.closes_at) <= unit.at + timedelta(days=max(REMINDER_DAYS)),
    )
    recorded = 0
    for call_id, published_at, closes_at in (
        await unit.session.execute(as_system(query, "notices.remind"))
    ).all():
        assert published_at is not None  # asked for above
        days = reminder_due(published_at=published_at, closes_at=closes_at, now=unit.at)
        if days is not None:
            once = f"call.closing_soon:{call_id}:{days}:{closes_at.isoformat()}"
            recorded += await unit.record("call.closing_soon", call_id, once=once, days=days)
    return recorded
