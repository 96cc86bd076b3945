"""Inputs of the funding side's mutations."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from renkei.calls import rules
from renkei.calls.service import CallDraft
from renkei_schema.calls import ConceptType
from renkei_schema.enums import valued
from renkei_schema.ids import optional_key
from renkei_schema.scalars import KEY, Yen


@strawberry.enum(description="制度の種類。 / Kinds of programmes.")
class ProgrammeKind(Enum):
    """Kinds of programmes."""

    RESEARCH = valued("RESEARCH", description="研究開発。 / R&D.")
    SUPPORT = valued("SUPPORT", description="支援（研究開発以外）。 / Support other than R&D.")


@strawberry.input(description="制度をつくる。 / Creates a programme.")
class CreateProgrammeInput:
    """A programme as sent."""

    kind: ProgrammeKind = strawberry.field(description="種類。 / Its kind.")
    title_ja: str = strawberry.field(description="題名（日本語）。 / Title in Japanese.")
    title_en: str | None = strawberry.field(
        default=None, description="題名（英語）。 / Title in English."
    )
    summary_ja: str = strawberry.field(
        default="", description="概要（日本語）。 / Summary in Japanese."
    )
    summary_en: str | None = strawberry.field(
        default=None, description="概要（英語）。 / Summary in English."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="研究開発構想を公開する。 / Publishes an R&D concept.")
class PublishConceptInput:
    """A concept as sent."""

    programme_id: strawberry.ID = strawberry.field(description="制度。 / Its programme.")
    type: ConceptType = strawberry.field(description="型。 / Its type.")
    title_ja: str = strawberry.field(description="題名（日本語）。 / Title in Japanese.")
    title_en: str | None = strawberry.field(
        default=None, description="題名（英語）。 / Title in English."
    )
    summary_ja: str = strawberry.field(description="概要（日本語）。 / Summary in Japanese.")
    summary_en: str | None = strawberry.field(
        default=None, description="概要（英語）。 / Summary in English."
    )
    ceiling_yen: Yen | None = strawberry.field(
        default=None, description="上限額（円）。 / Its ceiling in yen."
    )
    ministry_ids: list[strawberry.ID] = strawberry.field(
        description="所管する府省（1つ以上）。 / Ministries that own it, one or more."
    )
    agency_id: strawberry.ID = strawberry.field(
        description="配分機関（ちょうど1つ）。 / Its agency, exactly one."
    )
    areas: list[str] = strawberry.field(
        description="支援対象とする技術の符号。 / Codes of supported technologies."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="公募の下書きをつくる。 / Drafts a call.")
class DraftCallInput:
    """A call as sent."""

    concept_id: strawberry.ID | None = strawberry.field(
        default=None, description="研究開発構想。研究開発の公募では必須。 / Its R&D concept."
    )
    programme_id: strawberry.ID | None = strawberry.field(
        default=None, description="制度。構想のない支援事業で。 / Its programme, without a concept."
    )
    title_ja: str = strawberry.field(description="題名（日本語）。 / Title in Japanese.")
    title_en: str | None = strawberry.field(
        default=None, description="題名（英語）。 / Title in English."
    )
    summary_ja: str = strawberry.field(description="概要（日本語）。 / Summary in Japanese.")
    summary_en: str | None = strawberry.field(
        default=None, description="概要（英語）。 / Summary in English."
    )
    body_ja: str = strawberry.field(description="本文（日本語）。 / Text in Japanese.")
    body_en: str | None = strawberry.field(
        default=None, description="本文（英語）。 / Text in English."
    )
    opens_at: datetime = strawberry.field(description="受付開始の時刻。 / When it opens.")
    closes_at: datetime = strawberry.field(
        description="締切の時刻（この時刻ちょうどは受け付けない）。 / The deadline, excluded."
    )
    areas: list[str] = strawberry.field(description="領域の符号。 / Codes of areas.")
    needs_institution: bool = strawberry.field(
        default=True, description="所属機関の承認が要る。 / An institution must forward proposals."
    )
    budget_yen: Yen | None = strawberry.field(
        default=None, description="総額（円）。 / Total budget in yen."
    )
    max_years: int | None = strawberry.field(
        default=None, description="最長の年数。 / Longest duration in years."
    )
    indirect_percent: int = strawberry.field(
        default=rules.STANDARD_INDIRECT_PERCENT,
        description="間接経費の率（％）。 / Rate of indirect costs, percent.",
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)

    def kernel(self) -> CallDraft:
        """The kernel's value."""
        return CallDraft(
            concept_id=optional_key(self.concept_id, "Concept"),
            programme_id=optional_key(self.programme_id, "Programme"),
            title_ja=self.title_ja,
            title_en=self.title_en,
            summary_ja=self.summary_ja,
            summary_en=self.summary_en,
            body_ja=self.body_ja,
            body_en=self.body_en,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            areas=self.areas,
            needs_institution=self.needs_institution,
            budget_yen=self.budget_yen,
            max_years=self.max_years,
            indirect_percent=self.indirect_percent,
        )


@strawberry.input(description="公募の下書きを保存する。 / Saves the draft of a call.")
class EditCallInput(DraftCallInput):
    """A call's draft as sent again."""

    call_id: strawberry.ID = strawberry.field(description="公募。 / The call.")
    version: int = strawberry.field(description="もとにした版。 / The version it is based on.")


@strawberry.input(description="公募を選ぶ。 / Names a call.")
class CallInput:
    """A call by its id."""

    call_id: strawberry.ID = strawberry.field(description="公募。 / The call.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="締切を延ばす。 / Extends a deadline.")
class ExtendDeadlineInput(CallInput):
    """A new deadline."""

    closes_at: datetime = strawberry.field(description="新しい締切。 / The new deadline.")
    version: int = strawberry.field(description="もとにした版。 / The version it is based on.")


@strawberry.input(description="公募を公開する。 / Publishes a call.")
class PublishCallInput(CallInput):
    """A call to publish."""


@strawberry.input(description="公募を中止する。 / Cancels a call.")
class CancelCallInput(CallInput):
    """A call to cancel."""
