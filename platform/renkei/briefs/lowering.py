"""Use cases of lowering a brief's marking: one person proposes, another one decides (R7.7)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from renkei.access.marking import marking_of
from renkei.access.markings import Marking, at_least_as_strict, columns_of
from renkei.access.policy.clauses import MEMBERS_GATE, Audience, org
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import allow
from renkei.access.store import interned, load
from renkei.access.tables import Lowering
from renkei.briefs import abilities as may
from renkei.briefs import audience, content, rules, store
from renkei.briefs.sharing import wanted_marking
from renkei.briefs.tables import Brief
from renkei.ledger.unit import Unit
from renkei.problems import Conflict, Problem, WrongState, refuse_if
from renkei.text import check_text

REASON_MAX = 2_000


class LoweringStatus(StrEnum):
    """What became of a proposal to lower a marking."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"


async def propose_lowering(
    unit: Unit,
    reach: Reach,
    *,
    brief_id: UUID,
    reason: str,
    tlp: str | None = None,
    grade: int | None = None,
    restrictions: str | None = None,
    releasable_to: Sequence[str] | None = None,
    needs_consent: bool | None = None,
    accept_grade_2: bool = False,
) -> Lowering:
    """Propose to lower a released brief's marking; nothing changes until a second person agrees.

    Refused: another organisation than the originator; no reason; a marking that is not lower; what
    a release under the new marking would be refused for (R10.4); a second proposal beside an open
    one.
    """
    brief = await load(unit.session, reach, Brief, brief_id, lock=True)
    allow(may.may_lower(reach.viewer, brief.organization_id, brief.status))
    old = marking_of(brief)
    refuse_if(check_text(("reason",), reason, limit=REASON_MAX))
    marking = wanted_marking(
        old,
        tlp=tlp,
        grade=grade,
        restrictions=restrictions,
        releasable_to=releasable_to,
        needs_consent=needs_consent,
        accept_grade_2=accept_grade_2,
    )
    if marking == old or at_least_as_strict(marking, old):
        refuse_if([_not_lower()])
    await _refuse_unfit(unit, reach, brief, marking)
    if await store.open_lowering(unit.session, reach, brief.id) is not None:
        raise WrongState(
            "A lowering of this brief waits for its second person already.",
            "このブリーフの緩和は、すでに承認待ちです。",
        )
    assert reach.viewer.person_id is not None  # `may_lower` said so
    lowering = Lowering(
        record_kind=audience.KIND,
        record_id=brief.id,
        organization_id=brief.organization_id,
        reason=reason,
        status=LoweringStatus.PROPOSED.value,
        based_on=brief.version,
        proposed_by=reach.viewer.person_id,
        proposed_at=unit.at,
        **columns_of(marking),
        **await interned(unit.session, Audience.of(org(brief.organization_id)), MEMBERS_GATE),
    )
    unit.session.add(lowering)
    await unit.session.flush()
    await unit.record("brief.lowering_proposed", brief.id, actor=reach.viewer.actor)
    return lowering


async def decide_lowering(
    unit: Unit, reach: Reach, *, lowering_id: UUID, approve: bool
) -> Lowering:
    """Approve the lowering as the second person, or decline it; it takes effect at once.

    Refused: another organisation; the person who proposed it, who may only withdraw it; one that
    was decided; where the brief has changed since.
    """
    lowering = await load(unit.session, reach, Lowering, lowering_id, lock=True)
    brief = await load(unit.session, reach, Brief, lowering.record_id, lock=True)
    allow(
        may.may_decide_lowering(
            reach.viewer,
            brief.organization_id,
            None if not approve else lowering.proposed_by,
        )
    )
    if lowering.status != LoweringStatus.PROPOSED:
        raise WrongState("It has been decided already.", "すでに決まっています。")
    lowering.status = (LoweringStatus.APPROVED if approve else LoweringStatus.DECLINED).value
    lowering.decided_by, lowering.decided_at = reach.viewer.person_id, unit.at
    unit.session.add(lowering)
    if not approve:
        await unit.record("brief.lowering_declined", brief.id, actor=reach.viewer.actor)
        return lowering
    if brief.version != lowering.based_on:
        raise Conflict(current_version=brief.version)
    marking = marking_of(lowering)
    await _refuse_unfit(unit, reach, brief, marking)
    await audience.set_marking(unit, brief, marking)
    brief.version += 1
    brief.updated_at = unit.at
    await unit.record(
        "brief.lowered",
        brief.id,
        actor=reach.viewer.actor,
        proposed_by=str(lowering.proposed_by),
        reason=lowering.reason,
    )
    return lowering


async def _refuse_unfit(unit: Unit, reach: Reach, brief: Brief, marking: Marking) -> None:
    """Refuse a marking under which the brief as it stands could not have been released."""
    version = await store.version_of(unit.session, reach, brief)
    areas = await store.area_codes_of(unit.session, reach, brief.id)
    draft = content.draft_of(brief, version, areas)
    facts = content.facts_of(draft, marking=marking, authors=[brief.author_id])
    refuse_if(rules.check_release(facts, now=unit.at))


def _not_lower() -> Problem:
    return Problem(
        ("marking",),
        "NOT_LOWER",
        "This is no lowering; to raise a marking needs no second person.",
        "緩める内容になっていません。強めるときは、承認は要りません。",
    )
