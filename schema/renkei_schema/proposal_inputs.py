"""Inputs of the mutations of proposals."""

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from renkei.proposals.service import BudgetEdit, MemberEdit, ProposalEdit
from renkei_schema.ids import optional_key, wanted_key
from renkei_schema.proposals import PlanSection
from renkei_schema.scalars import KEY, Yen


@strawberry.input(description="提案書の下書きを始める。 / Begins a draft.")
class DraftProposalInput:
    """A new draft."""

    call_id: strawberry.ID = strawberry.field(description="公募。 / The call.")
    title: str = strawberry.field(default="", description="課題名。 / Its title.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="研究計画の一節。 / One section of a plan.")
class PlanEntryInput:
    """A section as sent."""

    section: PlanSection = strawberry.field(description="節。 / The section.")
    text: str = strawberry.field(description="本文。 / Its text.")


@strawberry.input(description="体制の一人のエフォート。 / A member's effort.")
class MemberInput:
    """A member's efforts as sent."""

    id: strawberry.ID = strawberry.field(description="体制の一人。 / The member.")
    effort_percent: int | None = strawberry.field(
        default=None, description="この提案のエフォート（％）。 / Effort here, percent."
    )
    other_effort_percent: int | None = strawberry.field(
        default=None, description="ほかの活動の合計（％）。 / Effort elsewhere, percent."
    )


@strawberry.input(description="一機関・一年度の直接経費。 / Direct costs of a year.")
class BudgetLineInput:
    """A budget line as sent."""

    organization_id: strawberry.ID = strawberry.field(description="機関。 / The organisation.")
    fiscal_year: int = strawberry.field(description="年度。 / The fiscal year.")
    direct_yen: Yen = strawberry.field(description="直接経費（円）。 / Direct costs in yen.")


@strawberry.input(description="ほかの研究費。 / Other funding.")
class OtherFundingInput:
    """Other funding as declared."""

    programme: str = strawberry.field(default="", description="制度名。 / The programme.")
    title: str = strawberry.field(default="", description="課題名。 / The title.")
    starts_on: date | None = strawberry.field(default=None, description="開始日。 / First day.")
    ends_on: date | None = strawberry.field(default=None, description="終了日。 / Last day.")
    amount_yen: Yen | None = strawberry.field(
        default=None, description="金額（円）。 / Amount in yen."
    )
    effort_percent: int | None = strawberry.field(
        default=None, description="エフォート（％）。 / Effort, percent."
    )
    under_nda: bool = strawberry.field(
        default=False, description="秘密保持の対象（エフォートだけ書く）。 / Under an NDA."
    )

    def plain(self) -> dict[str, Any]:
        """The declaration as it is kept."""
        return {
            "programme": self.programme,
            "title": self.title,
            "startsOn": self.starts_on.isoformat() if self.starts_on else None,
            "endsOn": self.ends_on.isoformat() if self.ends_on else None,
            "amountYen": self.amount_yen,
            "effortPercent": self.effort_percent,
            "underNda": self.under_nda,
        }


@strawberry.input(
    description="下書きを保存する。nullは変えない。 / Saves a draft; null leaves a part alone."
)
class SaveProposalInput:
    """Parts of a draft as sent."""

    proposal_id: strawberry.ID = strawberry.field(description="提案書。 / The proposal.")
    version: int = strawberry.field(description="もとにした版。 / The version it is based on.")
    title: str | None = strawberry.field(default=None, description="課題名。 / Its title.")
    summary: str | None = strawberry.field(default=None, description="概要。 / Its summary.")
    starts_on: date | None = strawberry.field(default=None, description="開始日。 / First day.")
    ends_on: date | None = strawberry.field(default=None, description="終了日。 / Last day.")
    plan: list[PlanEntryInput] | None = strawberry.field(
        default=None, description="書いた節。 / Sections that were written."
    )
    members: list[MemberInput] | None = strawberry.field(
        default=None, description="エフォート。 / Efforts."
    )
    budget: list[BudgetLineInput] | None = strawberry.field(
        default=None, description="予算の全体（置き換える）。 / The whole budget, replaced."
    )
    other_funding: list[OtherFundingInput] | None = strawberry.field(
        default=None,
        description="ほかの研究費の全部。なければ空の一覧。 / All other funding; empty for none.",
    )
    confirm_integrity: bool = strawberry.field(
        default=False,
        description="研究インテグリティの申告を確かめた。 / Integrity is declared anew.",
    )

    def kernel(self) -> ProposalEdit:
        """The kernel's value."""
        return ProposalEdit(
            title=self.title,
            summary=self.summary,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            plan=None
            if self.plan is None
            else {entry.section.value: entry.text for entry in self.plan},
            members=None
            if self.members is None
            else [
                MemberEdit(
                    wanted_key(sent.id, "ProposalMember"),
                    sent.effort_percent,
                    sent.other_effort_percent,
                )
                for sent in self.members
            ],
            budget=None
            if self.budget is None
            else [
                BudgetEdit(
                    optional_key(line.organization_id, "Organization"),
                    line.fiscal_year,
                    line.direct_yen,
                )
                for line in self.budget
            ],
            other_funding=None
            if self.other_funding is None
            else [told.plain() for told in self.other_funding],
            confirm_integrity=self.confirm_integrity,
        )


@strawberry.input(description="提案書を選ぶ。 / Names a proposal.")
class ProposalInput:
    """A proposal by its id."""

    proposal_id: strawberry.ID = strawberry.field(description="提案書。 / The proposal.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="差し戻す。 / Returns a proposal for correction.")
class ReturnProposalInput(ProposalInput):
    """A return with its reason."""

    reason: str = strawberry.field(description="理由。 / Why.")


@strawberry.input(description="参加を依頼する。 / Invites a partner.")
class InvitePartnerInput(ProposalInput):
    """A person to invite."""

    person_id: strawberry.ID = strawberry.field(description="依頼する人。 / The person.")


@strawberry.input(description="参加の依頼に答える。 / Answers an invitation.")
class AnswerInvitationInput(ProposalInput):
    """An answer."""

    agree: bool = strawberry.field(description="参加する。 / Take part.")


@strawberry.input(description="体制から外す。 / Takes a partner out of the team.")
class RemovePartnerInput(ProposalInput):
    """A member to take out."""

    member_id: strawberry.ID = strawberry.field(description="外す人。 / The member.")


@strawberry.input(description="提出する。 / Hands a proposal in.")
class HandInProposalInput(ProposalInput):
    """Hands a proposal in."""


@strawberry.input(description="配分機関へ進める。 / Forwards a proposal.")
class ForwardProposalInput(ProposalInput):
    """Forwards a proposal."""


@strawberry.input(description="引き戻す。 / Takes a proposal back.")
class TakeBackProposalInput(ProposalInput):
    """Takes a proposal back."""


@strawberry.input(description="取り下げる。 / Withdraws a proposal.")
class WithdrawProposalInput(ProposalInput):
    """Withdraws a proposal."""
