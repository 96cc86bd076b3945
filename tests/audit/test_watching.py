"""Bulk reading is noticed, at the rate of a machine and of a person; an ordinary day is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from renkei.access.policy.viewer import Viewer
from renkei.audit.service import Leaving
from renkei.audit.tables import ReadingAlarm
from renkei.audit.watching import DAY, HOUR, watch
from renkei.ledger.tables import Fact
from renkei.notices.courier import compose
from renkei.notices.tables import Delivery
from support.asking import Asker
from support.factories import Town

THRESHOLDS = {HOUR: 300, DAY: 600}
ALARMS = """{ readingAlarms { totalCount nodes { title { ja en } person { name } span records
  kinds { kind count } byToken } } audit { alarmPerHour } auditSeals { totalCount } }"""
INBOX = "{ inbox { nodes { kind topic title { ja } alarm { records } } } }"


@pytest.fixture
async def administrators(town: Town) -> list[Viewer]:
    """Two administrators."""
    key = await town.world.organization("MINISTRY", "運用室（架空）")
    names = ("管理 一", "管理 二")
    people = [await town.world.person(name, key, "administrator") for name in names]
    return [await town.world.viewer(person) for person in people]


async def read(town: Town, viewer: Viewer, records: list[UUID], kind: str = "proposal") -> None:
    """Leave an entry of having read these records."""
    facts: dict[Any, Any] = {(kind, key): ("AMBER", 1, None) for key in records}
    await town.app.reads.leave(Leaving(viewer, facts, town.world.clock.now(), "graphql", "r"))


async def look(town: Town) -> int:
    """Let the worker look; how many alarms it raises."""
    async with town.app.unit() as unit:
        return await watch(unit, thresholds=THRESHOLDS)


async def rows(town: Town, model: Any) -> list[Any]:
    """All rows of a table."""
    async with town.world.database.reading() as connection:
        return list((await connection.execute(select(model.__table__))).all())


async def test_a_scrape_at_the_rate_of_a_machine_is_noticed_within_a_look(
    town: Town, administrators: list[Viewer]
) -> None:
    raised: list[int] = []
    for _ in range(8):  # fifty a minute
        await read(town, town.firm, [uuid4() for _ in range(50)])
        raised.append(await look(town))
        town.world.clock.advance(minutes=1)
    # 301 are more than 300; the worker looks each minute.
    assert raised == [0, 0, 0, 0, 0, 0, 1, 0]
    (alarm,) = await rows(town, ReadingAlarm)
    assert (alarm.person_id, alarm.span, alarm.records) == (town.firm.person_id, HOUR, 350)
    (fact,) = [one for one in await rows(town, Fact) if one.kind == "audit.bulk_reading"]
    assert fact.subject_id == alarm.id
    assert fact.data == {
        "person_id": str(town.firm.person_id),
        "span": HOUR,
        "records": 350,
        "kinds": {"proposal": 350},
        "by_token": False,
    }


async def test_who_reads_slowly_and_never_stops_is_noticed_too(
    town: Town, administrators: list[Viewer]
) -> None:
    """Thirty an hour, as a person would: never 300 in an hour, and 601 in a day after 21 hours."""
    raised = []
    for _ in range(23):
        await read(town, town.firm, [uuid4() for _ in range(30)])
        raised.append(await look(town))
        town.world.clock.advance(hours=1)
    assert raised == [0] * 20 + [1, 0, 0]
    assert [one.span for one in await rows(town, ReadingAlarm)] == [DAY]


async def test_an_officers_ordinary_day_raises_nothing(
    town: Town, administrators: list[Viewer]
) -> None:
    """Ten lists of twenty and forty proposals opened; the same lists again after lunch."""
    officer = town.funding.ministry
    proposals = [uuid4() for _ in range(200)]
    for start in range(0, 200, 20):
        await read(town, officer, proposals[start : start + 20])
        town.world.clock.advance(minutes=6)
    for one in proposals[:40]:
        await read(town, officer, [one])
        town.world.clock.advance(minutes=4)
        assert await look(town) == 0
    for start in range(0, 200, 20):
        await read(town, officer, proposals[start : start + 20])
    assert await look(town) == 0
    # The same records again and again are no more records.
    for _ in range(5):
        await read(town, officer, proposals)
    assert await look(town) == 0


async def test_an_alarm_comes_once_and_again_where_it_goes_on(
    town: Town, administrators: list[Viewer]
) -> None:
    raised = []
    for _ in range(5):
        await read(town, town.firm, [uuid4() for _ in range(310)])
        raised.append(await look(town))
        town.world.clock.advance(minutes=31)
    # Within an hour of the first: none. Then the hour's again; once in all, the day's.
    assert raised == [1, 1, 1, 0, 1]
    spans = sorted(one.span for one in await rows(town, ReadingAlarm))
    assert spans == [DAY, HOUR, HOUR, HOUR]


async def test_only_who_has_read_since_is_looked_at(
    town: Town, administrators: list[Viewer]
) -> None:
    await read(town, town.firm, [uuid4() for _ in range(310)])
    town.world.clock.advance(minutes=10)
    async with town.app.unit() as unit:
        assert await watch(unit, thresholds=THRESHOLDS, since=unit.at - timedelta(minutes=2)) == 0
        # A process that has just begun looks at all.
        assert await watch(unit, thresholds=THRESHOLDS) == 1


async def test_administrators_are_told_who_and_how_many_and_nobody_else_anything(
    town: Town, administrators: list[Viewer]
) -> None:
    from dataclasses import replace

    ask, (one, other) = Asker(town.app), administrators
    token = replace(town.firm, scopes=frozenset())
    await read(town, token, [uuid4() for _ in range(300)], "brief")
    await read(town, town.firm, [uuid4()], "proposal")
    assert await look(town) == 1
    await town.react()
    seen = await ask(ALARMS, one)
    assert seen["readingAlarms"] == {
        "totalCount": 1,
        "nodes": [
            {
                "title": {"ja": "1時間に301件の閲覧", "en": "301 records read within an hour"},
                "person": {"name": "鳴瀬 𠮷彦"},
                "span": "HOUR",
                "records": 301,
                "kinds": [{"kind": "brief", "count": 300}, {"kind": "proposal", "count": 1}],
                "byToken": True,
            }
        ],
    }
    assert seen["audit"] == {"alarmPerHour": 300}
    for admin in (one, other):
        (notice,) = (await ask(INBOX, admin))["inbox"]["nodes"]
        assert notice == {
            "kind": "audit.bulk_reading",
            "topic": "ALARM",
            "title": {"ja": "閲覧の数が目安を超えました"},
            "alarm": {"records": 301},
        }
    for reader in (town.firm, town.analyst, town.funding.ministry):
        assert await ask(ALARMS, reader) == {
            "readingAlarms": {"totalCount": 0, "nodes": []},
            "audit": None,
            "auditSeals": {"totalCount": 0},
        }
        assert (await ask(INBOX, reader))["inbox"]["nodes"] == []


async def test_the_mail_of_an_alarm_says_nothing_but_that_there_is_something(
    town: Town, administrators: list[Viewer]
) -> None:
    await read(town, town.firm, [uuid4() for _ in range(301)])
    assert await look(town) == 1
    await town.react()
    deliveries = await town.rows(Delivery)
    assert len(deliveries) == len(administrators)
    for delivery in deliveries:
        mail = await compose(town.app, delivery.id, delivery.notice_id)
        assert mail is not None
        said = f"{mail['Subject']}\n{mail.get_content()}"
        assert "/ja/inbox" in said
        for word in ("301", "閲覧", "鳴瀬", "audit", "read"):
            assert word not in said.replace("Replies to this mail are not read", "")


async def test_an_administrator_is_not_told_of_their_own_reading(
    town: Town, administrators: list[Viewer]
) -> None:
    ask, (one, other) = Asker(town.app), administrators
    await read(town, one, [uuid4() for _ in range(301)])
    assert await look(town) == 1
    await town.react()
    assert (await ask(ALARMS, one))["readingAlarms"]["totalCount"] == 0
    assert (await ask(INBOX, one))["inbox"]["nodes"] == []
    assert (await ask(ALARMS, other))["readingAlarms"]["totalCount"] == 1
