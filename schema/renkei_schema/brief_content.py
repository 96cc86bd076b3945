"""What a brief says beyond its text: judgements, sources, recommendations."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import Any

import strawberry

from renkei.briefs import content, rules
from renkei_schema.enums import valued
from renkei_schema.scalars import Text


@strawberry.enum(description="ブリーフの種類。 / Kinds of briefs.")
class BriefKind(Enum):
    """Kinds of briefs."""

    POLICY_BRIEF = valued("POLICY_BRIEF", description="政策ブリーフ。 / Policy brief.")
    ANALYSIS = valued("ANALYSIS", description="分析レポート。 / Analysis report.")
    SUPPLY_CHAIN_RISK = valued(
        "SUPPLY_CHAIN_RISK", description="供給網リスク評価。 / Supply-chain risk assessment."
    )
    TECHNOLOGY_TREND = valued("TECHNOLOGY_TREND", description="技術動向。 / Technology trend.")
    HORIZON_SCAN = valued("HORIZON_SCAN", description="ホライズン・スキャニング。 / Horizon scan.")
    SOURCE_SUMMARY = valued("SOURCE_SUMMARY", description="資料の要約。 / Summary of a source.")


@strawberry.enum(description="ブリーフの状態。 / A brief's state.")
class BriefStatus(Enum):
    """States of a brief."""

    DRAFT = valued("DRAFT", description="下書き。 / Draft.")
    IN_REVIEW = valued("IN_REVIEW", description="査読中。 / In review.")
    RELEASED = valued(
        "RELEASED", description="公表・共有済み。書き換えない。 / Released; never rewritten."
    )
    WITHDRAWN = valued("WITHDRAWN", description="取り下げ。 / Withdrawn.")


@strawberry.enum(description="可能性（7段階）。 / How likely, in seven steps.")
class Likelihood(Enum):
    """Likelihoods (R10.3)."""

    REMOTE = valued("REMOTE", description="ほぼない（1〜5%）。 / 1 to 5 percent.")
    VERY_UNLIKELY = valued("VERY_UNLIKELY", description="低い（5〜20%）。 / 5 to 20 percent.")
    UNLIKELY = valued("UNLIKELY", description="やや低い（20〜45%）。 / 20 to 45 percent.")
    EVEN = valued("EVEN", description="五分五分（45〜55%）。 / 45 to 55 percent.")
    LIKELY = valued("LIKELY", description="やや高い（55〜80%）。 / 55 to 80 percent.")
    VERY_LIKELY = valued("VERY_LIKELY", description="高い（80〜95%）。 / 80 to 95 percent.")
    ALMOST_CERTAIN = valued(
        "ALMOST_CERTAIN", description="ほぼ確実（95〜99%）。 / 95 to 99 percent."
    )


@strawberry.enum(
    description="判断の確信度。可能性とは別のもの。 / How well founded, not how likely."
)
class JudgementConfidence(Enum):
    """Confidences (R10.3)."""

    LOW = valued("LOW", description="低。 / Low.")
    MODERATE = valued("MODERATE", description="中。 / Moderate.")
    HIGH = valued("HIGH", description="高。 / High.")


@strawberry.enum(description="情報源の確かさ。 / How far a source is to be trusted.")
class Reliability(Enum):
    """Reliabilities (R10.4)."""

    A = valued("A", description="確か。 / Reliable.")
    B = valued("B", description="概ね確か。 / Mostly reliable.")
    C = valued("C", description="一部不明。 / Partly unknown.")
    D = valued("D", description="不明。 / Unknown.")


@strawberry.enum(description="提言のその後。 / What became of a recommendation.")
class RecommendationStatus(Enum):
    """What became of a recommendation; its addressee says."""

    OPEN = valued("OPEN", description="未対応。 / Open.")
    IN_PROGRESS = valued("IN_PROGRESS", description="対応中。 / In progress.")
    IMPLEMENTED = valued("IMPLEMENTED", description="実施済み。 / Implemented.")
    NOT_IMPLEMENTED = valued("NOT_IMPLEMENTED", description="実施しない。 / Not implemented.")


def _text(value: Any) -> Text:
    return Text(ja=value.ja, en=value.en)


@strawberry.type(description="主要な判断。可能性と確信度は別々に示す。 / A key judgement.")
class Judgement:
    """A judgement with likelihood and confidence, separately."""

    statement: Text = strawberry.field(description="判断。 / What is judged.")
    likelihood: Likelihood | None = strawberry.field(description="可能性。 / How likely it is.")
    likelihood_word: Text | None = strawberry.field(description="可能性の言葉。 / The word for it.")
    likelihood_from: int | None = strawberry.field(
        description="その言葉の範囲の下端（％）。 / Where its range begins, percent."
    )
    likelihood_until: int | None = strawberry.field(
        description="その言葉の範囲の上端（％）。 / Where its range ends, percent."
    )
    confidence: JudgementConfidence | None = strawberry.field(
        description="確信度。 / How well it is founded."
    )
    confidence_word: Text | None = strawberry.field(description="確信度の言葉。 / The word for it.")
    reason: Text | None = strawberry.field(description="理由。 / Why.")
    sources: list[int] = strawberry.field(
        description="もとにした情報源の番号（1から）。 / Places of its sources, from 1."
    )


@strawberry.type(description="情報源。 / A source.")
class Source:
    """A source of a brief."""

    type: str = strawberry.field(description="種類。 / What it is.")
    title: str = strawberry.field(description="題名。 / Its title.")
    publisher: str = strawberry.field(description="発行者。 / Its publisher.")
    date: dt.date | None = strawberry.field(description="日付。 / Its date.")
    reliability: Reliability | None = strawberry.field(description="確かさ。 / Its reliability.")
    reliability_word: Text | None = strawberry.field(
        description="確かさの言葉。 / The word for it."
    )
    url: str | None = strawberry.field(description="アドレス。 / Its address.")
    public: bool = strawberry.field(description="公開されている。 / It is public.")


@strawberry.type(description="提言。 / A recommendation.")
class Recommendation:
    """A recommendation and whom it is meant for."""

    statement: Text = strawberry.field(description="内容。 / What is recommended.")
    addressee: str = strawberry.field(description="宛先。 / Whom it is meant for.")
    status: RecommendationStatus = strawberry.field(description="その後。 / What became of it.")


def judgements_of(rows: list[dict[str, Any]]) -> list[Judgement]:
    """The API's form of stored judgements."""
    return [_judgement(content.judgement_of(row)) for row in rows]


def _judgement(one: rules.Judgement) -> Judgement:
    low, high = one.likelihood.percent if one.likelihood else (None, None)
    return Judgement(
        statement=_text(one.statement),
        likelihood=Likelihood(one.likelihood.value) if one.likelihood else None,
        likelihood_word=_text(one.likelihood.word) if one.likelihood else None,
        likelihood_from=low,
        likelihood_until=high,
        confidence=JudgementConfidence(one.confidence.value) if one.confidence else None,
        confidence_word=_text(one.confidence.word) if one.confidence else None,
        reason=_text(one.reason) if one.reason else None,
        sources=list(one.sources),
    )


def sources_of(rows: list[dict[str, Any]]) -> list[Source]:
    """The API's form of stored sources."""
    return [_source(content.source_of(row)) for row in rows]


def _source(one: rules.Source) -> Source:
    return Source(
        type=one.type,
        title=one.title,
        publisher=one.publisher,
        date=one.date,
        reliability=Reliability(one.reliability.value) if one.reliability else None,
        reliability_word=_text(one.reliability.word) if one.reliability else None,
        url=one.url,
        public=one.public,
    )


def recommendations_of(rows: list[dict[str, Any]]) -> list[Recommendation]:
    """The API's form of stored recommendations."""
    found = [content.recommendation_of(row) for row in rows]
    return [
        Recommendation(
            statement=_text(one.statement),
            addressee=one.addressee,
            status=RecommendationStatus(one.status.value),
        )
        for one in found
    ]
