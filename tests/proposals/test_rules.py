"""Proposals: who moves them, and everything that a draft still lacks (R3.4 to R3.12, R5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.problems import Problem
from renkei.proposals.rules import (
    CORE_TECHNOLOGY_YEN,
    PLAN_SECTION_NAMES,
    PROPOSAL_STATUS_NAMES,
    BudgetLine,
    Consent,
    Costs,
    DraftFacts,
    MemberFacts,
    Mover,
    OtherFunding,
    PlanSection,
    ProposalStatus,
    check_effort,
    costs_by_year,
    indirect_yen,
    integrity_fresh,
    movers,
    needs_core_technology,
    proposal_move_refusal,
    warn_unregistered,
    what_is_missing,
)

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PI = MemberFacts("髙瀬 美咲", "shinonome", is_pi=True, effort_percent=35, other_effort_percent=55)
PARTNER = MemberFacts(
    "𠮷村 遥",
    "hokuto",
    effort_percent=30,
    other_effort_percent=60,
    consent=Consent.GIVEN,
)
COMPLETE = DraftFacts(
    title="群れで支えあう小型ドローンの分散自律飛行",
    summary="通信が途切れても飛び続ける技術を研究します。",
    plan={
        section: "５年で実証します。"
        for section in PlanSection
        if section is not PlanSection.CORE_TECHNOLOGY
    },
    lead_organization="shinonome",
    members=(PI, PARTNER),
    budget=(
        BudgetLine("shinonome", 2027, 240_000_000),
        BudgetLine("hokuto", 2027, 120_000_000),
        BudgetLine("shinonome", 2028, 310_000_000),
    ),
    starts_on=date(2027, 4, 1),
    ends_on=date(2032, 3, 31),
    other_funding=(),
    integrity_declared_at=NOW - timedelta(days=30),
    budget_limit_yen=6_000_000_000,
    max_years=5,
)


def told(problems: list[Problem]) -> list[tuple[tuple[str, ...], str]]:
    return [(problem.path, problem.code) for problem in problems]


def missing(**changes: object) -> list[tuple[tuple[str, ...], str]]:
    """What a complete draft lacks after `changes`."""
    return told(what_is_missing(replace(COMPLETE, **changes), now=NOW))  # type: ignore[arg-type]  # each test changes fields that exist


class TestStates:
    def test_only_the_investigator_hands_in_and_only_the_office_forwards(self) -> None:
        s = ProposalStatus
        assert movers(s.DRAFT, s.PENDING_INSTITUTION) == {Mover.PRINCIPAL_INVESTIGATOR}
        assert movers(s.PENDING_INSTITUTION, s.SUBMITTED) == {Mover.OFFICE}
        assert movers(s.DRAFT, s.SUBMITTED) == frozenset()

    def test_a_call_may_need_no_institution(self) -> None:
        s = ProposalStatus
        assert movers(s.DRAFT, s.SUBMITTED, needs_institution=False) == {
            Mover.PRINCIPAL_INVESTIGATOR
        }
        assert movers(s.DRAFT, s.PENDING_INSTITUTION, needs_institution=False) == frozenset()

    def test_every_permitted_move(self) -> None:
        s = ProposalStatus
        assert {(a, b) for a in s for b in s if movers(a, b)} == {
            (s.DRAFT, s.PENDING_INSTITUTION),
            (s.PENDING_INSTITUTION, s.DRAFT),
            (s.PENDING_INSTITUTION, s.SUBMITTED),
            (s.SUBMITTED, s.ACCEPTED_FOR_REVIEW),
            (s.ACCEPTED_FOR_REVIEW, s.IN_REVIEW),
            (s.IN_REVIEW, s.ADOPTED),
            (s.IN_REVIEW, s.CONDITIONALLY_ADOPTED),
            (s.IN_REVIEW, s.REJECTED),
            (s.DRAFT, s.WITHDRAWN),
            (s.PENDING_INSTITUTION, s.WITHDRAWN),
            (s.SUBMITTED, s.WITHDRAWN),
            (s.ACCEPTED_FOR_REVIEW, s.WITHDRAWN),
            (s.IN_REVIEW, s.WITHDRAWN),
        }

    def test_a_second_submit_is_refused_in_both_languages(self) -> None:
        refusal = proposal_move_refusal(ProposalStatus.SUBMITTED, ProposalStatus.SUBMITTED)
        assert refusal is not None
        assert (refusal.message, refusal.message_ja) == (
            "A proposal that is submitted can't become submitted.",
            "「提出済み」の提案書を「提出済み」にすることはできません。",
        )
        returned = (ProposalStatus.PENDING_INSTITUTION, ProposalStatus.DRAFT)
        assert proposal_move_refusal(*returned) is None

    def test_every_state_and_section_has_its_name(self) -> None:
        assert set(PROPOSAL_STATUS_NAMES) == set(ProposalStatus)
        assert set(PLAN_SECTION_NAMES) == set(PlanSection)


class TestWhatIsMissing:
    def test_nothing_of_a_complete_draft(self) -> None:
        assert missing() == []

    def test_everything_of_an_empty_one_at_once(self) -> None:
        empty = DraftFacts("", "", {}, "shinonome", (), (), lead_has_office=False)
        assert told(what_is_missing(empty, now=NOW)) == [
            (("title",), "REQUIRED"),
            (("summary",), "REQUIRED"),
            (("startsOn",), "REQUIRED"),
            (("endsOn",), "REQUIRED"),
            (("plan", "FEASIBILITY"), "PLAN_SECTION_EMPTY"),
            (("plan", "CONTENT"), "PLAN_SECTION_EMPTY"),
            (("plan", "ORGANIZATION"), "PLAN_SECTION_EMPTY"),
            (("plan", "BUDGET"), "PLAN_SECTION_EMPTY"),
            (("plan", "SAFETY"), "PLAN_SECTION_EMPTY"),
            (("members",), "ONE_PI"),
            (("budget",), "BUDGET_EMPTY"),
            (("declarations", "otherFunding"), "OTHER_FUNDING_UNDECLARED"),
            (("declarations", "integrity"), "INTEGRITY_NOT_FRESH"),
            (("leadOrganizationId",), "NO_OFFICE"),
        ]

    def test_an_end_before_the_start(self) -> None:
        codes = [code for _, code in missing(ends_on=date(2027, 4, 1))]
        assert codes == ["END_BEFORE_START"]

    def test_the_calls_longest_period(self) -> None:
        assert missing(ends_on=date(2032, 4, 1)) == [(("endsOn",), "PERIOD_TOO_LONG")]
        assert missing(ends_on=date(2032, 4, 1), max_years=None) == []

    def test_a_leap_days_year_ends_before_march(self) -> None:
        leap = replace(
            COMPLETE,
            starts_on=date(2028, 2, 29),
            budget=(BudgetLine("shinonome", 2028, 1),),
            max_years=1,
        )
        codes = {
            end: told(what_is_missing(replace(leap, ends_on=end), now=NOW))
            for end in (date(2029, 2, 28), date(2029, 3, 1))
        }
        assert codes == {
            date(2029, 2, 28): [],
            date(2029, 3, 1): [(("endsOn",), "PERIOD_TOO_LONG")],
        }

    def test_blank_and_broken_sections_of_the_plan(self) -> None:
        plan = {**COMPLETE.plan, PlanSection.SAFETY: "　\n", PlanSection.CONTENT: "\ud800"}
        assert missing(plan=plan) == [
            (("plan", "CONTENT"), "BROKEN_TEXT"),
            (("plan", "SAFETY"), "PLAN_SECTION_EMPTY"),
        ]

    def test_no_office_is_asked_for_where_the_call_needs_no_institution(self) -> None:
        assert missing(lead_has_office=False) == [(("leadOrganizationId",), "NO_OFFICE")]
        assert missing(lead_has_office=False, needs_institution=False) == []


class TestTeam:
    def test_exactly_one_principal_investigator_at_the_lead_institution(self) -> None:
        second = replace(PARTNER, is_pi=True)
        assert missing(members=(PI, second)) == [(("members",), "ONE_PI")]
        assert missing(lead_organization="hokuto") == [(("leadOrganizationId",), "PI_NOT_AT_LEAD")]

    def test_partners_agree(self) -> None:
        asked = replace(PARTNER, consent=Consent.ASKED)
        declined = replace(PARTNER, consent=Consent.DECLINED)
        assert missing(members=(PI, asked, declined)) == [
            (("members", "1", "consent"), "CONSENT_MISSING"),
            (("members", "2", "consent"), "CONSENT_DECLINED"),
        ]

    @pytest.mark.parametrize(
        ("own", "other", "expected"),
        [
            (60, 40, []),
            (60, 41, [(("effortPercent",), "EFFORT_OVER_100")]),
            (1, 0, []),
            (100, 0, []),
            (0, 0, [(("effortPercent",), "OUT_OF_RANGE")]),
            (101, 0, [(("effortPercent",), "OUT_OF_RANGE")]),
            (1, -1, [(("otherEffortPercent",), "OUT_OF_RANGE")]),
            (
                None,
                None,
                [(("effortPercent",), "REQUIRED"), (("otherEffortPercent",), "REQUIRED")],
            ),
        ],
    )
    def test_effort(
        self, own: int | None, other: int | None, expected: list[tuple[tuple[str, ...], str]]
    ) -> None:
        member = replace(PARTNER, effort_percent=own, other_effort_percent=other)
        assert told(check_effort(member)) == expected

    def test_the_words_name_the_person_as_typed(self) -> None:
        (problem,) = check_effort(replace(PARTNER, effort_percent=45))
        assert (
            problem.message_ja == "𠮷村 遥さんのエフォート合計が105%です。100%以下にしてください。"
        )
        assert problem.message == "𠮷村 遥's effort adds up to 105%. Bring it to 100% or less."


class TestMoney:
    @pytest.mark.parametrize(
        ("direct", "percent", "indirect"),
        [(1_000_000, 30, 300_000), (99, 30, 29), (1, 30, 0), (3, 33, 0), (0, 30, 0), (7, 0, 0)],
    )
    def test_indirect_costs_drop_fractions(self, direct: int, percent: int, indirect: int) -> None:
        assert indirect_yen(direct, percent) == indirect

    @given(st.integers(0, 2**53 - 1), st.integers(0, 100))
    def test_indirect_costs_are_the_floor_exactly(self, direct: int, percent: int) -> None:
        indirect = indirect_yen(direct, percent)
        assert 0 <= direct * percent - indirect * 100 < 100

    def test_costs_by_fiscal_year(self) -> None:
        assert costs_by_year(COMPLETE.budget) == {
            2027: Costs(360_000_000, 108_000_000),
            2028: Costs(310_000_000, 93_000_000),
        }
        assert costs_by_year(COMPLETE.budget)[2027].total_yen == 468_000_000

    def test_sums_agree_with_the_lines(self) -> None:
        lines = (BudgetLine("shinonome", 2027, 99), BudgetLine("hokuto", 2027, 99))
        assert costs_by_year(lines) == {2027: Costs(198, 58)}

    def test_every_problem_of_the_lines_at_once(self) -> None:
        budget = (
            BudgetLine("shinonome", 2027, 1),
            BudgetLine("shinonome", 2027, -1),
            BudgetLine("kazeyomi", 2026, 1),
            BudgetLine("hokuto", 99_999, 1),
        )
        assert missing(budget=budget) == [
            (("budget", "1", "directYen"), "NOT_YEN"),
            (("budget", "1", "fiscalYear"), "TWICE"),
            (("budget", "2", "fiscalYear"), "YEAR_OUTSIDE_PERIOD"),
            (("budget", "2", "organizationId"), "NOT_IN_TEAM"),
            (("budget", "3", "fiscalYear"), "YEAR_OUTSIDE_PERIOD"),
        ]

    def test_the_calls_limit_is_inclusive(self) -> None:
        assert missing(budget_limit_yen=670_000_000) == []
        assert missing(budget_limit_yen=669_999_999) == [(("budget",), "OVER_LIMIT")]

    def test_exactly_a_billion_yen_a_year_asks_for_core_technology(self) -> None:
        at = (BudgetLine("shinonome", 2027, 1_000_000_000),)
        exactly = replace(
            COMPLETE,
            budget=at,
            indirect_percent=0,
            core_technology_from_yen=CORE_TECHNOLOGY_YEN,
        )
        below = replace(exactly, budget=(BudgetLine("shinonome", 2027, 999_999_999),))
        assert (needs_core_technology(exactly), needs_core_technology(below)) == (True, False)
        assert told(what_is_missing(exactly, now=NOW)) == [
            (("plan", "CORE_TECHNOLOGY"), "PLAN_SECTION_EMPTY")
        ]
        assert what_is_missing(below, now=NOW) == []
        assert missing(budget=at, indirect_percent=0) == []


class TestDeclarations:
    FULL = OtherFunding(
        20, "基礎研究（架空）", "群制御", date(2026, 4, 1), date(2027, 3, 31), 1_000_000
    )

    def test_other_funding_is_declared_or_declared_to_be_none(self) -> None:
        assert missing(other_funding=None) == [
            (("declarations", "otherFunding"), "OTHER_FUNDING_UNDECLARED")
        ]
        assert missing(other_funding=(self.FULL,)) == []

    def test_each_entry_is_complete(self) -> None:
        path = ("declarations", "otherFunding", "1")
        assert missing(other_funding=(self.FULL, OtherFunding(None))) == [
            ((*path, "effortPercent"), "REQUIRED"),
            ((*path, "programme"), "REQUIRED"),
            ((*path, "title"), "REQUIRED"),
            ((*path, "startsOn"), "REQUIRED"),
            ((*path, "endsOn"), "REQUIRED"),
            ((*path, "amountYen"), "REQUIRED"),
        ]
        turned = replace(self.FULL, ends_on=date(2026, 3, 31))
        assert missing(other_funding=(turned,)) == [
            (("declarations", "otherFunding", "0", "endsOn"), "END_BEFORE_START")
        ]

    def test_under_an_nda_only_the_effort_is_asked(self) -> None:
        assert missing(other_funding=(OtherFunding(10, under_nda=True),)) == []
        assert missing(other_funding=(OtherFunding(None, under_nda=True),)) == [
            (("declarations", "otherFunding", "0", "effortPercent"), "REQUIRED")
        ]

    def test_a_declaration_is_fresh_for_twelve_months(self) -> None:
        year_ago = datetime(2025, 11, 24, 3, 0, tzinfo=UTC)
        assert integrity_fresh(year_ago, None, NOW) is True
        assert integrity_fresh(year_ago - timedelta(seconds=1), None, NOW) is False
        assert missing(integrity_declared_at=year_ago - timedelta(days=1)) == [
            (("declarations", "integrity"), "INTEGRITY_NOT_FRESH")
        ]

    def test_a_change_of_affiliation_makes_it_stale(self) -> None:
        declared = NOW - timedelta(days=30)
        assert integrity_fresh(declared, declared, NOW) is True
        assert integrity_fresh(declared, declared + timedelta(seconds=1), NOW) is False

    def test_on_a_leap_day_too(self) -> None:
        leap_day = datetime(2028, 2, 29, 3, 0, tzinfo=UTC)
        assert integrity_fresh(datetime(2027, 3, 1, 3, 0, tzinfo=UTC), None, leap_day) is True
        assert integrity_fresh(datetime(2027, 2, 28, 3, 0, tzinfo=UTC), None, leap_day) is False


def test_an_unregistered_institution_is_warned_in_the_last_fortnight() -> None:
    closes_at = NOW + timedelta(days=14)
    assert warn_unregistered(has_erad_code=False, now=NOW, closes_at=closes_at) is None
    warning = warn_unregistered(
        has_erad_code=False, now=NOW + timedelta(seconds=1), closes_at=closes_at
    )
    assert warning is not None
    assert warning.message_ja == "e-Radの機関登録には2週間ほどかかります。締切まで13日です。"
    assert warn_unregistered(has_erad_code=True, now=closes_at, closes_at=closes_at) is None
