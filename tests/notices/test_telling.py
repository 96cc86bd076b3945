"""Who is told of what, exactly once, and who is not."""

from __future__ import annotations

from sqlalchemy import update

from renkei.access.policy.clauses import org
from renkei.access.policy.reach import reach_of
from renkei.areas.tables import Area
from renkei.briefs.content import BriefDraft, draft_of
from renkei.briefs.service import correct_brief
from renkei.briefs.sharing import narrow_brief
from renkei.briefs.store import version_of
from renkei.calls.service import cancel_call, extend_deadline
from renkei.ledger.tables import PENDING, Due
from renkei.notices import service
from renkei.notices.tables import Delivery, Notice
from renkei.proposals.submission import hand_in
from renkei.reactions import TELL
from support.factories import Town


async def test_a_firm_that_follows_an_area_is_told_of_its_call_and_another_finds_none(
    town: Town,
) -> None:
    await town.follow_area(town.firm)
    await town.funding.call()
    await town.react()
    assert await town.inbox(town.firm) == [("call.published", "area")]
    assert await town.inbox(town.other_firm) == []
    assert [row.person_id for row in await town.rows(Notice)] == [town.firm.person_id]


async def test_whoever_follows_an_area_hears_of_the_areas_below_it_in_any_version(
    town: Town,
) -> None:
    above = await town.world.area("A20-ALL", "ものづくり")
    older = await town.world.area("A20-MECHA", "機械（旧版）")
    robots = await town.area()
    async with town.world.database.writing() as session:
        await session.execute(update(Area).where(Area.id == robots).values(parent_id=above))  # type: ignore[arg-type]  # a column
        await session.execute(update(Area).where(Area.id == older).values(code="A20-ROBO"))  # type: ignore[arg-type]  # a column
        await session.commit()
    await town.follow_area(town.firm, "A20-ALL")
    await town.world.play(town.other_firm, service.follow_area, area_id=older)
    await town.funding.call()
    await town.react()
    assert await town.inbox(town.firm) == [("call.published", "area")]
    assert await town.inbox(town.other_firm) == [("call.published", "area")]


async def test_two_reasons_are_one_notice_and_any_of_them_asks_for_mail(town: Town) -> None:
    call = await town.funding.call()
    await town.follow_area(town.firm, by_email=True)
    await town.follow_area(town.firm, "A20-TRANS", by_email=False)
    await town.world.play(town.firm, service.follow_call, call_id=call.id, by_email=False)
    await town.react()
    town.world.clock.advance(hours=1)
    await town.world.play(town.funding.ministry, cancel_call, call_id=call.id)
    await town.react()
    assert await town.inbox(town.firm) == [("call.published", "call"), ("call.cancelled", "call")]
    assert len(await town.rows(Delivery)) == 2


async def test_who_did_it_is_not_told_of_it(town: Town) -> None:
    await town.follow_area(town.funding.ministry)
    await town.funding.call()
    await town.react()
    assert await town.inbox(town.funding.ministry) == []


async def test_drafters_hear_of_a_later_deadline(town: Town) -> None:
    call = await town.funding.call()
    await town.funding.complete_proposal(call)
    await town.react()
    await town.world.play(
        town.funding.ministry,
        extend_deadline,
        call_id=call.id,
        closes_at=call.closes_at.replace(year=call.closes_at.year + 1),
        based_on=call.version,
    )
    await town.react()
    told = [
        (viewer, await town.inbox(viewer))
        for viewer in (town.funding.researcher, town.funding.partner, town.funding.stranger)
    ]
    assert [kinds[-1:] for _, kinds in told] == [
        [("call.deadline_extended", "role")],
        [("call.deadline_extended", "role")],
        [],
    ]


async def test_a_proposal_is_told_to_those_whose_turn_it_is(town: Town) -> None:
    call = await town.funding.call()
    proposal = await town.funding.complete_proposal(call)
    await town.world.play(
        town.funding.researcher, hand_in, proposal_id=proposal.id, keys=town.app.keys
    )
    await town.react()
    assert await town.inbox(town.funding.partner) == [("proposal.partner_invited", "role")]
    assert await town.inbox(town.funding.researcher) == [("proposal.consent_given", "role")]
    assert await town.inbox(town.funding.office) == [("proposal.handed_in", "role")]
    assert await town.inbox(town.funding.stranger) == []


async def test_a_brief_is_told_to_those_it_is_shared_with_alone(town: Town) -> None:
    for viewer in (town.firm, town.other_firm, town.funding.researcher):
        await town.follow_area(viewer)
    await town.released("AMBER", shared_with=[town.firm])
    await town.react()
    assert await town.inbox(town.firm) == [("brief.released", "role")]
    # The follow of its area is no need to know: they have no row that anything could count.
    assert [row.person_id for row in await town.rows(Notice)] == [town.firm.person_id]


async def test_sharing_with_more_tells_the_new_ones_only(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    await town.react()
    town.world.clock.advance(days=1)
    await town.share(brief, town.other_firm)
    await town.react()
    assert await town.inbox(town.firm) == [("brief.released", "role")]
    assert await town.inbox(town.other_firm) == [("brief.shared", "role")]


async def test_a_correction_is_told_to_the_readers_of_the_version_before(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    draft = await _draft_again(town)
    await town.world.play(
        town.analyst,
        correct_brief,
        brief_id=brief.id,
        based_on=brief.version,
        draft=draft,
        note="数値を１つ直しました。",
    )
    await town.react()
    assert [kind for kind, _ in await town.inbox(town.firm)] == [
        "brief.released",
        "brief.corrected",
    ]


async def test_a_narrowed_brief_takes_its_notices_along(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm, town.other_firm])
    await town.react()
    gone = town.firm.posts[0].organization_id
    await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, withdraw_from=[org(gone)])
    assert await town.inbox(town.firm) == []
    assert await town.inbox(town.other_firm) == [("brief.released", "role")]


async def test_a_reaction_that_runs_twice_tells_once(town: Town) -> None:
    await town.follow_area(town.firm)
    await town.funding.call()
    await town.react()
    async with town.world.database.writing() as session:
        again = update(Due).where(Due.reaction == TELL).values(state=PENDING)  # type: ignore[arg-type]  # a column
        await session.execute(again)
        await session.commit()
    assert await town.react() > 0
    assert await town.inbox(town.firm) == [("call.published", "area")]
    assert len(await town.rows(Delivery)) == 1


async def _draft_again(town: Town) -> BriefDraft:
    """The same content as a draft once more, as a correction sends it."""
    brief = await town.brief("AMBER")
    async with town.world.database.writing() as session:
        reach = await reach_of(session, town.analyst, town.world.clock.now())
        version = await version_of(session, reach, brief)
    return draft_of(brief, version, ["A20-ROBO"])
