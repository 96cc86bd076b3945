"""Reminders that the clock causes: a call that closes soon, a post taken up, a deputy's end."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.system import as_system
from renkei.calls.store import BY_THE_CLOCK
from renkei.calls.tables import Call
from renkei.directory.holdings import taken_up, told
from renkei.directory.tables import Holding
from renkei.directory.terms import HoldingKind
from renkei.ledger.unit import Unit
from renkei.notices.rules import DEPUTY_REMINDER_DAYS, REMINDER_DAYS, reminder_due

# What was planned and has begun is told for so long, should the worker have been away.
TOLD_WITHIN = timedelta(days=1)


async def remind(unit: Unit) -> int:
    """Record all that the clock has caused by now; how much was new."""
    return await _remind_of_calls(unit) + await _remind_of_posts(unit)


async def _remind_of_calls(unit: Unit) -> int:
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


async def _remind_of_posts(unit: Unit) -> int:
    """Record `post.taken_up` for holdings that have begun, `deputy.ending_soon` for deputies.

    Access begins and ends by the clock alone: nobody is waited for.
    """
    begun = select(Holding).where(
        col(Holding.kind) == HoldingKind.HOLDER.value,
        col(Holding.start) <= unit.at,
        col(Holding.start) > unit.at - TOLD_WITHIN,
        col(Holding.appointed_at) < col(Holding.start),
    )
    recorded = 0
    for holding in (await unit.session.execute(begun)).scalars().all():
        recorded += await taken_up(unit, holding)
    before = timedelta(days=DEPUTY_REMINDER_DAYS)
    ending = select(Holding).where(
        col(Holding.kind) == HoldingKind.DEPUTY.value,
        col(Holding.until) > unit.at,
        col(Holding.until) <= unit.at + before,
    )
    for holding in (await unit.session.execute(ending)).scalars().all():
        assert holding.until is not None  # asked for above
        if holding.start > holding.until - before:
            # Named for less: whoever named it knows.
            continue
        once = f"deputy.ending_soon:{holding.id}:{holding.until.isoformat()}"
        recorded += await unit.record(
            "deputy.ending_soon", holding.post_id, once=once, **told(holding)
        )
    return recorded
