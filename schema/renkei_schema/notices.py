"""Following and the inbox: their queries, mutations and live events."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.ledger.unit import Unit
from renkei.notices import service, tables
from renkei.reading.page import By, Page
from renkei_schema.context import Info
from renkei_schema.declare import Connection, counted, loaded, pages
from renkei_schema.ids import wanted_key
from renkei_schema.notice_events import NoticeSubscription
from renkei_schema.notice_inputs import (
    FollowAreaInput,
    FollowBriefInput,
    FollowCallInput,
    MarkAllNoticesReadInput,
    MarkNoticeReadInput,
    UnfollowInput,
)
from renkei_schema.notice_types import Follow, Notice, NoticeFilter, unread_only
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound

__all__ = ["Follow", "Notice", "NoticeMutation", "NoticeQuery", "NoticeSubscription"]


@strawberry.type
class NoticeQuery:
    """The viewer's own inbox and follows; empty for whoever is not signed in."""

    inbox: Connection[Notice] | None = pages(
        tables.Notice,
        "受信箱。新しい順。 / The inbox, newest first.",
        filter=NoticeFilter,
        default=(By("created_at", down=True),),
    )
    follows: Connection[Follow] | None = pages(
        tables.Follow,
        "自分のフォロー。新しい順。 / The viewer's follows, newest first.",
        default=(By("created_at", down=True),),
    )
    unread_count: int = counted(
        tables.Notice,
        "見られるお知らせのうち未読の数。 / How many visible notices are unread.",
        lambda: Page(where=(unread_only(True),)),
    )


@payload
@strawberry.type(description="フォローしている。 / The viewer follows it.")
class Followed:
    """Success."""

    follow_id: strawberry.Private[UUID]
    follow: Follow | None = loaded(tables.Follow, "follow_id", "フォロー。 / The follow.")


@payload
@strawberry.type(description="フォローをやめた。 / The follow has ended.")
class Unfollowed:
    """Success."""

    follow_id: strawberry.Private[UUID]
    done: bool = strawberry.field(
        default=True, description="終わった。つねに真。 / It has ended; always true."
    )


@payload
@strawberry.type(description="お知らせを既読にした。 / The notice is read.")
class NoticeRead:
    """Success."""

    notice_id: strawberry.Private[UUID]
    notice: Notice | None = loaded(tables.Notice, "notice_id", "お知らせ。 / The notice.")


@payload
@strawberry.type(description="すべて既読にした。 / All notices are read.")
class AllNoticesRead:
    """Success."""

    count: int = strawberry.field(description="未読だった数。 / How many were unread.")


FollowResult = Annotated[
    Followed | InvalidInput | NotAllowed | NotFound,
    strawberry.union("FollowResult", description="フォローの答え。 / The answer to following."),
]
UnfollowResult = Annotated[
    Unfollowed | InvalidInput | NotAllowed | NotFound,
    strawberry.union("UnfollowResult", description="unfollowの答え。 / Its answer."),
]
MarkNoticeReadResult = Annotated[
    NoticeRead | InvalidInput | NotAllowed | NotFound,
    strawberry.union("MarkNoticeReadResult", description="markNoticeReadの答え。 / Its answer."),
]
MarkAllNoticesReadResult = Annotated[
    AllNoticesRead | InvalidInput | NotAllowed,
    strawberry.union(
        "MarkAllNoticesReadResult", description="markAllNoticesReadの答え。 / Its answer."
    ),
]


@strawberry.type
class NoticeMutation:
    """Mutations of following and of the inbox."""

    @strawberry.mutation(
        description="領域をフォローする。下位の領域も含む。 / Follow an area and all below it."
    )
    async def follow_area(self, info: Info, input: Sent[FollowAreaInput]) -> FollowResult:
        """Follow an area."""

        async def work(unit: Unit, reach: Reach) -> Followed:
            key = wanted_key(input.area_id, "Area")
            follow = await service.follow_area(unit, reach, area_id=key, by_email=input.by_email)
            return Followed(follow_id=follow.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="公募をフォローする。 / Follow a call.")
    async def follow_call(self, info: Info, input: Sent[FollowCallInput]) -> FollowResult:
        """Follow a call."""

        async def work(unit: Unit, reach: Reach) -> Followed:
            key = wanted_key(input.call_id, "Call")
            follow = await service.follow_call(unit, reach, call_id=key, by_email=input.by_email)
            return Followed(follow_id=follow.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="ブリーフをフォローする。 / Follow a brief.")
    async def follow_brief(self, info: Info, input: Sent[FollowBriefInput]) -> FollowResult:
        """Follow a brief."""

        async def work(unit: Unit, reach: Reach) -> Followed:
            key = wanted_key(input.brief_id, "Brief")
            follow = await service.follow_brief(unit, reach, brief_id=key, by_email=input.by_email)
            return Followed(follow_id=follow.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="フォローをやめる。 / Stop following.")
    async def unfollow(self, info: Info, input: Sent[UnfollowInput]) -> UnfollowResult:
        """End a follow."""

        async def work(unit: Unit, reach: Reach) -> Unfollowed:
            key = wanted_key(input.follow_id, "Follow")
            return Unfollowed(follow_id=await service.unfollow(unit, reach, follow_id=key))

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="お知らせを既読にする。 / Mark a notice as read.")
    async def mark_notice_read(
        self, info: Info, input: Sent[MarkNoticeReadInput]
    ) -> MarkNoticeReadResult:
        """Mark a notice as read."""

        async def work(unit: Unit, reach: Reach) -> NoticeRead:
            key = wanted_key(input.notice_id, "Notice")
            notice = await service.mark_read(unit, reach, notice_id=key)
            return NoticeRead(notice_id=notice.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="すべてのお知らせを既読にする。 / Mark all notices as read.")
    async def mark_all_notices_read(
        self, info: Info, input: Sent[MarkAllNoticesReadInput]
    ) -> MarkAllNoticesReadResult:
        """Mark all notices as read."""

        async def work(unit: Unit, reach: Reach) -> AllNoticesRead:
            return AllNoticesRead(count=await service.mark_all_read(unit, reach))

        return await perform(info, work, key=input.idempotency_key, sent=input)
