"""Follows and notices, as the API shows them; the inbox, live."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement, FromClause

from renkei.notices import tables
from renkei.notices.wording import reason_text, title_of
from renkei.reading.page import By, Page
from renkei_schema.areas import Area
from renkei_schema.briefs import Brief
from renkei_schema.calls import Call
from renkei_schema.context import Info
from renkei_schema.declare import Connection, col, computed, filters, node, one, pages
from renkei_schema.declare.filters import narrowed
from renkei_schema.declare.words import asked
from renkei_schema.errors import not_signed_in
from renkei_schema.node import Node
from renkei_schema.proposals import Proposal
from renkei_schema.scalars import Text

NOTICE = tables.Notice.__table__  # type: ignore[attr-defined]  # SQLModel sets it


@node(tables.Follow)
class Follow(Node):
    """フォロー。領域・公募・ブリーフのどれか一つ。 / A follow of one area, call or brief."""

    area: Area | None = one(tables.Follow.area_id, "領域。 / The area.")
    call: Call | None = one(tables.Follow.call_id, "公募。 / The call.")
    brief: Brief | None = one(tables.Follow.brief_id, "ブリーフ。 / The brief.")
    by_email: bool = col("メールでも知らせる。 / Mail is sent as well.")
    created_at: datetime = col("始めた時刻。 / Since when.")


@node(tables.Notice)
class Notice(Node):
    """お知らせ。対象が見られる間だけ見える。 / A notice, seen only while its subject is."""

    kind: str = col("種類。 / Its kind.")
    title: Text = computed(
        "何があったか。 / What happened.", title_of, via=lambda t: Text(ja=t.ja, en=t.en)
    )
    reason: Text = computed(
        "届いた理由。 / Why it came.", reason_text, via=lambda t: Text(ja=t.ja, en=t.en)
    )
    call: Call | None = one(tables.Notice.call_id, "公募。 / The call.")
    brief: Brief | None = one(tables.Notice.brief_id, "ブリーフ。 / The brief.")
    proposal: Proposal | None = one(tables.Notice.proposal_id, "提案書。 / The proposal.")
    created_at: datetime = col("届いた時刻。 / When it came.")
    read_at: datetime | None = col("読んだ時刻。 / When it was read.")


def _unread(sent: bool, _at: datetime) -> object:
    def narrow(source: FromClause) -> ColumnElement[bool]:
        column = source.c.read_at
        return column.is_(None) if sent else column.is_not(None)

    return narrow


@filters
class NoticeFilter:
    """お知らせの絞り込み。 / Narrows notices."""

    unread: bool | None = narrowed(
        _unread,  # type: ignore[arg-type]  # a Where
        "未読だけ（偽なら既読だけ）。 / Unread only; false for read only.",
    )


@strawberry.type
class NoticeQuery:
    """The viewer's own inbox and follows; empty for who is not signed in."""

    inbox: Connection[Notice] = pages(
        tables.Notice,
        "受信箱。新しい順。 / The inbox, newest first.",
        filter=NoticeFilter,
        default=(By("created_at", down=True),),
    )
    follows: Connection[Follow] = pages(
        tables.Follow,
        "自分のフォロー。 / The viewer's follows.",
        default=(By("created_at", down=True),),
    )

    @strawberry.field(description="未読の数。 / How many notices are unread.")
    async def unread_count(self, info: Info) -> int:
        """The unread notices that the viewer sees."""
        unread = Page(where=(lambda source: source.c.read_at.is_(None),))
        return await info.context.reader.count(NOTICE, unread)


@strawberry.type
class NoticeSubscription:
    """What arrives."""

    @strawberry.subscription(
        description="お知らせが届くたびに。見られなくなったものは届かない。 / "
        "Each notice as it arrives, while the viewer may see it."
    )
    async def notice_arrived(self, info: Info) -> AsyncGenerator[Notice, None]:
        """Notices from now on; the viewer is assembled anew for each."""
        context = info.context
        if context.viewer.person_id is None:
            raise not_signed_in()
        since = context.arrived_at
        seen: set[object] = set()
        async for _ in context.app.bell.heard(context.viewer.person_id):
            fresh = Page(
                size=100,
                order=(By("created_at", down=True),),
                where=(lambda source: source.c.created_at >= since,),
                columns=asked(info, NOTICE),
            )
            found = await context.reader.page(NOTICE, fresh)
            for record in reversed(found.records):
                if record.id not in seen:
                    seen.add(record.id)
                    yield record  # type: ignore[misc]  # records stand for declared types


@strawberry.type
class NoticeMutation:
    """Following."""
