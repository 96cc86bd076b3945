"""The job `audit.watch`: who reads conspicuously many records above TLP:GREEN is told of.

Counted are different records by person, with their access tokens, in the hour and in the 24 hours
that end now: fast as a machine, or slowly as a person who never stops. A person is told of once
within each such span.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, cast, func, select
from sqlmodel import col

from renkei.access.policy.clauses import ADMINISTRATOR, MEMBERS_GATE, Audience, person
from renkei.access.policy.system import as_system
from renkei.access.store import interned
from renkei.audit.tables import ReadEntry, ReadingAlarm, ReadRecord
from renkei.database.alone import alone
from renkei.ledger.unit import Unit

JOB = "audit.watch"
FACT = "audit.bulk_reading"
HOUR, DAY = "hour", "day"
SPANS = {HOUR: timedelta(hours=1), DAY: timedelta(days=1)}


@dataclass(frozen=True)
class Found:
    """A person who read more than is ordinary within a span, and whether by access tokens too."""

    person_id: UUID
    span: str
    records: int
    kinds: dict[str, int]
    by_token: bool = False


async def watch(unit: Unit, *, thresholds: Mapping[str, int], since: datetime | None = None) -> int:
    """Raise the alarms that are due; how many were. More records than the threshold raise one.

    Only who has read something since `since` is looked at: nobody else's number can have grown.
    Without it, as at a process's start, everybody who has read within the span.
    """
    await alone(unit.session, JOB)
    raised = 0
    for span, threshold in thresholds.items():
        for found in await _over(unit, span, threshold, since or unit.at - SPANS[span]):
            if not await _raised_already(unit, found):
                await raise_alarm(unit, found)
                raised += 1
    return raised


async def raise_alarm(unit: Unit, found: Found) -> ReadingAlarm:
    """An alarm, and the fact of it. Administrators see it, but for whom it is about."""
    audience = Audience.of(ADMINISTRATOR, deny=[person(found.person_id)])
    seen_by = await interned(unit.session, audience, MEMBERS_GATE)
    alarm = ReadingAlarm(**vars(found), at=unit.at, **seen_by)
    unit.session.add(alarm)
    await unit.session.flush()
    told = vars(found) | {"person_id": str(found.person_id)}
    await unit.record(FACT, alarm.id, **told)
    return alarm


async def _over(unit: Unit, span: str, threshold: int, since: datetime) -> list[Found]:
    person_id = col(ReadEntry.person_id)
    recent = select(person_id).where(col(ReadEntry.at) >= since, person_id.is_not(None)).distinct()
    records = func.count(func.distinct(col(ReadRecord.record_id)))
    query = (
        select(person_id, records, func.max(cast(col(ReadEntry.by_token), Integer)))
        .join(ReadRecord, col(ReadRecord.entry_id) == col(ReadEntry.id))
        .where(_within(unit, span), person_id.in_(recent))
        .group_by(person_id)
        .having(records > threshold)
        .order_by(person_id)
    )
    return [
        Found(key, span, count, await _kinds(unit, span, key), bool(by_token))
        for key, count, by_token in (await unit.session.execute(query)).all()
        if key is not None
    ]


async def _kinds(unit: Unit, span: str, person_id: UUID) -> dict[str, int]:
    """How many records of each kind."""
    kind = col(ReadRecord.record_kind)
    query = (
        select(kind, func.count(func.distinct(col(ReadRecord.record_id))))
        .join(ReadEntry, col(ReadRecord.entry_id) == col(ReadEntry.id))
        .where(col(ReadEntry.person_id) == person_id, _within(unit, span))
        .group_by(kind)
        .order_by(kind)
    )
    return {row[0]: row[1] for row in await unit.session.execute(query)}


def _within(unit: Unit, span: str) -> ColumnElement[bool]:
    """Readings within the span that ends now."""
    at = col(ReadEntry.at)
    return and_(at > unit.at - SPANS[span], at <= unit.at)


async def _raised_already(unit: Unit, found: Found) -> bool:
    """Whether there was an alarm on this person within the span."""
    table = ReadingAlarm.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = select(table.c.id).where(
        table.c.person_id == found.person_id,
        table.c.span == found.span,
        table.c.at > unit.at - SPANS[found.span],
    )
    return (await unit.session.execute(as_system(query, JOB))).first() is not None
