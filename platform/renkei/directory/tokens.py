"""Personal access tokens: issuing, listing and revoking one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from renkei.access.credentials import new_access_token
from renkei.access.policy.reach import Reach
from renkei.access.tables import AccessToken
from renkei.ledger.unit import Unit
from renkei.problems import NotAllowed, NotFound, Problem, refuse_if
from renkei.text import check_text

# What a token may be granted; each ability asks for the one of its noun.
SCOPES = ("calls:write", "proposals:write", "briefs:write", "directory:write", "notices:write")
DAYS_DEFAULT = 90
DAYS_MAX = 366


async def issue_token(
    unit: Unit,
    reach: Reach,
    *,
    name: str,
    scopes: Sequence[str] | None = None,
    days: int = DAYS_DEFAULT,
    person_id: UUID | None = None,
) -> tuple[str, AccessToken]:
    """A new token of the viewer's own, or, for an operator's command, of `person_id`.

    The secret is in the answer and kept nowhere. `scopes` None: all that the person may do; reading
    needs none. Refused: from a request that itself comes with a token; unknown scopes; more than
    366 days.
    """
    owner = reach.viewer.person_id or person_id
    if reach.viewer.scopes is not None or owner is None:
        raise NotAllowed(
            "Sign in to issue a token; a token can't issue another.",
            "トークンの発行にはサインインが要ります。トークンで別のトークンは発行できません。",
        )
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
    secret, row = new_access_token(
        owner,
        name=name,
        scopes=None if scopes is None else sorted(set(scopes)),
        at=unit.at,
        days=days,
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
    if reach.viewer.scopes is not None:
        raise NotAllowed("Sign in to revoke a token.", "トークンを止めるにはサインインが要ります。")
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
