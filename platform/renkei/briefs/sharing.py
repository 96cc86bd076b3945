"""Use cases of who reads a brief: sharing it with more, and narrowing it at once (R7.5, R7.7)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from renkei.access.markings import TLP, at_least_as_strict, parse_marking
from renkei.access.policy import clauses
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import allow
from renkei.access.store import load
from renkei.briefs import abilities as may
from renkei.briefs import audience, store
from renkei.briefs.rules import BriefStatus
from renkei.briefs.tables import Brief
from renkei.directory.store import organizations_by_id, people_by_id
from renkei.ledger.unit import Unit
from renkei.problems import NotAllowed, Problem, refuse_if
from renkei.search.tables import SearchStale


async def share_brief(
    unit: Unit,
    reach: Reach,
    *,
    brief_id: UUID,
    organization_ids: Sequence[UUID | None] = (),
    person_ids: Sequence[UUID | None] = (),
) -> Brief:
    """Share a brief with named organisations; a TLP:RED one with named persons instead.

    What is named is added to whom it is shared with already. A draft's sharing counts from its
    release. Refused: another organisation than the originator; nobody named, or unknown; for
    TLP:RED organisations, for all else persons; a TLP:RED draft, which has no readers to name yet.
    """
    brief = await load(unit.session, reach, Brief, brief_id, lock=True)
    allow(may.may_share(reach.viewer, brief.organization_id, brief.status))
    organizations, problems = await organizations_by_id(
        unit.session, reach, ("organizationIds",), organization_ids
    )
    persons, found = await people_by_id(unit.session, reach, ("personIds",), person_ids)
    problems += found
    problems += _check_named(brief, organization_ids, person_ids)
    refuse_if(problems)
    before = await store.shares_of(unit.session, brief.id)
    shares = before | {one.id for one in organizations}
    named = await audience.named_persons(unit.session, brief)
    await store.set_shares(unit.session, brief.id, shares)
    await _apply(
        unit,
        brief,
        shares=shares,
        persons=named | {clauses.person(one.id) for one in persons},
    )
    await unit.record(
        "brief.shared",
        brief.id,
        actor=reach.viewer.actor,
        organizations=sorted(str(one) for one in shares - before),
        persons=sorted(str(one.id) for one in persons),
    )
    return brief


async def narrow_brief(
    unit: Unit,
    reach: Reach,
    *,
    brief_id: UUID,
    tlp: str | None = None,
    grade: int | None = None,
    restrictions: str | None = None,
    withdraw_from: Sequence[UUID] = (),
    accept_grade_2: bool = False,
) -> Brief:
    """Raise a brief's marking, or take it back from organisations: at once, for all readers.

    What is None stays. Lists, links and notices follow with the commit; search leaves the brief out
    until it has been indexed anew. Raised to TLP:RED it is nobody's but its makers', until persons
    are named. Refused: lowering, which needs a second person (R7.7); a draft is edited instead.
    """
    brief = await load(unit.session, reach, Brief, brief_id, lock=True)
    allow(may.may_narrow(reach.viewer, brief.organization_id))
    old = audience.marking_of(brief)
    wanted_grade = old.grade if grade is None else grade
    marking, problems = parse_marking(
        tlp or old.tlp.value,
        wanted_grade,
        old.restrictions if restrictions is None else restrictions,
        accept_grade_2=accept_grade_2 or wanted_grade == old.grade,
        path=("marking",),
    )
    refuse_if(problems)
    assert marking is not None  # its problems were refused
    if brief.status == BriefStatus.RELEASED and not at_least_as_strict(marking, old):
        raise NotAllowed(
            "Lowering a marking needs a second person of the originator; it can only be raised.",
            "区分を緩めるには、作成元の別の人の承認が要ります。ここでは強めることだけできます。",
        )
    named = await audience.named_persons(unit.session, brief)
    before = await store.shares_of(unit.session, brief.id)
    shares = set() if marking.tlp is TLP.RED else before - set(withdraw_from)
    await store.set_shares(unit.session, brief.id, shares)
    brief.tlp, brief.grade, brief.restrictions = (
        marking.tlp.value,
        marking.grade,
        marking.restrictions,
    )
    await _apply(unit, brief, shares=shares, persons=named)
    await unit.session.merge(SearchStale(record_id=brief.id, kind="brief", since=unit.at))
    await unit.record("brief.narrowed", brief.id, actor=reach.viewer.actor)
    return brief


async def _apply(unit: Unit, brief: Brief, *, shares: set[UUID], persons: frozenset[str]) -> None:
    """Derive the clauses of the brief and of its versions anew."""
    await audience.set_marking(
        unit.session, brief, audience.marking_of(brief), organizations=shares, persons=persons
    )
    brief.version += 1
    brief.updated_at = unit.at
    await unit.session.flush()
    await store.police_versions(unit.session, brief)


def _check_named(
    brief: Brief,
    organization_ids: Sequence[UUID | None],
    person_ids: Sequence[UUID | None],
) -> list[Problem]:
    if brief.tlp == TLP.RED:
        problems = []
        if organization_ids:
            problems.append(
                Problem(
                    ("organizationIds",),
                    "RED_NAMES_PERSONS",
                    "TLP:RED is for named persons, never for an organisation.",
                    "TLP:REDは名指しした人だけのものです。組織とは共有できません。",
                )
            )
        if brief.status != BriefStatus.RELEASED:
            problems.append(
                Problem(
                    ("personIds",),
                    "RELEASE_FIRST",
                    "Name the persons after the release.",
                    "人を名指しするのは、公表・共有の後です。",
                )
            )
        return problems or _check_somebody(("personIds",), person_ids)
    if person_ids:
        return [
            Problem(
                ("personIds",),
                "ONLY_RED_NAMES_PERSONS",
                "Persons are named for TLP:RED only; name their organisations instead.",
                "人を名指しできるのはTLP:REDだけです。組織を選んでください。",
            )
        ]
    return _check_somebody(("organizationIds",), organization_ids)


def _check_somebody(path: tuple[str, ...], named: Sequence[UUID | None]) -> list[Problem]:
    if named:
        return []
    return [Problem(path, "REQUIRED", "This field is required.", "この項目は必須です。")]
