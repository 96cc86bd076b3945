"""Queries on the lists that a declaration does not give."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.areas.tables import Area, AreaList, AreaMapping
from renkei.problems import Problem

Place = tuple[str, str]
Ends = tuple[UUID, UUID]


async def areas_by_code(
    session: AsyncSession, reach: Reach, path: tuple[str, ...], codes: Sequence[str]
) -> tuple[list[UUID], list[Problem]]:
    """The areas of these codes in the newest version of their lists, and what is unknown."""
    query = (
        select(col(Area.code), col(Area.id))
        .where(col(Area.code).in_([code for code in codes if _sendable(code)]), _seen(reach, Area))
        .order_by(col(Area.list_version))
    )
    rows = (await session.execute(query)).all()
    found = {row.code: row.id for row in rows}
    problems = [
        unknown_area((*path, str(index)), code)
        for index, code in enumerate(codes)
        if code not in found
    ]
    return [found[code] for code in dict.fromkeys(codes) if code in found], problems


def unknown_area(path: tuple[str, ...], code: str) -> Problem:
    """The problem of a tag that no list has."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in code[:40])
    return Problem(
        path,
        "UNKNOWN_AREA",
        f"There is no area with the code {shown!r}.",
        f"符号「{shown}」の領域はありません。",
    )


async def lists_by_place(session: AsyncSession, reach: Reach) -> dict[Place, AreaList]:
    """Every stored list by (code, version)."""
    query = select(AreaList).where(_seen(reach, AreaList))
    return {(one.code, one.version): one for one in (await session.execute(query)).scalars()}


async def rows_of_list(session: AsyncSession, reach: Reach, list_id: UUID) -> dict[str, Area]:
    """The stored rows of one version of a list by code."""
    query = select(Area).where(col(Area.list_id) == list_id, _seen(reach, Area))
    return {row.code: row for row in (await session.execute(query)).scalars()}


async def mapped(session: AsyncSession) -> set[Ends]:
    """The pairs of rows that correspond already."""
    query = select(col(AreaMapping.from_area_id), col(AreaMapping.to_area_id))
    return {(start, end) for start, end in (await session.execute(query)).all()}


def _seen(reach: Reach, table: type[Area | AreaList]) -> ColumnElement[bool]:
    return visible(reach, table.__table__)  # type: ignore[union-attr]  # SQLModel sets it


def _sendable(code: str) -> bool:
    """What a database can be asked for: neither NUL nor half of a surrogate pair."""
    return "\0" not in code and not any(0xD800 <= ord(letter) < 0xE000 for letter in code)
