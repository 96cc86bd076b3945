"""Use cases of following and of the inbox. Everyone changes their own rows only."""

from __future__ import annotations

from uuid import UUID

from renkei.access.policy.reach import Reach
from renkei.access.store import load
from renkei.areas.tables import Area
from renkei.briefs.tables import Brief
from renkei.calls.tables import Call
from renkei.ledger.unit import Unit
from renkei.notices import store
from renkei.notices.tables import Follow, Notice
from renkei.problems import NotAllowed

SCOPE = "notices:write"


async def follow_area(unit: Unit, reach: Reach, *, area_id: UUID, by_email: bool = True) -> Follow:
    """Follow an area and all below it, in whatever version of its list.

    Following again changes whether mail comes too, and nothing else. Refused: an area that the
    viewer does not see; nobody signed in; a token without the scope.
    """
    await load(unit.session, reach, Area, area_id)
    return await _follow(unit, reach, "area_id", area_id, by_email)


async def follow_call(unit: Unit, reach: Reach, *, call_id: UUID, by_email: bool = True) -> Follow:
    """Follow a call: its deadline, its end. As `follow_area`."""
    await load(unit.session, reach, Call, call_id)
    return await _follow(unit, reach, "call_id", call_id, by_email)


async def follow_brief(
    unit: Unit, reach: Reach, *, brief_id: UUID, by_email: bool = True
) -> Follow:
    """Follow a brief: its corrections. As `follow_area`."""
    await load(unit.session, reach, Brief, brief_id)
    return await _follow(unit, reach, "brief_id", brief_id, by_email)


async def unfollow(unit: Unit, reach: Reach, *, follow_id: UUID) -> UUID:
    """Stop following; the notices that came stay. Refused where it is not the viewer's own."""
    _person(reach)
    follow = await load(unit.session, reach, Follow, follow_id, lock=True)
    await unit.session.delete(follow)
    await unit.record("follow.ended", follow.id, actor=reach.viewer.actor)
    return follow.id


async def mark_read(unit: Unit, reach: Reach, *, notice_id: UUID) -> Notice:
    """Mark one's own notice as read; one that was read stays as it was."""
    _person(reach)
    notice = await load(unit.session, reach, Notice, notice_id, lock=True)
    if notice.read_at is None:
        notice.read_at = unit.at
        unit.session.add(notice)
        await unit.record("notice.read", notice.id, actor=reach.viewer.actor)
    return notice


async def mark_all_read(unit: Unit, reach: Reach) -> int:
    """Mark all of one's own notices that show as read; how many were unread."""
    person_id = _person(reach)
    count = await store.read_all(unit.session, reach, person_id, unit.at)
    if count:
        await unit.record("inbox.read", person_id, actor=reach.viewer.actor, count=count)
    return count


async def _follow(unit: Unit, reach: Reach, column: str, key: UUID, by_email: bool) -> Follow:
    person_id = _person(reach)
    follow = await store.follow_of(unit.session, reach, person_id, column, key)
    if follow is not None and follow.by_email == by_email:
        return follow
    if follow is None:
        follow = Follow(
            person_id=person_id,
            created_at=unit.at,
            audience_id=(await store.own_clauses(unit.session, [person_id]))[person_id],
            gate_id=await store.own_gate(unit.session),
        )
        setattr(follow, column, key)
    follow.by_email = by_email
    unit.session.add(follow)
    await unit.session.flush()
    await unit.record("follow.set", follow.id, actor=reach.viewer.actor, by_email=by_email)
    return follow


def _person(reach: Reach) -> UUID:
    """The person whose rows they are."""
    person_id = reach.viewer.person_id
    if person_id is None or not reach.viewer.may(SCOPE):
        raise NotAllowed(
            "Only a signed-in person can follow and be told.",
            "フォローと通知は、サインインした人だけが使えます。",
        )
    return person_id
