"""Invitations: what is offered behind a link, and the mutations of whoever invites or accepts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.directory import invitations, tables
from renkei.ledger.unit import Unit
from renkei_schema.context import Context, Info
from renkei_schema.declare import loaded, rooted
from renkei_schema.directory_types import Organization, Post
from renkei_schema.ids import wanted_key
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.post_inputs import (
    AcceptInvitationInput,
    InviteMemberInput,
    ResendInvitationInput,
    RevokeInvitationInput,
)
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound, WrongState
from renkei_schema.scalars import Text

ORGANIZATION = "組織。 / The organisation."


@strawberry.type(
    description="招待の内容。リンクを持つ人だけに示す。 / What is offered, to who has the link."
)
class InvitationOffer:
    """An offer."""

    organization_id: strawberry.Private[UUID]
    organization: Organization | None = loaded(tables.Organization, "organization_id", ORGANIZATION)
    title: Text = strawberry.field(description="任せる職。 / The title of the post.")
    email: str = strawberry.field(description="送り先のアドレス。 / The address.")
    expires_at: datetime = strawberry.field(description="期限。 / Until when it can be accepted.")
    starts_at: datetime | None = strawberry.field(
        description="就く時刻。nullなら受けたとき。 / From when; null: from the acceptance on."
    )
    has_account: bool = strawberry.field(
        description="このアドレスにアカウントがある。サインインして受ける。 / The address has an "
        "account: sign in to accept."
    )


async def _offer(
    context: Context,
    token: Annotated[str, strawberry.argument(description="リンクにある符号。 / Its token.")],
) -> InvitationOffer | None:
    found = await invitations.offer_of(context.reader, token)
    if found is None:
        return None
    return InvitationOffer(
        organization_id=found.organization_id,
        title=Text(ja=found.title_ja, en=found.title_en),
        email=found.email,
        expires_at=found.expires_at,
        starts_at=found.start,
        has_account=found.has_account,
    )


@strawberry.type
class InvitationQuery:
    """What is offered behind a link."""

    invitation: InvitationOffer | None = rooted(
        "リンクの招待。期限切れ・使用済み・取消しはどれもnull。 / What a link offers; null where "
        "it is unknown, expired, used or revoked, all alike.",
        _offer,
    )


@payload
@strawberry.type(
    description="招待を送る。アカウントの有無は答えに表れない。 / It will be sent. Whether the "
    "address has an account is not told."
)
class MemberInvited:
    """Success."""

    organization_id: strawberry.Private[UUID]
    organization: Organization | None = loaded(tables.Organization, "organization_id", ORGANIZATION)


@payload
@strawberry.type(description="招待を取り消した。 / Revoked.")
class InvitationRevoked:
    """Success."""

    organization_id: strawberry.Private[UUID]
    organization: Organization | None = loaded(tables.Organization, "organization_id", ORGANIZATION)


@payload
@strawberry.type(description="招待を受けた。 / Accepted.")
class InvitationAccepted:
    """Success."""

    post_id: strawberry.Private[UUID]
    post: Post | None = loaded(tables.Post, "post_id", "ポスト。 / The post.")


InviteMemberResult = Annotated[
    MemberInvited | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("InviteMemberResult", description="inviteMemberの答え。 / Its answer."),
]
ResendInvitationResult = Annotated[
    MemberInvited | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union(
        "ResendInvitationResult", description="resendInvitationの答え。 / Its answer."
    ),
]
RevokeInvitationResult = Annotated[
    InvitationRevoked | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union(
        "RevokeInvitationResult", description="revokeInvitationの答え。 / Its answer."
    ),
]
AcceptInvitationResult = Annotated[
    InvitationAccepted | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union(
        "AcceptInvitationResult", description="acceptInvitationの答え。 / Its answer."
    ),
]


@strawberry.type
class InvitationMutation:
    """Mutations of invitations."""

    @strawberry.mutation(
        description="アドレスにポストを申し出る（組織管理者・管理者）。 / Offer a post by mail."
    )
    async def invite_member(self, info: Info, input: Sent[InviteMemberInput]) -> InviteMemberResult:
        """Invite."""

        async def work(unit: Unit, reach: Reach) -> MemberInvited:
            made = await invitations.invite(
                unit,
                reach,
                tokens=info.context.app.invitations,
                post_id=wanted_key(input.post_id, "Post"),
                email=input.email,
                start=input.start,
            )
            return MemberInvited(organization_id=made.organization_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="招待を送り直す。前のリンクは使えなくなる（組織管理者・管理者）。 / Send an "
        "invitation again; the link before works no more."
    )
    async def resend_invitation(
        self, info: Info, input: Sent[ResendInvitationInput]
    ) -> ResendInvitationResult:
        """Send again."""

        async def work(unit: Unit, reach: Reach) -> MemberInvited:
            found = await invitations.resend_invitation(
                unit,
                reach,
                tokens=info.context.app.invitations,
                invitation_id=wanted_key(input.invitation_id, "Invitation"),
            )
            return MemberInvited(organization_id=found.organization_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="招待を取り消す（組織管理者・管理者）。 / Revoke an invitation, at once."
    )
    async def revoke_invitation(
        self, info: Info, input: Sent[RevokeInvitationInput]
    ) -> RevokeInvitationResult:
        """Revoke."""

        async def work(unit: Unit, reach: Reach) -> InvitationRevoked:
            key = wanted_key(input.invitation_id, "Invitation")
            found = await invitations.revoke_invitation(unit, reach, invitation_id=key)
            return InvitationRevoked(organization_id=found.organization_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="招待を受ける。送り先のアドレスの本人だけ。 / Accept an invitation, as the one "
        "whose address it is."
    )
    async def accept_invitation(
        self, info: Info, input: Sent[AcceptInvitationInput]
    ) -> AcceptInvitationResult:
        """Accept."""

        async def work(unit: Unit, reach: Reach) -> InvitationAccepted:
            found = await invitations.accept_invitation(unit, reach, token=input.token)
            return InvitationAccepted(post_id=found.post_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)
