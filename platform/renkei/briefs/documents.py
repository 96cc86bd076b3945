"""What search knows of a brief: its newest version, if whoever reads the brief reads that too."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.system import as_system
from renkei.areas.documents import Tag, tags_by
from renkei.briefs.content import judgement_of
from renkei.briefs.tables import Brief, BriefArea, BriefVersion
from renkei.search.indexing import Entry
from renkei.text import Text


async def brief_entries(session: AsyncSession, keys: Collection[UUID]) -> list[Entry]:
    """Titles, summaries, texts and judgements in both languages, and the names of their areas.

    A version with other clauses than the brief's is not what the brief is found by.
    """
    tags = await tags_by(session, BriefArea.brief_id, BriefArea.area_id, keys)
    newest = (
        select(col(BriefVersion.brief_id), func.max(col(BriefVersion.number)).label("number"))
        .join(Brief, col(Brief.id) == col(BriefVersion.brief_id))
        .where(col(BriefVersion.brief_id).in_(keys), _as_open_as_the_brief())
        .group_by(col(BriefVersion.brief_id))
        .subquery()
    )
    query = (
        select(Brief, BriefVersion)
        .outerjoin(newest, newest.c.brief_id == col(Brief.id))
        .outerjoin(
            BriefVersion,
            (col(BriefVersion.brief_id) == col(Brief.id))
            & (col(BriefVersion.number) == newest.c.number),
        )
        .where(col(Brief.id).in_(keys))
    )
    rows = (await session.execute(as_system(query, "search.index"))).all()
    return [_entry(brief, version, tags[brief.id]) for brief, version in rows]


def _as_open_as_the_brief() -> ColumnElement[bool]:
    return and_(
        col(BriefVersion.audience_id) == col(Brief.audience_id),
        col(BriefVersion.gate_id) == col(Brief.gate_id),
    )


def _entry(brief: Brief, version: BriefVersion | None, tags: list[Tag]) -> Entry:
    texts = [brief.summary_ja, brief.summary_en]
    if version is not None:
        texts += [version.body_ja, version.body_en]
    statements = [judgement_of(row).statement for row in (version.judgements if version else ())]
    judgements = [text for one in statements for text in (one.ja, one.en)]
    names = [name for tag in tags for name in tag.names]
    return Entry(
        id=brief.id,
        title=Text(brief.title_ja, brief.title_en),
        body="\n".join(filter(None, [*texts, *judgements, *names])),
        areas=tuple(tag.code for tag in tags),
        audience_id=brief.audience_id,
        gate_id=brief.gate_id,
        changed_at=brief.updated_at,
    )
