"""What search knows of an area, and how other nouns speak of the areas on their tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.predicate import everyone_reads
from renkei.access.policy.system import as_system
from renkei.areas.tables import Area
from renkei.search.indexing import TIMELESS, Entry
from renkei.text import Text


@dataclass(frozen=True)
class Tag:
    """An area as a tag: its code and its names."""

    code: str
    names: tuple[str, ...]


async def area_entries(session: AsyncSession, keys: Collection[UUID]) -> list[Entry]:
    """Names in both languages and the code."""
    query = select(Area).where(col(Area.id).in_(keys))
    return [
        Entry(
            id=area.id,
            title=Text(area.name_ja, area.name_en),
            body=area.code,
            areas=(area.code,),
            audience_id=area.audience_id,
            gate_id=area.gate_id,
            changed_at=TIMELESS,
        )
        for area in (await session.execute(as_system(query, "search.index"))).scalars()
    ]


async def areas_in_list(session: AsyncSession, list_id: UUID) -> list[UUID]:
    """The keys of the rows of one version of a list."""
    query = select(col(Area.id)).where(col(Area.list_id) == list_id)
    return list((await session.execute(as_system(query, "search.index"))).scalars())


async def tags_by(
    session: AsyncSession, near: Any, far: Any, keys: Collection[UUID]
) -> dict[UUID, list[Tag]]:
    """The public tags of records by their key, through the junction of `near` and `far`.

    An area that some may not see must not be what a record is found by.
    """
    query = (
        select(near, Area)
        .join(Area, col(Area.id) == far)
        .where(near.in_(keys), everyone_reads(Area.__table__))  # type: ignore[attr-defined]  # SQLModel sets it
        .order_by(col(Area.list_code), col(Area.position))
    )
    found: dict[UUID, list[Tag]] = defaultdict(list)
    for key, area in (await session.execute(as_system(query, "search.index"))).all():
        names = tuple(name for name in (area.name_ja, area.name_en) if name)
        found[key].append(Tag(area.code, names))
    return found
