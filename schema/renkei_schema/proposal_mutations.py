"""Mutations of proposals: draft, save, team, submission."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.ledger.unit import Unit
from renkei.proposals import service, submission, tables, team
from renkei_schema.context import Info
from renkei_schema.declare import loaded
from renkei_schema.ids import optional_key, wanted_key
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.proposal_inputs import (
    AnswerInvitationInput,
    DraftProposalInput,
    ForwardProposalInput,
    HandInProposalInput,
    InvitePartnerInput,
    ProposalInput,
    RemovePartnerInput,
    ReturnProposalInput,
    SaveProposalInput,
    TakeBackProposalInput,
    WithdrawProposalInput,
)
from renkei_schema.proposals import Proposal, Receipt
from renkei_schema.refusals import (
    Conflict,
    DeadlinePassed,
    InvalidInput,
    NotAllowed,
    NotFound,
    WrongState,
)

PROPOSAL = "提案書。 / The proposal."
RECEIPT = "受領証。 / The receipt."


@payload
@strawberry.type(description="下書きを始めた。 / The draft was begun.")
class ProposalDrafted:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)


@payload
@strawberry.type(description="保存した。 / It was saved.")
class ProposalSaved:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)


@payload
@strawberry.type(description="参加を依頼した。 / The partner was invited.")
class PartnerInvited:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)


@payload
@strawberry.type(description="答えを伝えた。 / The answer was recorded.")
class InvitationAnswered:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)


@payload
@strawberry.type(description="体制から外した。 / The partner was taken out.")
class PartnerRemoved:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)


@payload
@strawberry.type(
    description="機関へ出した。承認が要らない公募では受け付けた。 / "
    "Handed in; submitted where the call needs no institution."
)
class ProposalHandedIn:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    receipt_id: strawberry.Private[UUID | None]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)
    receipt: Receipt | None = loaded(tables.Receipt, "receipt_id", RECEIPT)


@payload
@strawberry.type(description="受け付けた。 / The proposal was submitted.")
class ProposalSubmitted:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    receipt_id: strawberry.Private[UUID | None]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)
    receipt: Receipt | None = loaded(tables.Receipt, "receipt_id", RECEIPT)


@payload
@strawberry.type(description="差し戻した。 / It was returned.")
class ProposalReturned:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)


@payload
@strawberry.type(description="引き戻した。 / It was taken back.")
class ProposalTakenBack:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)


@payload
@strawberry.type(description="取り下げた。 / It was withdrawn.")
class ProposalWithdrawn:
    """Success."""

    proposal_id: strawberry.Private[UUID]
    proposal: Proposal | None = loaded(tables.Proposal, "proposal_id", PROPOSAL)


DraftProposalResult = Annotated[
    ProposalDrafted | InvalidInput | NotAllowed | NotFound | WrongState | DeadlinePassed,
    strawberry.union("DraftProposalResult", description="draftProposalの答え。 / Its answer."),
]
SaveProposalResult = Annotated[
    ProposalSaved | InvalidInput | NotAllowed | NotFound | Conflict,
    strawberry.union("SaveProposalResult", description="saveProposalの答え。 / Its answer."),
]
InvitePartnerResult = Annotated[
    PartnerInvited | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("InvitePartnerResult", description="invitePartnerの答え。 / Its answer."),
]
AnswerInvitationResult = Annotated[
    InvitationAnswered | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union(
        "AnswerInvitationResult", description="answerInvitationの答え。 / Its answer."
    ),
]
RemovePartnerResult = Annotated[
    PartnerRemoved | InvalidInput | NotAllowed | NotFound,
    strawberry.union("RemovePartnerResult", description="removePartnerの答え。 / Its answer."),
]
HandInProposalResult = Annotated[
    ProposalHandedIn | InvalidInput | NotAllowed | NotFound | WrongState | DeadlinePassed,
    strawberry.union("HandInProposalResult", description="handInProposalの答え。 / Its answer."),
]
ForwardProposalResult = Annotated[
    ProposalSubmitted | InvalidInput | NotAllowed | NotFound | WrongState | DeadlinePassed,
    strawberry.union("ForwardProposalResult", description="forwardProposalの答え。 / Its answer."),
]
ReturnProposalResult = Annotated[
    ProposalReturned | InvalidInput | NotAllowed | NotFound,
    strawberry.union("ReturnProposalResult", description="returnProposalの答え。 / Its answer."),
]
TakeBackProposalResult = Annotated[
    ProposalTakenBack | InvalidInput | NotAllowed | NotFound,
    strawberry.union(
        "TakeBackProposalResult", description="takeBackProposalの答え。 / Its answer."
    ),
]
WithdrawProposalResult = Annotated[
    ProposalWithdrawn | InvalidInput | NotAllowed | NotFound,
    strawberry.union(
        "WithdrawProposalResult", description="withdrawProposalの答え。 / Its answer."
    ),
]


def proposal_key(input: SaveProposalInput | ProposalInput) -> UUID:
    """The proposal that an input names."""
    return wanted_key(input.proposal_id, "Proposal")


@strawberry.type
class ProposalMutation:
    """Mutations of proposals."""

    @strawberry.mutation(description="提案書の下書きを始める。 / Begin a draft.")
    async def draft_proposal(
        self, info: Info, input: Sent[DraftProposalInput]
    ) -> DraftProposalResult:
        """Begin a draft."""

        async def work(unit: Unit, reach: Reach) -> ProposalDrafted:
            proposal = await service.draft_proposal(
                unit, reach, call_id=wanted_key(input.call_id, "Call"), title=input.title
            )
            return ProposalDrafted(proposal_id=proposal.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="下書きを保存する。 / Save a draft.")
    async def save_proposal(self, info: Info, input: Sent[SaveProposalInput]) -> SaveProposalResult:
        """Save a draft."""

        async def work(unit: Unit, reach: Reach) -> ProposalSaved:
            proposal = await service.save_proposal(
                unit,
                reach,
                proposal_id=proposal_key(input),
                based_on=input.version,
                edit=input.kernel(),
            )
            return ProposalSaved(proposal_id=proposal.id)

        return await perform(info, work)

    @strawberry.mutation(description="参加を依頼する。 / Invite a partner.")
    async def invite_partner(
        self, info: Info, input: Sent[InvitePartnerInput]
    ) -> InvitePartnerResult:
        """Invite a partner."""

        async def work(unit: Unit, reach: Reach) -> PartnerInvited:
            proposal = await team.invite_partner(
                unit,
                reach,
                proposal_id=proposal_key(input),
                person_id=optional_key(input.person_id, "Person"),
            )
            return PartnerInvited(proposal_id=proposal.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="参加の依頼に答える。 / Answer an invitation.")
    async def answer_invitation(
        self, info: Info, input: Sent[AnswerInvitationInput]
    ) -> AnswerInvitationResult:
        """Answer an invitation."""

        async def work(unit: Unit, reach: Reach) -> InvitationAnswered:
            proposal = await team.answer_invitation(
                unit, reach, proposal_id=proposal_key(input), agree=input.agree
            )
            return InvitationAnswered(proposal_id=proposal.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="体制から外す。 / Take a partner out.")
    async def remove_partner(
        self, info: Info, input: Sent[RemovePartnerInput]
    ) -> RemovePartnerResult:
        """Take a partner out."""

        async def work(unit: Unit, reach: Reach) -> PartnerRemoved:
            proposal = await team.remove_partner(
                unit,
                reach,
                proposal_id=proposal_key(input),
                member_id=optional_key(input.member_id, "ProposalMember"),
            )
            return PartnerRemoved(proposal_id=proposal.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="提出する。 / Hand in.")
    async def hand_in_proposal(
        self, info: Info, input: Sent[HandInProposalInput]
    ) -> HandInProposalResult:
        """Hand in."""

        async def work(unit: Unit, reach: Reach) -> ProposalHandedIn:
            proposal, receipt = await submission.hand_in(
                unit, reach, proposal_id=proposal_key(input), keys=info.context.app.keys
            )
            return ProposalHandedIn(
                proposal_id=proposal.id, receipt_id=receipt.id if receipt else None
            )

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="機関が配分機関へ進める。 / The institution forwards it to the agency."
    )
    async def forward_proposal(
        self, info: Info, input: Sent[ForwardProposalInput]
    ) -> ForwardProposalResult:
        """The institution forwards it to the agency."""

        async def work(unit: Unit, reach: Reach) -> ProposalSubmitted:
            proposal, receipt = await submission.forward(
                unit, reach, proposal_id=proposal_key(input), keys=info.context.app.keys
            )
            return ProposalSubmitted(proposal_id=proposal.id, receipt_id=receipt.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="差し戻す。 / Return for correction.")
    async def return_proposal(
        self, info: Info, input: Sent[ReturnProposalInput]
    ) -> ReturnProposalResult:
        """Return for correction."""

        async def work(unit: Unit, reach: Reach) -> ProposalReturned:
            proposal = await submission.return_for_correction(
                unit, reach, proposal_id=proposal_key(input), reason=input.reason
            )
            return ProposalReturned(proposal_id=proposal.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="引き戻す。 / Take it back.")
    async def take_back_proposal(
        self, info: Info, input: Sent[TakeBackProposalInput]
    ) -> TakeBackProposalResult:
        """Take it back."""

        async def work(unit: Unit, reach: Reach) -> ProposalTakenBack:
            proposal = await submission.take_back(unit, reach, proposal_id=proposal_key(input))
            return ProposalTakenBack(proposal_id=proposal.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="取り下げる。 / Withdraw.")
    async def withdraw_proposal(
        self, info: Info, input: Sent[WithdrawProposalInput]
    ) -> WithdrawProposalResult:
        """Withdraw."""

        async def work(unit: Unit, reach: Reach) -> ProposalWithdrawn:
            proposal = await submission.withdraw(unit, reach, proposal_id=proposal_key(input))
            return ProposalWithdrawn(proposal_id=proposal.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)
