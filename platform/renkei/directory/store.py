"""Queries on the directory that a declaration does not give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.policy.system import as_system
from renkei.database.spans import in_force, not_over
from renkei.directory.rules import Role
from renkei.directory.tables import (
    GroupMember,
    Holding,
    Organization,
    Person,
    PersonContact,
    Post,
)
from renkei.directory.terms import HoldingKind, Term
from renkei.identity.tables import Account
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


async def holdings_of(session: AsyncSession, post_id: UUID, at: datetime) -> list[Holding]:
    """Who holds the post at `at` or will from later on, deputies too, by their beginning."""
    query = (
        select(Holding)
        .where(col(Holding.post_id) == post_id, not_over(col(Holding.until), at))
        .order_by(col(Holding.start), col(Holding.id))
    )
    return list((await session.execute(query)).scalars())


async def holding_with_post(
    session: AsyncSession, reach: Reach, holding_id: UUID
) -> tuple[Holding, Post] | None:
    """A holding and its post, where the viewer sees the post; locked until the unit ends."""
    source = Post.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = (
        select(Holding, Post)
        .join(Post, col(Post.id) == col(Holding.post_id))
        .where(col(Holding.id) == holding_id, visible(reach, source))
        .with_for_update()
    )
    found = (await session.execute(query)).first()
    return None if found is None else (found[0], found[1])


async def held_in(
    session: AsyncSession, person_id: UUID, organization_id: UUID, *, kind: HoldingKind
) -> list[Holding]:
    """All that a person held, holds or will hold in an organisation, in that way."""
    query = (
        select(Holding)
        .join(Post, col(Post.id) == col(Holding.post_id))
        .where(
            col(Holding.person_id) == person_id,
            col(Holding.kind) == kind.value,
            col(Post.organization_id) == organization_id,
        )
        .order_by(col(Holding.start), col(Holding.id))
    )
    return list((await session.execute(as_system(query, "posts.keep"))).scalars())


async def administrators_of(session: AsyncSession, organization_id: UUID) -> list[Term]:
    """The terms of all who held, hold or will hold a post of the organisation's administrator."""
    query = (
        select(col(Holding.start), col(Holding.until))
        .join(Post, col(Post.id) == col(Holding.post_id))
        .where(
            col(Post.organization_id) == organization_id,
            col(Post.role) == Role.ORG_ADMINISTRATOR.value,
            col(Holding.kind) == HoldingKind.HOLDER.value,
        )
    )
    rows = (await session.execute(as_system(query, "posts.keep"))).all()
    return [Term(row.start, row.until) for row in rows]


async def lock_organization(session: AsyncSession, organization_id: UUID) -> None:
    """Let nobody else change who keeps the organisation's posts until the unit ends."""
    query = select(col(Organization.id)).where(col(Organization.id) == organization_id)
    await session.execute(as_system(query.with_for_update(), "posts.keep"))


async def domains_of(session: AsyncSession, organization_id: UUID, at: datetime) -> set[str]:
    """The domains of the addresses that the organisation's people of now use."""
    query = (
        select(col(PersonContact.email))
        .join(Holding, col(Holding.person_id) == col(PersonContact.person_id))
        .join(Post, col(Post.id) == col(Holding.post_id))
        .where(
            col(Post.organization_id) == organization_id,
            in_force(col(Holding.start), col(Holding.until), at),
        )
    )
    found = (await session.execute(as_system(query, "posts.keep"))).scalars()
    return {address.rpartition("@")[2] for address in found}


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


_UNKNOWN: dict[str, tuple[str, str, str]] = {
    "organization": (
        "UNKNOWN_ORGANIZATION",
        "There is no such organisation in the directory.",
        "この組織は登録されていません。",
    ),
    "person": (
        "UNKNOWN_PERSON",
        "There is no such person in the directory.",
        "この人は登録されていません。",
    ),
    "post": ("UNKNOWN_POST", "There is no such post.", "このポストはありません。"),
    "sharing_group": (
        "UNKNOWN_GROUP",
        "There is no such sharing group.",
        "この共有グループはありません。",
    ),
}


def unknown(noun: str, path: tuple[str, ...]) -> Problem:
    """The problem of naming what is not there, or not for the viewer; `noun` is a table's name."""
    return Problem(path, *_UNKNOWN[noun])


async def known(
    session: AsyncSession,
    reach: Reach,
    table: type[Any],
    path: tuple[str, ...],
    ids: Sequence[UUID | None],
) -> tuple[list[tuple[int, UUID]], list[Problem]]:
    """Which of these keys are rows of `table` that the viewer sees: each once, with its place.

    What is None, missing or hidden is told as one and the same problem.
    """
    source = table.__table__
    query = select(source.c.id).where(
        source.c.id.in_([key for key in ids if key is not None]), visible(reach, source)
    )
    there = set((await session.execute(query)).scalars())
    places: dict[UUID, int] = {}
    problems = []
    for place, key in enumerate(ids):
        if key is not None and key in there:
            places.setdefault(key, place)
        else:
            problems.append(unknown(source.name, (*path, str(place))))
    return [(place, key) for key, place in places.items()], problems


async def members_of(
    session: AsyncSession, reach: Reach, group_id: UUID, at: datetime
) -> list[GroupMember]:
    """The organisations that are in a sharing group at `at`."""
    query = (
        select(GroupMember)
        .where(
            col(GroupMember.group_id) == group_id,
            visible(reach, GroupMember.__table__),  # type: ignore[attr-defined]  # SQLModel sets it
            in_force(col(GroupMember.start), col(GroupMember.until), at),
        )
        .order_by(col(GroupMember.start), col(GroupMember.id))
    )
    return list((await session.execute(query)).scalars())


async def organizations_of(
    session: AsyncSession, person_id: UUID, at: datetime
) -> list[tuple[UUID, Term]]:
    """The organisations in which a person holds a post at `at` or will, with each term."""
    query = (
        select(col(Post.organization_id), col(Holding.start), col(Holding.until))
        .join(Holding, col(Holding.post_id) == col(Post.id))
        .where(col(Holding.person_id) == person_id, not_over(col(Holding.until), at))
        .order_by(col(Post.organization_id), col(Holding.start), col(Holding.id))
    )
    rows = (await session.execute(as_system(query, "access.derive"))).all()
    return [(row.organization_id, Term(row.start, row.until)) for row in rows]


async def contact_of(session: AsyncSession, person_id: UUID) -> PersonContact | None:
    """The person's contact, to derive anew who sees it."""
    query = select(PersonContact).where(col(PersonContact.person_id) == person_id)
    return (await session.execute(as_system(query, "access.derive"))).scalar()
