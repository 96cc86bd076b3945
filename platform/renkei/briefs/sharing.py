"""Use cases of who reads a brief: sharing it with more, and narrowing it at once (R7.5, R7.7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from renkei.access import grants
from renkei.access.marking import marking_of
from renkei.access.markings import TLP, Marking, at_least_as_strict, parse_marking
from renkei.access.naming import Named, check_passes
from renkei.access.policy import clauses
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import allow
from renkei.access.store import audience_named, load
from renkei.briefs import abilities as may
from renkei.briefs import audience
from renkei.briefs.rules import BriefStatus
from renkei.briefs.tables import Brief
from renkei.directory.store import known
from renkei.directory.tables import Organization, Person, Post, SharingGroup
from renkei.ledger.unit import Unit
from renkei.problems import NotAllowed, Problem, refuse_if
from renkei.search.indexing import mark_stale

Keys = Sequence[UUID | None]
_READERS: tuple[tuple[str, type[Any], Any], ...] = (
    ("organizationIds", Organization, clauses.org),
    ("groupIds", SharingGroup, clauses.group),
    ("postIds", Post, clauses.post),
    ("personIds", Person, clauses.person),
)
_EXCLUDED: tuple[tuple[str, type[Any], Any], ...] = (
    ("excludeOrganizationIds", Organization, clauses.org),
    ("excludePersonIds", Person, clauses.person),
)


@dataclass(frozen=True)
class Readers:
    """Whom a brief is shared with, from `start` and until `until` where they are given.

    `may_extend`: they may share it with more, though not with that right.
    """

    organization_ids: Keys = ()
    group_ids: Keys = ()
    post_ids: Keys = ()
    person_ids: Keys = ()
    may_extend: bool = False
    start: datetime | None = None
    until: datetime | None = None


async def share_brief(unit: Unit, reach: Reach, *, brief_id: UUID, readers: Readers) -> Brief:
    """Share a brief with more: organisations, sharing groups, posts, persons.

    What is named is added to whom it names already, and is no longer excluded. A draft's sharing
    counts from its release. Refused: whoever is not the originator and was not given the right to
    share it further; who has that right can't pass it on, and doesn't share TLP:RED; nobody named,
    or unknown; for TLP:RED all but persons.
    """
    brief = await load(unit.session, reach, Brief, brief_id, lock=True)
    named_for = await audience_named(unit.session, brief)
    extends = bool(named_for.extend & reach.viewer.tokens)
    allow(may.may_share(reach.viewer, brief.organization_id, brief.status, extends))
    own = reach.viewer.works_for(brief.organization_id)
    if not own and (readers.may_extend or brief.tlp == TLP.RED):
        raise NotAllowed(
            "Only the originator passes on the right to share, and shares TLP:RED.",
            "再共有の許可とTLP:REDの共有は、作成元だけができます。",
        )
    sent = {
        "organizationIds": readers.organization_ids,
        "groupIds": readers.group_ids,
        "postIds": readers.post_ids,
        "personIds": readers.person_ids,
    }
    named = await _named(unit, reach, _READERS, sent)
    if not named:
        refuse_if([_nobody("personIds" if brief.tlp == TLP.RED else "organizationIds")])
    timed = [
        (
            path,
            replace(one, may_extend=readers.may_extend, start=readers.start, until=readers.until),
        )
        for path, one in named
    ]
    before = {one.token for one in await grants.named_on(unit, brief.id) if not one.denies}
    await audience.name_readers(unit, brief, timed, by=_person(reach))
    await audience.set_marking(unit, brief)
    await unit.record(
        "brief.shared",
        brief.id,
        actor=reach.viewer.actor,
        due_at=readers.start,
        tokens=sorted({one.token for _, one in timed} - before),
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
    releasable_to: Sequence[str] | None = None,
    needs_consent: bool | None = None,
    withdraw_from: Collection[str] = (),
    exclude_organization_ids: Keys = (),
    exclude_person_ids: Keys = (),
    accept_grade_2: bool = False,
) -> Brief:
    """Raise a brief's marking, take it back from readers (tokens), exclude: at once, for all.

    What is None stays. Lists, links and notices follow with the commit; search leaves the brief out
    until it has been indexed anew. Raised to TLP:RED it is its makers' and the named persons'.
    Refused: lowering, which needs a second person (R7.7); excluding the originator.
    """
    brief = await load(unit.session, reach, Brief, brief_id, lock=True)
    allow(may.may_narrow(reach.viewer, brief.organization_id))
    old = marking_of(brief)
    marking = wanted_marking(
        old,
        tlp=tlp,
        grade=grade,
        restrictions=restrictions,
        releasable_to=releasable_to,
        needs_consent=needs_consent,
        accept_grade_2=accept_grade_2,
    )
    if brief.status == BriefStatus.RELEASED and not at_least_as_strict(marking, old):
        raise NotAllowed(
            "Lowering a marking needs a second person of the originator: propose it instead.",
            "区分を緩めるには、作成元の別の人の承認が要ります。緩和の申請をお使いください。",
        )
    refuse_if(check_passes(marking, reach.viewer, unit.at))
    readers = [one for one in await grants.named_on(unit, brief.id) if not one.denies]
    gone = {one.token for one in readers if one.token in withdraw_from}
    if marking.tlp is TLP.RED:
        gone |= {one.token for one in readers if one.kind != "person"}
    # An exclusion stays: to end one widens, and is asked for in its own words.
    await grants.unname(unit, brief.id, gone)
    sent = {
        "excludeOrganizationIds": exclude_organization_ids,
        "excludePersonIds": exclude_person_ids,
    }
    excluded = await _named(unit, reach, _EXCLUDED, sent)
    denied = [(path, replace(one, denies=True)) for path, one in excluded]
    # Whom the new marking can't exclude must be told against the new marking.
    await audience.set_marking(unit, brief, marking)
    await audience.name_readers(unit, brief, denied, by=_person(reach))
    await audience.set_marking(unit, brief)
    if marking != old:
        brief.version += 1
        brief.updated_at = unit.at
    await mark_stale(unit, brief.id, audience.KIND)
    await unit.record("brief.narrowed", brief.id, actor=reach.viewer.actor)
    return brief


async def end_exclusions(
    unit: Unit, reach: Reach, *, brief_id: UUID, tokens: Collection[str]
) -> Brief:
    """Exclude these no longer: they read the brief where something else lets them.

    Who is not excluded stays as they are. Refused: whoever is not the originator.
    """
    brief = await load(unit.session, reach, Brief, brief_id, lock=True)
    allow(may.may_narrow(reach.viewer, brief.organization_id))
    named = await grants.named_on(unit, brief.id)
    ended = {one.token for one in named if one.denies and one.token in tokens}
    await grants.unname(unit, brief.id, ended)
    await audience.set_marking(unit, brief)
    await unit.record("brief.shared", brief.id, actor=reach.viewer.actor, tokens=sorted(ended))
    return brief


def wanted_marking(
    old: Marking,
    *,
    tlp: str | None,
    grade: int | None,
    restrictions: str | None,
    releasable_to: Sequence[str] | None,
    needs_consent: bool | None,
    accept_grade_2: bool,
) -> Marking:
    """The marking with these parts in the place of the old one's; what is None stays.

    An empty `releasable_to` is no restriction; TLP:CLEAR asks nothing.
    """
    wanted_grade = old.grade if grade is None else grade
    if needs_consent is None:
        needs_consent = old.needs_consent and tlp != TLP.CLEAR.value
    if releasable_to is None and tlp != TLP.CLEAR.value and old.releasable_to is not None:
        releasable_to = sorted(old.releasable_to)
    marking, problems = parse_marking(
        tlp or old.tlp.value,
        wanted_grade,
        old.restrictions if restrictions is None else restrictions,
        releasable_to=releasable_to or None,
        needs_consent=needs_consent,
        accept_grade_2=accept_grade_2 or wanted_grade == old.grade,
        path=("marking",),
    )
    refuse_if(problems)
    assert marking is not None  # its problems were refused
    return marking


async def _named(
    unit: Unit,
    reach: Reach,
    kinds: Iterable[tuple[str, type[Any], Any]],
    sent: dict[str, Keys],
) -> list[tuple[tuple[str, ...], Named]]:
    """The tokens of what was sent, each at its path; refused where one is not known."""
    named: list[tuple[tuple[str, ...], Named]] = []
    problems: list[Problem] = []
    for field, table, token in kinds:
        found, unknown = await known(unit.session, reach, table, (field,), sent[field])
        named += [((field, str(place)), Named(token(key))) for place, key in found]
        problems += unknown
    refuse_if(problems)
    return named


def _person(reach: Reach) -> UUID:
    person_id = reach.viewer.person_id
    assert person_id is not None  # whoever may share or narrow is signed in
    return person_id


def _nobody(field: str) -> Problem:
    return Problem((field,), "REQUIRED", "This field is required.", "この項目は必須です。")
