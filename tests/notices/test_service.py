"""Following and reading: one's own rows, and doing it twice is doing it once."""

from __future__ import annotations

import pytest

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.notices import service
from renkei.notices.tables import Notice
from renkei.problems import NotAllowed, NotFound
from support.factories import Town


async def notices_of(town: Town) -> list[Notice]:
    await town.follow_area(town.firm)
    await town.funding.call()
    await town.funding.call(title_ja="二つ目の公募")
    await town.react()
    rows: list[Notice] = await town.rows(Notice)
    return rows


async def test_following_twice_is_following_once_and_sets_the_mail(town: Town) -> None:
    first = await town.follow_area(town.firm)
    again = await town.follow_area(town.firm, by_email=False)
    assert (again.id, again.by_email) == (first.id, False)


async def test_nobody_follows_what_they_do_not_see(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    follow = await town.world.play(town.firm, service.follow_brief, brief_id=brief.id)
    assert follow.brief_id == brief.id
    with pytest.raises(NotFound):
        await town.world.play(town.other_firm, service.follow_brief, brief_id=brief.id)


async def test_anonymous_readers_and_tokens_without_the_scope_follow_nothing(town: Town) -> None:
    area = await town.area()
    narrow = Viewer(person_id=town.firm.person_id, scopes=frozenset({"calls:write"}))
    for viewer in (ANONYMOUS, narrow):
        with pytest.raises(NotAllowed):
            await town.world.play(viewer, service.follow_area, area_id=area)


async def test_a_follow_is_ended_by_its_own_person_alone(town: Town) -> None:
    follow = await town.follow_area(town.firm)
    with pytest.raises(NotFound):
        await town.world.play(town.other_firm, service.unfollow, follow_id=follow.id)
    await town.world.play(town.firm, service.unfollow, follow_id=follow.id)
    await town.funding.call()
    await town.react()
    assert await town.inbox(town.firm) == []


async def test_a_notice_is_read_once_by_its_own_person_alone(town: Town) -> None:
    first, _ = await notices_of(town)
    with pytest.raises(NotFound):
        await town.world.play(town.other_firm, service.mark_read, notice_id=first.id)
    read_at = town.world.clock.now()
    await town.world.play(town.firm, service.mark_read, notice_id=first.id)
    town.world.clock.advance(hours=1)
    notice = await town.world.play(town.firm, service.mark_read, notice_id=first.id)
    assert notice.read_at == read_at


async def test_all_are_read_at_once_and_nobody_elses(town: Town) -> None:
    await town.follow_area(town.other_firm)
    await notices_of(town)
    assert await town.world.play(town.firm, service.mark_all_read) == 2
    assert await town.world.play(town.firm, service.mark_all_read) == 0
    unread = [row.person_id for row in await town.rows(Notice) if row.read_at is None]
    assert unread == [town.other_firm.person_id] * 2
