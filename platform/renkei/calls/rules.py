"""Rules of the funding side: concepts, calls, their states, deadlines and money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from renkei.calendar import format_instant, time_left
from renkei.directory.rules import OrganizationKind
from renkei.problems import Problem, WrongState
from renkei.text import BODY_MAX, Text, check_text

SUMMARY_MAX = 2_000
# What every JSON reader keeps exactly (RFC 8785 asks for no more): some nine thousand trillion yen.
MAX_YEN = 2**53 - 1
MAX_YEARS = 20
STANDARD_INDIRECT_PERCENT = 30


class ProgrammeKind(StrEnum):
    """R&D programmes have concepts; support programmes (subsidies, loans) have none (R3.1)."""

    RESEARCH = "RESEARCH"
    SUPPORT = "SUPPORT"


class ConceptType(StrEnum):
    """プロジェクト型 or 個別研究型 (R3.1)."""

    PROJECT = "PROJECT"
    INDIVIDUAL = "INDIVIDUAL"


class CallStatus(StrEnum):
    """The states of a call (R3.2)."""

    DRAFT = "DRAFT"
    PRE_ANNOUNCED = "PRE_ANNOUNCED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    UNDER_REVIEW = "UNDER_REVIEW"
    DECIDED = "DECIDED"
    CANCELLED = "CANCELLED"


CALL_STATUS_NAMES = {
    CallStatus.DRAFT: Text("下書き", "draft"),
    CallStatus.PRE_ANNOUNCED: Text("公募予告", "pre-announced"),
    CallStatus.OPEN: Text("受付中", "open"),
    CallStatus.CLOSED: Text("受付終了", "closed"),
    CallStatus.UNDER_REVIEW: Text("審査中", "under review"),
    CallStatus.DECIDED: Text("採択決定", "decided"),
    CallStatus.CANCELLED: Text("中止", "cancelled"),
}

_FORWARD = {
    CallStatus.DRAFT: CallStatus.PRE_ANNOUNCED,
    CallStatus.PRE_ANNOUNCED: CallStatus.OPEN,
    CallStatus.OPEN: CallStatus.CLOSED,
    CallStatus.CLOSED: CallStatus.UNDER_REVIEW,
    CallStatus.UNDER_REVIEW: CallStatus.DECIDED,
}


def may_move_call(current: CallStatus, target: CallStatus) -> bool:
    """Whether a call may go from one state to the other (R3.2).

    One step forward, from a draft also straight to open; cancelled from any state before the
    decision. Never back: a closed call is opened again only as a new 追加公募.
    """
    if target is CallStatus.CANCELLED:
        return current in _FORWARD
    if current is CallStatus.DRAFT and target is CallStatus.OPEN:
        return True
    return _FORWARD.get(current) is target


def call_move_refusal(current: CallStatus, target: CallStatus) -> WrongState | None:
    """Why a call may not go from one state to the other; None where it may (R3.2)."""
    if may_move_call(current, target):
        return None
    here, there = CALL_STATUS_NAMES[current], CALL_STATUS_NAMES[target]
    return WrongState(
        f"A call that is {here.en} can't become {there.en}.",
        f"「{here.ja}」の公募を「{there.ja}」にすることはできません。",
    )


def effective_status(
    stored: CallStatus, *, opens_at: datetime, closes_at: datetime, now: datetime
) -> CallStatus:
    """The state of a call at `now`: an announced call opens and closes by itself, on the instant.

    Only a call that is stored as announced or open moves with time; drafts, cancelled calls and
    those further on stay as they are.
    """
    if stored not in {CallStatus.PRE_ANNOUNCED, CallStatus.OPEN}:
        return stored
    if now >= closes_at:
        return CallStatus.CLOSED
    return CallStatus.OPEN if now >= opens_at else stored


def accepts_at(at: datetime, closes_at: datetime) -> bool:
    """Whether a submission that arrived at `at` is in time: strictly before the deadline (R2.3)."""
    return at < closes_at


def days_left(now: datetime, closes_at: datetime) -> int:
    """Whole days until the deadline, rounded down; 0 on the last day and after it."""
    return time_left(now, closes_at).days


def check_yen(path: tuple[str, ...], amount: object) -> list[Problem]:
    """The problems of an amount of money: whole yen from 0, no fractions, no strings (R3.8)."""
    if amount is None:
        return [Problem(path, "REQUIRED", "This field is required.", "この項目は必須です。")]
    if isinstance(amount, int) and not isinstance(amount, bool) and 0 <= amount <= MAX_YEN:
        return []
    return [
        Problem(
            path,
            "NOT_YEN",
            f"Whole yen from 0 to {MAX_YEN:,}.",
            f"0円から{MAX_YEN:,}円までの整数で書きます。",
        )
    ]


def _check_range(
    path: tuple[str, ...], value: int | None, low: int, high: int, unit: Text
) -> list[Problem]:
    if value is None or (not isinstance(value, bool) and low <= value <= high):
        return []
    return [
        Problem(
            path,
            "OUT_OF_RANGE",
            f"From {low} to {high} {unit.en}.",
            f"{low}から{high}{unit.ja}までです。",
        )
    ]


@dataclass(frozen=True)
class ConceptFacts:
    """What is asked of an R&D concept. Money in yen; `technologies` are codes of areas."""

    title_ja: str
    title_en: str | None
    summary_ja: str
    summary_en: str | None
    ceiling_yen: int | None
    programme_kind: ProgrammeKind
    ministry_kinds: tuple[OrganizationKind, ...]
    agency_kind: OrganizationKind | None
    technologies: tuple[str, ...]


def check_concept(facts: ConceptFacts) -> list[Problem]:
    """All problems of a concept: texts, one ministry or more, exactly one agency (R3.1)."""
    problems = _check_texts(facts.title_ja, facts.title_en, facts.summary_ja, facts.summary_en)
    if facts.ceiling_yen is not None:
        problems += check_yen(("ceilingYen",), facts.ceiling_yen)
    if facts.programme_kind is not ProgrammeKind.RESEARCH:
        problems.append(
            Problem(
                ("programmeId",),
                "NO_CONCEPTS_HERE",
                "A support programme has no R&D concepts.",
                "支援事業には研究開発構想を設けません。",
            )
        )
    if not facts.ministry_kinds or set(facts.ministry_kinds) != {OrganizationKind.MINISTRY}:
        problems.append(
            Problem(
                ("ministryIds",),
                "MINISTRY_NEEDED",
                "A concept is owned by one ministry or more, and by ministries only.",
                "研究開発構想には、所管する府省が1つ以上必要です（府省に限ります）。",
            )
        )
    if facts.agency_kind is not OrganizationKind.AGENCY:
        problems.append(
            Problem(
                ("agencyId",),
                "AGENCY_NEEDED",
                "A concept has exactly one funding agency.",
                "研究開発構想には、配分機関がちょうど1つ必要です。",
            )
        )
    if not facts.technologies:
        problems.append(
            Problem(
                ("areas",),
                "AREA_NEEDED",
                "Name at least one supported technology.",
                "支援対象とする技術を1つ以上選びます。",
            )
        )
    return problems


@dataclass(frozen=True)
class CallFacts:
    """What is asked of a call. Instants are aware; money in yen, rates in whole percent."""

    title_ja: str
    title_en: str | None
    summary_ja: str
    summary_en: str | None
    body_ja: str
    body_en: str | None
    opens_at: datetime
    closes_at: datetime
    areas: tuple[str, ...]
    programme_kind: ProgrammeKind
    has_concept: bool
    budget_yen: int | None = None
    max_years: int | None = None
    indirect_percent: int = STANDARD_INDIRECT_PERCENT


def check_call(facts: CallFacts, *, now: datetime) -> list[Problem]:
    """All problems of a call that is to be published: texts, times, areas, money, its concept."""
    problems = _check_texts(facts.title_ja, facts.title_en, facts.summary_ja, facts.summary_en)
    problems += check_text(("bodyJa",), facts.body_ja, limit=BODY_MAX)
    problems += check_text(("bodyEn",), facts.body_en, limit=BODY_MAX, required=False)
    problems += _check_times(facts.opens_at, facts.closes_at, now)
    if not facts.areas:
        problems.append(
            Problem(
                ("areas",),
                "AREA_NEEDED",
                "Name at least one area.",
                "技術領域などを1つ以上選びます。",
            )
        )
    if facts.has_concept is not (facts.programme_kind is ProgrammeKind.RESEARCH):
        problems.append(
            Problem(
                ("conceptId",),
                "CONCEPT_MISMATCH",
                "A call of an R&D programme belongs to one concept, that of a support programme"
                " to none.",
                "研究開発の公募は1つの構想に属し、支援事業の公募は構想に属しません。",
            )
        )
    if facts.budget_yen is not None:
        problems += check_yen(("budgetYen",), facts.budget_yen)
    problems += _check_range(("maxYears",), facts.max_years, 1, MAX_YEARS, Text("年", "years"))
    problems += _check_range(
        ("indirectPercent",), facts.indirect_percent, 0, 100, Text("%", "percent")
    )
    return problems


def _check_texts(
    title_ja: str, title_en: str | None, summary_ja: str, summary_en: str | None
) -> list[Problem]:
    return [
        *check_text(("titleJa",), title_ja),
        *check_text(("titleEn",), title_en, required=False),
        *check_text(("summaryJa",), summary_ja, limit=SUMMARY_MAX),
        *check_text(("summaryEn",), summary_en, limit=SUMMARY_MAX, required=False),
    ]


def _check_times(opens_at: datetime, closes_at: datetime, now: datetime) -> list[Problem]:
    problems = [
        Problem(
            (name,),
            "ZONE_NEEDED",
            "An instant needs its offset, such as +09:00.",
            "日時には時差の表記（+09:00 など）が必要です。",
        )
        for name, instant in (("opensAt", opens_at), ("closesAt", closes_at))
        if instant.utcoffset() is None
    ]
    if problems:
        return problems
    if closes_at <= opens_at:
        return [
            Problem(
                ("closesAt",),
                "END_BEFORE_START",
                "The deadline must be after the opening.",
                "締切は、公募の開始より後にします。",
            )
        ]
    if closes_at <= now:
        return [
            Problem(
                ("closesAt",),
                "ALREADY_PAST",
                "The deadline is already past.",
                "締切がすでに過ぎています。",
            )
        ]
    return []


def check_new_deadline(
    stored: CallStatus,
    *,
    opens_at: datetime,
    closes_at: datetime,
    new_closes_at: datetime,
    now: datetime,
) -> list[Problem]:
    """The problems of moving a deadline (R3.3).

    Before the opening any later instant than the opening will do; once open it may only be
    extended; once closed it stays, a further round being a new 追加公募.
    """
    problems = _check_times(opens_at, new_closes_at, now)
    status = effective_status(stored, opens_at=opens_at, closes_at=closes_at, now=now)
    if status in {CallStatus.DRAFT, CallStatus.PRE_ANNOUNCED} or problems:
        return problems
    if status is not CallStatus.OPEN:
        return [
            Problem(
                ("closesAt",),
                "CLOSED_FOR_GOOD",
                "This call has closed; a further round is a new call.",
                "受付を終えた公募です。追加公募は新しい公募としてつくります。",
            )
        ]
    if new_closes_at <= closes_at:
        return [
            Problem(
                ("closesAt",),
                "ONLY_LATER",
                f"An open call's deadline may only be extended: {format_instant(closes_at, 'en')}.",
                f"受付中の締切は延ばすことだけできます（いま{format_instant(closes_at)}）。",
            )
        ]
    return []
