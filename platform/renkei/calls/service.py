"""Use cases of the funding side: programmes, R&D concepts, calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from renkei.access.marking import AMBER_STRICT, CLEAR, mark, marks
from renkei.access.policy.clauses import Audience, org
from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import HeldPost, allow
from renkei.access.store import load
from renkei.areas.store import areas_by_code
from renkei.calls import abilities as may
from renkei.calls import rules
from renkei.calls.store import set_areas
from renkei.calls.tables import Call, Concept, ConceptArea, ConceptMinistry, Programme
from renkei.codes import new_number
from renkei.directory.rules import OrganizationKind
from renkei.directory.tables import Organization
from renkei.ledger.unit import Unit
from renkei.problems import Conflict, InvalidInput, Problem, refuse_if
from renkei.text import check_text


def _issuing_post(reach: Reach) -> HeldPost:
    allow(may.may_issue(reach.viewer))
    post = reach.viewer.post_as(*may.ISSUERS)
    assert post is not None  # `may_issue` has just said so
    return post


async def create_programme(
    unit: Unit,
    reach: Reach,
    *,
    kind: rules.ProgrammeKind,
    title_ja: str,
    title_en: str | None = None,
    summary_ja: str = "",
    summary_en: str | None = None,
) -> Programme:
    """A programme of the viewer's organisation, public at once (TLP:CLEAR)."""
    post = _issuing_post(reach)
    refuse_if(
        [
            *check_text(("titleJa",), title_ja),
            *check_text(("titleEn",), title_en, required=False),
            *check_text(("summaryJa",), summary_ja, limit=rules.SUMMARY_MAX, required=False),
            *check_text(("summaryEn",), summary_en, limit=rules.SUMMARY_MAX, required=False),
        ]
    )
    programme = Programme(
        code=new_number("G"),
        organization_id=post.organization_id,
        kind=kind.value,
        title_ja=title_ja,
        title_en=title_en,
        summary_ja=summary_ja,
        summary_en=summary_en,
        created_at=unit.at,
        **await marks(unit.session, CLEAR, Audience.of(org(post.organization_id))),
    )
    unit.session.add(programme)
    await unit.session.flush()
    await unit.record("programme.created", programme.id, actor=reach.viewer.actor)
    return programme


@dataclass(frozen=True)
class ConceptDraft:
    """What a ministry sends of an R&D concept. `areas` are codes; money in yen."""

    programme_id: UUID | None
    type: rules.ConceptType
    title_ja: str
    ministry_ids: Sequence[UUID]
    agency_id: UUID | None
    areas: Sequence[str]
    title_en: str | None = None
    summary_ja: str = ""
    summary_en: str | None = None
    ceiling_yen: int | None = None


async def publish_concept(unit: Unit, reach: Reach, *, draft: ConceptDraft) -> Concept:
    """Publish an R&D concept: public (TLP:CLEAR), with its ministries and its one agency (R3.1)."""
    post = _issuing_post(reach)
    programme = await _programme(unit, reach, draft.programme_id)
    kinds = await _kinds(unit, reach, [*draft.ministry_ids, draft.agency_id])
    area_ids, unknown = await areas_by_code(unit.session, reach, ("areas",), draft.areas)
    refuse_if(
        rules.check_concept(
            rules.ConceptFacts(
                title_ja=draft.title_ja,
                title_en=draft.title_en,
                summary_ja=draft.summary_ja,
                summary_en=draft.summary_en,
                ceiling_yen=draft.ceiling_yen,
                programme_kind=rules.ProgrammeKind(programme.kind),
                ministry_kinds=tuple(
                    kinds.get(key, OrganizationKind.OTHER) for key in draft.ministry_ids
                ),
                agency_kind=kinds.get(draft.agency_id) if draft.agency_id else None,
                technologies=tuple(draft.areas),
            )
        )
        + unknown
    )
    assert draft.agency_id is not None  # `check_concept` refuses a concept without one
    concept = Concept(
        code=new_number("C"),
        programme_id=programme.id,
        organization_id=post.organization_id,
        agency_id=draft.agency_id,
        type=draft.type.value,
        title_ja=draft.title_ja,
        title_en=draft.title_en,
        summary_ja=draft.summary_ja,
        summary_en=draft.summary_en,
        ceiling_yen=draft.ceiling_yen,
        published_at=unit.at,
        **await marks(unit.session, CLEAR, Audience.of(org(post.organization_id))),
    )
    unit.session.add(concept)
    await unit.session.flush()
    unit.session.add_all(
        ConceptMinistry(concept_id=concept.id, organization_id=key)
        for key in dict.fromkeys(draft.ministry_ids)
    )
    unit.session.add_all(
        ConceptArea(concept_id=concept.id, area_id=area_id) for area_id in area_ids
    )
    await unit.record("concept.published", concept.id, actor=reach.viewer.actor)
    return concept


@dataclass(frozen=True)
class CallDraft:
    """What an issuer sends of a call. Instants are aware; `areas` are codes; money in yen."""

    title_ja: str
    summary_ja: str
    body_ja: str
    opens_at: datetime
    closes_at: datetime
    areas: Sequence[str]
    programme_id: UUID | None = None
    concept_id: UUID | None = None
    title_en: str | None = None
    summary_en: str | None = None
    body_en: str | None = None
    needs_institution: bool = True
    budget_yen: int | None = None
    max_years: int | None = None
    indirect_percent: int = rules.STANDARD_INDIRECT_PERCENT


async def draft_call(unit: Unit, reach: Reach, *, draft: CallDraft) -> Call:
    """A draft of a call, seen by the issuer's organisation alone until it is published.

    A call of a concept belongs to the concept's programme.
    """
    post = _issuing_post(reach)
    call = Call(
        code=new_number("K"),
        organization_id=post.organization_id,
        programme_id=post.organization_id,  # replaced by `_fill`, before anything is written
        title_ja="",
        status=rules.CallStatus.DRAFT.value,
        opens_at=draft.opens_at,
        closes_at=draft.closes_at,
        created_at=unit.at,
        **await marks(unit.session, AMBER_STRICT, Audience.of(org(post.organization_id))),
    )
    area_ids = await _fill(unit, reach, call, draft)
    unit.session.add(call)
    await unit.session.flush()
    await set_areas(unit.session, call.id, area_ids)
    await unit.record("call.drafted", call.id, actor=reach.viewer.actor)
    return call


async def edit_call(
    unit: Unit, reach: Reach, *, call_id: UUID, based_on: int, draft: CallDraft
) -> Call:
    """Save the draft anew. Refused where someone saved since version `based_on`."""
    call = await load(unit.session, reach, Call, call_id, lock=True)
    allow(may.may_edit(reach.viewer, call.organization_id, call.status))
    if call.version != based_on:
        raise Conflict(current_version=call.version)
    area_ids = await _fill(unit, reach, call, draft)
    call.version += 1
    unit.session.add(call)
    await set_areas(unit.session, call.id, area_ids)
    await unit.record("call.edited", call.id, actor=reach.viewer.actor)
    return call


async def publish_call(unit: Unit, reach: Reach, *, call_id: UUID) -> Call:
    """Make a drafted call public (TLP:CLEAR); it opens and closes by itself on its instants."""
    call = await load(unit.session, reach, Call, call_id, lock=True)
    allow(may.may_publish(reach.viewer, call.organization_id, call.status))
    refuse_if(
        rules.check_new_deadline(
            rules.CallStatus.DRAFT,
            opens_at=call.opens_at,
            closes_at=call.closes_at,
            new_closes_at=call.closes_at,
            now=unit.at,
        )
    )
    call.status = rules.CallStatus.PRE_ANNOUNCED.value
    call.published_at = unit.at
    call.version += 1
    await mark(unit.session, call, CLEAR, Audience.of(org(call.organization_id)))
    unit.session.add(call)
    await unit.record("call.published", call.id, actor=reach.viewer.actor)
    return call


async def extend_deadline(
    unit: Unit, reach: Reach, *, call_id: UUID, closes_at: datetime, based_on: int
) -> Call:
    """Extend the deadline of a published call (R3.3): later only, told to whoever follows."""
    call = await load(unit.session, reach, Call, call_id, lock=True)
    allow(may.may_extend(reach.viewer, call.organization_id, call.status))
    if call.version != based_on:
        raise Conflict(current_version=call.version)
    refuse_if(
        rules.check_new_deadline(
            rules.CallStatus(call.status),
            opens_at=call.opens_at,
            closes_at=call.closes_at,
            new_closes_at=closes_at,
            now=unit.at,
        )
    )
    before, call.closes_at = call.closes_at, closes_at
    call.version += 1
    unit.session.add(call)
    await unit.record(
        "call.deadline_extended",
        call.id,
        actor=reach.viewer.actor,
        before=before.isoformat(),
        after=closes_at.isoformat(),
    )
    return call


async def cancel_call(unit: Unit, reach: Reach, *, call_id: UUID) -> Call:
    """Cancel a call, any time before the decision (R3.2). It stays readable, as cancelled."""
    call = await load(unit.session, reach, Call, call_id, lock=True)
    allow(may.may_cancel(reach.viewer, call.organization_id, call.status))
    refusal = rules.call_move_refusal(
        rules.effective_status(
            rules.CallStatus(call.status),
            opens_at=call.opens_at,
            closes_at=call.closes_at,
            now=unit.at,
        ),
        rules.CallStatus.CANCELLED,
    )
    if refusal is not None:
        raise refusal
    call.status = rules.CallStatus.CANCELLED.value
    call.version += 1
    unit.session.add(call)
    await unit.record("call.cancelled", call.id, actor=reach.viewer.actor)
    return call


async def _programme(unit: Unit, reach: Reach, programme_id: UUID | None) -> Programme:
    if programme_id is not None:
        query = select(Programme).where(
            col(Programme.id) == programme_id,
            visible(reach, Programme.__table__),  # type: ignore[attr-defined]  # SQLModel sets it
        )
        found: Programme | None = (await unit.session.execute(query)).scalar()
        if found is not None:
            return found
    raise InvalidInput(
        problems=[
            Problem(
                ("programmeId",),
                "UNKNOWN_PROGRAMME",
                "There is no such programme.",
                "この制度はありません。",
            )
        ]
    )


async def _kinds(
    unit: Unit, reach: Reach, keys: Sequence[UUID | None]
) -> dict[UUID, OrganizationKind]:
    query = select(col(Organization.id), col(Organization.kind)).where(
        col(Organization.id).in_([key for key in keys if key is not None]),
        visible(reach, Organization.__table__),  # type: ignore[attr-defined]  # SQLModel sets it
    )
    rows = (await unit.session.execute(query)).all()
    return {key: OrganizationKind(kind) for key, kind in rows}


async def _fill(unit: Unit, reach: Reach, call: Call, draft: CallDraft) -> list[UUID]:
    """Put a checked draft into the row; the keys of its areas are returned."""
    programme_id = draft.programme_id
    if draft.concept_id is not None:
        concept = await load(unit.session, reach, Concept, draft.concept_id)
        programme_id = concept.programme_id
    programme = await _programme(unit, reach, programme_id)
    area_ids, unknown = await areas_by_code(unit.session, reach, ("areas",), draft.areas)
    refuse_if(
        rules.check_call(
            rules.CallFacts(
                title_ja=draft.title_ja,
                title_en=draft.title_en,
                summary_ja=draft.summary_ja,
                summary_en=draft.summary_en,
                body_ja=draft.body_ja,
                body_en=draft.body_en,
                opens_at=draft.opens_at,
                closes_at=draft.closes_at,
                areas=tuple(draft.areas),
                programme_kind=rules.ProgrammeKind(programme.kind),
                has_concept=draft.concept_id is not None,
                budget_yen=draft.budget_yen,
                max_years=draft.max_years,
                indirect_percent=draft.indirect_percent,
            ),
            now=unit.at,
        )
        + unknown
    )
    call.programme_id = programme.id
    call.concept_id = draft.concept_id
    for name in (
        "title_ja",
        "title_en",
        "summary_ja",
        "summary_en",
        "body_ja",
        "body_en",
        "opens_at",
        "closes_at",
        "needs_institution",
        "budget_yen",
        "max_years",
        "indirect_percent",
    ):
        setattr(call, name, getattr(draft, name))
    return area_ids
