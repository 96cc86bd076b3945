"""Lowering a marking: proposed with a reason, decided by a second person (R7.7)."""

from __future__ import annotations

from typing import Any

import pytest

from renkei.access.consents import give_consent
from renkei.access.marking import marking_of
from renkei.access.markings import TLP
from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.briefs.lowering import decide_lowering, propose_lowering
from renkei.briefs.sharing import narrow_brief
from renkei.briefs.tables import Brief
from renkei.problems import Conflict, InvalidInput, NotAllowed, NotFound, WrongState
from support.factories import Town
from support.world import settle

BRIEFS: Any = Brief.__table__  # type: ignore[attr-defined]  # SQLModel sets it
REASON = "出典がすべて公表されたため"


async def reads(town: Town, viewer: Viewer, brief: Brief) -> bool:
    """Whether the viewer sees the brief."""
    reader = town.world.reader(viewer)
    found = await reader.by_keys(BRIEFS, "id", [brief.id], frozenset())
    await reader.close()
    return bool(found)


async def test_nobody_marks_a_record_out_of_their_own_sight(town: Town) -> None:
    brief = await town.released("AMBER")
    for asked in ({"releasable_to": ["US"]}, {"needs_consent": True}):
        with pytest.raises(InvalidInput) as refusal:
            await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, **asked)
        assert [(one.path, one.code) for one in refusal.value.problems] == [
            (("marking",), "LOCKS_OUT_ORIGINATOR")
        ]


async def second(town: Town) -> Viewer:
    """Another analyst of the think tank."""
    return await town.world.viewer(town.reviewer_id)


async def proposed(town: Town, brief: Brief, tlp: str = "GREEN", **more: Any) -> Any:
    """A lowering, proposed by the author."""
    sent = {"reason": REASON, **more}
    return await town.world.play(town.analyst, propose_lowering, brief_id=brief.id, tlp=tlp, **sent)


async def test_it_takes_effect_when_a_second_person_approves_and_not_before(town: Town) -> None:
    brief = await town.released("AMBER")
    lowering = await proposed(town, brief)
    assert not await reads(town, town.firm, brief)
    with pytest.raises(NotAllowed) as refusal:
        await town.world.play(town.analyst, decide_lowering, lowering_id=lowering.id, approve=True)
    assert "別の人" in refusal.value.message_ja
    decided = await town.world.play(
        await second(town), decide_lowering, lowering_id=lowering.id, approve=True
    )
    assert (decided.status, decided.decided_by) == ("APPROVED", town.reviewer_id)
    assert await reads(town, town.firm, brief)
    assert not await reads(town, ANONYMOUS, brief)
    with pytest.raises(WrongState):
        await town.world.play(
            await second(town), decide_lowering, lowering_id=lowering.id, approve=True
        )


async def test_nobody_but_the_originator_knows_of_it(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    with pytest.raises(NotAllowed):
        await town.world.play(
            town.firm, propose_lowering, brief_id=brief.id, tlp="GREEN", reason=REASON
        )
    with pytest.raises(NotFound):
        await town.world.play(
            town.other_firm, propose_lowering, brief_id=brief.id, tlp="GREEN", reason=REASON
        )
    lowering = await proposed(town, brief)
    with pytest.raises(NotFound):
        await town.world.play(town.firm, decide_lowering, lowering_id=lowering.id, approve=True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reason": " "}, (("reason",), "REQUIRED")),
        ({"tlp": "AMBER"}, (("marking",), "NOT_LOWER")),
        ({"tlp": "RED"}, (("marking",), "NOT_LOWER")),
        ({"tlp": "PURPLE"}, (("marking", "tlp"), "UNKNOWN_MARKING")),
        ({"grade": 3}, (("marking", "grade"), "GRADE_3_REFUSED")),
    ],
)
async def test_a_lowering_has_a_reason_and_is_lower(
    town: Town, changes: dict[str, Any], problem: tuple[tuple[str, ...], str]
) -> None:
    brief = await town.released("AMBER")
    with pytest.raises(InvalidInput) as refusal:
        await proposed(town, brief, **changes)
    assert [(one.path, one.code) for one in refusal.value.problems] == [problem]


async def test_a_brief_that_cites_what_is_not_public_is_never_made_public(town: Town) -> None:
    from dataclasses import replace

    from renkei.briefs import content, store
    from renkei.briefs.service import edit_brief, release_brief

    brief = await town.brief("AMBER")
    async with town.world.database.writing() as session:
        version = (await session.execute(store.newest_version(brief.id))).scalar_one()
    draft = content.draft_of(brief, version, ["A20-ROBO"])
    secret = replace(draft.sources[0], public=False)
    await town.world.play(
        town.analyst,
        edit_brief,
        brief_id=brief.id,
        based_on=brief.version,
        draft=replace(draft, sources=[secret]),
    )
    await town.world.play(town.analyst, release_brief, brief_id=brief.id)
    with pytest.raises(InvalidInput) as refusal:
        await proposed(town, brief, tlp="CLEAR")
    assert {one.code for one in refusal.value.problems} == {"NON_PUBLIC_SOURCE"}


async def test_what_changed_since_it_was_proposed_is_not_lowered(town: Town) -> None:
    brief = await town.released("AMBER")
    lowering = await proposed(town, brief)
    await town.world.play(
        town.analyst, narrow_brief, brief_id=brief.id, tlp="AMBER+STRICT", restrictions="転送禁止"
    )
    with pytest.raises(Conflict):
        await town.world.play(
            await second(town), decide_lowering, lowering_id=lowering.id, approve=True
        )
    assert not await reads(town, town.firm, brief)
    # Whoever proposed it may take it back, and propose anew.
    await town.world.play(town.analyst, decide_lowering, lowering_id=lowering.id, approve=False)
    await proposed(town, brief)
    with pytest.raises(WrongState):
        await proposed(town, brief)


async def test_countries_and_consent_fall_with_the_label_or_by_name(town: Town) -> None:
    brief = await town.released("AMBER")
    for viewer in (town.analyst, await second(town)):
        await town.world.play(viewer, give_consent, to="confidentiality")
    await settle(town.world, town.analyst, "JP")
    town.analyst = await town.world.again(town.analyst)
    await town.world.play(
        town.analyst,
        narrow_brief,
        brief_id=brief.id,
        releasable_to=["JP"],
        needs_consent=True,
    )
    lowering = await proposed(town, brief, tlp="AMBER", releasable_to=[], needs_consent=False)
    await town.world.play(
        await second(town), decide_lowering, lowering_id=lowering.id, approve=True
    )
    async with town.world.database.writing() as session:
        row = await session.get(Brief, brief.id)
        assert row is not None
        marking = marking_of(row)
    assert (marking.tlp, marking.releasable_to, marking.needs_consent) == (TLP.AMBER, None, False)
