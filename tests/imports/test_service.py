"""Importing rows: all or none, again without harm, each refused row by its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from renkei.access.policy.reach import reach_of
from renkei.access.policy.viewer import Viewer
from renkei.areas.shipped import shipped_catalogue
from renkei.areas.tables import Area
from renkei.briefs.tables import Brief, BriefVersion
from renkei.calls.tables import Call
from renkei.directory.operating import OPERATOR
from renkei.directory.tables import Holding, Organization, Person
from renkei.imports.files import read_rows
from renkei.imports.service import Report, import_rows
from renkei.ledger.unit import Unit
from renkei.problems import NotAllowed
from renkei.reactions import reactions_of
from support.funding import funding_in
from support.world import World


async def run(
    world: World,
    what: str,
    name: str,
    content: str | bytes,
    *,
    viewer: Viewer | None = None,
    dry_run: bool = False,
    defaults: dict[str, str] | None = None,
) -> Report:
    """An import as the command runs it: committed only where nothing was refused."""
    raw = content if isinstance(content, bytes) else content.encode()
    async with world.database.writing() as session:
        unit = Unit(session, at=world.clock.now(), reactions_of=reactions_of)
        reach = (
            await reach_of(session, OPERATOR, unit.at)
            if viewer is None
            else await reach_of(session, viewer, unit.at)
        )
        report = await import_rows(
            unit, reach, kind=what, rows=read_rows(name, raw), defaults=defaults
        )
        if not report.refused and not dry_run:
            await unit.commit()
        return report


def refusals(report: Report) -> list[Any]:
    return [(problem.path, problem.code) for problem in report.refused]


async def count(world: World, *tables: Any) -> list[int]:
    async with world.database.reading() as connection:
        return [
            (await connection.execute(select(func.count()).select_from(one.__table__))).scalar_one()
            for one in tables
        ]


ORGANIZATIONS = """\
kind,name_ja,name_kana,name_en,corporate_number
research,東雲工業大学（見本）,しののめこうぎょうだいがく,,８９９９９１２０００００６
FIRM,三ツ峰マテリアル（見本）,みつみね,Mitsumine,1999912000012
"""


async def test_organisations_come_in_once_however_often_the_file_does(world: World) -> None:
    first = await run(world, "organizations", "o.csv", ORGANIZATIONS)
    assert (first.rows, first.added, first.unchanged) == (2, 2, 0)
    again = await run(world, "organizations", "o.csv", ORGANIZATIONS)
    assert (again.rows, again.added, again.unchanged) == (2, 0, 2)
    assert await count(world, Organization) == [2]


async def test_a_dry_run_keeps_nothing(world: World) -> None:
    report = await run(world, "organizations", "o.csv", ORGANIZATIONS, dry_run=True)
    assert (report.added, await count(world, Organization)) == (2, [0])


async def test_every_refused_row_is_told_by_its_line_and_nothing_is_imported(
    world: World,
) -> None:
    content = ORGANIZATIONS + (
        "CLUB,同好会,,,\n"
        "FIRM,別の会社,,,1999912000012\n"
        "FIRM,番号違い,,,7000012050003\n"
        f"FIRM,{'字' * 100_000},,,\n"
    )
    report = await run(world, "organizations", "o.csv", content)
    assert refusals(report) == [
        (("line 4", "kind"), "UNKNOWN_KIND"),
        (("line 5", "corporate_number"), "ALREADY_REGISTERED"),
        (("line 6", "corporate_number"), "CORPORATE_NUMBER_CHECK_DIGIT"),
        (("line 7", "name_ja"), "TOO_LONG"),
    ]
    assert await count(world, Organization) == [0]


async def test_people_come_with_their_posts_and_not_twice(world: World) -> None:
    await run(world, "organizations", "o.csv", ORGANIZATIONS)
    people = "\n".join(
        json.dumps(one, ensure_ascii=False)
        for one in (
            {"name": "髙瀬 美咲", "erad_number": "90050426"},
            {
                "name": "𠮷村 遥",
                "name_kana": "よしむら はるか",
                "organization": "8999912000006",
                "role": "researcher",
                "title_ja": "准教授",
            },
        )
    )
    assert (await run(world, "people", "p.jsonl", people)).added == 2
    assert (await run(world, "people", "p.jsonl", people)).unchanged == 2
    assert await count(world, Person, Holding) == [2, 1]
    broken = (
        '{"name": "山田", "organization": "7000012050002", "role": "office", "title_ja": "職"}\n'
        '{"name": "海野", "orcid": "0000-0002-1825-0098"}\n'
        '{"name": "別人", "erad_number": "90050426"}\n'
        '{"name": "\\ud842"}\n'
    )
    assert refusals(await run(world, "people", "p.jsonl", broken)) == [
        (("line 1", "organization"), "UNKNOWN_ORGANIZATION"),
        (("line 2", "orcid"), "ORCID_CHECK_DIGIT"),
        (("line 3", "erad_number"), "ALREADY_REGISTERED"),
        (("line 4", "name"), "BROKEN_TEXT"),
    ]


async def test_areas_are_added_to_the_lists_that_are_there(world: World) -> None:
    await world.area("A20-ROBO", "ロボット工学")
    listed = "20areas"
    content = f"""\
list,code,name_ja,confidence,source,order
{listed},A20-NEW,髙度な領域,verified,官報,90
"""
    assert (await run(world, "areas", "a.csv", content)).added == 1
    assert await count(world, Area) == [2]
    broken = content + f"{listed},A20-BAD,,sure,官報,91\nnolist,X,名称,verified,官報,1\n"
    assert refusals(await run(world, "areas", "a.csv", broken)) == [
        (("line 3", "name_ja"), "REQUIRED"),
        (("line 3", "confidence"), "UNKNOWN_CONFIDENCE"),
        (("line 4", "list"), "UNKNOWN_LIST"),
    ]
    assert "A20-NEW" not in {row.code for row in shipped_catalogue().rows}


CALL = """\
- title_ja: 小型ドローンの自律制御（見本）
  summary_ja: 自律制御の技術を公募します。
  body_ja: 無人航空機の髙度な自律制御。
  opens_at: 2026-12-01T10:00+09:00
  closes_at: 2027-01-29T12:00+09:00
  areas: [A20-ROBO, A20-TRANS]
  budget_yen: 6,000,000,000
  concept: {code}
  publish: true
"""


async def test_calls_are_issued_by_whoever_imports_them(world: World) -> None:
    funding = await funding_in(world)
    concept = await funding.concept()
    content = CALL.format(code=concept.code)
    assert (await run(world, "calls", "c.yaml", content, viewer=funding.ministry)).added == 1
    assert (await run(world, "calls", "c.yaml", content, viewer=funding.ministry)).unchanged == 1
    async with world.database.reading() as connection:
        table = Call.__table__  # type: ignore[attr-defined]  # SQLModel sets it
        (row,) = (await connection.execute(select(table.c.status, table.c.budget_yen))).all()
    assert tuple(row) == ("PRE_ANNOUNCED", 6_000_000_000)
    broken = content.replace("T12:00+09:00", "").replace("A20-TRANS", "A20-NAI")
    report = await run(
        world, "calls", "c.yaml", broken.replace("（見本）", "２"), viewer=funding.ministry
    )
    assert refusals(report) == [(("line 1", "closes_at"), "NOT_AN_INSTANT")]
    with pytest.raises(NotAllowed):
        await run(
            world, "calls", "c.yaml", content.replace("（見本）", "３"), viewer=funding.researcher
        )


BRIEF = """\
---
kind: ANALYSIS
areas: A20-ROBO
sources:
  - {type: 統計, title: 貿易統計, publisher: 見本省, date: 2026-10-20, reliability: a, public: true}
---
# 重希土フリー磁石の見立て（見本）

令和８年１０月３１日

永久磁石は特定重要物資のひとつです。
"""


async def test_a_markdown_file_becomes_a_draft_of_whoever_imports_it(world: World) -> None:
    funding = await funding_in(world)
    tank = await world.organization("THINK_TANK", "総合戦略研究所（架空）")
    analyst = await world.viewer(await world.person("佐伯 髙志", tank, "analyst"))
    unmarked = await run(world, "briefs", "b.md", BRIEF, viewer=analyst)
    assert refusals(unmarked) == [
        (("line 7", "marking", "tlp"), "MARKING_MISSING"),
        (("line 7", "marking", "grade"), "MARKING_MISSING"),
    ]
    marking = {"tlp": "TLP:AMBER", "grade": "1"}
    assert (await run(world, "briefs", "b.md", BRIEF, viewer=analyst, defaults=marking)).added == 1
    assert (
        await run(world, "briefs", "b.md", BRIEF, viewer=analyst, defaults=marking)
    ).unchanged == 1
    async with world.database.reading() as connection:
        table = Brief.__table__  # type: ignore[attr-defined]  # SQLModel sets it
        (row,) = (await connection.execute(select(table))).mappings().all()
    assert (row["status"], row["tlp"], str(row["information_date"]), row["author_id"]) == (
        "DRAFT",
        "AMBER",
        "2026-10-31",
        analyst.person_id,
    )
    with pytest.raises(NotAllowed):
        await run(world, "briefs", "b.md", BRIEF, viewer=funding.researcher, defaults=marking)


@pytest.mark.needs_shared
async def test_the_policy_paper_comes_in_as_a_draft_brief(world: World, shared_dir: Path) -> None:
    (paper,) = (shared_dir / "seed").glob("*.md")
    tank = await world.organization("THINK_TANK", "総合戦略研究所（架空）")
    analyst = await world.viewer(await world.person("佐伯 髙志", tank, "analyst"))
    report = await run(
        world,
        "briefs",
        paper.name,
        paper.read_bytes(),
        viewer=analyst,
        defaults={"kind": "SOURCE_SUMMARY", "tlp": "CLEAR", "grade": "1"},
    )
    assert (report.added, report.refused) == (1, ())
    async with world.database.reading() as connection:
        table = BriefVersion.__table__  # type: ignore[attr-defined]  # SQLModel sets it
        (row,) = (await connection.execute(select(table))).mappings().all()
    assert (row["title_ja"], str(row["information_date"])) == (
        "経済安全保障の更なる推進に向けて",
        "2025-11-07",
    )
    assert "総合的なシンクタンク" in row["body_ja"]
