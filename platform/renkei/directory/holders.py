"""Who holds which post, as it is told: now, to every member; dates and plans, to its own people.

Past and planned holders, deputies, and from when until when, are the organisation's own affair.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, and_, select
from sqlmodel import col

from renkei.access.policy.predicate import seen_end, visible
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import Viewer
from renkei.database.spans import in_force
from renkei.directory.abilities import may_administer, may_end_deputy, may_keep_posts
from renkei.directory.tables import Holding, Invitation, Person, Post
from renkei.directory.terms import HoldingKind, HoldingState, Term, state_of
from renkei.reading.reader import Reader


def now(reach: Reach, junction: FromClause) -> ColumnElement[bool]:
    """Holders at the instant of reading: the link between a post and a person that members see."""
    return and_(
        junction.c.kind == HoldingKind.HOLDER.value,
        in_force(junction.c.start, junction.c.until, reach.now()),
    )


def knows_terms(viewer: Viewer, organization_id: UUID) -> bool:
    """Whether the viewer is told dates, plans and deputies: of their own organisation they are.

    The platform's administrator too, who appoints in every one.
    """
    mine = any(post.organization_id == organization_id for post in viewer.posts)
    return mine or may_administer(viewer).allowed


@dataclass(frozen=True)
class Held:
    """One holding as it is told. `ends` says whether the viewer may end it or change its end."""

    id: UUID
    post_id: UUID
    person_id: UUID
    kind: HoldingKind
    state: HoldingState
    start: datetime
    until: datetime | None
    appointed_by: UUID | None
    appointed_at: datetime | None
    ends: bool


@dataclass(frozen=True)
class PostFacts:
    """What of a post decides about its holdings."""

    id: UUID
    organization_id: UUID
    role: str


async def held_in_posts(reader: Reader, posts: Iterable[PostFacts]) -> Mapping[UUID, list[Held]]:
    """All holdings of the posts by their beginning; only of posts whose terms the viewer is told.

    Who is hidden from the viewer holds nothing for them.
    """
    told = {post.id: post for post in posts if knows_terms(reader.eyes, post.organization_id)}
    if not told:
        return {}
    found: dict[UUID, list[Held]] = {key: [] for key in told}
    for row in await reader.internal(_holdings(await reader.reach(), list(told))):
        found[row["post_id"]].append(_held(row, told[row["post_id"]], reader))
    return found


def _holdings(reach: Reach, posts: Collection[UUID]) -> Select[tuple[object, ...]]:
    table = Holding.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    people = Person.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    return (
        select(table)
        .where(table.c.post_id.in_(posts), seen_end(reach, table.c.person_id, people))
        .order_by(table.c.start, table.c.id)
    )


def _held(row: Mapping[str, object], post: PostFacts, reader: Reader) -> Held:
    values = {name: row[name] for name in _COLUMNS}
    kind, person_id = HoldingKind(str(row["kind"])), values["person_id"]
    assert isinstance(person_id, UUID)
    term = Term(values["start"], values["until"])  # type: ignore[arg-type]  # instants, by the table
    state = state_of(term, reader.at)
    viewer, where = reader.eyes, (post.organization_id, post.role)
    decision = (
        may_keep_posts(viewer, *where)
        if kind is HoldingKind.HOLDER
        else may_end_deputy(viewer, *where, post.id, person_id)
    )
    return Held(
        **values,  # type: ignore[arg-type]  # as the table has them
        kind=kind,
        state=state,
        ends=decision.allowed and state is not HoldingState.PAST,
    )


_COLUMNS = ("id", "post_id", "person_id", "start", "until", "appointed_by", "appointed_at")


async def invitations_of(
    reader: Reader, organizations: Collection[UUID]
) -> Mapping[UUID, list[Invitation]]:
    """The invitations that wait, by organisation and age; told to who may keep its posts alone."""
    told = [key for key in organizations if may_keep_posts(reader.eyes, key, "").allowed]
    if not told:
        return {}
    table = Invitation.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    posts = Post.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = (
        select(table)
        .where(
            table.c.organization_id.in_(told),
            table.c.accepted_at.is_(None),
            table.c.revoked_at.is_(None),
            seen_end(await reader.reach(), table.c.post_id, posts),
        )
        .order_by(table.c.invited_at, table.c.id)
    )
    found: dict[UUID, list[Invitation]] = {key: [] for key in told}
    for row in await reader.internal(query):
        found[row["organization_id"]].append(Invitation(**row))
    return found


async def succeeds(reader: Reader, post_id: UUID) -> bool:
    """Whether the viewer is to hold the post from an instant to come on."""
    query = select(col(Holding.id)).where(
        col(Holding.post_id) == post_id,
        col(Holding.person_id) == reader.eyes.person_id,
        col(Holding.kind) == HoldingKind.HOLDER.value,
        col(Holding.start) > reader.at,
    )
    return bool(await reader.internal(query.limit(1)))


async def post_facts(reader: Reader, post_id: UUID) -> PostFacts | None:
    """The post, where the viewer sees it."""
    table = Post.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = select(table.c.id, table.c.organization_id, table.c.role).where(
        table.c.id == post_id, visible(await reader.reach(), table)
    )
    rows = await reader.internal(query)
    return PostFacts(**rows[0]) if rows else None
