"""Assembles viewers from the posts that people hold now. Never kept longer than one request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    Uuid,
    bindparam,
    case,
    cast,
    literal,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from renkei.access.policy import clauses
from renkei.access.policy.system import as_system
from renkei.access.policy.viewer import HeldPost, Request, Viewer
from renkei.access.tables import ConsentRecord
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.database.spans import in_force
from renkei.directory.tables import Affiliation, GroupMember, Holding, Organization, Post
from renkei.directory.terms import HoldingKind
from renkei.identity.rules import PROVED_FOR
from renkei.identity.secrets import hash_secret
from renkei.identity.sessions import session_holds
from renkei.identity.tables import AccessToken, Account, SignIn
from renkei.identity.tokens import token_holds
from renkei.text import normalise

# The key of a member without a name: no row has it.
NOBODY = UUID(int=0)
# How often the use of one session or token is noted at most.
USED_AGAIN = timedelta(minutes=5)


async def viewers_of(
    connection: AsyncConnection | AsyncSession,
    person_ids: Iterable[UUID],
    *,
    at: datetime,
    scopes: frozenset[str] | None = None,
) -> dict[UUID, Viewer]:
    """The viewers that these people are at `at`; people without a working account are left out."""
    found: dict[UUID, Viewer] = {}
    for batch in _batches(sorted(set(person_ids))):
        holders: dict[UUID, list[Any]] = {}
        for row in (await connection.execute(as_system(_belongings(_among(batch), at), JOB))).all():
            holders.setdefault(row.person_id, []).append(row)
        found |= {
            person_id: _viewer(person_id, rows, scopes)
            for person_id, rows in holders.items()
            if any(row.what == _ACCOUNT for row in rows)
        }
    return found


JOB = "viewers.assemble"
_ACCOUNT, _AFFILIATION, _GROUP, _CONSENT = "account", "affiliation", "group", "to"
# Of a post, how it is held stands in the place of what the row is.
_POSTS = {HoldingKind.HOLDER.value, HoldingKind.DEPUTY.value}
_PROOF = "proof"
# Which people a statement is about: a condition on the column that names them.
Among = Callable[[Any], ColumnElement[bool]]


class Belonging(NamedTuple):
    """One row of what makes a viewer; what the other columns mean hangs on `what`."""

    person_id: UUID
    what: str
    key: UUID | None
    organization_id: UUID | None
    name: str | None
    country: str | None
    start: datetime | None


def _among(people: Sequence[UUID]) -> Among:
    return lambda person: person.in_(people)


def _viewer(person_id: UUID, rows: Sequence[Any], scopes: frozenset[str] | None) -> Viewer:
    """One person's rows as a viewer."""
    held = sorted(
        (row for row in rows if row.what in _POSTS),
        key=lambda row: (row.what == HoldingKind.DEPUTY.value, row.start, row.key),
    )
    posts = tuple(
        HeldPost(row.key, row.organization_id, row.name, row.what == HoldingKind.DEPUTY.value)
        for row in held
    )
    mine = {post.organization_id for post in posts}
    belongs = [row for row in rows if row.what in {*_POSTS, _AFFILIATION}]
    groups = [row for row in rows if row.what == _GROUP]
    return Viewer(
        person_id=person_id,
        posts=posts,
        affiliations=frozenset(
            {clauses.person(person_id)}
            | {clauses.org(row.organization_id) for row in belongs}
            | {clauses.post(post.id) for post in posts}
            | {clauses.group(row.key) for row in groups}
        ),
        groups=frozenset(row.key for row in groups if row.organization_id in mine),
        homes=frozenset(row.country for row in belongs),
        consents=frozenset(row.name for row in rows if row.what == _CONSENT),
        scopes=scopes,
    )


def _belongings(among: Among, at: Any) -> CompoundSelect[Any]:
    """Everything that makes a viewer, in one statement: a row each, told apart by `what`."""

    def rows(what: Any, person: Any, **more: Any) -> Select[Any]:
        return _row(what, person, **more).where(among(person))

    start_of = col(Holding.start)
    holds = in_force(start_of, col(Holding.until), at)
    belongs = in_force(col(Affiliation.start), col(Affiliation.until), at)
    is_in = in_force(col(GroupMember.start), col(GroupMember.until), at)
    account = rows(_ACCOUNT, col(Account.person_id)).where(col(Account.disabled_at).is_(None))
    posts = (
        rows(
            col(Holding.kind),
            col(Holding.person_id),
            key=col(Post.id),
            organization_id=col(Post.organization_id),
            name=col(Post.role),
            country=col(Organization.country),
            start=start_of,
        )
        .join(Post, col(Post.id) == col(Holding.post_id))
        .join(Organization, col(Organization.id) == col(Post.organization_id))
        .where(holds)
    )
    affiliations = (
        rows(
            _AFFILIATION,
            col(Affiliation.person_id),
            organization_id=col(Affiliation.organization_id),
            country=col(Organization.country),
        )
        .join(Organization, col(Organization.id) == col(Affiliation.organization_id))
        .where(belongs)
    )
    member = {"key": col(GroupMember.group_id), "organization_id": col(GroupMember.organization_id)}
    groups_by_post = (
        rows(_GROUP, col(Holding.person_id), **member)
        .join(Post, col(Post.id) == col(Holding.post_id))
        .join(GroupMember, col(GroupMember.organization_id) == col(Post.organization_id))
        .where(holds, is_in)
    )
    groups_by_affiliation = (
        rows(_GROUP, col(Affiliation.person_id), **member)
        .join(GroupMember, col(GroupMember.organization_id) == col(Affiliation.organization_id))
        .where(belongs, is_in)
    )
    consents = rows(_CONSENT, col(ConsentRecord.person_id), name=col(ConsentRecord.to)).where(
        in_force(col(ConsentRecord.given_at), col(ConsentRecord.withdrawn_at), at)
    )
    return union_all(account, posts, affiliations, groups_by_post, groups_by_affiliation, consents)


def _row(what: Any, person: Any, **more: Any) -> Select[Any]:
    """A row of the person's; `what` it is is a word, or a column that says it."""
    nothing: dict[str, Any] = {
        "key": cast(null(), Uuid()),
        "organization_id": cast(null(), Uuid()),
        "name": cast(null(), String()),
        "country": cast(null(), String()),
        "start": cast(null(), UTCDateTime()),
    }
    columns = [(nothing | more)[name].label(name) for name in nothing]
    word = literal(what) if isinstance(what, str) else what
    return select(person.label("person_id"), word.label("what"), *columns)


def _by_proof(model: Any, holds: Callable[[Any, Any], Any]) -> CompoundSelect[Any]:
    """Everything that makes the viewer behind a secret, and the secret's own row before it.

    The secret's hash and the instant are sent as `secret` and `at`; a session that was proved after
    `proved` says so.
    """
    hashed = bindparam("secret", type_=String())
    at = bindparam("at", type_=UTCDateTime())
    person = select(model.person_id).where(holds(hashed, at)).scalar_subquery()
    more = _session(bindparam("proved", type_=UTCDateTime())) if model is SignIn else _TOKEN
    proof = _row(_PROOF, model.person_id, **more).where(holds(hashed, at))
    return union_all(proof, *_belongings(lambda column: column == person, at).selects)


async def member_of(
    connection: AsyncConnection | AsyncSession, organization_id: UUID, *, at: datetime
) -> Viewer:
    """A nameless member of the organisation, without any role: what all of its people see."""
    groups = select(col(GroupMember.group_id)).where(
        col(GroupMember.organization_id) == organization_id,
        in_force(col(GroupMember.start), col(GroupMember.until), at),
    )
    country = select(col(Organization.country)).where(col(Organization.id) == organization_id)
    belongs = frozenset((await connection.execute(as_system(groups, JOB))).scalars())
    home = (await connection.execute(as_system(country, JOB))).scalar()
    return Viewer(
        person_id=NOBODY,
        posts=(HeldPost(NOBODY, organization_id, ""),),
        affiliations=frozenset({clauses.org(organization_id), *map(clauses.group, belongs)}),
        groups=belongs,
        homes=frozenset({home}),
    )


# What the statement tells of the secret itself. A session has a name where its owner
# has just proved who they are.
_TOKEN = {
    "key": col(AccessToken.id),
    "name": cast(col(AccessToken.scopes), String()),
    "start": col(AccessToken.last_used_at),
}


def _session(at: Any) -> dict[str, Any]:
    proved = case((col(SignIn.proved_at) > at, literal("proved")))
    return {"key": col(SignIn.id), "name": proved, "start": col(SignIn.seen_at)}


class Identity:
    """Who a request comes from, as a viewer assembled afresh."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def viewer(self, person_id: UUID, scopes: frozenset[str] | None = None) -> Viewer | None:
        """The person as a viewer now; None without a working account."""
        async with self._database.reading() as connection:
            found = await viewers_of(connection, [person_id], at=self._clock.now(), scopes=scopes)
        return found.get(person_id)

    async def by_session(self, token: str) -> Viewer | None:
        """The viewer whose open session this is."""
        found = await self._proved(token, SignIn, session_holds)
        if found is None:
            return None
        proof, rows = found
        request = Request(stepped_up=proof.name is not None, session_id=proof.key)
        return _viewer(proof.person_id, rows, None).asking(request)

    async def by_access_token(self, token: str) -> Viewer | None:
        """The viewer whose access token this is, limited to the token's scopes."""
        found = await self._proved(token, AccessToken, token_holds)
        if found is None:
            return None
        proof, rows = found
        scopes = None if proof.name is None else orjson.loads(proof.name)
        return _viewer(proof.person_id, rows, None if scopes is None else frozenset(scopes))

    async def _proved(
        self, secret: str, model: type[SignIn | AccessToken], holds: Callable[[Any, Any], Any]
    ) -> tuple[Belonging, list[Belonging]] | None:
        """Whom the secret proves, in one statement, which is made once and kept."""
        at = self._clock.now()
        asking = self._database.asking
        sql = asking.kept((JOB, model), lambda: _by_proof(model, holds), JOB)
        given = {"secret": hash_secret(secret), "at": at, "proved": at - PROVED_FOR}
        async with asking.connection() as ask:
            told = await ask(sql, given)
        rows = [Belonging._make(row) for row in told]
        if {_PROOF, _ACCOUNT} - {row.what for row in rows}:
            return None
        proof = next(row for row in rows if row.what == _PROOF)
        await self._note_use(model, proof, at)
        return proof, rows

    async def _note_use(
        self, model: type[SignIn | AccessToken], proof: Belonging, at: datetime
    ) -> None:
        """Note that a session or token was used, unless it was noted a moment ago."""
        if proof.start is not None and at - proof.start <= USED_AGAIN:
            return
        column = "seen_at" if model is SignIn else "last_used_at"
        async with self._database.writing() as session:
            await session.execute(
                update(model).where(col(model.id) == proof.key).values({column: at})
            )
            await session.commit()

    async def account(self, email: str) -> UUID | None:
        """The person with the working account of this address."""
        async with self._database.reading() as connection:
            query = select(col(Account.person_id)).where(
                col(Account.email) == normalise(email).lower(), col(Account.disabled_at).is_(None)
            )
            return (await connection.execute(query)).scalar()


def _batches(ids: list[UUID], size: int = 500) -> Iterable[list[UUID]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
