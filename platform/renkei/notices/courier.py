"""Deliveries by mail: claimed with a lease, judged and rendered at the moment of sending."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from renkei.access.markings import TLP
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach, reach_of
from renkei.access.policy.system import as_system
from renkei.audit.tables import ReadingAlarm
from renkei.briefs.tables import Brief
from renkei.calls.tables import Call
from renkei.directory.tables import Post
from renkei.identity.tables import Account
from renkei.ledger.dues import BACKOFF_MAX
from renkei.notices.inviting import compose_invitation
from renkei.notices.letters import compose_letter
from renkei.notices.mailing import (
    SEND_WITHIN,
    Mailer,
    MailRefused,
    MailUnavailable,
    Outbox,
    Places,
    message_of,
)
from renkei.notices.rules import Subject
from renkei.notices.tables import Delivery, Notice
from renkei.notices.wording import Shown, letter
from renkei.proposals.tables import Proposal
from renkei.text import Text
from renkei.viewers import viewers_of

PENDING, SENT, DROPPED, REFUSED, DEAD = "pending", "sent", "dropped", "refused", "dead"
# With pauses of at most 15 minutes: a mail server may be away for a day.
ATTEMPTS_MAX = 100
# Connections to the mail server at a time.
LANES = 4

log = structlog.get_logger("renkei.mail")


@dataclass(frozen=True)
class Claimed:
    """One delivery in our hands until `lease_until`."""

    id: UUID
    notice_id: UUID | None
    letter_id: UUID | None
    invitation_id: UUID | None
    attempts: int
    lease_until: datetime


async def deliver(places: Places, mailer: Mailer, *, limit: int = 40) -> int:
    """Send what is due, up to `limit` mails, and tell how many deliveries were claimed.

    At least once each, under a Message-ID that stays: twice only where the process is killed
    between the server's "accepted" and our own commit. A recipient who no longer sees the notice
    gets nothing.
    """
    claimed = await _claim(places, limit)
    lanes = [claimed[lane::LANES] for lane in range(LANES)]
    async with asyncio.TaskGroup() as group:
        for lane in filter(None, lanes):
            group.create_task(_lane(places, mailer, lane))
    return len(claimed)


async def _claim(places: Places, limit: int) -> list[Claimed]:
    at = places.clock.now()
    until = at + timedelta(seconds=places.settings.lease_seconds)
    free = col(Delivery.lease_until).is_(None) | (col(Delivery.lease_until) <= at)
    query = (
        select(Delivery)
        .where(col(Delivery.state) == PENDING, col(Delivery.not_before) <= at, free)
        .order_by(col(Delivery.not_before))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    async with places.database.writing() as session:
        rows = list((await session.execute(query)).scalars())
        for row in rows:
            row.lease_until = until
            row.attempts += 1
            session.add(row)
        await session.commit()
    return [
        Claimed(row.id, row.notice_id, row.letter_id, row.invitation_id, row.attempts, until)
        for row in rows
    ]


async def _lane(places: Places, mailer: Mailer, lane: list[Claimed]) -> None:
    waiting = list(lane)
    try:
        async with mailer.connected() as outbox:
            while waiting:
                if _runs_out(places, waiting[0]):
                    # Sending could outlast the lease, and another worker would send it too.
                    return
                await _deliver(places, outbox, waiting[0])
                waiting.pop(0)
    except MailUnavailable as away:
        log.warning("mail.unavailable", waiting=len(waiting), why=str(away))
        for delivery in waiting:
            await _put_off(places, delivery, str(away))


def _runs_out(places: Places, delivery: Claimed) -> bool:
    return places.clock.now() + timedelta(seconds=SEND_WITHIN) > delivery.lease_until


async def _deliver(places: Places, outbox: Outbox, delivery: Claimed) -> None:
    try:
        message = await composed(places, delivery)
        if message is None:
            await _end(places, delivery, DROPPED)
            return
        await outbox.send(message)
    except MailRefused as refused:
        await _end(places, delivery, REFUSED, str(refused))
    except MailUnavailable:
        raise
    except Exception as error:  # one mail that can't be made must not stop the others
        log.exception("mail.failed", delivery=str(delivery.id))
        await _put_off(places, delivery, f"{type(error).__name__}: {error}")
    else:
        await _end(places, delivery, SENT)


async def composed(places: Places, delivery: Claimed) -> EmailMessage | None:
    """The mail of a delivery; None where it has become nobody's."""
    if delivery.invitation_id is not None:
        return await compose_invitation(places, delivery.id, delivery.invitation_id)
    if delivery.letter_id is not None:
        return await compose_letter(places, delivery.id, delivery.letter_id)
    assert delivery.notice_id is not None  # one of the three is set
    return await compose(places, delivery.id, delivery.notice_id)


async def compose(places: Places, delivery_id: UUID, notice_id: UUID) -> EmailMessage | None:
    """The mail as its recipient may read it at this moment; None where they may not, or are gone.

    Everything is read in one snapshot through the recipient's own eyes.
    """
    at = places.clock.now()
    async with places.database.reading() as connection:
        owner = select(col(Notice.person_id), col(Account.email)).join(
            Account, col(Account.person_id) == col(Notice.person_id)
        )
        mine = as_system(owner.where(col(Notice.id) == notice_id), "notices.deliver")
        found = (await connection.execute(mine)).one_or_none()
        if found is None:
            return None
        viewers = await viewers_of(connection, [found.person_id], at=at)
        if found.person_id not in viewers:
            return None
        reach = await reach_of(connection, viewers[found.person_id], at)
        table = Notice.__table__  # type: ignore[attr-defined]  # SQLModel sets it
        seen = select(table).where(table.c.id == notice_id, visible(reach, table))
        notice = (await connection.execute(seen)).one_or_none()
        if notice is None:
            return None
        shown = await _shown(connection, reach, notice)
    if shown is None:
        return None
    text = letter(notice.kind, notice.reason, shown, public_url=places.settings.public_url)
    return message_of(text, delivery_id, to=found.email, sender=places.settings.mail_from, at=at)


async def _shown(connection: AsyncConnection, reach: Reach, notice: object) -> Shown | None:
    """What the viewer may read of the notice's subject."""
    models: tuple[tuple[Subject, Any, str], ...] = (
        (Subject.CALL, Call, "calls/{0.code}"),
        (Subject.BRIEF, Brief, "briefs/{0.code}"),
        (Subject.PROPOSAL, Proposal, "proposals/{0.number}"),
        (Subject.POST, Post, "inbox"),
        (Subject.ALARM, ReadingAlarm, "audit"),
    )
    for subject, model, page in models:
        key = getattr(notice, f"{subject}_id")
        if key is None:
            continue
        table = model.__table__
        query = select(table).where(table.c.id == key, visible(reach, table))
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if subject is Subject.ALARM:
            # It has no marking of its own: a mail says no more of it than of what is restricted.
            return Shown(subject, Text("", None), TLP.RED, page)
        named = Text(row.title, None) if subject is Subject.PROPOSAL else None
        title = named or Text(row.title_ja, row.title_en)
        # A post is no marked record, and every member's: no more of it than of TLP:GREEN.
        tlp = TLP.GREEN if subject is Subject.POST else TLP(row.tlp)
        return Shown(subject, title, tlp, page.format(row))
    return None


async def _end(places: Places, delivery: Claimed, state: str, error: str = "") -> None:
    at = places.clock.now()
    sent_at = at if state == SENT else None
    await _set(places, delivery, state=state, error=error[:500], sent_at=sent_at)


async def _put_off(places: Places, delivery: Claimed, error: str) -> None:
    pause = min(timedelta(seconds=2 ** min(delivery.attempts, 12)), BACKOFF_MAX)
    await _set(
        places,
        delivery,
        state=DEAD if delivery.attempts >= ATTEMPTS_MAX else PENDING,
        not_before=places.clock.now() + pause,
        error=error[:500],
    )


async def _set(places: Places, delivery: Claimed, **values: object) -> None:
    """Write the outcome, unless another worker has taken the delivery over meanwhile."""
    async with places.database.writing() as session:
        await session.execute(
            update(Delivery)
            .where(
                col(Delivery.id) == delivery.id,
                col(Delivery.state) == PENDING,
                col(Delivery.attempts) == delivery.attempts,
            )
            .values(lease_until=None, **values)
        )
        await session.commit()
