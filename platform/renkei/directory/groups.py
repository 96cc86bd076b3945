"""Use cases of belonging: sharing groups of organisations, and further affiliations of people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.clauses import MEMBERS_GATE, Audience, group, org
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import HeldPost, allow
from renkei.access.store import audience_named, interned, load, police
from renkei.database.spans import not_over
from renkei.directory import abilities as may
from renkei.directory import store
from renkei.directory.tables import (
    Affiliation,
    GroupMember,
    Organization,
    Person,
    SharingGroup,
)
from renkei.ledger.unit import Unit
from renkei.problems import WrongState, refuse_if
from renkei.text import check_text

MEMBERS_MAX = 500


async def create_group(
    unit: Unit, reach: Reach, *, name_ja: str, name_en: str | None = None, purpose: str = ""
) -> SharingGroup:
    """A sharing group that the viewer's organisation keeps. Nobody is in it yet, its owner neither.

    Refused: whoever is no officer of a ministry or an agency, and no analyst.
    """
    post = _keeping_post(reach)
    refuse_if(
        [
            *check_text(("nameJa",), name_ja),
            *check_text(("nameEn",), name_en, required=False),
            *check_text(("purpose",), purpose, limit=2_000, required=False),
        ]
    )
    made = SharingGroup(
        id=uuid4(),
        organization_id=post.organization_id,
        name_ja=name_ja.strip(),
        name_en=name_en or None,
        purpose=purpose,
        created_at=unit.at,
        audience_id=0,
        gate_id=0,
    )
    clauses = await interned(unit.session, _audience(made), MEMBERS_GATE)
    made.audience_id, made.gate_id = clauses["audience_id"], clauses["gate_id"]
    unit.session.add(made)
    await unit.session.flush()
    await unit.record("group.created", made.id, actor=reach.viewer.actor)
    return made


async def add_to_group(
    unit: Unit,
    reach: Reach,
    *,
    group_id: UUID,
    organization_id: UUID,
    may_extend: bool = False,
) -> SharingGroup:
    """Take an organisation into a group: from now on it reads what is shared with the group.

    Refused: whoever neither keeps the group nor was given the right to extend it, which only its
    owner passes on; an organisation that is in it already.
    """
    found = await load(unit.session, reach, SharingGroup, group_id, lock=True)
    members = await store.members_of(unit.session, reach, group_id, unit.at)
    named = await audience_named(unit.session, found)
    extends = bool(named.extend & reach.viewer.tokens)
    allow(may.may_extend_group(reach.viewer, found.organization_id, extends))
    if may_extend:
        allow(may.may_keep_group(reach.viewer, found.organization_id))
    organization = await load(unit.session, reach, Organization, organization_id)
    if any(one.organization_id == organization.id for one in members):
        raise WrongState("It is in the group already.", "すでにこのグループに入っています。")
    if len(members) >= MEMBERS_MAX:
        raise WrongState(
            f"A group has at most {MEMBERS_MAX} organisations.",
            f"グループに入れるのは{MEMBERS_MAX}組織までです。",
        )
    member = GroupMember(
        group_id=found.id,
        organization_id=organization.id,
        may_extend=may_extend,
        start=unit.at,
        **await interned(unit.session, _audience(found), MEMBERS_GATE),
    )
    unit.session.add(member)
    await _derive(unit, found, [*members, member])
    await _changed(unit, reach, found, "group.joined", organization.id)
    return found


async def remove_from_group(
    unit: Unit, reach: Reach, *, group_id: UUID, organization_id: UUID
) -> SharingGroup:
    """Take an organisation out of a group: what was shared with the group is closed to it at once.

    Refused: whoever neither keeps the group nor speaks for the organisation that leaves; one that
    is not in it.
    """
    found = await load(unit.session, reach, SharingGroup, group_id, lock=True)
    if not reach.viewer.works_for(organization_id):
        allow(may.may_keep_group(reach.viewer, found.organization_id))
    members = await store.members_of(unit.session, reach, group_id, unit.at)
    mine = [one for one in members if one.organization_id == organization_id]
    if not mine:
        raise WrongState("It is not in the group.", "このグループに入っていません。")
    for one in mine:
        one.until = max(unit.at, one.start)
        # Who was in it before is the audit's matter, and nobody's to read here.
        await police(unit.session, one, Audience.of(), MEMBERS_GATE)
        unit.session.add(one)
    await _derive(unit, found, [one for one in members if one not in mine])
    await _changed(unit, reach, found, "group.left", organization_id)
    return found


async def record_affiliation(
    unit: Unit, reach: Reach, *, person_id: UUID, organization_id: UUID
) -> Affiliation:
    """Record that a person belongs to an organisation without a post in it here (R5.1).

    It opens nothing; exclusions and REL TO are compared with it from now on. Refused: whoever is
    neither that person nor an administrator.
    """
    person = await load(unit.session, reach, Person, person_id)
    allow(may.may_record_affiliation(reach.viewer, person.id))
    organization = await load(unit.session, reach, Organization, organization_id)
    if await _open_affiliations(unit, person.id, organization.id, unit.at):
        raise WrongState("It is on record already.", "すでに記録されています。")
    affiliation = Affiliation(
        id=uuid4(), person_id=person.id, organization_id=organization.id, start=unit.at
    )
    unit.session.add(affiliation)
    await unit.session.flush()
    await unit.record("affiliation.recorded", person.id, actor=reach.viewer.actor)
    return affiliation


async def end_affiliation(
    unit: Unit, reach: Reach, *, person_id: UUID, organization_id: UUID
) -> None:
    """End an affiliation on record. Refused: whoever is no administrator, as it loosens."""
    person = await load(unit.session, reach, Person, person_id)
    may.require_administrator(reach.viewer)
    organization = await load(unit.session, reach, Organization, organization_id)
    open_ones = await _open_affiliations(unit, person.id, organization.id, unit.at)
    if not open_ones:
        raise WrongState("It is not on record.", "記録されていません。")
    for one in open_ones:
        one.until = max(unit.at, one.start)
        unit.session.add(one)
    await unit.record("affiliation.ended", person.id, actor=reach.viewer.actor)


def _keeping_post(reach: Reach) -> HeldPost:
    allow(may.may_create_group(reach.viewer))
    post = reach.viewer.post_as(*may.GROUP_KEEPERS)
    assert post is not None  # `may_create_group` has just said so
    return post


def _audience(found: SharingGroup) -> Audience:
    """Its members and its owner: by tokens, so that coming and going needs no new clause."""
    return Audience.of(org(found.organization_id), group(found.id))


async def _derive(unit: Unit, found: SharingGroup, members: Iterable[GroupMember]) -> None:
    """Who may take further organisations in stands in the group's own clause."""
    extend = frozenset(org(one.organization_id) for one in members if one.may_extend)
    audience = replace(_audience(found), extend=extend)
    await police(unit.session, found, audience, MEMBERS_GATE)


async def _changed(
    unit: Unit, reach: Reach, found: SharingGroup, kind: str, organization_id: UUID
) -> None:
    found.version += 1
    unit.session.add(found)
    await unit.session.flush()
    await unit.record(
        kind, found.id, actor=reach.viewer.actor, organization_id=str(organization_id)
    )


async def _open_affiliations(
    unit: Unit, person_id: UUID, organization_id: UUID, at: datetime
) -> Sequence[Affiliation]:
    query = select(Affiliation).where(
        col(Affiliation.person_id) == person_id,
        col(Affiliation.organization_id) == organization_id,
        not_over(col(Affiliation.until), at),
    )
    return (await unit.session.execute(query)).scalars().all()
