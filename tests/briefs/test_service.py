"""Drafting, editing, releasing and correcting briefs: who may, what is asked, what stays (R10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.viewer import Viewer
from renkei.briefs.content import BriefDraft, draft_of
from renkei.briefs.rules import (
    BriefKind,
    Judgement,
    Likelihood,
    Recommendation,
    Reliability,
    Source,
)
from renkei.briefs.service import correct_brief, draft_brief, edit_brief, release_brief
from renkei.briefs.tables import Brief, BriefVersion
from renkei.ledger.tables import Fact
from renkei.problems import Conflict, InvalidInput, NotAllowed, NotFound
from renkei.text import Text
from support.factories import Town

SOURCE = Source("統計", "貿易統計（架空）", "見本省", date(2026, 10, 20), Reliability.A)
DRAFT = BriefDraft(
    title=Text("髙純度ガリウムの調達先", "Sources of high-purity gallium"),
    kind=BriefKind.SUPPLY_CHAIN_RISK,
    information_date=date(2026, 10, 31),
    tlp="TLP:AMBER",
    grade=1,
)


async def refused(town: Town, draft: BriefDraft, viewer: Viewer | None = None) -> list[Any]:
    """Where and why a draft is refused."""
    with pytest.raises(InvalidInput) as refusal:
        await town.world.play(viewer or town.analyst, draft_brief, draft=draft)
    return [(problem.path, problem.code) for problem in refusal.value.problems]


async def versions(town: Town, brief: Brief) -> list[BriefVersion]:
    async with town.world.database.writing() as session:
        query = select(BriefVersion).where(col(BriefVersion.brief_id) == brief.id)
        return sorted((await session.execute(query)).scalars(), key=lambda one: one.number)


async def facts(town: Town, brief_id: UUID) -> list[str]:
    async with town.world.database.writing() as session:
        query = (
            select(col(Fact.kind)).where(col(Fact.subject_id) == brief_id).order_by(col(Fact.id))
        )
        return list((await session.execute(query)).scalars())


async def test_a_draft_needs_little_more_than_a_title_and_a_marking(town: Town) -> None:
    brief = await town.world.play(town.analyst, draft_brief, draft=DRAFT)
    assert (brief.status, brief.tlp, brief.grade, brief.version) == ("DRAFT", "AMBER", 1, 1)
    assert brief.author_id == town.analyst.person_id
    (version,) = await versions(town, brief)
    assert (version.number, version.released_at, version.title_ja) == (1, None, brief.title_ja)
    assert await facts(town, brief.id) == ["brief.drafted"]


@pytest.mark.parametrize("who", ["firm", "researcher"])
async def test_only_analysts_of_a_think_tank_or_a_ministry_draft(town: Town, who: str) -> None:
    viewer = town.firm if who == "firm" else town.funding.researcher
    with pytest.raises(NotAllowed):
        await town.world.play(viewer, draft_brief, draft=DRAFT)


async def test_an_analyst_of_a_firm_makes_no_briefs(town: Town) -> None:
    firm = town.firm.posts[0].organization_id
    person = await town.world.person("企業の分析者", firm, "analyst")
    with pytest.raises(NotAllowed):
        await town.world.play(await town.world.viewer(person), draft_brief, draft=DRAFT)


async def test_a_ministry_makes_briefs_too(town: Town) -> None:
    brief = await town.world.play(town.funding.ministry, draft_brief, draft=DRAFT)
    assert brief.organization_id == town.funding.ministry.posts[0].organization_id


@pytest.mark.parametrize(
    ("tlp", "grade", "problems"),
    [
        (None, 1, [(("marking", "tlp"), "MARKING_MISSING")]),
        ("", 1, [(("marking", "tlp"), "MARKING_MISSING")]),
        ("TLP:PURPLE", 1, [(("marking", "tlp"), "UNKNOWN_MARKING")]),
        ("ＴＬＰ：ＡＭＢＥＲ", None, [(("marking", "grade"), "MARKING_MISSING")]),
        ("GREEN", 2, [(("marking", "grade"), "GRADE_2_NOT_ACCEPTED")]),
        ("GREEN", 3, [(("marking", "grade"), "GRADE_3_REFUSED")]),
        (
            None,
            None,
            [(("marking", "tlp"), "MARKING_MISSING"), (("marking", "grade"), "MARKING_MISSING")],
        ),
    ],
)
async def test_a_marking_is_named_or_the_brief_is_refused(
    town: Town, tlp: str | None, grade: int | None, problems: list[Any]
) -> None:
    assert await refused(town, replace(DRAFT, tlp=tlp, grade=grade)) == problems


async def test_grade_2_is_taken_where_the_deployment_is_approved_for_it(town: Town) -> None:
    brief = await town.world.play(
        town.analyst, draft_brief, draft=replace(DRAFT, grade=2), accept_grade_2=True
    )
    assert brief.grade == 2


BROKEN = [
    (replace(DRAFT, title=Text("字" * 100_000)), (("titleJa",), "TOO_LONG")),
    (replace(DRAFT, title=Text("  ")), (("titleJa",), "REQUIRED")),
    (replace(DRAFT, title=Text("量子\0計測")), (("titleJa",), "CONTROL_CHARACTER")),
    (replace(DRAFT, title=Text("𠮷"[:1] + "\ud842")), (("titleJa",), "BROKEN_TEXT")),
    (replace(DRAFT, body=Text("本文\udfb7")), (("bodyJa",), "BROKEN_TEXT")),
    (replace(DRAFT, body=Text("特定秘密\n本文")), (("bodyJa",), "FORBIDDEN_MARKING")),
    (replace(DRAFT, kind=None), (("kind",), "REQUIRED")),
    (replace(DRAFT, information_date=None), (("informationDate",), "REQUIRED")),
    (replace(DRAFT, information_date=date(2026, 11, 25)), (("informationDate",), "IN_THE_FUTURE")),
    (replace(DRAFT, areas=["A20-ROBO", "Ａ２０－ＮＡＩ"]), (("areas", "1"), "UNKNOWN_AREA")),
    (replace(DRAFT, areas=["\ud842\0"]), (("areas", "0"), "UNKNOWN_AREA")),
    (replace(DRAFT, sources=[SOURCE] * 101), (("sources",), "TOO_MANY")),
    (replace(DRAFT, reviewer_id=UUID(int=7)), (("reviewer",), "UNKNOWN_PERSON")),
    (
        replace(DRAFT, sources=[replace(SOURCE, url="file:///etc")]),
        (("sources", "0", "url"), "NOT_A_WEB_ADDRESS"),
    ),
]  # fmt: skip - one broken thing a line


@pytest.mark.parametrize(("draft", "problem"), BROKEN, ids=[str(one[1]) for one in BROKEN])
async def test_what_is_malformed_is_refused_with_its_place(
    town: Town, draft: BriefDraft, problem: Any
) -> None:
    assert await refused(town, draft) == [problem]


async def test_a_refused_draft_leaves_nothing(town: Town) -> None:
    await refused(town, replace(DRAFT, areas=["A20-ROBO", "A20-NAI"]))
    async with town.world.database.writing() as session:
        assert list((await session.execute(select(Brief))).scalars()) == []


async def test_a_save_names_the_version_that_it_was_based_on(town: Town) -> None:
    brief = await town.world.play(town.analyst, draft_brief, draft=DRAFT)
    again = replace(DRAFT, title=Text("髙純度ガリウムの調達先（改）"), tlp="GREEN")
    saved = await town.world.play(
        town.analyst, edit_brief, brief_id=brief.id, based_on=1, draft=again
    )
    # While it is a draft, a marking may be lowered: nobody else has read it.
    assert (saved.version, saved.title_ja, saved.tlp) == (2, again.title.ja, "GREEN")
    with pytest.raises(Conflict) as conflict:
        await town.world.play(town.analyst, edit_brief, brief_id=brief.id, based_on=1, draft=DRAFT)
    assert conflict.value.current_version == 2


async def test_others_find_no_draft_to_save(town: Town) -> None:
    brief = await town.world.play(town.analyst, draft_brief, draft=DRAFT)
    for viewer in (town.firm, town.funding.ministry):
        with pytest.raises(NotFound):
            await town.world.play(viewer, edit_brief, brief_id=brief.id, based_on=1, draft=DRAFT)


async def test_a_release_tells_everything_that_is_missing_at_once(town: Town) -> None:
    judged = replace(
        DRAFT,
        tlp="CLEAR",
        judgements=[Judgement(Text("量産に使われる"), Likelihood.LIKELY, None, sources=(3,))],
        sources=[replace(SOURCE, public=False, reliability=None)],
        recommendations=[Recommendation(Text("備蓄を増やす"), "")],
    )
    brief = await town.world.play(town.analyst, draft_brief, draft=replace(judged, judgements=[]))
    with pytest.raises(InvalidInput) as refusal:
        await town.world.play(town.analyst, release_brief, brief_id=brief.id)
    assert [(one.path, one.code) for one in refusal.value.problems] == [
        (("summaryJa",), "REQUIRED"),
        (("bodyJa",), "REQUIRED"),
        (("areas",), "AREA_NEEDED"),
        (("reviewer",), "REQUIRED"),
        (("sources", "0", "reliability"), "REQUIRED"),
        (("sources", "0", "public"), "NON_PUBLIC_SOURCE"),
        (("recommendations", "0", "addressee"), "REQUIRED"),
    ]


async def test_nobody_reviews_their_own_brief(town: Town) -> None:
    brief = await town.brief()
    with pytest.raises(InvalidInput) as refusal:
        await town.world.play(
            town.analyst,
            release_brief,
            brief_id=brief.id,
            reviewer_id=town.analyst.person_id,
        )
    assert [(one.path, one.code) for one in refusal.value.problems] == [
        (("reviewer",), "REVIEWER_IS_AUTHOR")
    ]


async def test_a_released_brief_is_corrected_by_a_new_version_and_never_rewritten(
    town: Town,
) -> None:
    brief = await town.released()
    (first,) = await versions(town, brief)
    with pytest.raises(NotAllowed):
        await town.world.play(
            town.analyst, edit_brief, brief_id=brief.id, based_on=brief.version, draft=DRAFT
        )
    better = replace(
        draft_of(brief, first, ["A20-ROBO"]), summary=Text("調達リスクは４割ほど下がります。")
    )
    corrected = await town.world.play(
        town.analyst,
        correct_brief,
        brief_id=brief.id,
        based_on=brief.version,
        draft=better,
        note="割合の計算を直しました。",
    )
    old, new = await versions(town, brief)
    assert old.model_dump() == first.model_dump()
    assert (new.number, new.summary_ja, new.correction_note) == (
        2,
        "調達リスクは４割ほど下がります。",
        "割合の計算を直しました。",
    )
    assert (corrected.status, corrected.summary_ja) == ("RELEASED", new.summary_ja)
    assert await facts(town, brief.id) == ["brief.drafted", "brief.released", "brief.corrected"]


async def test_a_correction_says_what_it_corrects(town: Town) -> None:
    brief = await town.released()
    (first,) = await versions(town, brief)
    with pytest.raises(InvalidInput) as refusal:
        await town.world.play(
            town.analyst,
            correct_brief,
            brief_id=brief.id,
            based_on=brief.version,
            draft=draft_of(brief, first, ["A20-ROBO"]),
            note=" ",
        )
    assert [(one.path, one.code) for one in refusal.value.problems] == [
        (("correctionNote",), "REQUIRED")
    ]
