"""Briefs and their versions, as the API shows, filters and orders them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

import strawberry

from renkei.access.policy.explain import may_know_audience, who_can_see
from renkei.access.tables import Grant
from renkei.access.tables import Lowering as LoweringTable
from renkei.audit.tables import Reading
from renkei.briefs import abilities as may
from renkei.briefs import audience, tables
from renkei.reading.links import children, through
from renkei.reading.page import By
from renkei_schema.areas import Area
from renkei_schema.brief_content import (
    BriefKind,
    BriefStatus,
    Judgement,
    Recommendation,
    Source,
    judgements_of,
    recommendations_of,
    sources_of,
)
from renkei_schema.context import Context
from renkei_schema.declare import (
    Ability,
    Connection,
    abilities,
    ability_type,
    among,
    answered,
    bilingual,
    can,
    col,
    contains,
    filters,
    first,
    listed,
    node,
    one,
    page,
    references,
    tagged,
    within,
)
from renkei_schema.directory import Organization, Person
from renkei_schema.enums import valued
from renkei_schema.lowering_types import Lowering
from renkei_schema.markings import Marking, marking
from renkei_schema.node import Node
from renkei_schema.readings import Reading as ReadingType
from renkei_schema.scalars import Direction, InstantRange, Text
from renkei_schema.standings import Standing, audience_of, viewer_reads


@node(tables.BriefVersion)
class BriefVersion(Node):
    """ブリーフの一つの版。公表・共有した版は変わらない。 / One version; immutable once released."""

    number: int = col("版の番号（1から）。 / Its number, from 1.")
    title: Text | None = bilingual("題名。 / Its title.", "title")
    summary: Text | None = bilingual("要約。 / Its summary.", "summary")
    body: Text | None = bilingual("本文。 / Its text.", "body")
    judgements: list[Judgement] = col("主要な判断。 / Its key judgements.", via=judgements_of)
    sources: list[Source] = col("情報源。 / Its sources.", via=sources_of)
    recommendations: list[Recommendation] = col(
        "提言。 / Its recommendations.", via=recommendations_of
    )
    information_date: date = col("情報基準日。 / The day up to which it is informed.")
    correction_note: str = col(
        "何を訂正したか。最初の版では空。 / What was corrected; empty in the first version."
    )
    released_at: datetime | None = col("公表・共有した時刻。 / When it was released.")


_VERSIONS = children(tables.BriefVersion.brief_id)
_READINGS = children(Reading.record_id)
_LOWERINGS = children(LoweringTable.record_id)
_NAMES = children(Grant.record_id)
_DRAFTS_NEED = audience.DRAFTS_NEED


async def _once_released(
    context: Context, briefs: list[Mapping[str, Any]]
) -> list[list[Standing] | None]:
    """Whom each draft names, as its release will let them read."""
    eyes = context.reader.eyes
    own = [one["id"] for one in briefs if may_know_audience(eyes, one["organization_id"])]
    names = await context.reader.listed(_NAMES, own, audience.NAMES_NEED, ()) if own else {}

    def standings(brief: Mapping[str, Any]) -> list[Standing] | None:
        if brief["id"] not in names:
            return None
        will_be = audience.once_released(brief, [one.values for one in names[brief["id"]]])
        return will_be and [Standing(told=one) for one in who_can_see(*will_be)]

    return [standings(brief) for brief in briefs]


@ability_type
class BriefAbilities:
    """このブリーフにできること。 / What the viewer may do with this brief."""

    edit: Ability = can("下書きを書き換える。 / Edit the draft.", may.may_edit)
    release: Ability = can("公表・共有する。 / Release it.", may.may_release)
    share: Ability = can("共有先を加える。 / Share it with more.", may.may_share)
    correct: Ability = can("訂正版を出す。 / Release a correction.", may.may_correct)
    raise_marking: Ability = can("区分を強める。 / Raise its marking.", may.may_narrow)
    propose_lowering: Ability = can(
        "区分の緩和を申請する。 / Propose to lower its marking.", may.may_lower
    )


@node(tables.Brief)
class Brief(Node):
    """ブリーフ（分析の成果）。 / A brief: what analysts have to say."""

    code: str = col("符号。アドレスに使う。 / Its code, used in addresses.")
    kind: BriefKind = col("種類。 / Its kind.", via=BriefKind)
    status: BriefStatus = col("状態。 / Its state.", via=BriefStatus)
    title: Text | None = bilingual("題名。 / Its title.", "title")
    summary: Text | None = bilingual("要約。 / Its summary.", "summary")
    information_date: date = col("情報基準日。 / The day up to which it is informed.")
    released_at: datetime | None = col(
        "最初に公表・共有した時刻（予定を含む）。 / When it was, or will be, first released."
    )
    updated_at: datetime = col("最後に変わった時刻。 / When it last changed.")
    version: int = col("保存の番号。変更はこれをもとにする。 / Counts its saves.")
    organization: Organization | None = one(
        tables.Brief.organization_id, "つくった組織。 / Who made it."
    )
    author: Person | None = one(tables.Brief.author_id, "著者。 / Its author.")
    reviewer: Person | None = one(tables.Brief.reviewer_id, "査読者。 / Who reviewed it.")
    marking: Marking = marking()
    areas: list[Area] = listed(
        through(tables.BriefArea.brief_id, tables.BriefArea.area_id),
        "技術領域など。 / Its areas.",
        By("list_code"),
        By("position"),
    )
    current: BriefVersion | None = first(
        _VERSIONS,
        "いまの版の内容。 / What it says now, in its newest version.",
        By("number", down=True),
    )
    versions: list[BriefVersion] = listed(
        _VERSIONS, "すべての版（古い順）。 / All its versions, the oldest first.", By("number")
    )
    viewer_reads: list[Standing] = viewer_reads()
    audience: list[Standing] | None = audience_of("organization_id")
    audience_once_released: list[Standing] | None = answered(
        "公表・共有すると読めるようになる人。下書きの間、作成元の組織にだけ示す。 / "
        "Who can see it once it is released: of a draft, for the originator's own people.",
        _once_released,
        "id",
        *_DRAFTS_NEED,
    )
    readings: Connection[ReadingType] = page(
        _READINGS,
        "だれが読んだか（作成元だけに見える）。 / Who read it; the originator alone sees it.",
        default=(By("at", down=True),),
    )
    lowerings: list[Lowering] = listed(
        _LOWERINGS,
        "区分の緩和の申請（作成元だけに見える）。 / Proposed lowerings; the originator's.",
        By("proposed_at"),
    )
    viewer_can: BriefAbilities = abilities(
        "閲覧者にできること。 / What the viewer may do.", BriefAbilities
    )


@filters
class BriefFilter:
    """ブリーフの絞り込み。 / Narrows briefs."""

    kinds: list[BriefKind] | None = among("kind", "種類のどれか。 / One of these kinds.")
    status: list[BriefStatus] | None = among("status", "状態のどれか。 / One of these states.")
    areas: list[str] | None = tagged(
        tables.BriefArea.brief_id,
        tables.BriefArea.area_id,
        "code",
        "領域の符号のどれか。 / Codes of areas.",
    )
    organizations: list[strawberry.ID] | None = references(
        "organization_id", "つくった組織。 / The organisations that made them."
    )
    text: str | None = contains(
        "title_ja",
        "title_en",
        "summary_ja",
        description="題名・要約に含む文字列。全文は search で。 / "
        "Letters in title or summary; use `search` for full text.",
    )
    updated_at: InstantRange | None = within(
        "updated_at", "最後に変わった時刻。 / When they last changed."
    )


@strawberry.enum(description="ブリーフの並べ方。 / What briefs are ordered by.")
class BriefOrderField(Enum):
    """Columns that briefs can be ordered by."""

    UPDATED_AT = valued("updated_at", description="更新。 / Last change.")
    CREATED_AT = valued("created_at", description="作成。 / Creation.")
    INFORMATION_DATE = valued("information_date", description="情報基準日。 / Information date.")


@strawberry.input(description="ブリーフの並び順。 / The order of briefs.")
class BriefOrder:
    """An order of briefs."""

    field: BriefOrderField = strawberry.field(description="並べる項目。 / What to order by.")
    direction: Direction = strawberry.field(
        default=Direction.DESC, description="向き。 / The direction."
    )

    def by(self) -> By:
        """The order's step."""
        return By(self.field.value, self.direction is Direction.DESC)
