"""Use cases of briefs: drafting, editing, releasing, correcting (R10)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from renkei.access.marking import marking_of
from renkei.access.markings import Marking, columns_of, parse_marking
from renkei.access.naming import check_passes, clauses_for
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import HeldPost, allow
from renkei.access.store import interned, load
from renkei.areas.store import areas_by_code
from renkei.briefs import abilities as may
from renkei.briefs import audience, content, rules, store
from renkei.briefs.content import BriefDraft
from renkei.briefs.rules import BriefStatus
from renkei.briefs.tables import Brief, BriefVersion
from renkei.codes import new_number
from renkei.directory.rules import OrganizationKind
from renkei.directory.tables import Organization, Person
from renkei.ledger.unit import Unit
from renkei.problems import Conflict, NotFound, Problem, refuse_if

MAKING_KINDS = (OrganizationKind.THINK_TANK, OrganizationKind.MINISTRY)
CODE_PREFIX = "B"


async def draft_brief(
    unit: Unit, reach: Reach, *, draft: BriefDraft, accept_grade_2: bool = False
) -> Brief:
    """A draft, seen by its author's organisation alone until it is released.

    Refused: whoever is no analyst of a think tank or a ministry; a marking that is missing, unknown
    or not accepted here (R7.4, R7.5); a missing title, kind or information date; whatever is
    malformed. All else may come until the release.
    """
    post = await _maker(unit, reach)
    person_id = reach.viewer.person_id
    assert person_id is not None  # whoever holds a post is signed in
    marking, area_ids = await _checked(unit, reach, draft, person_id, accept_grade_2)
    audience_clause, gate = clauses_for(
        marking, makers=audience.makers_of(post.organization_id, person_id), released=False
    )
    assert draft.kind is not None  # `_checked` refuses a draft without either
    assert draft.information_date is not None
    brief = Brief(
        id=uuid4(),
        code=new_number(CODE_PREFIX),
        organization_id=post.organization_id,
        kind=draft.kind.value,
        status=BriefStatus.DRAFT.value,
        title_ja=draft.title.ja,
        information_date=draft.information_date,
        author_id=person_id,
        created_at=unit.at,
        updated_at=unit.at,
        **columns_of(marking),
        **await interned(unit.session, audience_clause, gate),
    )
    version = _version(brief, number=1, unit=unit)
    content.fill(brief, version, draft)
    unit.session.add(brief)
    await unit.session.flush()
    unit.session.add(version)
    await store.set_areas(unit.session, brief.id, area_ids)
    await unit.record("brief.drafted", brief.id, actor=reach.viewer.actor)
    return brief


async def edit_brief(
    unit: Unit,
    reach: Reach,
    *,
    brief_id: UUID,
    based_on: int,
    draft: BriefDraft,
    accept_grade_2: bool = False,
) -> Brief:
    """Save the draft anew; while it is a draft its marking may change in both directions.

    Refused: another organisation, a released brief, a save since version `based_on`, and what
    `draft_brief` refuses.
    """
    brief = await load(unit.session, reach, Brief, brief_id, lock=True)
    allow(may.may_edit(reach.viewer, brief.organization_id, brief.status))
    if brief.version != based_on:
        raise Conflict(current_version=brief.version)
    marking, area_ids = await _checked(unit, reach, draft, brief.author_id, accept_grade_2)
    version = await store.version_of(unit.session, reach, brief)
    content.fill(brief, version, draft)
    await audience.set_marking(unit, brief, marking)
    brief.version += 1
    brief.updated_at = unit.at
    await store.set_areas(unit.session, brief.id, area_ids)
    await unit.record("brief.edited", brief.id, actor=reach.viewer.actor)
    return brief


async def release_brief(
    unit: Unit,
    reach: Reach,
    *,
    brief_id: UUID,
    reviewer_id: UUID | None = None,
    opens_at: datetime | None = None,
) -> Brief:
    """Release the draft as its first version: its audience reads it from now on, or `opens_at`.

    `reviewer_id` names who reviewed it, where the draft does not say so yet. Refused, all problems
    at once: whatever R10.3 and R10.4 ask for and is missing, a reviewer who is the author, a public
    brief that cites a source which isn't.
    """
    brief = await load(unit.session, reach, Brief, brief_id, lock=True)
    allow(may.may_release(reach.viewer, brief.organization_id, brief.status))
    if reviewer_id is not None:
        await _reviewer(unit, reach, reviewer_id)
        brief.reviewer_id = reviewer_id
    version = await store.version_of(unit.session, reach, brief)
    areas = await store.area_codes_of(unit.session, reach, brief.id)
    marking = marking_of(brief)
    facts = content.facts_of(
        content.draft_of(brief, version, areas), marking=marking, authors=[brief.author_id]
    )
    refuse_if(
        rules.check_release(facts, now=unit.at) + check_passes(marking, reach.viewer, unit.at)
    )
    brief.status = BriefStatus.RELEASED.value
    brief.opens_at = opens_at if opens_at is not None and opens_at > unit.at else None
    brief.released_at = version.released_at = brief.opens_at or unit.at
    brief.updated_at = unit.at
    brief.version += 1
    await audience.set_marking(unit, brief)
    await unit.record(
        "brief.released",
        brief.id,
        actor=reach.viewer.actor,
        due_at=brief.opens_at,
        number=version.number,
    )
    return brief


async def correct_brief(
    unit: Unit,
    reach: Reach,
    *,
    brief_id: UUID,
    based_on: int,
    draft: BriefDraft,
    note: str,
) -> Brief:
    """Release a corrected version in the place of the last one, which stays as it was (R10.2).

    `note` tells the readers what was corrected. The marking stays: parts of it in `draft` are not
    asked, raising it is `narrow_brief`. Refused: what a release refuses, and a missing note.
    """
    brief = await load(unit.session, reach, Brief, brief_id, lock=True)
    allow(may.may_correct(reach.viewer, brief.organization_id, brief.status))
    if brief.version != based_on:
        raise Conflict(current_version=brief.version)
    last = await store.version_of(unit.session, reach, brief)
    authors = [one for one in (brief.author_id, reach.viewer.person_id) if one is not None]
    facts = content.facts_of(draft, marking=marking_of(brief), authors=authors)
    area_ids, problems = await areas_by_code(unit.session, reach, ("areas",), draft.areas)
    problems += content.check_lengths(draft)
    refuse_if(problems + rules.check_correction(facts, note=note, now=unit.at))
    await _reviewer(unit, reach, draft.reviewer_id)
    version = _version(brief, number=last.number + 1, unit=unit)
    content.fill(brief, version, draft)
    version.correction_note = note
    version.released_at = brief.updated_at = unit.at
    brief.version += 1
    unit.session.add(version)
    await store.set_areas(unit.session, brief.id, area_ids)
    await unit.record("brief.corrected", brief.id, actor=reach.viewer.actor, number=version.number)
    return brief


async def _maker(unit: Unit, reach: Reach) -> HeldPost:
    """The post in which the viewer makes briefs, in an organisation that makes them."""
    allow(may.may_draft(reach.viewer))
    for post in reach.viewer.posts:
        if post.role in may.MAKERS:
            organization = await load(unit.session, reach, Organization, post.organization_id)
            if organization.kind in MAKING_KINDS:
                return post
    allow(may.NOT_A_MAKER)
    raise AssertionError  # `allow` has just refused


async def _checked(
    unit: Unit, reach: Reach, draft: BriefDraft, author_id: UUID, accept_grade_2: bool
) -> tuple[Marking, list[UUID]]:
    """The marking and the areas of a draft, once nothing about it is malformed."""
    marking, problems = parse_marking(
        draft.tlp,
        draft.grade,
        draft.restrictions,
        releasable_to=draft.releasable_to,
        needs_consent=draft.needs_consent,
        accept_grade_2=accept_grade_2,
        path=("marking",),
    )
    facts = content.facts_of(draft, marking=marking, authors=[author_id])
    problems += content.check_draft(facts, now=unit.at)
    problems += content.check_lengths(draft)
    area_ids, unknown = await areas_by_code(unit.session, reach, ("areas",), draft.areas)
    refuse_if(problems + unknown)
    if draft.reviewer_id is not None:
        await _reviewer(unit, reach, draft.reviewer_id)
    assert marking is not None  # its problems were refused
    refuse_if(check_passes(marking, reach.viewer, unit.at))
    return marking, area_ids


async def _reviewer(unit: Unit, reach: Reach, reviewer_id: UUID | None) -> None:
    """Refuse a reviewer who is not in the directory."""
    try:
        await load(unit.session, reach, Person, reviewer_id or UUID(int=0))
    except NotFound:
        refuse_if(
            [
                Problem(
                    ("reviewer",),
                    "UNKNOWN_PERSON",
                    "There is no such person in the directory.",
                    "この人は登録されていません。",
                )
            ]
        )


def _version(brief: Brief, *, number: int, unit: Unit) -> BriefVersion:
    """A new version's row with the brief's own clauses; its content is filled in."""
    return BriefVersion(
        id=uuid4(),
        brief_id=brief.id,
        number=number,
        title_ja=brief.title_ja,
        information_date=brief.information_date,
        created_at=unit.at,
        audience_id=brief.audience_id,
        gate_id=brief.gate_id,
    )
