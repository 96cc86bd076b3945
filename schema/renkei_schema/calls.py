"""Programmes, R&D concepts and calls, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from renkei.calendar import fiscal_year
from renkei.calls import abilities as may
from renkei.calls import rules, tables
from renkei.proposals.tables import Proposal as ProposalTable
from renkei.reading.links import children, through
from renkei.reading.page import By
from renkei_schema.areas import Area
from renkei_schema.declare import (
    Ability,
    Connection,
    abilities,
    ability_type,
    bilingual,
    can,
    col,
    computed,
    filters,
    listed,
    node,
    one,
    page,
    references,
)
from renkei_schema.declare.filters import contains
from renkei_schema.directory import Organization
from renkei_schema.enums import valued
from renkei_schema.filters import CallFilter, CallOrder, CallStatus, ProposalFilter, ProposalOrder
from renkei_schema.markings import Marking, marking
from renkei_schema.node import Node
from renkei_schema.scalars import Text, Yen

if TYPE_CHECKING:
    from renkei_schema.proposals import Proposal


@strawberry.enum(description="研究開発構想の型。 / Types of R&D concepts.")
class ConceptType(Enum):
    """Types of R&D concepts (R3.1)."""

    PROJECT = valued("PROJECT", description="プロジェクト型。 / Project type.")
    INDIVIDUAL = valued("INDIVIDUAL", description="個別研究型。 / Individual research type.")


@node(tables.Programme)
class Programme(Node):
    """組織が運営する制度・事業。 / A programme that an organisation runs."""

    code: str = col("符号。 / Its code.")
    kind: str = col("種類。 / Its kind.")
    title: Text | None = bilingual("題名。 / Its title.", "title")
    summary: Text | None = bilingual("概要。 / Its summary.", "summary")
    organization: Organization | None = one(
        tables.Programme.organization_id, "運営する組織。 / Who runs it."
    )
    marking: Marking = marking()
    concepts: Connection[Concept] = page(
        children(tables.Concept.programme_id),
        "研究開発構想。 / Its R&D concepts.",
        default=(By("published_at", down=True),),
    )
    calls: Connection[Call] = page(
        children(tables.Call.programme_id),
        "公募。 / Its calls.",
        filter=CallFilter,
        order=CallOrder,
        default=(By("closes_at"),),
    )


@node(tables.Concept)
class Concept(Node):
    """研究開発構想。 / An R&D concept."""

    code: str = col("符号。 / Its code.")
    type: ConceptType = col("型。 / Its type.", via=ConceptType)
    title: Text | None = bilingual("題名。 / Its title.", "title")
    summary: Text | None = bilingual("概要。 / Its summary.", "summary")
    ceiling_yen: Yen | None = col("上限額（円）。 / Its ceiling in yen.")
    published_at: datetime = col("公開した時刻。 / When it was published.")
    programme: Programme | None = one(tables.Concept.programme_id, "制度。 / Its programme.")
    agency: Organization | None = one(
        tables.Concept.agency_id, "配分機関。 / The agency that runs its calls."
    )
    ministries: list[Organization] = listed(
        through(tables.ConceptMinistry.concept_id, tables.ConceptMinistry.organization_id),
        "所管する府省。 / The ministries that own it.",
        By("name_kana"),
    )
    areas: list[Area] = listed(
        through(tables.ConceptArea.concept_id, tables.ConceptArea.area_id),
        "支援対象とする技術。 / Supported technologies.",
        By("list_code"),
        By("position"),
    )
    marking: Marking = marking()
    calls: Connection[Call] = page(
        children(tables.Call.concept_id),
        "公募。 / Its calls.",
        filter=CallFilter,
        order=CallOrder,
        default=(By("closes_at"),),
    )


def status_now(
    status: str, opens_at: datetime, closes_at: datetime, at: datetime
) -> rules.CallStatus:
    """The call's state at the instant of reading."""
    stored = rules.CallStatus(status)
    return rules.effective_status(stored, opens_at=opens_at, closes_at=closes_at, now=at)


@ability_type
class CallAbilities:
    """この公募にできること。 / What the viewer may do with this call."""

    edit: Ability = can("書き換える。 / Edit the draft.", may.may_edit)
    publish: Ability = can("公開する。 / Publish it.", may.may_publish)
    extend: Ability = can("締切を延ばす。 / Extend the deadline.", may.may_extend)
    cancel: Ability = can("中止する。 / Cancel it.", may.may_cancel)
    propose: Ability = can("提案書をつくる。 / Draft a proposal.", may.may_propose)


@node(tables.Call)
class Call(Node):
    """公募。締切は時刻であり、その時刻ちょうどからは受け付けない。 / A call for proposals;
    it accepts what arrives before `closesAt`, and nothing from that instant on."""

    code: str = col("符号。アドレスに使う。 / Its code, used in addresses.")
    title: Text | None = bilingual("題名。 / Its title.", "title")
    summary: Text | None = bilingual("概要。 / Its summary.", "summary")
    body: Text | None = bilingual("本文。 / Its text.", "body")
    status: CallStatus = computed(
        "状態（読んだ時刻のもの）。 / Its state at the instant of reading.",
        status_now,
        via=lambda status: CallStatus(status.value),
    )
    opens_at: datetime = col("受付開始。 / When it opens.")
    closes_at: datetime = col("締切。 / The deadline.")
    fiscal_year: int = computed(
        "締切の属する年度。 / The fiscal year of the deadline.",
        lambda closes_at: fiscal_year(closes_at),  # noqa: PLW0108 - its parameter names a column
    )
    days_left: int = computed(
        "締切までの日数（切り捨て）。 / Days to the deadline, rounded down.",
        lambda closes_at, at: rules.days_left(at, closes_at),
    )
    needs_institution: bool = col("所属機関の承認が要る。 / An institution must forward proposals.")
    budget_yen: Yen | None = col("総額（円）。 / Total budget in yen.")
    max_years: int | None = col("最長の年数。 / Longest duration in years.")
    indirect_percent: int = col("間接経費の率（％）。 / Rate of indirect costs, percent.")
    published_at: datetime | None = col("公開した時刻。 / When it was published.")
    version: int = col("版。保存のたびに増える。 / Its version; each save counts.")
    organization: Organization | None = one(
        tables.Call.organization_id, "公募する組織。 / Who issues it."
    )
    programme: Programme | None = one(tables.Call.programme_id, "制度。 / Its programme.")
    concept: Concept | None = one(tables.Call.concept_id, "研究開発構想。 / Its R&D concept.")
    areas: list[Area] = listed(
        through(tables.CallArea.call_id, tables.CallArea.area_id),
        "技術領域。 / Its areas.",
        By("list_code"),
        By("position"),
    )
    marking: Marking = marking()
    proposals: Connection[Annotated[Proposal, strawberry.lazy("renkei_schema.proposals")]] = page(
        children(ProposalTable.call_id),
        "この公募への提案のうち、見られるもの。 / Proposals that the viewer may see.",
        filter=ProposalFilter,
        order=ProposalOrder,
        default=(By("updated_at", down=True),),
    )
    viewer_can: CallAbilities = abilities(
        "閲覧者にできること。 / What the viewer may do.", CallAbilities
    )


@filters
class ConceptFilter:
    """研究開発構想の絞り込み。 / Narrows R&D concepts."""

    programmes: list[strawberry.ID] | None = references("programme_id", "制度。 / Programmes.")
    text: str | None = contains(
        "title_ja",
        "title_en",
        "summary_ja",
        description="題名・概要に含む。 / In title or summary.",
    )
