"""Briefs: states, the words of judgement, and what a release needs (R10.2 to R10.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from renkei.access.markings import TLP, Marking
from renkei.briefs.rules import (
    BRIEF_KIND_NAMES,
    BRIEF_STATUS_NAMES,
    BriefFacts,
    BriefKind,
    BriefStatus,
    Confidence,
    Judgement,
    Likelihood,
    Recommendation,
    Reliability,
    Source,
    brief_move_refusal,
    check_correction,
    check_release,
)
from renkei.text import Text

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
JUDGEMENT = Judgement(
    Text("髙耐熱の磁石が量産に使われる"),
    Likelihood.VERY_LIKELY,
    Confidence.MODERATE,
    Text("試験は３機関で再現"),
    (1,),
)
SOURCE = Source("統計", "貿易統計（架空）", "見本省", date(2026, 10, 20), Reliability.A)
BRIEF = BriefFacts(
    title=Text("重希土フリー磁石への切替え"),
    summary=Text("調達リスクは半分ほど下がります。"),
    body=Text("永久磁石は特定重要物資のひとつです。"),
    kind=BriefKind.SUPPLY_CHAIN_RISK,
    areas=("CG-MAGNET",),
    information_date=date(2026, 10, 31),
    authors=("佐伯",),
    reviewer="中原",
    marking=Marking(TLP.AMBER, 1),
    judgements=(JUDGEMENT,),
    sources=(SOURCE,),
    recommendations=(Recommendation(Text("在庫日数を把握する"), "見本省"),),
)


def missing(**changes: object) -> list[tuple[tuple[str, ...], str]]:
    """What stands in the way of releasing a sound brief after `changes`."""
    facts = replace(BRIEF, **changes)  # type: ignore[arg-type]  # each test changes fields that exist
    return [(problem.path, problem.code) for problem in check_release(facts, now=NOW)]


class TestWords:
    def test_likelihood_has_seven_steps_whose_ranges_join(self) -> None:
        assert [(step.word.ja, step.percent) for step in Likelihood] == [
            ("ほぼない", (1, 5)),
            ("低い", (5, 20)),
            ("やや低い", (20, 45)),
            ("五分五分", (45, 55)),
            ("やや高い", (55, 80)),
            ("高い", (80, 95)),
            ("ほぼ確実", (95, 99)),
        ]

    def test_in_english(self) -> None:
        assert [step.word.en for step in Likelihood] == [
            "almost no chance",
            "very unlikely",
            "unlikely",
            "roughly even chance",
            "likely",
            "very likely",
            "almost certain",
        ]

    def test_confidence_has_three_steps_of_its_own(self) -> None:
        assert [step.word for step in Confidence] == [
            Text("低", "low"),
            Text("中", "moderate"),
            Text("高", "high"),
        ]

    def test_everything_has_its_name(self) -> None:
        assert set(BRIEF_KIND_NAMES) == set(BriefKind)
        assert set(BRIEF_STATUS_NAMES) == set(BriefStatus)
        assert [step.word.ja for step in Reliability] == ["確か", "概ね確か", "一部不明", "不明"]


class TestStates:
    def test_every_permitted_move(self) -> None:
        s = BriefStatus
        assert {(a, b) for a in s for b in s if brief_move_refusal(a, b) is None} == {
            (s.DRAFT, s.IN_REVIEW),
            (s.IN_REVIEW, s.DRAFT),
            (s.IN_REVIEW, s.RELEASED),
            (s.RELEASED, s.RELEASED),
            (s.RELEASED, s.WITHDRAWN),
            (s.DRAFT, s.WITHDRAWN),
        }

    def test_a_released_brief_is_no_draft_again(self) -> None:
        refusal = brief_move_refusal(BriefStatus.RELEASED, BriefStatus.DRAFT)
        assert refusal is not None
        assert refusal.message_ja == (
            "「公表・共有済み」のブリーフを「下書き」にすることはできません。"
        )


class TestRelease:
    def test_a_sound_brief(self) -> None:
        assert missing() == []

    def test_everything_that_an_empty_one_lacks_at_once(self) -> None:
        empty = BriefFacts(Text(""), Text(""), Text(""), None, (), None, (), None, None)
        assert [(p.path, p.code) for p in check_release(empty, now=NOW)] == [
            (("titleJa",), "REQUIRED"),
            (("summaryJa",), "REQUIRED"),
            (("bodyJa",), "REQUIRED"),
            (("kind",), "REQUIRED"),
            (("areas",), "AREA_NEEDED"),
            (("informationDate",), "REQUIRED"),
            (("marking",), "MARKING_MISSING"),
            (("sources",), "SOURCE_NEEDED"),
            (("authors",), "REQUIRED"),
            (("reviewer",), "REQUIRED"),
        ]

    def test_nobody_reviews_their_own_brief(self) -> None:
        assert missing(authors=("佐伯", "中原")) == [(("reviewer",), "REVIEWER_IS_AUTHOR")]

    def test_the_information_date_is_not_in_the_future_in_japan(self) -> None:
        assert missing(information_date=date(2026, 11, 24)) == []
        assert missing(information_date=date(2026, 11, 25)) == [
            (("informationDate",), "IN_THE_FUTURE")
        ]

    def test_likelihood_and_confidence_are_both_asked_for(self) -> None:
        bare = Judgement(Text(""), None, None, sources=(1, 2))
        assert missing(judgements=(JUDGEMENT, bare)) == [
            (("judgements", "1", "statementJa"), "REQUIRED"),
            (("judgements", "1", "likelihood"), "REQUIRED"),
            (("judgements", "1", "confidence"), "REQUIRED"),
            (("judgements", "1", "sources"), "UNKNOWN_SOURCE"),
        ]

    @pytest.mark.parametrize("place", [0, -1, 2])
    def test_judgements_rest_on_sources_that_are_there(self, place: int) -> None:
        judgement = replace(JUDGEMENT, sources=(place,))
        assert missing(judgements=(judgement,)) == [
            (("judgements", "0", "sources"), "UNKNOWN_SOURCE")
        ]

    def test_a_source_says_what_it_is(self) -> None:
        bare = Source("", "", "", None, None, url="javascript:alert(1)")
        assert missing(sources=(SOURCE, bare)) == [
            (("sources", "1", "type"), "REQUIRED"),
            (("sources", "1", "title"), "REQUIRED"),
            (("sources", "1", "publisher"), "REQUIRED"),
            (("sources", "1", "date"), "REQUIRED"),
            (("sources", "1", "reliability"), "REQUIRED"),
            (("sources", "1", "url"), "NOT_A_WEB_ADDRESS"),
        ]

    def test_a_public_brief_cites_no_source_that_is_not_public(self) -> None:
        closed = replace(SOURCE, public=False)
        assert missing(sources=(closed,)) == []
        assert missing(sources=(closed,), marking=Marking(TLP.CLEAR, 1)) == [
            (("sources", "0", "public"), "NON_PUBLIC_SOURCE")
        ]

    def test_a_recommendation_has_an_addressee(self) -> None:
        nobody = Recommendation(Text("在庫を把握する"), "")
        assert missing(recommendations=(nobody,)) == [
            (("recommendations", "0", "addressee"), "REQUIRED")
        ]

    def test_a_text_marked_as_secret_is_stopped(self) -> None:
        assert missing(body=Text("【特定秘密】\n本文")) == [(("bodyJa",), "FORBIDDEN_MARKING")]

    def test_broken_and_endless_texts_are_refused(self) -> None:
        assert missing(title=Text("長" * 100_000), summary=Text("\x00")) == [
            (("titleJa",), "TOO_LONG"),
            (("summaryJa",), "CONTROL_CHARACTER"),
        ]

    def test_a_correction_tells_its_readers_what_changed(self) -> None:
        problems = check_correction(BRIEF, note=" ", now=NOW)
        assert [(p.path, p.code) for p in problems] == [(("correctionNote",), "REQUIRED")]
        assert check_correction(BRIEF, note="判断２の割合を直しました。", now=NOW) == []
