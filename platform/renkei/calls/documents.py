"""What search knows of a call."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.system import as_system
from renkei.areas.documents import Tag, tags_by
from renkei.calls.tables import Call, CallArea
from renkei.search.indexing import Entry
from renkei.text import Text


async def call_entries(session: AsyncSession, keys: Collection[UUID]) -> list[Entry]:
    """Titles, summaries and texts in both languages, and the names of their areas."""
    tags = await tags_by(session, CallArea.call_id, CallArea.area_id, keys)
    query = select(Call).where(col(Call.id).in_(keys))
    calls = (await session.execute(as_system(query, "search.index"))).scalars()
    return [_entry(call, tags[call.id]) for call in calls]


def _entry(call: Call, tags: list[Tag]) -> Entry:
    texts = [call.summary_ja, call.summary_en, call.body_ja, call.body_en]
    return Entry(
        id=call.id,
        title=Text(call.title_ja, call.title_en),
        body="\n".join(filter(None, [*texts, *(name for tag in tags for name in tag.names)])),
        areas=tuple(tag.code for tag in tags),
        audience_id=call.audience_id,
        gate_id=call.gate_id,
        changed_at=call.published_at or call.created_at,
    )
