"""Inputs of the mutations of following and of the inbox."""

from __future__ import annotations

import strawberry

from renkei_schema.scalars import KEY

BY_EMAIL = "メールでも知らせる。 / Send mail as well."


@strawberry.input(description="領域をフォローする。 / Follows an area.")
class FollowAreaInput:
    """An area to follow."""

    area_id: strawberry.ID = strawberry.field(description="領域。 / The area.")
    by_email: bool = strawberry.field(default=True, description=BY_EMAIL)
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="公募をフォローする。 / Follows a call.")
class FollowCallInput:
    """A call to follow."""

    call_id: strawberry.ID = strawberry.field(description="公募。 / The call.")
    by_email: bool = strawberry.field(default=True, description=BY_EMAIL)
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="ブリーフをフォローする。 / Follows a brief.")
class FollowBriefInput:
    """A brief to follow."""

    brief_id: strawberry.ID = strawberry.field(description="ブリーフ。 / The brief.")
    by_email: bool = strawberry.field(default=True, description=BY_EMAIL)
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="フォローをやめる。 / Ends a follow.")
class UnfollowInput:
    """A follow to end."""

    follow_id: strawberry.ID = strawberry.field(description="フォロー。 / The follow.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="お知らせを既読にする。 / Marks a notice as read.")
class MarkNoticeReadInput:
    """A notice that was read."""

    notice_id: strawberry.ID = strawberry.field(description="お知らせ。 / The notice.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="すべて既読にする。 / Marks all notices as read.")
class MarkAllNoticesReadInput:
    """Nothing but a key."""

    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)
