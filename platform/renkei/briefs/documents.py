"""What search knows of a brief: its newest version, guarded by the brief's own clauses."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.areas.documents import Tag, tags_by
from renkei.briefs.content import judgement_of
from renkei.briefs.tables import Brief, BriefArea, BriefVersion
from renkei.search.indexing import Entry
from renkei.text import Text


async def brief_entries(session: AsyncSession, keys: Collection[UUID]) -> list[Entry]:
    """Titles, summaries, texts and judgements in both languages, and the names of their areas."""
    tags = await tags_by(session, BriefArea.brief_id, BriefArea.area_id, keys)
    newest = (
        select(col(BriefVersion.brief_id), func.max(col(BriefVersion.number)).label("number"))
        .where(col(BriefVersion.brief_id).in_(keys))
        .group_by(col(BriefVersion.brief_id))
        .subquery()
    )
    query = (
        select(Brief, BriefVersion)
        .join(newest, newest.c.brief_id == col(Brief.id))
        .join(
            BriefVersion,
            (col(BriefVersion.brief_id) == col(Brief.id))
            & (col(BriefVersion.number) == newest.c.number),
        )
    )
    rows = (await session.execute(query)).all()
    return [_entry(brief, version, tags[brief.id]) for brief, version in rows]


def _entry(brief: Brief, version: BriefVersion, tags: list[Tag]) -> Entry:
    texts = [version.summary_ja, version.summary_en, version.body_ja, version.body_en]
    statements = [judgement_of(row).statement for row in version.judgements]
    judgements = [text for one in statements for text in (one.ja, one.en)]
    names = [name for tag in tags for name in tag.names]
    return Entry(
        id=brief.id,
        title=Text(version.title_ja, version.title_en),
        body="\n".join(filter(None, [*texts, *judgements, *names])),
        areas=tuple(tag.code for tag in tags),
        audience_id=brief.audience_id,
        gate_id=brief.gate_id,
        changed_at=brief.updated_at,
    )
