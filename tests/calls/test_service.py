"""Calls: drafted by the issuer, seen by no one else until published, never cut short."""

from __future__ import annotations

from datetime import timedelta

import pytest

from renkei.access.policy.viewer import ANONYMOUS
from renkei.calls import service, tables
from renkei.problems import Conflict, InvalidInput, NotAllowed, NotFound
from support.funding import Funding, funding_in
from support.world import World

CALL = tables.Call.__table__  # type: ignore[attr-defined]  # SQLModel sets it


@pytest.fixture
async def funding(world: World) -> Funding:
    return await funding_in(world)


async def codes(funding: Funding, viewer: object) -> list[str]:
    """The calls that a viewer sees."""
    from renkei.reading.page import Page

    reader = funding.world.reader(viewer)  # type: ignore[arg-type]  # a viewer
    found = await reader.page(CALL, Page(columns=frozenset({"code"})))
    await reader.close()
    return [record.values["code"] for record in found.records]


async def test_a_draft_is_the_issuers_alone_and_a_published_call_is_everyones(
    funding: Funding,
) -> None:
    concept = await funding.concept()
    call = await funding.world.play(
        funding.ministry, service.draft_call, draft=funding.draft(concept)
    )
    assert (call.tlp, await codes(funding, ANONYMOUS)) == ("AMBER+STRICT", [])
    assert await codes(funding, funding.researcher) == []
    assert await codes(funding, funding.ministry) == [call.code]
    published = await funding.world.play(funding.ministry, service.publish_call, call_id=call.id)
    assert (published.tlp, await codes(funding, ANONYMOUS)) == ("CLEAR", [call.code])


async def test_everything_wrong_with_a_call_is_told_at_once(funding: Funding) -> None:
    concept = await funding.concept()
    now = funding.world.clock.now()
    draft = funding.draft(
        concept,
        title_ja="あ" * 100_000,
        summary_ja="壊れた文字\ud800",
        body_ja="NUL\x00",
        opens_at=now,
        closes_at=now - timedelta(days=1),
        areas=["A20-ROBO", "A99-NAI"],
        budget_yen=-1,
    )
    with pytest.raises(InvalidInput) as refused:
        await funding.world.play(funding.ministry, service.draft_call, draft=draft)
    assert [(p.path, p.code) for p in refused.value.problems] == [
        (("titleJa",), "TOO_LONG"),
        (("summaryJa",), "BROKEN_TEXT"),
        (("bodyJa",), "CONTROL_CHARACTER"),
        (("closesAt",), "END_BEFORE_START"),
        (("budgetYen",), "NOT_YEN"),
        (("areas", "1"), "UNKNOWN_AREA"),
    ]
    assert all(p.message and p.message_ja for p in refused.value.problems)


async def test_only_an_issuer_drafts_and_only_the_same_organisation_publishes(
    funding: Funding,
) -> None:
    concept = await funding.concept()
    with pytest.raises(NotAllowed):
        await funding.world.play(
            funding.researcher, service.draft_call, draft=funding.draft(concept)
        )
    call = await funding.world.play(
        funding.ministry, service.draft_call, draft=funding.draft(concept)
    )
    with pytest.raises(NotFound):
        await funding.world.play(funding.researcher, service.publish_call, call_id=call.id)


async def test_a_deadline_is_only_ever_extended(funding: Funding) -> None:
    call = await funding.call()
    with pytest.raises(InvalidInput) as refused:
        await funding.world.play(
            funding.ministry,
            service.extend_deadline,
            call_id=call.id,
            closes_at=call.closes_at - timedelta(seconds=1),
            based_on=call.version,
        )
    assert [p.code for p in refused.value.problems] == ["ONLY_LATER"]
    later = call.closes_at + timedelta(days=7)
    extended = await funding.world.play(
        funding.ministry,
        service.extend_deadline,
        call_id=call.id,
        closes_at=later,
        based_on=call.version,
    )
    assert (extended.closes_at, extended.version) == (later, call.version + 1)


async def test_two_who_save_the_same_version_do_not_overwrite_each_other(
    funding: Funding,
) -> None:
    concept = await funding.concept()
    call = await funding.world.play(
        funding.ministry, service.draft_call, draft=funding.draft(concept)
    )
    first = funding.draft(concept, title_ja="先に保存した題名")
    await funding.world.play(
        funding.ministry, service.edit_call, call_id=call.id, based_on=1, draft=first
    )
    with pytest.raises(Conflict) as refused:
        await funding.world.play(
            funding.ministry, service.edit_call, call_id=call.id, based_on=1, draft=first
        )
    assert refused.value.current_version == 2


async def test_a_cancelled_call_takes_no_more_acts(funding: Funding) -> None:
    call = await funding.call()
    cancelled = await funding.world.play(funding.ministry, service.cancel_call, call_id=call.id)
    assert cancelled.status == "CANCELLED"
    with pytest.raises(NotAllowed):
        await funding.world.play(funding.ministry, service.cancel_call, call_id=call.id)
