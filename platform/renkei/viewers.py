"""Assembles viewers from the posts that people hold now. Never kept longer than one request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from renkei.access.credentials import Credentials
from renkei.access.policy import clauses
from renkei.access.policy.viewer import HeldPost, Viewer
from renkei.access.tables import Account
from renkei.directory.tables import Holding, Post
from renkei.problems import NotFound
from renkei.text import normalise

DEMO_DOMAIN = "demo.renkei.example"


async def viewers_of(
    connection: AsyncConnection | AsyncSession,
    person_ids: Iterable[UUID],
    *,
    at: datetime,
    scopes: frozenset[str] | None = None,
) -> dict[UUID, Viewer]:
    """The viewers that these people are at `at`; people without a working account are left out."""
    wanted = set(person_ids)
    found: dict[UUID, Viewer] = {}
    for batch in _batches(sorted(wanted)):
        query = (
            select(col(Account.person_id), col(Post.id), col(Post.organization_id), col(Post.role))
            .outerjoin(
                Holding,
                (col(Holding.person_id) == col(Account.person_id))
                & (col(Holding.start) <= at)
                & or_(col(Holding.until).is_(None), col(Holding.until) > at),
            )
            .outerjoin(Post, col(Post.id) == col(Holding.post_id))
            .where(col(Account.person_id).in_(batch), col(Account.disabled_at).is_(None))
            .order_by(col(Holding.start), col(Post.id))
        )
        posts: dict[UUID, list[HeldPost]] = {}
        for person_id, post_id, organization_id, role in (await connection.execute(query)).all():
            held = posts.setdefault(person_id, [])
            if post_id is not None:
                held.append(HeldPost(post_id, organization_id, role))
        for person_id, held in posts.items():
            found[person_id] = Viewer(
                person_id=person_id,
                posts=tuple(held),
                affiliations=frozenset(
                    {clauses.person(person_id)}
                    | {clauses.org(post.organization_id) for post in held}
                ),
                scopes=scopes,
            )
    return found


class Identity(Credentials):
    """Who a request comes from, as a viewer assembled afresh."""

    async def viewer(self, person_id: UUID, scopes: frozenset[str] | None = None) -> Viewer | None:
        """The person as a viewer now; None without a working account."""
        async with self._database.reading() as connection:
            found = await viewers_of(connection, [person_id], at=self._clock.now(), scopes=scopes)
        return found.get(person_id)

    async def by_session(self, token: str) -> Viewer | None:
        """The viewer whose open session this is."""
        person_id = await self.person_of_session(token)
        return None if person_id is None else await self.viewer(person_id)

    async def by_access_token(self, token: str) -> Viewer | None:
        """The viewer whose access token this is, limited to the token's scopes."""
        found = await self.person_of_token(token)
        return None if found is None else await self.viewer(*found)

    async def account(self, email: str) -> UUID | None:
        """The person with the working account of this address."""
        async with self._database.reading() as connection:
            query = select(col(Account.person_id)).where(
                col(Account.email) == normalise(email).lower(), col(Account.disabled_at).is_(None)
            )
            return (await connection.execute(query)).scalar()

    async def demo_sign_in(self, role: str) -> str:
        """A session of the demo account of this role. Offered by the demo alone."""
        person_id = await self.account(f"{role}@{DEMO_DOMAIN}")
        if person_id is None:
            raise NotFound
        return await self.open_session(person_id)


def _batches(ids: list[UUID], size: int = 500) -> Iterable[list[UUID]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
