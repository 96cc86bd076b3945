"""Reading with another's eyes: two persons, a reason, and entries that stand before anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import SQLModel

from renkei.access.policy.viewer import Viewer
from renkei.exports.eyes import BreakGlassEyes, RightsChanged
from renkei.problems import InvalidInput
from support.exporting import Exporter
from support.factories import Town

GLASS, ENTRY, TOLD = (
    SQLModel.metadata.tables[name] for name in ("break_glass", "read_entry", "reading")
)


@dataclass
class Two:
    """The administrators who answer for it."""

    by: Viewer
    confirmed_by: Viewer


@pytest.fixture
async def two(busy: Town) -> Two:
    """Two administrators of one office."""
    office = await busy.world.organization("OTHER", "連携運営事務局（架空）")
    people = [await busy.world.person(name, office, "administrator") for name in ("正", "副")]
    return Two(*[await busy.world.viewer(key) for key in people])


def eyes(town: Town, two: Two, viewer: Viewer, **changes: Any) -> BreakGlassEyes:
    """The viewer's eyes for these two."""
    given = {
        "person_id": viewer.person_id,
        "by": two.by.person_id,
        "confirmed_by": two.confirmed_by.person_id,
        "reason": "監査第１２号の調査",
    } | changes
    return BreakGlassEyes(town.app.database, town.app.clock, **given)


async def rows(town: Town, table: Any) -> list[Any]:
    """Every row of a table of the audit, the oldest first."""
    async with town.world.database.reading() as connection:
        return list((await connection.execute(select(table).order_by(table.c.at))).all())


async def test_what_the_person_sees_is_exported_and_both_stand_in_the_audit(
    busy: Town, export: Exporter, two: Two
) -> None:
    as_themselves = await export("briefs", busy.firm)
    told = len(await rows(busy, TOLD))
    found = await export("briefs", eyes(busy, two, busy.firm), "csv", size=500)
    assert found == as_themselves
    opened, delivered = await rows(busy, GLASS)
    assert [(one.step, one.records, one.tlp) for one in (opened, delivered)] == [
        ("opened", None, None),
        ("delivered", 4, "AMBER+STRICT"),
    ]
    for one in (opened, delivered):
        assert (one.kind, one.reason) == ("briefs", "監査第１２号の調査")
        assert one.as_person_id == busy.firm.person_id
        assert one.by_person_id == two.by.person_id
        assert one.confirmed_by_person_id == two.confirmed_by.person_id
    entry = (await rows(busy, ENTRY))[-1]
    # Who read is who exported, never the person whose eyes were used; originators learn of neither.
    assert (entry.way, entry.person_id) == ("break-glass", two.by.person_id)
    assert entry.request_id == opened.request_id == delivered.request_id
    assert len(await rows(busy, TOLD)) == told


@pytest.mark.parametrize("kind", ["organizations", "people", "briefs"])
async def test_it_is_entered_whatever_is_read(
    busy: Town, export: Exporter, two: Two, kind: str
) -> None:
    await export(kind, eyes(busy, two, busy.other_firm))
    assert [one.kind for one in await rows(busy, GLASS)] == [kind, kind]


async def test_it_takes_two_others_with_the_post_and_a_reason(
    busy: Town, export: Exporter, two: Two
) -> None:
    async def problems(viewer: Viewer, **changes: Any) -> list[tuple[str, str]]:
        with pytest.raises(InvalidInput) as refusal:
            await export("briefs", eyes(busy, two, viewer, **changes), "csv")
        return [(one.path[0], one.code) for one in refusal.value.problems]

    firm, by = busy.firm, two.by.person_id
    assert await problems(firm, confirmed_by=by) == [("confirmed_by", "SECOND_PERSON_NEEDED")]
    assert await problems(firm, by=busy.analyst.person_id) == [("by", "NOT_AN_ADMINISTRATOR")]
    assert await problems(firm, confirmed_by=busy.other_firm.person_id) == [
        ("confirmed_by", "NOT_AN_ADMINISTRATOR")
    ]
    assert await problems(two.by) == [("by", "IN_OWN_NAME")]
    assert await problems(two.confirmed_by) == [("confirmed_by", "IN_OWN_NAME")]
    assert await problems(firm, reason="　") == [("reason", "REQUIRED")]
    assert (await rows(busy, GLASS), export.files) == ([], {})


@pytest.mark.parametrize("step", ["opened", "delivered"])
async def test_where_either_entry_cannot_be_left_nothing_is_exported(
    busy: Town, export: Exporter, two: Two, step: str
) -> None:
    def full(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        told = values.values() if isinstance(values, dict) else values
        if statement.startswith("INSERT INTO break_glass") and step in told:
            raise OperationalError(statement, None, Exception("disk full"))

    engine = busy.app.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", full)
    try:
        with pytest.raises(DBAPIError):
            await export("briefs", eyes(busy, two, busy.firm), "csv")
    finally:
        event.remove(engine, "before_cursor_execute", full)
    assert export.files == {}
    read = [entry for entry in await rows(busy, ENTRY) if entry.way == "break-glass"]
    assert bool(read) is (step == "delivered")


async def test_an_account_that_is_closed_meanwhile_ends_it(
    busy: Town, export: Exporter, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = export.app.reads.leave

    async def leave(leaving: Any) -> None:
        await original(leaving)
        async with busy.world.database.writing() as session:
            await session.execute(
                text("UPDATE account SET disabled_at = :at WHERE email = :email"),
                {
                    "at": busy.world.clock.now(),
                    "email": f"{two.confirmed_by.person_id}@test.example",
                },
            )
            await session.commit()

    monkeypatch.setattr(export.app.reads, "leave", leave)
    with pytest.raises(RightsChanged):
        await export("briefs", eyes(busy, two, busy.firm), "csv")
    assert [one.step for one in await rows(busy, GLASS)] == ["opened"]


async def test_an_entry_is_never_changed_nor_taken_away(
    busy: Town, export: Exporter, two: Two
) -> None:
    await export("areas", eyes(busy, two, busy.firm))
    for statement in ("UPDATE break_glass SET reason = ''", "DELETE FROM break_glass"):
        async with busy.world.database.writing() as session:
            with pytest.raises(DBAPIError, match="append-only"):
                await session.execute(text(statement))
