"""Follows and notices, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from sqlalchemy import ColumnElement, FromClause

from renkei.access.policy.reach import Reach
from renkei.notices import tables
from renkei.notices.wording import reason_text, title_of, topic_of
from renkei.reading.page import Where
from renkei.text import Text as KernelText
from renkei_schema.areas import Area
from renkei_schema.audit import ReadingAlarm
from renkei_schema.briefs import Brief
from renkei_schema.calls import Call
from renkei_schema.declare import col, computed, filters, node, one
from renkei_schema.declare.filters import narrowed
from renkei_schema.directory_types import Post
from renkei_schema.enums import valued
from renkei_schema.node import Node
from renkei_schema.proposals import Proposal
from renkei_schema.scalars import Text


@node(tables.Follow)
class Follow(Node):
    """フォロー。領域・公募・ブリーフのどれか一つ。 / A follow of one area, call or brief."""

    area: Area | None = one(tables.Follow.area_id, "領域。 / The area.")
    call: Call | None = one(tables.Follow.call_id, "公募。 / The call.")
    brief: Brief | None = one(tables.Follow.brief_id, "ブリーフ。 / The brief.")
    by_email: bool = col("メールでも知らせる。 / Mail is sent as well.")
    created_at: datetime = col("始めた時刻。 / Since when.")


@strawberry.enum(description="お知らせの主題。 / What a notice is about.")
class NoticeTopic(Enum):
    """Topics of notices."""

    CALL = valued("call", description="公募。 / A call.")
    BRIEF = valued("brief", description="ブリーフ。 / A brief.")
    PROPOSAL = valued("proposal", description="提案書。 / A proposal.")
    POST = valued("post", description="ポスト。 / A post.")
    DEADLINE = valued("deadline", description="締切。 / A deadline.")
    ALARM = valued("alarm", description="大量の閲覧の知らせ。 / An alarm on bulk reading.")


def _text(text: KernelText) -> Text:
    return Text(ja=text.ja, en=text.en)


@node(tables.Notice)
class Notice(Node):
    """お知らせ。対象が見られる間だけ見える。 / A notice, seen only while its subject is."""

    kind: str = col("起きたことの種類（call.published など）。 / The kind of what happened.")
    topic: NoticeTopic = computed("主題。 / What it is about.", topic_of, via=NoticeTopic)
    title: Text = computed("何があったか。 / What happened.", title_of, via=_text)
    reason: Text = computed("届いた理由。 / Why it came.", reason_text, via=_text)
    call: Call | None = one(tables.Notice.call_id, "公募。 / The call.")
    brief: Brief | None = one(tables.Notice.brief_id, "ブリーフ。 / The brief.")
    proposal: Proposal | None = one(tables.Notice.proposal_id, "提案書。 / The proposal.")
    post: Post | None = one(tables.Notice.post_id, "ポスト。 / The post.")
    alarm: ReadingAlarm | None = one(
        tables.Notice.alarm_id, "大量の閲覧の知らせ。 / The alarm on bulk reading."
    )
    created_at: datetime = col("届いた時刻。 / When it came.")
    read_at: datetime | None = col("読んだ時刻。未読ならnull。 / When it was read; null if unread.")


def unread_only(sent: bool) -> Where:
    """Notices that were not read; not `sent`, those that were."""

    def narrow(_reach: Reach, source: FromClause, _given: object) -> ColumnElement[bool]:
        column = source.c.read_at
        return column.is_(None) if sent else column.is_not(None)

    return Where(("unread", sent), (), narrow)


@filters
class NoticeFilter:
    """お知らせの絞り込み。 / Narrows notices."""

    unread: bool | None = narrowed(
        unread_only, "未読だけ（偽なら既読だけ）。 / Unread only; false for read only."
    )
