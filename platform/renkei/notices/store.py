"""Queries on follows, notices and deliveries that a declaration does not give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy import clauses
from renkei.access.policy.clauses import MEMBERS_GATE, Audience
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.policy.system import as_system
from renkei.access.store import intern, intern_all
from renkei.areas.tables import Area
from renkei.database.spans import in_force
from renkei.directory.tables import GroupMember, Holding, Post
from renkei.notices.rules import Reason
from renkei.notices.tables import Delivery, Follow, Notice
from renkei.proposals.tables import Proposal, ProposalMember

EMAIL = "email"
_BATCH = 500


@dataclass(frozen=True)
class Recipient:
    """Why a person is told, and whether by mail too."""

    reason: Reason
    by_email: bool = True


def own_clause(person_id: UUID) -> Audience:
    """Follows and notices are for their person alone."""
    return Audience.of(clauses.person(person_id))


async def own_clauses(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, int]:
    """The audience of each person's own rows; written where it is a person's first."""
    audiences = {person_id: own_clause(person_id) for person_id in people}
    found = await intern_all(session, audiences.values())
    return {person_id: found[audience] for person_id, audience in audiences.items()}


async def own_gate(session: AsyncSession) -> int:
    """The gate of everyone's own rows."""
    return await intern(session, MEMBERS_GATE)


async def follow_of(
    session: AsyncSession, reach: Reach, person_id: UUID, column: str, key: UUID
) -> Follow | None:
    """The person's own follow of that area, call or brief."""
    table = Follow.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = select(Follow).where(
        table.c.person_id == person_id, table.c[column] == key, visible(reach, table)
    )
    return (await session.execute(query)).scalar()


async def followers(session: AsyncSession, column: str, key: UUID) -> dict[UUID, bool]:
    """Who follows that call or brief, and whether by mail."""
    target = Follow.__table__.c[column]  # type: ignore[attr-defined]  # SQLModel sets it
    query = select(col(Follow.person_id), col(Follow.by_email)).where(target == key)
    rows = (await session.execute(as_system(query, "notices.tell"))).all()
    return {row.person_id: row.by_email for row in rows}


async def area_followers(session: AsyncSession, tags: Select[Any]) -> dict[UUID, bool]:
    """Who follows one of the areas (a query for their keys) or one above it, and whether by mail.

    An area is the same in every version of its list: whoever follows an older row is told too.
    Correspondences between lists are our judgement, and tell nobody.
    """
    row = select(col(Area.id), col(Area.parent_id), col(Area.list_code), col(Area.code))
    upwards = row.where(col(Area.id).in_(tags)).cte("upwards", recursive=True)
    upwards = upwards.union(row.join(upwards, col(Area.id) == upwards.c.parent_id))
    query = (
        select(col(Follow.person_id), col(Follow.by_email))
        .join(Area, col(Area.id) == col(Follow.area_id))
        .join(
            upwards,
            (upwards.c.list_code == col(Area.list_code)) & (upwards.c.code == col(Area.code)),
        )
    )
    found: dict[UUID, bool] = {}
    for person_id, by_email in (await session.execute(as_system(query, "notices.tell"))).all():
        found[person_id] = found.get(person_id, False) or by_email
    return found


async def people_in(
    session: AsyncSession, organizations: Collection[UUID], at: datetime, role: str
) -> set[UUID]:
    """Who holds a post of the role in one of the organisations at `at`."""
    query = _in_role(role, at).where(col(Post.organization_id).in_(organizations))
    return set((await session.execute(as_system(query, "notices.tell"))).scalars())


async def people_in_role(session: AsyncSession, role: str, at: datetime) -> set[UUID]:
    """Who holds a post of the role at `at`, wherever."""
    return set((await session.execute(as_system(_in_role(role, at), "notices.tell"))).scalars())


def _in_role(role: str, at: datetime) -> Select[Any]:
    return (
        select(col(Holding.person_id))
        .join(Post, col(Post.id) == col(Holding.post_id))
        .where(
            col(Post.role) == role,
            in_force(col(Holding.start), col(Holding.until), at),
        )
    )


async def people_named(session: AsyncSession, tokens: Collection[str], at: datetime) -> set[UUID]:
    """Who holds one of the tokens `org:…`, `group:…`, `post:…`, `person:…` at `at`.

    Who then sees the record is asked of the policy: exclusions and gates are not asked here.
    """
    named: dict[str, list[UUID]] = {"org": [], "group": [], "post": [], "person": []}
    for token in tokens:
        kind, _, key = token.partition(":")
        named[kind].append(UUID(key))
    members = select(col(GroupMember.organization_id)).where(
        col(GroupMember.group_id).in_(named["group"]),
        in_force(col(GroupMember.start), col(GroupMember.until), at),
    )
    query = (
        select(col(Holding.person_id))
        .join(Post, col(Post.id) == col(Holding.post_id))
        .where(
            or_(
                col(Post.id).in_(named["post"]),
                col(Post.organization_id).in_(named["org"]),
                col(Post.organization_id).in_(members),
            ),
            in_force(col(Holding.start), col(Holding.until), at),
        )
    )
    return set(named["person"]) | set(
        (await session.execute(as_system(query, "notices.tell"))).scalars()
    )


async def team_of(session: AsyncSession, proposals: Select[Any]) -> set[UUID]:
    """Principal investigators and partners of the proposals (a query for their keys)."""
    leads = select(col(Proposal.pi_person_id)).where(col(Proposal.id).in_(proposals))
    partners = select(col(ProposalMember.person_id)).where(
        col(ProposalMember.proposal_id).in_(proposals), col(ProposalMember.consent) != "declined"
    )
    query = as_system(leads.union(partners), "notices.tell")
    return set((await session.execute(query)).scalars())


async def add_notices(
    session: AsyncSession,
    recipients: dict[UUID, Recipient],
    *,
    fact_id: int,
    kind: str,
    subject: dict[str, UUID],
    at: datetime,
) -> list[UUID]:
    """Tell the people who were not told of this fact yet: exactly once each. Those people's keys.

    With each notice that goes by mail comes its delivery.
    """
    audiences = await own_clauses(session, list(recipients))
    gate_id = await own_gate(session)
    insert = _insert(session)
    told: list[UUID] = []
    for batch in _batches(sorted(recipients)):
        rows = [
            {
                "id": uuid4(),
                "person_id": person_id,
                "fact_id": fact_id,
                "kind": kind,
                "reason": recipients[person_id].reason.value,
                "created_at": at,
                "audience_id": audiences[person_id],
                "gate_id": gate_id,
                **subject,
            }
            for person_id in batch
        ]
        written = await session.execute(
            insert(Notice)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["person_id", "fact_id"])
            .returning(col(Notice.id), col(Notice.person_id))
        )
        new = written.all()
        told += [person_id for _, person_id in new]
        mails = [
            {"id": uuid4(), "notice_id": key, "channel": EMAIL, "not_before": at}
            | {"state": "pending", "attempts": 0, "error": ""}
            for key, person_id in new
            if recipients[person_id].by_email
        ]
        if mails:
            await session.execute(
                insert(Delivery)
                .values(mails)
                .on_conflict_do_nothing(index_elements=["notice_id", "channel"])
            )
    return told


async def read_all(session: AsyncSession, reach: Reach, person_id: UUID, at: datetime) -> int:
    """Mark the person's visible unread notices as read; how many there were."""
    table = Notice.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    marked = await session.execute(
        update(table)
        .where(table.c.person_id == person_id, table.c.read_at.is_(None), visible(reach, table))
        .values(read_at=at)
    )
    return int(marked.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult


def _insert(session: AsyncSession) -> Any:
    postgres = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert if postgres else sqlite.insert


def _batches(values: Sequence[Any], size: int = _BATCH) -> Iterable[Sequence[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))
