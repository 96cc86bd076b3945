"""Queries on the directory that a declaration does not give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.reach import Reach, visible
from renkei.access.tables import Account
from renkei.directory.tables import Holding, Organization, Person, Post
from renkei.problems import Problem
from renkei.text import normalise


async def by_identifier(
    session: AsyncSession,
    reach: Reach,
    table: type[Organization | Person],
    column: str,
    value: str | None,
) -> Any:
    """The organisation or person that has the identifier `value` already; None where nobody has."""
    if value is None:
        return None
    source = table.__table__  # type: ignore[union-attr]  # SQLModel sets it
    query = select(table).where(source.c[column] == value, visible(reach, source))
    return (await session.execute(query)).scalar()


async def organizations_by_id(
    session: AsyncSession, reach: Reach, path: tuple[str, ...], ids: Sequence[UUID | None]
) -> tuple[list[Organization], list[Problem]]:
    """The organisations of these keys in their order, and what is unknown. None is unknown too."""
    source = Organization.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = select(Organization).where(
        col(Organization.id).in_([key for key in ids if key is not None]), visible(reach, source)
    )
    found = {one.id: one for one in (await session.execute(query)).scalars()}
    problems = [
        unknown_organization((*path, str(index)))
        for index, key in enumerate(ids)
        if key not in found
    ]
    return [found[key] for key in dict.fromkeys(ids) if key is not None and key in found], problems


def unknown_organization(path: tuple[str, ...]) -> Problem:
    """The problem of naming an organisation that is not in the directory."""
    return Problem(
        path,
        "UNKNOWN_ORGANIZATION",
        "There is no such organisation in the directory.",
        "この組織は登録されていません。",
    )


async def holdings_of(session: AsyncSession, post_id: UUID, at: datetime) -> list[Holding]:
    """Who holds the post at `at` or will from later on, by their beginning."""
    query = (
        select(Holding)
        .where(
            col(Holding.post_id) == post_id,
            or_(col(Holding.until).is_(None), col(Holding.until) > at),
        )
        .order_by(col(Holding.start))
    )
    return list((await session.execute(query)).scalars())


async def account_of(session: AsyncSession, email: str) -> Account | None:
    """The account of an address, working or not. Read by commands alone."""
    query = select(Account).where(col(Account.email) == normalise(email).lower())
    return (await session.execute(query)).scalar()


async def posts_in(session: AsyncSession, reach: Reach, organization_id: UUID) -> list[Post]:
    """The posts of an organisation."""
    source = Post.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = (
        select(Post)
        .where(col(Post.organization_id) == organization_id, visible(reach, source))
        .order_by(col(Post.created_at), col(Post.id))
    )
    return list((await session.execute(query)).scalars())


async def people_by_id(
    session: AsyncSession, reach: Reach, path: tuple[str, ...], ids: Sequence[UUID | None]
) -> tuple[list[Person], list[Problem]]:
    """The people of these keys in their order, and what is unknown. None is unknown too."""
    source = Person.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = select(Person).where(
        col(Person.id).in_([key for key in ids if key is not None]), visible(reach, source)
    )
    found = {one.id: one for one in (await session.execute(query)).scalars()}
    problems = [
        Problem(
            (*path, str(index)),
            "UNKNOWN_PERSON",
            "There is no such person in the directory.",
            "この人は登録されていません。",
        )
        for index, key in enumerate(ids)
        if key not in found
    ]
    return [found[key] for key in dict.fromkeys(ids) if key is not None and key in found], problems
