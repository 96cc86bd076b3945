"""An export holds what the viewer's list holds, column by column, and nothing else."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from leak_proof.selecting import selection
from renkei.access.policy.viewer import Viewer
from renkei.briefs.sharing import narrow_brief
from renkei.directory.tables import Holding
from renkei.exports.eyes import RightsChanged
from renkei.exports.rows import pages
from renkei_schema.kinds import exported_fields, kinds
from renkei_schema.node import TYPE_NAMES
from support.asking import Asker
from support.exporting import Exporter, viewers
from support.factories import Town
from support.faults import without_table

NAMES = ("name", "title", "number", "code")


def snake(name: str) -> str:
    """The column's key, from the API's name."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def label(node: dict[str, Any], *names: str) -> Any:
    """How a linked record is named."""
    told = next(node[name] for name in names if name in node)
    return (told["ja"] or told["en"]) if isinstance(told, dict) else told


def columns(node: dict[str, Any], type_name: str) -> dict[str, Any]:
    """The columns that the API's answer about a record would be."""
    cells: dict[str, Any] = {}
    for name in sorted(exported_fields(type_name) - {"marking"}):
        cells |= _cells(snake(name), node[name])
    return cells


def _cells(key: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, dict) and set(value) == {"__typename", "ja", "en", "text"}:
        return {f"{key}_ja": value["ja"], f"{key}_en": value["en"]}
    if isinstance(value, dict) and key == "current":
        inner = columns(value, "BriefVersion")
        return {f"current_{name}": cell for name, cell in inner.items() if name != "id"}
    if isinstance(value, dict) and "id" in value:
        return {f"{key}_id": value["id"], key: label(value, *NAMES)}
    if isinstance(value, list) and value and "id" in value[0]:
        return {key: [label(one, "code", *NAMES) for one in value]}
    return {key: value}


def alike(cell: Any) -> Any:
    """Values that two ways of writing spell differently, spelt alike."""
    if isinstance(cell, list):
        return [alike(one) for one in cell]
    if isinstance(cell, dict):
        return {snake(name): alike(one) for name, one in cell.items() if name not in _OF_TEXT}
    if isinstance(cell, str) and re.match(r"\d{4}-\d\d-\d\dT", cell):
        return datetime.fromisoformat(cell)
    return cell if isinstance(cell, int | datetime | type(None)) else str(cell)


_OF_TEXT = {"__typename", "text"}


# Seen by administrators alone: the leak proof draws them, and exports them as every kind.
OF_THE_AUDIT = {"audit-seals", "reading-alarms"}


@pytest.mark.parametrize("name", [name for name in kinds() if name not in OF_THE_AUDIT])
async def test_an_export_is_the_viewers_list(busy: Town, export: Exporter, name: str) -> None:
    ask = Asker(busy.app)
    kind = kinds()[name]
    type_name = TYPE_NAMES[kind.table.name]
    root = re.sub(r"-(.)", lambda found: found[1].upper(), name)
    document = f"{{ {root}(first: 100) {{ nodes {selection(type_name, 1)} }} }}"
    seen: set[str] = set()
    for who, viewer in viewers(busy).items():
        nodes = (await ask(document, viewer))[root]["nodes"]
        rows = {row["id"]: row for row in await export(name, viewer)}
        assert rows.keys() == {node["id"] for node in nodes}, who
        for node in nodes:
            row = rows[node["id"]]
            told = {key: alike(row[key]) for key in kind.keys}
            expected = {key: alike(cell) for key, cell in columns(node, type_name).items()}
            # Where the API says null, the columns are empty.
            assert {key: told[key] for key in expected} == expected, who
            assert not any(told[key] for key in told.keys() - expected.keys()), who
            if "marking" in node:
                assert row["tlp"] == node["marking"]["label"]
                assert row["restrictions"] == node["marking"]["restrictions"]
        seen |= rows.keys()
    assert seen, f"nobody sees any of {name}: the test compares nothing"


async def test_a_hidden_part_is_empty(busy: Town, export: Exporter) -> None:
    assert busy.firm.person_id is not None
    mine = f"{busy.firm.person_id}@test.example"
    assert {row["email"] for row in await export("people", busy.firm)} == {mine, None}
    assert {row["email"] for row in await export("people", busy.other_firm)} == {None}


async def test_what_follows_a_revocation_is_read_without_what_was_revoked(
    busy: Town, export: Exporter
) -> None:
    """A marking is raised after the first page was read: later pages are without it."""
    house, eyes = export.house, export.eyes(busy.firm)
    every = sorted(row["id"] for row in await export("briefs", busy.firm))
    codes = [row["code"] for row in await export("briefs", busy.firm)]
    found = []
    async for page in pages(house.database, house.clock, kinds()["briefs"], eyes, size=1):
        found.append(page.rows[0][1])
        if len(found) == 1:
            for code in codes[1:]:
                await _raise(busy, code)
    assert (len(every), found) == (4, codes[:1])


async def _raise(town: Town, code: str) -> None:
    async with town.world.database.reading() as connection:
        table = kinds()["briefs"].table
        key = (await connection.execute(select(table.c.id).where(table.c.code == code))).scalar()
    await town.world.play(town.analyst, narrow_brief, brief_id=key, tlp="RED")


async def test_who_loses_a_post_while_it_is_read_gets_nothing(
    busy: Town, export: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = export.app.reads.leave
    pages_left = 0

    async def leave(leaving: Any) -> None:
        nonlocal pages_left
        pages_left += 1
        await original(leaving)
        if pages_left == 1:
            await _leave_post(busy, busy.firm)

    monkeypatch.setattr(export.app.reads, "leave", leave)
    with pytest.raises(RightsChanged):
        await export("briefs", busy.firm, "csv", size=1)
    assert (pages_left, export.files) == (1, {})


async def _leave_post(town: Town, viewer: Viewer) -> None:
    async with town.world.database.writing() as session:
        holdings = Holding.__table__  # type: ignore[attr-defined]  # SQLModel sets it
        await session.execute(
            holdings.update()
            .where(holdings.c.person_id == viewer.person_id)
            .values(until=town.world.clock.now())
        )
        await session.commit()


async def entries(town: Town) -> list[tuple[str, int]]:
    """Every entry of reading: by which way, and how many records it names."""
    async with town.world.database.reading() as connection:
        entry = SQLModel.metadata.tables["read_entry"]
        record = SQLModel.metadata.tables["read_record"]
        found = (await connection.execute(select(entry.c.id, entry.c.way))).all()
        named = (await connection.execute(select(record.c.entry_id))).scalars().all()
    return [(row.way, named.count(row.id)) for row in found]


async def test_each_page_above_green_is_entered_before_it_is_kept(
    busy: Town, export: Exporter
) -> None:
    await export("briefs", busy.firm, size=500)
    assert await entries(busy) == [("export", 2)]
    await export("organizations", busy.firm)
    assert len(await entries(busy)) == 1


async def test_where_the_entry_cannot_be_left_nothing_is_exported(
    busy: Town, export: Exporter
) -> None:
    async with without_table(busy.app.database, "read_entry"):
        with pytest.raises(DBAPIError):
            await export("briefs", busy.firm, "csv")
    assert export.files == {}
