"""Proposals, their team and budget, receipts, as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from renkei.audit.tables import Reading as ReadingTable
from renkei.proposals import abilities as may
from renkei.proposals import budget as money
from renkei.proposals import rules, tables
from renkei.proposals.submission import missing
from renkei.reading.links import children
from renkei.reading.page import By
from renkei.reading.record import Record
from renkei_schema.calls import Call
from renkei_schema.context import Context
from renkei_schema.declare import (
    Ability,
    Connection,
    abilities,
    ability_type,
    answered,
    back,
    can,
    col,
    listed,
    node,
    one,
    page,
    part,
    source_of,
)
from renkei_schema.directory import Organization, Person
from renkei_schema.enums import valued
from renkei_schema.filters import ProposalStatus
from renkei_schema.markings import Marking, marking
from renkei_schema.node import Node
from renkei_schema.readings import Reading
from renkei_schema.refusals import Problem, problems_of
from renkei_schema.scalars import Text, Yen
from renkei_schema.standings import Standing, audience_of, viewer_reads
from renkei_schema.within import in_session


@strawberry.enum(description="参加の承諾。 / A partner's consent.")
class Consent(Enum):
    """States of a partner's consent."""

    ASKED = valued("asked", description="依頼中。 / Asked.")
    GIVEN = valued("given", description="承諾。 / Given.")
    DECLINED = valued("declined", description="辞退。 / Declined.")


@strawberry.enum(description="研究計画の節。 / Sections of a plan.")
class PlanSection(Enum):
    """What a plan must say (R3.6)."""

    FEASIBILITY = valued(
        "FEASIBILITY", description="成果活用の実現可能性。 / Feasibility of using the results."
    )
    CONTENT = valued("CONTENT", description="研究開発の内容。 / R&D content.")
    ORGANIZATION = valued("ORGANIZATION", description="実施体制。 / Organisation.")
    BUDGET = valued("BUDGET", description="予算計画。 / Budget plan.")
    SAFETY = valued("SAFETY", description="安全管理措置の計画。 / Safety-management plan.")
    CORE_TECHNOLOGY = valued(
        "CORE_TECHNOLOGY",
        description="コア重要技術等と流出防止措置。 / Core technology and leakage prevention.",
    )


@strawberry.type(description="研究計画の一節。 / One section of a plan.")
class PlanEntry:
    """A section and its text."""

    section: PlanSection = strawberry.field(description="節。 / The section.")
    title: Text = strawberry.field(description="節の題。 / The section's title.")
    text: str = strawberry.field(description="本文。まだなければ空。 / Its text; empty so far.")


@strawberry.type(
    description="ほかの研究費の応募・受入。 / Another funding applied for or received."
)
class OtherFunding:
    """Other funding (R3.10); under an NDA only the effort is told (R5.2)."""

    programme: str = strawberry.field(description="制度名。 / The programme.")
    title: str = strawberry.field(description="課題名。 / The title.")
    starts_on: date | None = strawberry.field(description="開始日。 / The first day.")
    ends_on: date | None = strawberry.field(description="終了日。 / The last day.")
    amount_yen: Yen | None = strawberry.field(description="金額（円）。 / The amount in yen.")
    effort_percent: int | None = strawberry.field(
        description="エフォート（％）。 / Effort, percent."
    )
    under_nda: bool = strawberry.field(description="秘密保持の対象。 / Under an NDA.")


@strawberry.type(description="一年度の費用。 / The costs of one fiscal year.")
class YearCosts:
    """What is asked for in one fiscal year, over all organisations (R3.8)."""

    fiscal_year: int = strawberry.field(description="年度。 / The fiscal year.")
    direct_yen: Yen = strawberry.field(description="直接経費（円）。 / Direct costs in yen.")
    indirect_yen: Yen = strawberry.field(description="間接経費（円）。 / Indirect costs in yen.")
    total_yen: Yen = strawberry.field(description="合計（円）。 / Both together, in yen.")


_LINES = children(tables.BudgetLine.proposal_id)
_LINES_NEED = frozenset({"organization_id", "fiscal_year", "direct_yen"})


async def _costs(context: Context, proposals: list[Mapping[str, Any]]) -> list[list[YearCosts]]:
    """Costs by fiscal year at each call's rate of indirect costs."""
    reader = context.reader
    keys = [one["id"] for one in proposals]
    lines = await reader.listed(_LINES, keys, _LINES_NEED, (By("fiscal_year"),))
    calls = await reader.by_keys(
        source_of(Call),
        "id",
        {one["call_id"] for one in proposals},
        frozenset({"indirect_percent"}),
    )
    # Whoever sees a proposal sees its call; without the call there is no rate to cost by.
    return [
        _by_year(lines[one["id"]], calls[one["call_id"]]) if one["call_id"] in calls else []
        for one in proposals
    ]


def _by_year(lines: list[Record], call: Record) -> list[YearCosts]:
    budget = tuple(
        money.BudgetLine(
            str(line.values["organization_id"]),
            line.values["fiscal_year"],
            line.values["direct_yen"],
        )
        for line in lines
    )
    return [
        YearCosts(
            fiscal_year=year,
            direct_yen=Yen(costs.direct_yen),
            indirect_yen=Yen(costs.indirect_yen),
            total_yen=Yen(costs.total_yen),
        )
        for year, costs in money.costs_by_year(budget, call.values["indirect_percent"]).items()
    ]


async def _missing(context: Context, proposals: list[Mapping[str, Any]]) -> list[list[Problem]]:
    """All that each proposal lacks."""
    keys = [one["id"] for one in proposals]
    found = await in_session(
        context, lambda session, reach: missing(session, reach, proposal_ids=keys)
    )
    return [problems_of(found.get(key, [])) for key in keys]


def plan_entries(plan: dict[str, str]) -> list[PlanEntry]:
    """The plan's sections in their order, with what is written so far."""
    return [
        PlanEntry(
            section=PlanSection(section.value),
            title=Text(ja=name.ja, en=name.en),
            text=plan.get(section.value, ""),
        )
        for section, name in rules.PLAN_SECTION_NAMES.items()
    ]


def _other_funding(declarations: dict[str, Any]) -> list[OtherFunding] | None:
    told = declarations.get("otherFunding")
    if told is None:
        return None

    def day(value: str | None) -> date | None:
        return date.fromisoformat(value) if value else None

    return [
        OtherFunding(
            programme=one.get("programme") or "",
            title=one.get("title") or "",
            starts_on=day(one.get("startsOn")),
            ends_on=day(one.get("endsOn")),
            amount_yen=one.get("amountYen"),
            effort_percent=one.get("effortPercent"),
            under_nda=bool(one.get("underNda")),
        )
        for one in told
    ]


def _integrity(declarations: dict[str, Any]) -> datetime | None:
    told = declarations.get("integrity", {}).get("declaredAt")
    return datetime.fromisoformat(told) if told else None


@node(tables.ProposalMember)
class ProposalMember(Node):
    """体制の一人。 / One person of the team."""

    person: Person | None = one(tables.ProposalMember.person_id, "人。 / The person.")
    organization: Organization | None = one(
        tables.ProposalMember.organization_id, "所属機関。 / Their organisation."
    )
    is_pi: bool = col("研究代表者。 / Principal investigator.")
    effort_percent: int | None = col("この提案のエフォート（％）。 / Effort here, percent.")
    other_effort_percent: int | None = col("ほかの活動の合計（％）。 / Effort elsewhere, percent.")
    consent: Consent = col("参加の承諾。 / Their consent.", via=Consent)


@node(tables.BudgetLine)
class BudgetLine(Node):
    """一機関・一年度の直接経費。 / Direct costs of one organisation in one fiscal year."""

    organization: Organization | None = one(
        tables.BudgetLine.organization_id, "機関。 / The organisation."
    )
    fiscal_year: int = col("年度。 / The fiscal year.")
    direct_yen: Yen = col("直接経費（円）。 / Direct costs in yen.")


@ability_type
class ProposalAbilities:
    """この提案書にできること。 / What the viewer may do with this proposal."""

    edit: Ability = can("書き換える。 / Edit.", may.may_edit)
    hand_in: Ability = can("提出する。 / Hand in.", may.may_hand_in)
    take_back: Ability = can("引き戻す。 / Take back.", may.may_take_back)
    forward: Ability = can("配分機関へ進める。 / Forward to the agency.", may.may_forward)
    return_for_correction: Ability = can("差し戻す。 / Return for correction.", may.may_return)
    withdraw: Ability = can("取り下げる。 / Withdraw.", may.may_withdraw)


@node(tables.Receipt)
class Receipt(Node):
    """受領証。公開鍵でオフラインでも確かめられる。 / A receipt, verifiable offline."""

    number: str = col("受領番号（検査用文字つき）。 / Its number, with a check character.")
    submitted_at: datetime = col("受け付けた時刻。 / The instant that counts.")
    sha256: str = col("内容のSHA-256。 / SHA-256 of the canonical content.")
    document: JSON = col("署名つきの受領証。 / The signed receipt.")
    content: JSON | None = part(
        tables.ReceiptContent.content,
        "提出された内容。申告を見られない人にはnull。 / The content that was handed in; null for "
        "whoever does not see the disclosures in it.",
    )
    marking: Marking = marking()
    proposal: Proposal | None = one(tables.Receipt.proposal_id, "提案書。 / The proposal.")


@node(tables.Proposal)
class Proposal(Node):
    """提案書。 / A proposal."""

    number: str = col("提案番号。連番ではない。 / Its number; it counts nothing.")
    title: str = col("課題名。 / Its title.")
    summary: str = col("概要。 / Its summary.")
    status: ProposalStatus = col("状態。 / Its state.", via=ProposalStatus)
    starts_on: date | None = col("開始日。 / The first day.")
    ends_on: date | None = col("終了日。 / The last day.")
    returned_reason: str = col("差戻しの理由。 / Why it was returned.")
    created_at: datetime = col("つくった時刻。 / When it was begun.")
    updated_at: datetime = col("最後に保存した時刻。 / When it was last saved.")
    handed_in_at: datetime | None = col("機関へ出した時刻。 / When it was handed in.")
    submitted_at: datetime | None = col("受け付けた時刻。 / When it was submitted.")
    version: int = col("版。 / Its version; each save counts.")
    marking: Marking = marking()
    call: Call | None = one(tables.Proposal.call_id, "公募。 / The call.")
    lead_organization: Organization | None = one(
        tables.Proposal.lead_organization_id, "代表機関。 / The lead institution."
    )
    principal_investigator: Person | None = one(
        tables.Proposal.pi_person_id, "研究代表者。 / The principal investigator."
    )
    members: list[ProposalMember] = listed(
        children(tables.ProposalMember.proposal_id), "体制。 / The team.", By("position")
    )
    budget: list[BudgetLine] = listed(
        children(tables.BudgetLine.proposal_id),
        "予算。 / The budget.",
        By("organization_id"),
        By("fiscal_year"),
    )
    costs: list[YearCosts] = answered(
        "年度ごとの費用（間接経費を含む）。 / Costs by fiscal year, indirect ones included.",
        _costs,
        "id",
        "call_id",
    )
    plan: list[PlanEntry] = col("研究計画。 / The plan.", via=plan_entries)
    other_funding: list[OtherFunding] | None = part(
        tables.ProposalDisclosure.declarations,
        "ほかの研究費。未申告のとき、および見られないときはnull。 / Other funding; null until "
        "declared, and where it is not the viewer's to see (R5.3).",
        via=_other_funding,
    )
    integrity_declared_at: datetime | None = part(
        tables.ProposalDisclosure.declarations,
        "研究インテグリティを申告した時刻。見られないときはnull。 / When integrity was declared; "
        "null where it is not the viewer's to see.",
        via=_integrity,
    )
    viewer_reads: list[Standing] = viewer_reads()
    audience: list[Standing] | None = audience_of("lead_organization_id")
    readings: Connection[Reading] = page(
        children(ReadingTable.record_id),
        "だれが読んだか。代表機関に、自らの人と名指しした人だけを示す。 / Who read it, for the "
        "lead institution: of its own and named people alone.",
        default=(By("at", down=True),),
    )
    receipt: Receipt | None = back(tables.Receipt.proposal_id, "受領証。 / The receipt.")
    viewer_can: ProposalAbilities = abilities(
        "閲覧者にできること。 / What the viewer may do.", ProposalAbilities
    )
    missing: list[Problem] = answered(
        "提出までに足りないもの全部。 / Everything still missing before it can be handed in.",
        _missing,
        "id",
    )
