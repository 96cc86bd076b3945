"""Inputs of the mutations on who holds which post, deputies and invitations."""

from __future__ import annotations

from datetime import datetime

import strawberry

from renkei_schema.scalars import KEY

POST = "ポスト。 / The post."
PERSON = "人。 / The person."


@strawberry.input(description="人をポストに任じる。 / Appoints a person to a post.")
class AppointToPostInput:
    """An appointment as sent."""

    post_id: strawberry.ID = strawberry.field(description=POST)
    person_id: strawberry.ID = strawberry.field(description=PERSON)
    start: datetime | None = strawberry.field(
        default=None,
        description="始まり。書かなければいま。先の時刻なら予定になる。 / From when; now if left "
        "out. To come, it is planned.",
    )
    until: datetime | None = strawberry.field(
        default=None,
        description="終わり（含まない）。書かなければ定めない。 / Until when, if planned.",
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="任を解く。 / Ends an appointment.")
class EndAppointmentInput:
    """Whose appointment ends."""

    post_id: strawberry.ID = strawberry.field(description=POST)
    person_id: strawberry.ID = strawberry.field(description=PERSON)
    at: datetime | None = strawberry.field(
        default=None,
        description="終わり。書かなければいま。始まっていなければ、任命を取り消す。 / When; now if "
        "left out, which calls off one that has not begun.",
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="任命の予定を変える。 / Changes what is planned of an appointment.")
class ChangeAppointmentInput:
    """What is planned instead."""

    holding_id: strawberry.ID = strawberry.field(description="任命。 / The holding.")
    start: datetime | None = strawberry.field(
        default=None, description="始まり。書かなければそのまま。 / From when; left out: as it is."
    )
    until: datetime | None = strawberry.field(
        default=None, description="終わり。書かなければ定めない。 / Until when; left out: no end."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="辞令案の一行。 / One line of a rotation.")
class RotationLineInput:
    """Who, and which post."""

    post_id: strawberry.ID = strawberry.field(description=POST)
    person_id: strawberry.ID = strawberry.field(description=PERSON)


@strawberry.input(
    description="人事異動。一つの時刻に、まとめて効く。 / A rotation, in force at one instant."
)
class RotatePostsInput:
    """A prepared list."""

    organization_id: strawberry.ID = strawberry.field(description="組織。 / The organisation.")
    takes_effect_at: datetime = strawberry.field(
        description="効く時刻（例：4月1日0:00）。 / When it takes effect."
    )
    leaving: list[RotationLineInput] = strawberry.field(
        default_factory=list, description="離れる人。 / Who leaves."
    )
    appointing: list[RotationLineInput] = strawberry.field(
        default_factory=list, description="就く人。 / Who comes."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="代理を置く。 / Names a deputy.")
class NameDeputyInput:
    """A deputy as sent."""

    post_id: strawberry.ID = strawberry.field(description=POST)
    person_id: strawberry.ID = strawberry.field(
        description="代理になる人。同じ組織の人に限る。 / The deputy, of the same organisation."
    )
    start: datetime | None = strawberry.field(
        default=None, description="始まり。書かなければいま。 / From when; now if left out."
    )
    until: datetime = strawberry.field(
        description="期限（始まりから92日まで）。 / The end, at most 92 days from the start."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="代理を終える。 / Ends a deputy's term.")
class EndDeputyInput:
    """Which one."""

    holding_id: strawberry.ID = strawberry.field(description="代理。 / The deputy's holding.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="ポストに招待する。 / Offers a post by mail.")
class InviteMemberInput:
    """An invitation as sent."""

    post_id: strawberry.ID = strawberry.field(description=POST)
    email: str = strawberry.field(description="送り先のアドレス。 / The address.")
    start: datetime | None = strawberry.field(
        default=None,
        description="就く時刻。書かなければ受けたとき。 / From when; else from the acceptance.",
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="招待を送り直す。 / Sends an invitation again.")
class ResendInvitationInput:
    """Which one."""

    invitation_id: strawberry.ID = strawberry.field(description="招待。 / The invitation.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="招待を取り消す。 / Revokes an invitation.")
class RevokeInvitationInput:
    """Which one."""

    invitation_id: strawberry.ID = strawberry.field(description="招待。 / The invitation.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(
    description="招待を受ける。サインインした本人として。 / Accepts an invitation, signed in."
)
class AcceptInvitationInput:
    """What the mail's link holds."""

    token: str = strawberry.field(description="リンクにある符号。 / The token in the link.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)
