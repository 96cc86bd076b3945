"""Concepts, calls, their states and deadlines (R2.3, R3.1, R3.2, R3.3, R3.8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.calendar import noon_jst
from renkei.calls.rules import (
    CALL_STATUS_NAMES,
    MAX_YEN,
    CallFacts,
    CallStatus,
    ConceptFacts,
    ProgrammeKind,
    accepts_at,
    call_move_refusal,
    check_call,
    check_concept,
    check_new_deadline,
    check_yen,
    days_left,
    effective_status,
    may_move_call,
)
from renkei.directory.rules import OrganizationKind
from renkei.problems import Problem

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
OPENS = noon_jst(date(2026, 12, 1))
CLOSES = noon_jst(date(2027, 1, 29))
MS = timedelta(milliseconds=1)

CONCEPT = ConceptFacts(
    title_ja="無人航空機の自律制御",
    title_en=None,
    summary_ja="通信が途切れても飛ぶための技術を実証します。",
    summary_en=None,
    ceiling_yen=6_000_000_000,
    programme_kind=ProgrammeKind.RESEARCH,
    ministry_kinds=(OrganizationKind.MINISTRY,),
    agency_kind=OrganizationKind.AGENCY,
    technologies=("KP1-15",),
)
CALL = CallFacts(
    title_ja="小型ドローンの自律制御",
    title_en="Autonomous control of small drones",
    summary_ja="自律制御の技術を公募します。",
    summary_en=None,
    body_ja="１．背景　髙度な自律制御が必要です。",
    body_en=None,
    opens_at=OPENS,
    closes_at=CLOSES,
    areas=("A20-ROBO", "A20-TRANS"),
    programme_kind=ProgrammeKind.RESEARCH,
    has_concept=True,
    budget_yen=6_000_000_000,
    max_years=5,
)


def told(problems: list[Problem]) -> list[tuple[tuple[str, ...], str]]:
    return [(problem.path, problem.code) for problem in problems]


class TestStates:
    def test_every_permitted_move(self) -> None:
        moves = {(a, b) for a in CallStatus for b in CallStatus if may_move_call(a, b)}
        s = CallStatus
        assert moves == {
            (s.DRAFT, s.PRE_ANNOUNCED),
            (s.DRAFT, s.OPEN),
            (s.PRE_ANNOUNCED, s.OPEN),
            (s.OPEN, s.CLOSED),
            (s.CLOSED, s.UNDER_REVIEW),
            (s.UNDER_REVIEW, s.DECIDED),
            (s.DRAFT, s.CANCELLED),
            (s.PRE_ANNOUNCED, s.CANCELLED),
            (s.OPEN, s.CANCELLED),
            (s.CLOSED, s.CANCELLED),
            (s.UNDER_REVIEW, s.CANCELLED),
        }

    def test_a_closed_call_is_not_opened_again_and_the_refusal_says_so_in_both_languages(
        self,
    ) -> None:
        refusal = call_move_refusal(CallStatus.CLOSED, CallStatus.OPEN)
        assert refusal is not None
        assert refusal.message == "A call that is closed can't become open."
        assert refusal.message_ja == "「受付終了」の公募を「受付中」にすることはできません。"
        assert call_move_refusal(CallStatus.CLOSED, CallStatus.UNDER_REVIEW) is None

    def test_every_state_has_its_name(self) -> None:
        assert set(CALL_STATUS_NAMES) == set(CallStatus)

    @pytest.mark.parametrize(
        ("now", "status"),
        [
            (OPENS - MS, CallStatus.PRE_ANNOUNCED),
            (OPENS, CallStatus.OPEN),
            (CLOSES - MS, CallStatus.OPEN),
            (CLOSES, CallStatus.CLOSED),
        ],
    )
    def test_an_announced_call_opens_and_closes_by_itself(
        self, now: datetime, status: CallStatus
    ) -> None:
        stored = CallStatus.PRE_ANNOUNCED
        assert effective_status(stored, opens_at=OPENS, closes_at=CLOSES, now=now) is status

    @pytest.mark.parametrize(
        "stored", sorted(set(CallStatus) - {CallStatus.PRE_ANNOUNCED, CallStatus.OPEN})
    )
    def test_time_moves_no_other_call(self, stored: CallStatus) -> None:
        for now in (OPENS - MS, OPENS, CLOSES):
            assert effective_status(stored, opens_at=OPENS, closes_at=CLOSES, now=now) is stored


class TestDeadlines:
    def test_the_last_millisecond_is_in_time_and_noon_itself_is_not(self) -> None:
        assert accepts_at(CLOSES - MS, CLOSES) is True
        assert accepts_at(CLOSES, CLOSES) is False
        assert accepts_at(CLOSES + MS, CLOSES) is False

    @given(st.timedeltas(timedelta(days=-400), timedelta(days=400)))
    def test_a_call_is_open_exactly_while_it_accepts(self, since: timedelta) -> None:
        now = CLOSES + since
        status = effective_status(CallStatus.OPEN, opens_at=OPENS, closes_at=CLOSES, now=now)
        assert (status is CallStatus.OPEN) is accepts_at(now, CLOSES)

    def test_days_left_are_rounded_down(self) -> None:
        assert days_left(CLOSES - timedelta(days=65, hours=21), CLOSES) == 65
        assert days_left(CLOSES - timedelta(hours=23, minutes=59), CLOSES) == 0
        assert days_left(CLOSES + timedelta(days=3), CLOSES) == 0

    def move(self, new: datetime, *, now: datetime, stored: CallStatus) -> list[str]:
        problems = check_new_deadline(
            stored, opens_at=OPENS, closes_at=CLOSES, new_closes_at=new, now=now
        )
        return [problem.code for problem in problems]

    def test_before_the_opening_it_may_move_either_way(self) -> None:
        stored = CallStatus.PRE_ANNOUNCED
        assert self.move(CLOSES - timedelta(days=7), now=NOW, stored=stored) == []
        assert self.move(CLOSES + timedelta(days=7), now=NOW, stored=stored) == []
        assert self.move(OPENS, now=NOW, stored=stored) == ["END_BEFORE_START"]

    def test_an_open_calls_deadline_is_only_extended(self) -> None:
        stored, now = CallStatus.PRE_ANNOUNCED, OPENS + timedelta(days=1)
        assert self.move(CLOSES + MS, now=now, stored=stored) == []
        assert self.move(CLOSES, now=now, stored=stored) == ["ONLY_LATER"]
        assert self.move(CLOSES - timedelta(days=1), now=now, stored=stored) == ["ONLY_LATER"]

    def test_once_closed_it_stays(self) -> None:
        later = CLOSES + timedelta(days=14)
        assert self.move(later, now=CLOSES, stored=CallStatus.OPEN) == ["CLOSED_FOR_GOOD"]
        assert self.move(later, now=NOW, stored=CallStatus.CANCELLED) == ["CLOSED_FOR_GOOD"]

    def test_the_refusal_names_the_deadline_as_people_read_it(self) -> None:
        (problem,) = check_new_deadline(
            CallStatus.OPEN,
            opens_at=OPENS,
            closes_at=CLOSES,
            new_closes_at=CLOSES - timedelta(days=1),
            now=OPENS,
        )
        assert problem.message_ja == (
            "受付中の締切は延ばすことだけできます（いま令和9年1月29日（金）12:00（日本標準時））。"
        )


class TestConcepts:
    def test_a_complete_one(self) -> None:
        assert check_concept(CONCEPT) == []
        both = (OrganizationKind.MINISTRY, OrganizationKind.MINISTRY)
        assert check_concept(replace(CONCEPT, ministry_kinds=both)) == []

    def test_all_problems_at_once(self) -> None:
        facts = replace(
            CONCEPT,
            title_ja="",
            ceiling_yen=-1,
            programme_kind=ProgrammeKind.SUPPORT,
            ministry_kinds=(),
            agency_kind=None,
            technologies=(),
        )
        assert told(check_concept(facts)) == [
            (("titleJa",), "REQUIRED"),
            (("ceilingYen",), "NOT_YEN"),
            (("programmeId",), "NO_CONCEPTS_HERE"),
            (("ministryIds",), "MINISTRY_NEEDED"),
            (("agencyId",), "AGENCY_NEEDED"),
            (("areas",), "AREA_NEEDED"),
        ]

    def test_a_firm_owns_no_concept_and_a_ministry_is_no_agency(self) -> None:
        facts = replace(
            CONCEPT,
            ministry_kinds=(OrganizationKind.MINISTRY, OrganizationKind.FIRM),
            agency_kind=OrganizationKind.MINISTRY,
        )
        assert told(check_concept(facts)) == [
            (("ministryIds",), "MINISTRY_NEEDED"),
            (("agencyId",), "AGENCY_NEEDED"),
        ]


class TestCalls:
    def test_a_complete_one(self) -> None:
        assert check_call(CALL, now=NOW) == []

    def test_all_problems_at_once(self) -> None:
        facts = replace(
            CALL,
            title_ja="長" * 100_000,
            title_en="\ud800",
            body_ja="\x00",
            closes_at=OPENS,
            areas=(),
            has_concept=False,
            budget_yen=-1,
            max_years=0,
            indirect_percent=101,
        )
        assert told(check_call(facts, now=NOW)) == [
            (("titleJa",), "TOO_LONG"),
            (("titleEn",), "BROKEN_TEXT"),
            (("bodyJa",), "CONTROL_CHARACTER"),
            (("closesAt",), "END_BEFORE_START"),
            (("areas",), "AREA_NEEDED"),
            (("conceptId",), "CONCEPT_MISMATCH"),
            (("budgetYen",), "NOT_YEN"),
            (("maxYears",), "OUT_OF_RANGE"),
            (("indirectPercent",), "OUT_OF_RANGE"),
        ]

    def test_a_support_programmes_call_has_no_concept(self) -> None:
        support = replace(CALL, programme_kind=ProgrammeKind.SUPPORT)
        assert told(check_call(support, now=NOW)) == [(("conceptId",), "CONCEPT_MISMATCH")]
        assert check_call(replace(support, has_concept=False), now=NOW) == []

    def test_times_need_a_zone_and_a_future(self) -> None:
        bare = replace(CALL, opens_at=datetime(2026, 12, 1), closes_at=datetime(2027, 1, 29))  # noqa: DTZ001 - the missing zone is the point
        assert told(check_call(bare, now=NOW)) == [
            (("opensAt",), "ZONE_NEEDED"),
            (("closesAt",), "ZONE_NEEDED"),
        ]
        assert told(check_call(CALL, now=CLOSES)) == [(("closesAt",), "ALREADY_PAST")]


@pytest.mark.parametrize(
    ("amount", "codes"),
    [
        (0, []),
        (MAX_YEN, []),
        (MAX_YEN + 1, ["NOT_YEN"]),
        (-1, ["NOT_YEN"]),
        (1.0, ["NOT_YEN"]),
        ("１００", ["NOT_YEN"]),
        (True, ["NOT_YEN"]),
        (None, ["REQUIRED"]),
    ],
)
def test_money_is_whole_yen(amount: object, codes: list[str]) -> None:
    assert [problem.code for problem in check_yen(("amount",), amount)] == codes
