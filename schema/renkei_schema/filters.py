"""Filters and orders that more than one noun's lists take."""

from __future__ import annotations

from enum import Enum

import strawberry

from renkei.calls import tables as calls
from renkei.calls.store import status_is
from renkei.reading.page import By
from renkei_schema.declare.filters import (
    among,
    contains,
    filters,
    narrowed,
    references,
    tagged,
    within,
)
from renkei_schema.enums import valued
from renkei_schema.scalars import Direction, InstantRange


@strawberry.enum(
    description="公募の状態（時刻により自動で進む）。 / A call's state; time moves it on."
)
class CallStatus(Enum):
    """States of a call (R3.2)."""

    DRAFT = valued("DRAFT", description="下書き。 / Draft.")
    PRE_ANNOUNCED = valued("PRE_ANNOUNCED", description="公募予告。 / Pre-announced.")
    OPEN = valued("OPEN", description="受付中。 / Open.")
    CLOSED = valued("CLOSED", description="締切済み。 / Closed.")
    UNDER_REVIEW = valued("UNDER_REVIEW", description="審査中。 / Under review.")
    DECIDED = valued("DECIDED", description="結果決定。 / Decided.")
    CANCELLED = valued("CANCELLED", description="中止。 / Cancelled.")


@filters
class CallFilter:
    """公募の絞り込み。 / Narrows calls."""

    status: list[CallStatus] | None = narrowed(
        lambda sent: status_is([status.value for status in sent]),
        "状態のどれか。 / One of these states.",
    )
    areas: list[str] | None = tagged(
        calls.CallArea.call_id,
        calls.CallArea.area_id,
        "code",
        "領域の符号のどれか。 / Codes of areas.",
    )
    organizations: list[strawberry.ID] | None = references(
        "organization_id", "公募する組織。 / The organisations that issue them."
    )
    concepts: list[strawberry.ID] | None = references(
        "concept_id", "研究開発構想。 / R&D concepts."
    )
    text: str | None = contains(
        "title_ja",
        "title_en",
        "summary_ja",
        description="題名・概要に含む文字列。全文は search で。 / "
        "Letters in title or summary; use `search` for full text.",
    )
    opens_at: InstantRange | None = within("opens_at", "開始の時刻。 / When they open.")
    closes_at: InstantRange | None = within("closes_at", "締切の時刻。 / When they close.")


@strawberry.enum(description="公募の並べ方。 / What calls are ordered by.")
class CallOrderField(Enum):
    """Columns that calls can be ordered by."""

    CLOSES_AT = valued("closes_at", description="締切。 / Deadline.")
    OPENS_AT = valued("opens_at", description="開始。 / Opening.")
    CREATED_AT = valued("created_at", description="作成。 / Creation.")


@strawberry.input(description="公募の並び順。 / The order of calls.")
class CallOrder:
    """An order of calls."""

    field: CallOrderField = strawberry.field(description="並べる項目。 / What to order by.")
    direction: Direction = strawberry.field(
        default=Direction.ASC, description="向き。 / The direction."
    )

    def by(self) -> By:
        """The order's step."""
        return By(self.field.value, self.direction is Direction.DESC)


@strawberry.enum(description="提案の状態。 / A proposal's state.")
class ProposalStatus(Enum):
    """States of a proposal (R3.4)."""

    DRAFT = valued("DRAFT", description="下書き。 / Draft.")
    PENDING_INSTITUTION = valued(
        "PENDING_INSTITUTION", description="所属機関の承認待ち。 / Waits for the institution."
    )
    SUBMITTED = valued("SUBMITTED", description="提出済み。 / Submitted.")
    ACCEPTED_FOR_REVIEW = valued("ACCEPTED_FOR_REVIEW", description="受理。 / Accepted for review.")
    IN_REVIEW = valued("IN_REVIEW", description="審査中。 / In review.")
    ADOPTED = valued("ADOPTED", description="採択。 / Adopted.")
    CONDITIONALLY_ADOPTED = valued(
        "CONDITIONALLY_ADOPTED", description="条件付採択。 / Conditionally adopted."
    )
    REJECTED = valued("REJECTED", description="不採択。 / Rejected.")
    WITHDRAWN = valued("WITHDRAWN", description="辞退。 / Withdrawn.")


@filters
class ProposalFilter:
    """提案の絞り込み。 / Narrows proposals."""

    status: list[ProposalStatus] | None = among("status", "状態のどれか。 / One of these states.")
    calls: list[strawberry.ID] | None = references("call_id", "公募。 / Calls.")
    text: str | None = contains(
        "title", "summary", description="題名・概要に含む。 / In title or summary."
    )


@strawberry.enum(description="提案の並べ方。 / What proposals are ordered by.")
class ProposalOrderField(Enum):
    """Columns that proposals can be ordered by."""

    UPDATED_AT = valued("updated_at", description="更新。 / Last change.")
    CREATED_AT = valued("created_at", description="作成。 / Creation.")


@strawberry.input(description="提案の並び順。 / The order of proposals.")
class ProposalOrder:
    """An order of proposals."""

    field: ProposalOrderField = strawberry.field(description="並べる項目。 / What to order by.")
    direction: Direction = strawberry.field(
        default=Direction.ASC, description="向き。 / The direction."
    )

    def by(self) -> By:
        """The order's step."""
        return By(self.field.value, self.direction is Direction.DESC)
