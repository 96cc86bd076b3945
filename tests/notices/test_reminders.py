"""Reminders by the clock: once for each call, threshold and deadline."""

from __future__ import annotations

from datetime import timedelta

from renkei.calls.service import draft_call, extend_deadline
from renkei.directory.deputies import name_deputy
from renkei.notices import service
from renkei.notices.reminders import remind
from support.factories import Town
from support.posts import firm_in


async def reminded(town: Town) -> int:
    """Let the minute's cron run, and everything that follows; how many reminders it recorded."""
    async with town.app.unit() as unit:
        count = await remind(unit)
    await town.react()
    return count


async def test_followers_are_reminded_a_week_three_days_and_a_day_before(town: Town) -> None:
    call = await town.funding.call()
    await town.world.play(town.firm, service.follow_call, call_id=call.id)
    await town.react()
    clock = town.world.clock
    recorded = []
    for days in (8, 7, 6, 3, 2, 1):
        clock.at = call.closes_at - timedelta(days=days)
        recorded.append(await reminded(town))
        recorded.append(await reminded(town))
    assert recorded == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0]
    assert await town.inbox(town.firm) == [
        ("call.published", "call"),
        *[("call.closing_soon", "call")] * 3,
    ]


async def test_after_an_outage_there_is_one_reminder_and_an_extension_reminds_anew(
    town: Town,
) -> None:
    call = await town.funding.call()
    clock = town.world.clock
    clock.at = call.closes_at - timedelta(days=2)
    assert await reminded(town) == 1
    await town.world.play(
        town.funding.ministry,
        extend_deadline,
        call_id=call.id,
        closes_at=call.closes_at + timedelta(days=1),
        based_on=call.version,
    )
    assert await reminded(town) == 1
    assert await reminded(town) == 0


async def test_a_draft_reminds_nobody(town: Town) -> None:
    concept = await town.funding.concept()
    draft = town.funding.draft(concept)
    await town.world.play(town.funding.ministry, draft_call, draft=draft)
    town.world.clock.at = draft.closes_at - timedelta(days=1)
    assert await reminded(town) == 0


async def test_holder_and_deputy_are_reminded_once_three_days_before_the_end(town: Town) -> None:
    firm = await firm_in(town.world)
    clock = town.world.clock
    sent = {"post_id": firm.post_id, "person_id": firm.colleague.person_id}
    until = clock.now() + timedelta(days=30)
    await town.world.play(firm.holder, name_deputy, **sent, until=until)
    recorded = []
    for hours in (73, 72, 71, 1, 0):
        clock.at = until - timedelta(hours=hours)
        recorded.append(await reminded(town))
    assert recorded == [0, 1, 0, 0, 0]
    told = [await town.inbox(await firm.now(one)) for one in (firm.holder, firm.colleague)]
    assert told == [
        [("deputy.ending_soon", "role")],
        [("deputy.named", "role"), ("deputy.ending_soon", "role")],
    ]


async def test_who_stands_in_for_two_days_is_not_reminded(town: Town) -> None:
    firm = await firm_in(town.world)
    clock = town.world.clock
    sent = {"post_id": firm.post_id, "person_id": firm.colleague.person_id}
    await town.world.play(firm.holder, name_deputy, **sent, until=clock.now() + timedelta(days=2))
    assert await reminded(town) == 0
