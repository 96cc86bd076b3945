"""Queries on briefs that a declaration does not give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.tables import Lowering
from renkei.areas.tables import Area
from renkei.briefs.tables import Brief, BriefArea, BriefVersion


def newest_version(brief_id: UUID) -> Any:
    """The statement for the newest version of a brief that was loaded for this viewer."""
    return (
        select(BriefVersion)
        .where(col(BriefVersion.brief_id) == brief_id)
        .order_by(col(BriefVersion.number).desc())
        .limit(1)
    )


async def version_of(session: AsyncSession, reach: Reach, brief: Brief) -> BriefVersion:
    """The newest version of a brief: the draft, or the one that was released last."""
    source = BriefVersion.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = newest_version(brief.id).where(visible(reach, source))
    found: BriefVersion = (await session.execute(query)).scalar_one()
    return found


async def area_codes_of(session: AsyncSession, reach: Reach, brief_id: UUID) -> list[str]:
    """The codes of a brief's areas."""
    source = Area.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = (
        select(col(Area.code))
        .join(BriefArea, col(BriefArea.area_id) == col(Area.id))
        .where(col(BriefArea.brief_id) == brief_id, visible(reach, source))
        .order_by(col(Area.list_code), col(Area.position))
    )
    return list((await session.execute(query)).scalars())


async def set_areas(session: AsyncSession, brief_id: UUID, area_ids: Sequence[UUID]) -> None:
    """Tag a brief with exactly these areas."""
    await session.execute(delete(BriefArea).where(col(BriefArea.brief_id) == brief_id))
    session.add_all(BriefArea(brief_id=brief_id, area_id=area_id) for area_id in area_ids)
    await session.flush()


async def open_lowering(session: AsyncSession, reach: Reach, brief_id: UUID) -> Lowering | None:
    """The lowering of a brief's marking that waits for its second person."""
    source = Lowering.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = select(Lowering).where(
        col(Lowering.record_id) == brief_id,
        col(Lowering.status) == "PROPOSED",
        visible(reach, source),
    )
    return (await session.execute(query)).scalar()


async def police_versions(session: AsyncSession, brief: Brief) -> None:
    """Give every version of a brief the brief's own clauses, in the transaction that set them."""
    await session.execute(
        update(BriefVersion)
        .where(col(BriefVersion.brief_id) == brief.id)
        .values(audience_id=brief.audience_id, gate_id=brief.gate_id)
    )
