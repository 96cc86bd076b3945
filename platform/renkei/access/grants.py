"""Whom a record names, kept beside it: its audience is derived from these and its marking."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import col

from renkei.access.naming import Named
from renkei.access.policy.clauses import MEMBERS_GATE, Audience, org
from renkei.access.policy.system import as_system
from renkei.access.store import interned
from renkei.access.tables import Grant
from renkei.ledger.unit import Unit


async def named_on(unit: Unit, record_id: UUID) -> list[Named]:
    """Whom the record names now, in the order of their tokens."""
    query = select(Grant).where(col(Grant.record_id) == record_id).order_by(col(Grant.token))
    rows = (await unit.session.execute(as_system(query, "access.derive"))).scalars()
    return [Named(row.token, row.denies, row.may_extend, row.start, row.until) for row in rows]


async def name(
    unit: Unit,
    *,
    kind: str,
    record_id: UUID,
    originator_id: UUID,
    named: Iterable[Named],
    by: UUID,
) -> None:
    """Name these on the record; what the same tokens were named as before is replaced.

    `originator_id` is the organisation that alone sees whom the record names.
    """
    told = {one.token: one for one in named}
    await unname(unit, record_id, told)
    clauses = await interned(unit.session, Audience.of(org(originator_id)), MEMBERS_GATE)
    unit.session.add_all(
        Grant(
            record_kind=kind,
            record_id=record_id,
            token=one.token,
            denies=one.denies,
            may_extend=one.may_extend,
            start=one.start,
            until=one.until,
            granted_by=by,
            granted_at=unit.at,
            **clauses,
        )
        for one in told.values()
    )
    await unit.session.flush()


async def unname(unit: Unit, record_id: UUID, tokens: Collection[str]) -> None:
    """Take these tokens off the record, as readers and as exclusions."""
    await unit.session.execute(
        delete(Grant).where(col(Grant.record_id) == record_id, col(Grant.token).in_(tokens))
    )
