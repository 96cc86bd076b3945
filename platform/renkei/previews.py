"""Audience previews: a record as a nameless member of another organisation would see it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Table, select

from renkei.access.policy.explain import may_know_audience
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import Viewer, allow, denied
from renkei.directory.store import known, unknown
from renkei.directory.tables import Organization
from renkei.ledger.unit import Unit
from renkei.problems import NotFound, refuse_if
from renkei.viewers import member_of

_NOT_YOURS = denied(
    "Only the organisation that made it may look at it through another one's eyes.",
    "ほかの組織からの見え方を確かめられるのは、作成元の組織だけです。",
)


async def preview_audience(
    unit: Unit, reach: Reach, *, table: Table, record_id: UUID, organization_id: UUID | None
) -> Viewer:
    """The eyes to narrow one's own to: what both see is the preview. It is on the record.

    Refused: a record that the viewer doesn't see, or that knows no originator; whoever does not
    belong to the originator, since the answer tells who is on the audience; an unknown
    organisation.
    """
    originator = table.info.get("originator")
    if originator is None:
        raise NotFound
    query = select(table.c[originator]).where(table.c.id == record_id, visible(reach, table))
    originator_id: UUID | None = (await unit.session.execute(query)).scalar()
    if originator_id is None:
        raise NotFound
    if not may_know_audience(reach.viewer, originator_id):
        allow(_NOT_YOURS)
    path = ("organizationId",)
    found, _ = await known(unit.session, reach, Organization, path, [organization_id])
    if not found:
        refuse_if([unknown("organization", path)])
    ((_, key),) = found
    await unit.record(
        "audience.previewed",
        record_id,
        actor=reach.viewer.actor,
        record_kind=table.name,
        organization_id=str(key),
    )
    return await member_of(unit.session, key, at=unit.at)
