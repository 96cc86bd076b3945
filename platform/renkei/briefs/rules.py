"""Rules of briefs: kinds, states, the words of judgement, and what a release needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from renkei.access.markings import TLP, Marking, check_header
from renkei.calendar import day_in_jst
from renkei.problems import Problem, WrongState
from renkei.text import BODY_MAX, Text, check_text

SUMMARY_MAX = 4_000
STATEMENT_MAX = 1_000


class BriefKind(StrEnum):
    """What a brief is."""

    POLICY_BRIEF = "POLICY_BRIEF"
    ANALYSIS = "ANALYSIS"
    SUPPLY_CHAIN_RISK = "SUPPLY_CHAIN_RISK"
    TECHNOLOGY_TREND = "TECHNOLOGY_TREND"
    HORIZON_SCAN = "HORIZON_SCAN"
    SOURCE_SUMMARY = "SOURCE_SUMMARY"


BRIEF_KIND_NAMES = {
    BriefKind.POLICY_BRIEF: Text("政策ブリーフ", "Policy brief"),
    BriefKind.ANALYSIS: Text("分析レポート", "Analysis report"),
    BriefKind.SUPPLY_CHAIN_RISK: Text("供給網リスク評価", "Supply-chain risk assessment"),
    BriefKind.TECHNOLOGY_TREND: Text("技術動向", "Technology trend"),
    BriefKind.HORIZON_SCAN: Text("ホライズン・スキャニング", "Horizon scan"),
    BriefKind.SOURCE_SUMMARY: Text("資料の要約", "Summary of a source"),
}


class BriefStatus(StrEnum):
    """The states of a brief. A released version is immutable; a correction is a new one (R10.2)."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    RELEASED = "RELEASED"
    WITHDRAWN = "WITHDRAWN"


BRIEF_STATUS_NAMES = {
    BriefStatus.DRAFT: Text("下書き", "draft"),
    BriefStatus.IN_REVIEW: Text("査読中", "in review"),
    BriefStatus.RELEASED: Text("公表・共有済み", "released"),
    BriefStatus.WITHDRAWN: Text("取り下げ", "withdrawn"),
}

_MOVES = frozenset(
    {
        (BriefStatus.DRAFT, BriefStatus.IN_REVIEW),
        (BriefStatus.IN_REVIEW, BriefStatus.DRAFT),
        (BriefStatus.IN_REVIEW, BriefStatus.RELEASED),
        # A correction: the next version is released in the place of the last (R10.2).
        (BriefStatus.RELEASED, BriefStatus.RELEASED),
        (BriefStatus.RELEASED, BriefStatus.WITHDRAWN),
        (BriefStatus.DRAFT, BriefStatus.WITHDRAWN),
    }
)


def brief_move_refusal(current: BriefStatus, target: BriefStatus) -> WrongState | None:
    """Why a brief may not go from one state to the other; None where it may."""
    if (current, target) in _MOVES:
        return None
    here, there = BRIEF_STATUS_NAMES[current], BRIEF_STATUS_NAMES[target]
    return WrongState(
        f"A brief that is {here.en} can't become {there.en}.",
        f"「{here.ja}」のブリーフを「{there.ja}」にすることはできません。",
    )


class Likelihood(StrEnum):
    """How likely a judgement holds, in seven steps; never mixed with confidence (R10.3)."""

    REMOTE = "REMOTE"
    VERY_UNLIKELY = "VERY_UNLIKELY"
    UNLIKELY = "UNLIKELY"
    EVEN = "EVEN"
    LIKELY = "LIKELY"
    VERY_LIKELY = "VERY_LIKELY"
    ALMOST_CERTAIN = "ALMOST_CERTAIN"

    @property
    def percent(self) -> tuple[int, int]:
        """The range that the word stands for, in percent."""
        return _LIKELIHOODS[self][0]

    @property
    def word(self) -> Text:
        """The word that readers see."""
        return _LIKELIHOODS[self][1]


_LIKELIHOODS = {
    Likelihood.REMOTE: ((1, 5), Text("ほぼない", "almost no chance")),
    Likelihood.VERY_UNLIKELY: ((5, 20), Text("低い", "very unlikely")),
    Likelihood.UNLIKELY: ((20, 45), Text("やや低い", "unlikely")),
    Likelihood.EVEN: ((45, 55), Text("五分五分", "roughly even chance")),
    Likelihood.LIKELY: ((55, 80), Text("やや高い", "likely")),
    Likelihood.VERY_LIKELY: ((80, 95), Text("高い", "very likely")),
    Likelihood.ALMOST_CERTAIN: ((95, 99), Text("ほぼ確実", "almost certain")),
}


class Confidence(StrEnum):
    """How well a judgement is founded: by its sources and reasoning, not by its likelihood."""

    LOW = "LOW"
    MODERATE = "MODERATE"
    HIGH = "HIGH"

    @property
    def word(self) -> Text:
        """The word that readers see."""
        return _CONFIDENCES[self]


_CONFIDENCES = {
    Confidence.LOW: Text("低", "low"),
    Confidence.MODERATE: Text("中", "moderate"),
    Confidence.HIGH: Text("高", "high"),
}


class Reliability(StrEnum):
    """How far a source is to be trusted."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    @property
    def word(self) -> Text:
        """The word that readers see."""
        return _RELIABILITIES[self]


_RELIABILITIES = {
    Reliability.A: Text("確か", "reliable"),
    Reliability.B: Text("概ね確か", "mostly reliable"),
    Reliability.C: Text("一部不明", "partly unknown"),
    Reliability.D: Text("不明", "unknown"),
}


class RecommendationStatus(StrEnum):
    """What became of a recommendation; its addressee says."""

    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    IMPLEMENTED = "IMPLEMENTED"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"


# -- facts of a version --------------------------------------------------------------------------


@dataclass(frozen=True)
class Judgement:
    """A key judgement. `sources` are the places, from 1, of what it rests on."""

    statement: Text
    likelihood: Likelihood | None
    confidence: Confidence | None
    reason: Text | None = None
    sources: tuple[int, ...] = ()


@dataclass(frozen=True)
class Source:
    """A source: `url` is None where it has none; `public` is False where it is not public."""

    type: str
    title: str
    publisher: str
    date: date | None
    reliability: Reliability | None
    url: str | None = None
    public: bool = True


@dataclass(frozen=True)
class Recommendation:
    """A recommendation, whom it is meant for, and what became of it."""

    statement: Text
    addressee: str
    status: RecommendationStatus = RecommendationStatus.OPEN


@dataclass(frozen=True)
class BriefFacts:
    """All that is asked of a brief before release. Persons are any stable keys."""

    title: Text
    summary: Text
    body: Text
    kind: BriefKind | None
    areas: tuple[str, ...]
    information_date: date | None
    authors: tuple[str, ...]
    reviewer: str | None
    marking: Marking | None
    judgements: tuple[Judgement, ...] = ()
    sources: tuple[Source, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()


def check_release(facts: BriefFacts, *, now: datetime) -> list[Problem]:
    """Everything that stands between a brief and its release, all at once (R10.3, R10.4, R7.1)."""
    problems = [
        *_check_texts(facts),
        *_check_metadata(facts, now),
        *_check_people(facts),
    ]
    for place, judgement in enumerate(facts.judgements):
        problems += _under("judgements", place, _check_judgement(judgement, len(facts.sources)))
    public = facts.marking is not None and facts.marking.tlp is TLP.CLEAR
    for place, source in enumerate(facts.sources):
        problems += _under("sources", place, _check_source(source, in_public_brief=public))
    for place, recommendation in enumerate(facts.recommendations):
        problems += _under("recommendations", place, _check_recommendation(recommendation))
    return problems


def check_correction(facts: BriefFacts, *, note: str, now: datetime) -> list[Problem]:
    """The same for a correction, which also tells its readers what was corrected (R10.2)."""
    found = check_release(facts, now=now)
    return [*found, *check_text(("correctionNote",), note, limit=SUMMARY_MAX)]


def _under(name: str, place: int, problems: list[Problem]) -> list[Problem]:
    return [problem.under(name, str(place)) for problem in problems]


def _required(name: str) -> Problem:
    return Problem((name,), "REQUIRED", "This field is required.", "この項目は必須です。")


def _check_both(name: str, text: Text, limit: int, *, required: bool = True) -> list[Problem]:
    return [
        *check_text((f"{name}Ja",), text.ja, limit=limit, required=required),
        *check_text((f"{name}En",), text.en, limit=limit, required=False),
    ]


def _check_texts(facts: BriefFacts) -> list[Problem]:
    problems = [
        *check_text(("titleJa",), facts.title.ja),
        *check_text(("titleEn",), facts.title.en, required=False),
        *_check_both("summary", facts.summary, SUMMARY_MAX),
        *_check_both("body", facts.body, BODY_MAX),
    ]
    for name, text in (("summary", facts.summary), ("body", facts.body)):
        problems += check_header(text.ja, (f"{name}Ja",))
        problems += check_header(text.en or "", (f"{name}En",))
    return problems


def _check_metadata(facts: BriefFacts, now: datetime) -> list[Problem]:
    problems = [] if facts.kind else [_required("kind")]
    if not facts.areas:
        problems.append(
            Problem(
                ("areas",),
                "AREA_NEEDED",
                "Name at least one area.",
                "技術領域などを1つ以上選びます。",
            )
        )
    if facts.information_date is None:
        problems.append(_required("informationDate"))
    elif facts.information_date > day_in_jst(now):
        problems.append(
            Problem(
                ("informationDate",),
                "IN_THE_FUTURE",
                "The information date can't be in the future.",
                "情報基準日は、今日より後にはなりません。",
            )
        )
    if facts.marking is None:
        problems.append(
            Problem(
                ("marking",),
                "MARKING_MISSING",
                "Every record needs a marking; there is no default.",
                "取扱いの区分は必須です（既定値はありません）。",
            )
        )
    if not facts.sources:
        problems.append(
            Problem(
                ("sources",),
                "SOURCE_NEEDED",
                "Name at least one source.",
                "情報源を1つ以上挙げます。",
            )
        )
    return problems


def _check_people(facts: BriefFacts) -> list[Problem]:
    problems = [] if facts.authors else [_required("authors")]
    if facts.reviewer is None:
        problems.append(_required("reviewer"))
    elif facts.reviewer in facts.authors:
        problems.append(
            Problem(
                ("reviewer",),
                "REVIEWER_IS_AUTHOR",
                "Somebody other than the authors reviews a brief.",
                "査読は、著者ではない人が行います。",
            )
        )
    return problems


def _check_judgement(judgement: Judgement, source_count: int) -> list[Problem]:
    problems = _check_both("statement", judgement.statement, STATEMENT_MAX)
    if judgement.likelihood is None:
        problems.append(_required("likelihood"))
    if judgement.confidence is None:
        problems.append(_required("confidence"))
    if judgement.reason is not None:
        problems += _check_both("reason", judgement.reason, STATEMENT_MAX, required=False)
    if any(not 1 <= place <= source_count for place in judgement.sources):
        problems.append(
            Problem(
                ("sources",),
                "UNKNOWN_SOURCE",
                f"Sources are numbered from 1 to {source_count}.",
                f"情報源の番号は1から{source_count}までです。",
            )
        )
    return problems


def _check_source(source: Source, *, in_public_brief: bool) -> list[Problem]:
    problems = [
        *check_text(("type",), source.type),
        *check_text(("title",), source.title),
        *check_text(("publisher",), source.publisher),
        *check_text(("url",), source.url, limit=2_000, required=False),
    ]
    if source.date is None:
        problems.append(_required("date"))
    if source.reliability is None:
        problems.append(_required("reliability"))
    if source.url is not None and not source.url.startswith(("https://", "http://")):
        problems.append(
            Problem(
                ("url",),
                "NOT_A_WEB_ADDRESS",
                "A web address begins with https:// or http://.",
                "アドレスは https:// か http:// で始めます。",
            )
        )
    if in_public_brief and not source.public:
        problems.append(
            Problem(
                ("public",),
                "NON_PUBLIC_SOURCE",
                "A brief marked TLP:CLEAR can't cite a source that isn't public.",
                "TLP:CLEARのブリーフでは、非公開の情報源を引用できません。",
            )
        )
    return problems


def _check_recommendation(recommendation: Recommendation) -> list[Problem]:
    return [
        *_check_both("statement", recommendation.statement, STATEMENT_MAX),
        *check_text(("addressee",), recommendation.addressee),
    ]
