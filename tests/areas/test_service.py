"""Loading the versioned lists: once or often the same, public, and never a wording taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from renkei.access.policy.reach import reach_of
from renkei.access.policy.viewer import ANONYMOUS
from renkei.areas.rules import OUR_JUDGEMENT, Catalogue, Confidence
from renkei.areas.service import Loaded, load_area_lists
from renkei.areas.shipped import shipped_catalogue, shipped_mappings
from renkei.areas.store import areas_by_code
from renkei.areas.tables import Area, AreaMapping
from renkei.directory.operating import OPERATOR
from renkei.ledger.unit import Unit
from renkei.problems import InvalidInput, NotAllowed
from renkei.reactions import reactions_of
from renkei.reading.page import Page
from renkei.text import Text
from support.world import World

AREAS: Any = Area.__table__  # type: ignore[attr-defined]  # SQLModel sets it


async def load(world: World, catalogue: Catalogue, *, mapped: bool = False) -> Loaded:
    async with world.database.writing() as session:
        unit = Unit(session, at=world.clock.now(), reactions_of=reactions_of)
        loaded = await load_area_lists(
            unit,
            await reach_of(session, OPERATOR, unit.at),
            catalogue=catalogue,
            mappings=shipped_mappings() if mapped else (),
        )
        await unit.commit()
        return loaded


async def test_all_shipped_lists_are_loaded_once(world: World) -> None:
    shipped = shipped_catalogue()
    first = await load(world, shipped, mapped=True)
    assert first == Loaded(len(shipped.lists), 164, 0, 2 * len(shipped_mappings()))
    assert await load(world, shipped, mapped=True) == Loaded()


async def test_everyone_sees_them_with_their_confidence(world: World) -> None:
    await load(world, shipped_catalogue(), mapped=True)
    reader = world.reader(ANONYMOUS)
    try:
        assert await reader.count(AREAS, Page()) == 164
    finally:
        await reader.close()
    async with world.database.reading() as connection:
        query = select(AREAS.c.confidence, func.count()).group_by(AREAS.c.confidence)
        counted = {row.confidence: row[1] for row in (await connection.execute(query)).all()}
        bases = await connection.execute(select(AreaMapping.basis).distinct())  # type: ignore[call-overload]  # SQLModel's attributes are columns
        assert [basis for (basis,) in bases.all()] == [OUR_JUDGEMENT]
    assert set(counted) <= {confidence.value for confidence in Confidence}
    assert sum(counted.values()) == 164


async def test_a_confirmed_wording_stays_an_unconfirmed_one_is_put_right(world: World) -> None:
    shipped = shipped_catalogue()
    await load(world, shipped)
    doubtful = next(row for row in shipped.rows if row.confidence is not Confidence.VERIFIED)
    confirmed = next(row for row in shipped.rows if row.confidence is Confidence.VERIFIED)

    def changed(row: Any, **changes: Any) -> Catalogue:
        lists = tuple(one for one in shipped.lists if one.code == row.list_code)
        return Catalogue(lists, (replace(row, **changes),))

    mended = changed(
        doubtful, name=Text("髙度な文言", None), confidence=Confidence.VERIFIED, source="官報"
    )
    assert await load(world, mended) == Loaded(mended=1)
    assert await load(world, changed(confirmed, source="別の出典")) == Loaded(mended=1)
    with pytest.raises(InvalidInput) as refusal:
        await load(world, changed(confirmed, name=Text("別の文言")))
    assert [(one.path, one.code) for one in refusal.value.problems] == [
        (("rows", f"{confirmed.list_code}/{confirmed.code}", "name_ja"), "WORDING_CONFIRMED")
    ]


async def test_only_administrators_load_lists(world: World) -> None:
    place = await world.organization("MINISTRY", "見本省（架空）")
    viewer = await world.viewer(await world.person("担当", place, "ministry"))
    with pytest.raises(NotAllowed):
        await world.play(viewer, load_area_lists, catalogue=shipped_catalogue())


async def test_codes_lead_to_areas_and_unknown_ones_are_named(world: World) -> None:
    await load(world, shipped_catalogue())
    async with world.database.writing() as session:
        reach = await reach_of(session, OPERATOR, world.clock.now())
        found, problems = await areas_by_code(
            session, reach, ("areas",), ["A20-AIML", "A20-NAI", "A20-AIML", "\0", "\ud842"]
        )
    assert len(found) == 1
    assert [(one.path, one.code) for one in problems] == [
        (("areas", "1"), "UNKNOWN_AREA"),
        (("areas", "3"), "UNKNOWN_AREA"),
        (("areas", "4"), "UNKNOWN_AREA"),
    ]
    assert all("\0" not in one.message and "\ud842" not in one.message for one in problems)
