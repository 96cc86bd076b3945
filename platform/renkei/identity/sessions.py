"""Sessions: opened, listed, proved again and ended, at once and everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.acting import Actor
from renkei.identity import devices, rules
from renkei.identity.rules import How
from renkei.identity.secrets import SESSION_PREFIX, hash_secret, new_secret
from renkei.identity.tables import SignIn
from renkei.ledger.unit import Unit
from renkei.problems import NotFound

_TABLE = SignIn.__table__  # type: ignore[attr-defined]  # SQLModel sets it


@dataclass(frozen=True)
class Origin:
    """From where somebody signs in, as their program tells.

    `device` is the secret by which their program is known again; empty: it keeps none.
    """

    address: str = ""
    agent: str = ""
    device: str = field(default="", repr=False)


def session_holds(hashed: Any, at: Any) -> ColumnElement[bool]:
    """The session of this secret's hash is open at this instant."""
    return and_(
        col(SignIn.token_hash) == hashed,
        col(SignIn.ended_at).is_(None),
        col(SignIn.expires_at) > at,
    )


async def open_session(
    unit: Unit, *, person_id: UUID, how: How, origin: Origin, life: timedelta
) -> str:
    """A new session's secret, shown once. Whoever opens one has just proved who they are.

    They are told by mail where it comes from a device that they have not signed in with before.
    """
    secret = new_secret(SESSION_PREFIX)
    row = SignIn(
        id=uuid4(),
        token_hash=hash_secret(secret),
        person_id=person_id,
        how=how.value,
        agent=origin.agent[: rules.AGENT_MAX],
        address=origin.address,
        created_at=unit.at,
        seen_at=unit.at,
        proved_at=unit.at,
        expires_at=unit.at + life,
    )
    unit.session.add(row)
    await unit.session.flush()
    await unit.record("session.opened", row.id, actor=Actor(person_id), how=how.value)
    if origin.device:
        await devices.meet(unit, person_id, origin.device)
    return secret


async def end_session(unit: Unit, reach: Reach, *, session_id: UUID) -> None:
    """End one of the viewer's own sessions, at once. Somebody else's is not found."""
    rules.require_person(reach.viewer)
    mine = col(SignIn.person_id) == reach.viewer.person_id
    ended = await _end(unit, mine, col(SignIn.id) == session_id)
    if not ended:
        raise NotFound
    await unit.record("session.ended", session_id, actor=reach.viewer.actor)


async def end_other_sessions(unit: Unit, reach: Reach) -> int:
    """End all of the viewer's sessions but the one that this request came by; how many."""
    rules.require_person(reach.viewer)
    person_id, kept = reach.viewer.person_id, reach.viewer.request.session_id
    assert person_id is not None  # `require_person` has looked
    ended = await end_all(unit, person_id, but=kept)
    await unit.record("session.others_ended", person_id, actor=reach.viewer.actor, sessions=ended)
    return ended


async def end_all(unit: Unit, person_id: UUID, *, but: UUID | None = None) -> int:
    """End a person's sessions; how many there were."""
    others = [col(SignIn.id) != but] if but is not None else []
    return len(await _end(unit, col(SignIn.person_id) == person_id, *others))


async def _end(unit: Unit, *which: ColumnElement[bool]) -> Sequence[UUID]:
    open_now = (col(SignIn.ended_at).is_(None), col(SignIn.expires_at) > unit.at)
    statement = (
        update(SignIn).where(*which, *open_now).values(ended_at=unit.at).returning(col(SignIn.id))
    )
    return (await unit.session.execute(statement)).scalars().all()


async def sessions_of(connection: AsyncConnection, person_id: UUID, *, at: datetime) -> list[Any]:
    """The person's open sessions, the one seen last first, without anything secret."""
    columns = ("id", "how", "agent", "address", "created_at", "seen_at", "expires_at")
    query = (
        select(*(_TABLE.c[name] for name in columns))
        .where(
            _TABLE.c.person_id == person_id, _TABLE.c.ended_at.is_(None), _TABLE.c.expires_at > at
        )
        .order_by(_TABLE.c.seen_at.desc(), _TABLE.c.id)
    )
    return list((await connection.execute(query)).all())
