"""Inputs of the briefs' mutations."""

from __future__ import annotations

import datetime as dt

import strawberry

from renkei.briefs import content, rules
from renkei.text import Text
from renkei_schema.brief_content import (
    BriefKind,
    JudgementConfidence,
    Likelihood,
    RecommendationStatus,
    Reliability,
)
from renkei_schema.ids import optional_key
from renkei_schema.markings import MarkingInput
from renkei_schema.scalars import KEY, TextInput


@strawberry.input(description="主要な判断。 / A key judgement.")
class JudgementInput:
    """A judgement as sent."""

    statement: TextInput = strawberry.field(description="判断。 / What is judged.")
    likelihood: Likelihood | None = strawberry.field(
        default=None, description="可能性。公表・共有までに要る。 / Needed before the release."
    )
    confidence: JudgementConfidence | None = strawberry.field(
        default=None, description="確信度。公表・共有までに要る。 / Needed before the release."
    )
    reason: TextInput | None = strawberry.field(default=None, description="理由。 / Why.")
    sources: list[int] = strawberry.field(
        default_factory=list, description="情報源の番号（1から）。 / Places of sources, from 1."
    )

    def kernel(self) -> rules.Judgement:
        """The kernel's value."""
        return rules.Judgement(
            statement=self.statement.kernel(),
            likelihood=rules.Likelihood(self.likelihood.value) if self.likelihood else None,
            confidence=rules.Confidence(self.confidence.value) if self.confidence else None,
            reason=self.reason.kernel() if self.reason else None,
            sources=tuple(self.sources),
        )


@strawberry.input(description="情報源。 / A source.")
class SourceInput:
    """A source as sent."""

    type: str = strawberry.field(description="種類。 / What it is.")
    title: str = strawberry.field(description="題名。 / Its title.")
    publisher: str = strawberry.field(description="発行者。 / Its publisher.")
    date: dt.date | None = strawberry.field(default=None, description="日付。 / Its date.")
    reliability: Reliability | None = strawberry.field(
        default=None, description="確かさ。 / Its reliability."
    )
    url: str | None = strawberry.field(default=None, description="アドレス。 / Its address.")
    public: bool = strawberry.field(description="公開されている。 / It is public.")

    def kernel(self) -> rules.Source:
        """The kernel's value."""
        return rules.Source(
            type=self.type,
            title=self.title,
            publisher=self.publisher,
            date=self.date,
            reliability=rules.Reliability(self.reliability.value) if self.reliability else None,
            url=self.url or None,
            public=self.public,
        )


@strawberry.input(description="提言。 / A recommendation.")
class RecommendationInput:
    """A recommendation as sent."""

    statement: TextInput = strawberry.field(description="内容。 / What is recommended.")
    addressee: str = strawberry.field(description="宛先。 / Whom it is meant for.")
    status: RecommendationStatus = strawberry.field(
        default=RecommendationStatus.OPEN, description="その後。 / What became of it."
    )

    def kernel(self) -> rules.Recommendation:
        """The kernel's value."""
        return rules.Recommendation(
            statement=self.statement.kernel(),
            addressee=self.addressee,
            status=rules.RecommendationStatus(self.status.value),
        )


@strawberry.input(description="ブリーフの内容。 / What a brief says.")
class BriefContentInput:
    """The content as sent."""

    kind: BriefKind = strawberry.field(description="種類。 / Its kind.")
    title_ja: str = strawberry.field(description="題名（日本語）。 / Title in Japanese.")
    title_en: str | None = strawberry.field(
        default=None, description="題名（英語）。 / Title in English."
    )
    summary_ja: str = strawberry.field(
        default="", description="要約（日本語）。 / Summary in Japanese."
    )
    summary_en: str | None = strawberry.field(
        default=None, description="要約（英語）。 / Summary in English."
    )
    body_ja: str = strawberry.field(default="", description="本文（日本語）。 / Text in Japanese.")
    body_en: str | None = strawberry.field(
        default=None, description="本文（英語）。 / Text in English."
    )
    information_date: dt.date = strawberry.field(
        description="情報基準日。 / The day up to which it is informed."
    )
    areas: list[str] = strawberry.field(
        default_factory=list, description="領域の符号。 / Codes of areas."
    )
    reviewer_id: strawberry.ID | None = strawberry.field(
        default=None, description="査読者。著者とは別の人。 / Its reviewer, not the author."
    )
    judgements: list[JudgementInput] = strawberry.field(
        default_factory=list, description="主要な判断。 / Its key judgements."
    )
    sources: list[SourceInput] = strawberry.field(
        default_factory=list, description="情報源。 / Its sources."
    )
    recommendations: list[RecommendationInput] = strawberry.field(
        default_factory=list, description="提言。 / Its recommendations."
    )

    def with_marking(self, marking: MarkingInput | None) -> content.BriefDraft:
        """The kernel's value."""
        return content.BriefDraft(
            kind=rules.BriefKind(self.kind.value),
            title=Text(self.title_ja, self.title_en),
            summary=Text(self.summary_ja, self.summary_en),
            body=Text(self.body_ja, self.body_en),
            information_date=self.information_date,
            areas=tuple(self.areas),
            reviewer_id=optional_key(self.reviewer_id, "Person"),
            judgements=tuple(one.kernel() for one in self.judgements),
            sources=tuple(one.kernel() for one in self.sources),
            recommendations=tuple(one.kernel() for one in self.recommendations),
            tlp=marking.tlp.value if marking and marking.tlp else None,
            grade=marking.grade if marking else None,
            restrictions=marking.restrictions if marking else None,
            releasable_to=marking.releasable_to if marking else None,
            needs_consent=bool(marking and marking.needs_consent),
        )


MARKING = "取扱いの表示。必須で、既定はない。 / Its marking; required, without a default."


@strawberry.input(description="ブリーフの下書きをつくる。 / Drafts a brief.")
class DraftBriefInput(BriefContentInput):
    """A draft as sent."""

    marking: MarkingInput | None = strawberry.field(default=None, description=MARKING)
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="ブリーフの下書きを保存する。 / Saves a brief's draft.")
class EditBriefInput(BriefContentInput):
    """A draft as sent again."""

    brief_id: strawberry.ID = strawberry.field(description="ブリーフ。 / The brief.")
    version: int = strawberry.field(description="もとにした保存番号。 / What it is based on.")
    marking: MarkingInput | None = strawberry.field(default=None, description=MARKING)
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="ブリーフの訂正版を出す。 / Corrects a brief by a new version.")
class CorrectBriefInput(BriefContentInput):
    """A corrected version as sent; the marking stays."""

    brief_id: strawberry.ID = strawberry.field(description="ブリーフ。 / The brief.")
    version: int = strawberry.field(description="もとにした保存番号。 / What it is based on.")
    correction_note: str = strawberry.field(
        description="何を訂正したか。読者に示す。 / What was corrected; shown to readers."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="ブリーフを公表・共有する。 / Releases a brief.")
class ReleaseBriefInput:
    """A brief to release."""

    brief_id: strawberry.ID = strawberry.field(description="ブリーフ。 / The brief.")
    reviewer_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="査読者。下書きにまだないとき。 / Its reviewer, if the draft names none yet.",
    )
    opens_at: dt.datetime | None = strawberry.field(
        default=None,
        description="読めるようになる時刻。書かなければ、いますぐ。 / When it opens; left out: "
        "now.",
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="ブリーフの共有先を加える。 / Shares a brief with more.")
class ShareBriefInput:
    """Whom a brief is shared with from now on, too."""

    brief_id: strawberry.ID = strawberry.field(description="ブリーフ。 / The brief.")
    organization_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="組織（TLP:RED以外）。 / Organisations, not for TLP:RED."
    )
    group_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="共有グループ。 / Sharing groups."
    )
    post_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="ポスト（就く人が読む）。 / Posts: whoever holds them."
    )
    person_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="人。 / Persons."
    )
    may_extend: bool = strawberry.field(
        default=False,
        description="さらに共有することを許す（作成元だけ）。 / They may share it further; the "
        "originator's to give.",
    )
    starts_at: dt.datetime | None = strawberry.field(
        default=None, description="この時刻から。 / From then on."
    )
    ends_at: dt.datetime | None = strawberry.field(
        default=None, description="この時刻まで。 / Until then."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(
    description="区分を強める、または共有先から外す。ただちに効く。 / "
    "Raises the marking or takes the brief back; at once."
)
class RaiseBriefMarkingInput:
    """How a brief is narrowed."""

    brief_id: strawberry.ID = strawberry.field(description="ブリーフ。 / The brief.")
    marking: MarkingInput = strawberry.field(
        description="新しい表示。書かない部分はそのまま。 / The marking; parts left out stay."
    )
    withdraw_from: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="共有先から外す組織・グループ・ポスト・人。 / Organisations, groups, posts or "
        "persons to take it from.",
    )
    exclude_organization_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="除く組織。兼務でも属する人は読めない。 / Organisations to exclude, with all "
        "who belong to them.",
    )
    exclude_person_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="除く人。 / Persons to exclude."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="除外を解く。 / Excludes somebody no longer.")
class EndExclusionsInput:
    """Whom a brief excludes no longer."""

    brief_id: strawberry.ID = strawberry.field(description="ブリーフ。 / The brief.")
    excluded_ids: list[strawberry.ID] = strawberry.field(
        description="除外を解く組織・人。 / The organisations and persons."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(
    description="区分を緩めることを申請する。別の人の承認で効く。 / "
    "Proposes to lower a marking; it takes effect when a second person approves."
)
class ProposeLoweringInput:
    """A lowering as proposed."""

    brief_id: strawberry.ID = strawberry.field(description="ブリーフ。 / The brief.")
    marking: MarkingInput = strawberry.field(
        description="新しい表示。書かない部分はそのまま。releasableToを空にすると国を限らない。 / "
        "The marking; parts left out stay, an empty releasableTo lifts that limit."
    )
    reason: str = strawberry.field(description="理由。 / Why.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="緩和の申請を決める。 / Decides a proposed lowering.")
class DecideLoweringInput:
    """A decision on a lowering."""

    lowering_id: strawberry.ID = strawberry.field(description="申請。 / The proposal.")
    approve: bool = strawberry.field(
        description="承認する（申請者とは別の人）。偽なら取り下げる。 / Approve, by somebody else "
        "than who proposed it; false: decline or withdraw it."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)
