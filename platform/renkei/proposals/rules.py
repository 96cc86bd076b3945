"""Rules of a proposal: all that is asked of a draft, and everything that is still missing.

The door to all rules of the noun: states and money are written in `states` and `budget`.

Paths of problems are those of the draft as the API names its fields: `("members", "0",
"effortPercent")`, an index being the place in the tuple that was passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from renkei.calendar import fiscal_years
from renkei.calls.rules import STANDARD_INDIRECT_PERCENT, check_yen
from renkei.problems import Problem
from renkei.proposals.budget import BudgetLine, Costs, check_budget, costs_by_year, indirect_yen
from renkei.proposals.states import (
    PLAN_SECTION_NAMES,
    PROPOSAL_STATUS_NAMES,
    Consent,
    Mover,
    PlanSection,
    ProposalStatus,
    movers,
    proposal_move_refusal,
    warn_unregistered,
)
from renkei.text import BODY_MAX, check_text

SUMMARY_MAX = 2_000
FULL_EFFORT = 100
INTEGRITY_VALID_YEARS = 1
# The yearly grant from which core technologies must be named, where a programme says so (R3.12).
CORE_TECHNOLOGY_YEN = 1_000_000_000

__all__ = [
    "CORE_TECHNOLOGY_YEN",
    "FULL_EFFORT",
    "PLAN_SECTION_NAMES",
    "PROPOSAL_STATUS_NAMES",
    "SUMMARY_MAX",
    "BudgetLine",
    "Consent",
    "Costs",
    "DraftFacts",
    "MemberFacts",
    "Mover",
    "OtherFunding",
    "PlanSection",
    "ProposalStatus",
    "check_budget",
    "check_effort",
    "check_yen",
    "costs_by_year",
    "indirect_yen",
    "integrity_fresh",
    "movers",
    "needs_core_technology",
    "proposal_move_refusal",
    "warn_unregistered",
    "what_is_missing",
]

_Day = TypeVar("_Day", date, datetime)


@dataclass(frozen=True)
class MemberFacts:
    """One person of the consortium. Efforts are whole percent; `organization` is any stable key."""

    name: str
    organization: str
    is_pi: bool = False
    effort_percent: int | None = None
    other_effort_percent: int | None = None
    consent: Consent = Consent.ASKED


@dataclass(frozen=True)
class OtherFunding:
    """Another funding applied for or received (R3.10). Under an NDA only the effort is asked."""

    effort_percent: int | None
    programme: str = ""
    title: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    amount_yen: int | None = None
    under_nda: bool = False


@dataclass(frozen=True)
class DraftFacts:
    """All that is asked of a draft before it may be handed in.

    `other_funding` is None where nothing was declared yet, and empty where "none" was declared.
    `integrity_declared_at` and `affiliation_changed_at` are the principal investigator's.
    `budget_limit_yen` (direct costs) and `max_years` come from the call, None where it sets none.
    `core_technology_from_yen` is the yearly grant from which R3.12 applies, None where it doesn't.
    """

    title: str
    summary: str
    plan: Mapping[str, str]
    lead_organization: str
    members: tuple[MemberFacts, ...]
    budget: tuple[BudgetLine, ...]
    starts_on: date | None = None
    ends_on: date | None = None
    other_funding: tuple[OtherFunding, ...] | None = None
    integrity_declared_at: datetime | None = None
    affiliation_changed_at: datetime | None = None
    needs_institution: bool = True
    lead_has_office: bool = True
    budget_limit_yen: int | None = None
    max_years: int | None = None
    indirect_percent: int = STANDARD_INDIRECT_PERCENT
    core_technology_from_yen: int | None = None


def what_is_missing(facts: DraftFacts, *, now: datetime) -> list[Problem]:
    """Everything that stands between a draft and handing it in, all at once."""
    return [
        *check_text(("title",), facts.title),
        *check_text(("summary",), facts.summary, limit=SUMMARY_MAX),
        *_check_period(facts),
        *_check_plan(facts),
        *_check_team(facts),
        *_check_money(facts),
        *_check_declarations(facts, now),
        *_check_institution(facts),
    ]


def _required(*path: str) -> Problem:
    return Problem(path, "REQUIRED", "This field is required.", "この項目は必須です。")


def _years_after(when: _Day, years: int) -> _Day:
    """The same day of another year; for 29 February, 1 March where that year has none."""
    try:
        return when.replace(year=when.year + years)
    except ValueError:
        return when.replace(year=when.year + years, month=3, day=1)


def _check_period(facts: DraftFacts) -> list[Problem]:
    start, end = facts.starts_on, facts.ends_on
    if start is None or end is None:
        fields = (("startsOn", start), ("endsOn", end))
        return [_required(name) for name, day in fields if day is None]
    if end <= start:
        return [
            Problem(
                ("endsOn",),
                "END_BEFORE_START",
                "The end must be after the start.",
                "終了日は、開始日より後にします。",
            )
        ]
    if facts.max_years is None or end < _years_after(start, facts.max_years):
        return []
    return [
        Problem(
            ("endsOn",),
            "PERIOD_TOO_LONG",
            f"At most {facts.max_years} years.",
            f"期間は{facts.max_years}年までです。",
        )
    ]


def needs_core_technology(facts: DraftFacts) -> bool:
    """Whether any fiscal year's grant reaches the threshold, exactly on it included (R3.12)."""
    threshold = facts.core_technology_from_yen
    years = costs_by_year(facts.budget, facts.indirect_percent).values()
    return threshold is not None and any(year.total_yen >= threshold for year in years)


def _check_plan(facts: DraftFacts) -> list[Problem]:
    problems = []
    for section, name in PLAN_SECTION_NAMES.items():
        optional = section is PlanSection.CORE_TECHNOLOGY and not needs_core_technology(facts)
        entry = facts.plan.get(section, "")
        if not entry.strip():
            if not optional:
                problems.append(
                    Problem(
                        ("plan", section),
                        "PLAN_SECTION_EMPTY",
                        f"The plan says nothing yet on: {name.en}.",
                        f"「{name.ja}」が空です。",
                    )
                )
            continue
        problems += check_text(("plan", section), entry, limit=BODY_MAX)
    return problems


def _check_team(facts: DraftFacts) -> list[Problem]:
    problems = []
    investigators = [member for member in facts.members if member.is_pi]
    if len(investigators) != 1:
        problems.append(
            Problem(
                ("members",),
                "ONE_PI",
                "A proposal has exactly one principal investigator.",
                "研究代表者はちょうど1人にします。",
            )
        )
    elif investigators[0].organization != facts.lead_organization:
        problems.append(
            Problem(
                ("leadOrganizationId",),
                "PI_NOT_AT_LEAD",
                "The lead institution is the principal investigator's.",
                "代表機関は、研究代表者の所属機関です。",
            )
        )
    for place, member in enumerate(facts.members):
        problems += [
            problem.under("members", str(place))
            for problem in (*check_effort(member), *_check_consent(member))
        ]
    return problems


def check_effort(member: MemberFacts) -> list[Problem]:
    """The problems of a member's effort: 1 to 100 percent here, at most 100 in total (R3.9)."""
    problems = []
    own, other = member.effort_percent, member.other_effort_percent
    for name, value, low in (("effortPercent", own, 1), ("otherEffortPercent", other, 0)):
        if value is None:
            problems.append(_required(name))
        elif isinstance(value, bool) or not low <= value <= FULL_EFFORT:
            problems.append(
                Problem(
                    (name,),
                    "OUT_OF_RANGE",
                    f"Whole percent from {low} to {FULL_EFFORT}.",
                    f"{low}から{FULL_EFFORT}までの整数（%）で書きます。",
                )
            )
    if not problems and own is not None and other is not None and own + other > FULL_EFFORT:
        total = own + other
        problems.append(
            Problem(
                ("effortPercent",),
                "EFFORT_OVER_100",
                f"{member.name}'s effort adds up to {total}%. Bring it to {FULL_EFFORT}% or less.",
                f"{member.name}さんのエフォート合計が{total}%です。"
                f"{FULL_EFFORT}%以下にしてください。",
            )
        )
    return problems


def _check_consent(member: MemberFacts) -> list[Problem]:
    # The principal investigator agrees by handing in.
    if member.is_pi or member.consent is Consent.GIVEN:
        return []
    if member.consent is Consent.DECLINED:
        return [
            Problem(
                ("consent",),
                "CONSENT_DECLINED",
                f"{member.name} declined. Take them out, or ask again.",
                f"{member.name}さんは参加を断りました。体制から外すか、もう一度依頼します。",
            )
        ]
    return [
        Problem(
            ("consent",),
            "CONSENT_MISSING",
            f"{member.name} has not agreed to take part yet.",
            f"{member.name}さんの参加承諾がまだです。",
        )
    ]


def _check_declarations(facts: DraftFacts, now: datetime) -> list[Problem]:
    problems = []
    if facts.other_funding is None:
        problems.append(
            Problem(
                ("declarations", "otherFunding"),
                "OTHER_FUNDING_UNDECLARED",
                "Declare other funding applied for or received, or that there is none.",
                "ほかの研究費の応募・受入状況を申告します（ない場合は「なし」）。",
            )
        )
    for place, other in enumerate(facts.other_funding or ()):
        problems += [
            problem.under("declarations", "otherFunding", str(place))
            for problem in _check_other_funding(other)
        ]
    declared = facts.integrity_declared_at
    if declared is None or not integrity_fresh(declared, facts.affiliation_changed_at, now):
        problems.append(
            Problem(
                ("declarations", "integrity"),
                "INTEGRITY_NOT_FRESH",
                "Confirm the research-integrity declaration: it is missing, older than 12 months,"
                " or older than the last change of affiliation.",
                "研究インテグリティの申告を確かめます（未申告か、12か月を過ぎているか、"
                "所属の変更より前の申告です）。",
            )
        )
    return problems


def _check_other_funding(other: OtherFunding) -> list[Problem]:
    problems = []
    if other.effort_percent is None:
        problems.append(_required("effortPercent"))
    if other.under_nda:
        # R5.2: the other fields may stay blank, and are shown as being under the NDA.
        return problems
    problems += check_text(("programme",), other.programme) + check_text(("title",), other.title)
    days = (("startsOn", other.starts_on), ("endsOn", other.ends_on))
    problems += [_required(name) for name, day in days if day is None]
    if other.starts_on and other.ends_on and other.ends_on < other.starts_on:
        problems.append(
            Problem(
                ("endsOn",),
                "END_BEFORE_START",
                "The end must not be before the start.",
                "終了日が開始日より前です。",
            )
        )
    return problems + check_yen(("amountYen",), other.amount_yen)


def integrity_fresh(
    declared_at: datetime, affiliation_changed_at: datetime | None, now: datetime
) -> bool:
    """Whether a disclosure needs no confirming (R5.4).

    It is 12 months old at most, and not older than the latest change of affiliation.
    """
    return declared_at >= _years_after(now, -INTEGRITY_VALID_YEARS) and (
        affiliation_changed_at is None or declared_at >= affiliation_changed_at
    )


def _check_money(facts: DraftFacts) -> list[Problem]:
    years: tuple[int, ...] | None = None
    if facts.starts_on and facts.ends_on and facts.starts_on < facts.ends_on:
        years = fiscal_years(facts.starts_on, facts.ends_on)
    return check_budget(
        facts.budget,
        organizations=frozenset(member.organization for member in facts.members),
        years=years,
        limit_yen=facts.budget_limit_yen,
    )


def _check_institution(facts: DraftFacts) -> list[Problem]:
    if not facts.needs_institution or facts.lead_has_office:
        return []
    return [
        Problem(
            ("leadOrganizationId",),
            "NO_OFFICE",
            "This call needs the lead institution's approval, and nobody holds its office post.",
            "この公募には代表機関の承認が必要ですが、承認する担当者が登録されていません。",
        )
    ]
