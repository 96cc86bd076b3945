"""Personal access tokens: issuing, listing and revoking one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.identity import rules
from renkei.identity.secrets import TOKEN_PREFIX, hash_secret, new_secret
from renkei.identity.tables import AccessToken
from renkei.ledger.unit import Unit
from renkei.problems import NotFound, Problem, refuse_if
from renkei.text import check_text

# What a token may be granted; each ability asks for the one of its noun.
SCOPES = ("calls:write", "proposals:write", "briefs:write", "directory:write", "notices:write")
DAYS_DEFAULT = 90
DAYS_MAX = 366


def token_holds(hashed: Any, at: Any) -> ColumnElement[bool]:
    """The access token of this secret's hash is in force at this instant."""
    return and_(
        col(AccessToken.token_hash) == hashed,
        col(AccessToken.revoked_at).is_(None),
        col(AccessToken.expires_at) > at,
    )


async def issue_token(
    unit: Unit,
    reach: Reach,
    *,
    name: str,
    scopes: Sequence[str] | None = None,
    days: int = DAYS_DEFAULT,
) -> tuple[str, AccessToken]:
    """A new token of the viewer's own.

    The secret is in the answer and kept nowhere. `scopes` None: all that the person may do; reading
    needs none. Refused: from a request that itself comes with a token; without a new proof of who
    it is; unknown scopes; more than 366 days.
    """
    rules.require_proof(reach.viewer)
    owner = reach.viewer.person_id
    assert owner is not None  # `require_proof` has looked
    problems = [*check_text(("name",), name, limit=100), *check_scopes(scopes)]
    if not 1 <= days <= DAYS_MAX:
        problems.append(
            Problem(
                ("days",),
                "OUT_OF_RANGE",
                f"From 1 to {DAYS_MAX} days.",
                f"1日から{DAYS_MAX}日までです。",
            )
        )
    refuse_if(problems)
    secret = new_secret(TOKEN_PREFIX)
    row = AccessToken(
        prefix=secret[:10],
        token_hash=hash_secret(secret),
        person_id=owner,
        name=name,
        scopes=None if scopes is None else sorted(set(scopes)),
        created_at=unit.at,
        expires_at=unit.at + timedelta(days=days),
    )
    unit.session.add(row)
    await unit.session.flush()
    await unit.record("access_token.issued", row.id, actor=reach.viewer.actor)
    return secret, row


def check_scopes(scopes: Sequence[str] | None) -> list[Problem]:
    """The problems of scopes: each must be one that an ability asks for."""
    known = ", ".join(SCOPES)
    return [
        Problem(
            ("scopes", str(place)),
            "UNKNOWN_SCOPE",
            f"Unknown scope. One of: {known}.",
            f"範囲が正しくありません。次のどれかです：{known}",
        )
        for place, scope in enumerate(scopes or ())
        if scope not in SCOPES
    ]


async def revoke_token(unit: Unit, reach: Reach, *, token_id: UUID) -> None:
    """End one of the viewer's own tokens, at once. Somebody else's is not found."""
    rules.require_person(reach.viewer)
    query = select(AccessToken).where(
        col(AccessToken.id) == token_id, col(AccessToken.person_id) == reach.viewer.person_id
    )
    row = (await unit.session.execute(query)).scalar()
    if row is None:
        raise NotFound
    row.revoked_at = row.revoked_at or unit.at
    await unit.record("access_token.revoked", row.id, actor=reach.viewer.actor)


async def tokens_in_force(
    connection: AsyncConnection, person_id: UUID, *, at: datetime
) -> list[Any]:
    """The person's tokens that work at `at`, the newest first, without anything secret."""
    columns = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at")
    table = AccessToken.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = (
        select(*(table.c[name] for name in columns))
        .where(table.c.person_id == person_id, table.c.revoked_at.is_(None))
        .where(table.c.expires_at > at)
        .order_by(table.c.created_at.desc(), table.c.id)
    )
    return list((await connection.execute(query)).all())
