"""A proposal's way: draft, team, what is missing, hand-in, forward, receipt; in time or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import SQLModel

from renkei.access.policy.viewer import Viewer
from renkei.problems import Conflict, DeadlinePassed, InvalidInput, NotAllowed, NotFound, WrongState
from renkei.proposals import submission
from renkei.proposals.receipts import verify_receipt
from renkei.proposals.service import ProposalEdit, draft_proposal, save_proposal
from renkei.proposals.tables import Proposal, ReceiptContent
from renkei.proposals.team import answer_invitation, invite_partner, remove_partner
from renkei.reading.parts import name_of
from renkei.signing import SigningKeys, new_key, read_key_set
from support.funding import Funding, funding_in
from support.world import World

KEYS = SigningKeys.of(new_key())
PROPOSAL = Proposal.__table__  # type: ignore[attr-defined]  # SQLModel sets it


@pytest.fixture
async def funding(world: World) -> Funding:
    return await funding_in(world)


async def sees(funding: Funding, viewer: object, proposal: Proposal) -> bool:
    """Whether a viewer sees the proposal."""
    reader = funding.world.reader(viewer)  # type: ignore[arg-type]  # a viewer
    found = await reader.by_keys(PROPOSAL, "id", [proposal.id], frozenset())
    await reader.close()
    return proposal.id in found


async def test_all_that_is_missing_is_told_at_once_and_the_draft_stays(funding: Funding) -> None:
    call = await funding.call()
    proposal = await funding.world.play(funding.researcher, draft_proposal, call_id=call.id)
    with pytest.raises(InvalidInput) as refused:
        await funding.world.play(
            funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
        )
    assert [p.path for p in refused.value.problems] == [
        ("title",),
        ("summary",),
        ("startsOn",),
        ("endsOn",),
        ("plan", "FEASIBILITY"),
        ("plan", "CONTENT"),
        ("plan", "ORGANIZATION"),
        ("plan", "BUDGET"),
        ("plan", "SAFETY"),
        ("members", "0", "effortPercent"),
        ("members", "0", "otherEffortPercent"),
        ("budget",),
        ("declarations", "otherFunding"),
        ("declarations", "integrity"),
    ]


async def handed_in(funding: Funding, viewer: Viewer, receipt_id: UUID) -> Any:
    """What was handed in, as the viewer reads it from the receipt."""
    reader = funding.world.reader(viewer)
    column = name_of(ReceiptContent.content)
    try:
        found = await reader.by_keys(
            SQLModel.metadata.tables["receipt"], "id", [receipt_id], frozenset({column})
        )
    finally:
        await reader.close()
    return found[receipt_id].values[column]


async def test_what_is_disclosed_is_not_the_partners_to_read(funding: Funding) -> None:
    """R5.3: the person, their institution's office and, once submitted, the agency."""
    proposal = await funding.complete_proposal(await funding.call(needs_institution=False))
    _, receipt = await funding.world.play(
        funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
    )
    assert receipt is not None
    for viewer in (funding.researcher, funding.office, funding.ministry):
        assert (await handed_in(funding, viewer, receipt.id))["proposal"] == proposal.number
    # The partner sees the proposal and its receipt, and not what its investigator disclosed.
    assert await sees(funding, funding.partner, proposal)
    assert await handed_in(funding, funding.partner, receipt.id) is None


async def test_from_draft_to_a_receipt_that_verifies_offline(funding: Funding) -> None:
    proposal = await funding.complete_proposal(await funding.call())
    assert not await sees(funding, funding.ministry, proposal)
    handed, none = await funding.world.play(
        funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
    )
    assert (handed.status, none) == ("PENDING_INSTITUTION", None)
    sent, receipt = await funding.world.play(
        funding.office, submission.forward, proposal_id=proposal.id, keys=KEYS
    )
    assert (sent.status, sent.submitted_at) == ("SUBMITTED", funding.world.clock.now())
    published, problems = read_key_set(KEYS.published())
    assert problems == []
    assert published is not None
    content = await handed_in(funding, funding.office, receipt.id)
    assert content is not None
    assert verify_receipt(receipt.document, published, content).genuine
    changed = {**content, "title": "すりかえた題名"}
    assert [r.code for r in verify_receipt(receipt.document, published, changed).reasons] == [
        "CONTENT_CHANGED"
    ]
    assert await sees(funding, funding.ministry, proposal)
    assert not await sees(funding, funding.stranger, proposal)


async def test_where_the_call_needs_no_institution_handing_in_submits(funding: Funding) -> None:
    proposal = await funding.complete_proposal(await funding.call(needs_institution=False))
    sent, receipt = await funding.world.play(
        funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
    )
    assert sent.status == "SUBMITTED"
    assert receipt is not None
    assert receipt.submitted_at == funding.world.clock.now()


@pytest.mark.parametrize(("before", "in_time"), [(1, True), (0, False), (-1_000, False)])
async def test_the_deadline_is_exact(funding: Funding, before: int, in_time: bool) -> None:
    """11:59:59.999 is in, 12:00:00.000 is out (R2.3); the draft is untouched."""
    call = await funding.call(needs_institution=False)
    proposal = await funding.complete_proposal(call)
    funding.world.clock.at = call.closes_at - timedelta(milliseconds=before)
    if in_time:
        sent, _ = await funding.world.play(
            funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
        )
        assert sent.status == "SUBMITTED"
        return
    with pytest.raises(DeadlinePassed) as refused:
        await funding.world.play(
            funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
        )
    assert "下書きはそのまま" in refused.value.message_ja
    async with funding.world.database.writing() as session:
        kept = await session.get(Proposal, proposal.id)
        assert kept is not None
        assert (kept.status, kept.version) == ("DRAFT", proposal.version)


async def test_the_office_too_is_late_at_the_deadline(funding: Funding) -> None:
    call = await funding.call()
    proposal = await funding.complete_proposal(call)
    await funding.world.play(
        funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
    )
    funding.world.clock.at = call.closes_at
    with pytest.raises(DeadlinePassed):
        await funding.world.play(
            funding.office, submission.forward, proposal_id=proposal.id, keys=KEYS
        )


async def test_a_second_submit_is_refused_and_issues_no_second_receipt(funding: Funding) -> None:
    proposal = await funding.complete_proposal(await funding.call(needs_institution=False))
    for expected in (None, NotAllowed):
        if expected is None:
            await funding.world.play(
                funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
            )
            continue
        with pytest.raises(expected):
            await funding.world.play(
                funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
            )


async def test_returned_with_a_reason_and_handed_in_again(funding: Funding) -> None:
    proposal = await funding.complete_proposal(await funding.call())
    await funding.world.play(
        funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
    )
    with pytest.raises(NotAllowed):
        await funding.world.play(
            funding.researcher, submission.forward, proposal_id=proposal.id, keys=KEYS
        )
    back = await funding.world.play(
        funding.office,
        submission.return_for_correction,
        proposal_id=proposal.id,
        reason="安全管理措置を詳しく。",
    )
    assert (back.status, back.returned_reason) == ("DRAFT", "安全管理措置を詳しく。")
    again, _ = await funding.world.play(
        funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
    )
    assert (again.status, again.returned_reason) == ("PENDING_INSTITUTION", "")
    taken = await funding.world.play(
        funding.researcher, submission.take_back, proposal_id=proposal.id
    )
    assert taken.status == "DRAFT"


async def test_who_is_asked_sees_the_draft_and_who_declines_no_longer_does(
    funding: Funding,
) -> None:
    call = await funding.call()
    proposal = await funding.world.play(funding.researcher, draft_proposal, call_id=call.id)
    assert not await sees(funding, funding.partner, proposal)
    invited = {"proposal_id": proposal.id, "person_id": funding.partner.person_id}
    await funding.world.play(funding.researcher, invite_partner, **invited)
    assert await sees(funding, funding.partner, proposal)
    await funding.world.play(
        funding.partner, answer_invitation, proposal_id=proposal.id, agree=False
    )
    assert not await sees(funding, funding.partner, proposal)
    with pytest.raises(NotFound):
        await funding.world.play(
            funding.partner, answer_invitation, proposal_id=proposal.id, agree=True
        )


async def test_the_investigator_cannot_be_taken_out(funding: Funding) -> None:
    call = await funding.call()
    proposal = await funding.world.play(funding.researcher, draft_proposal, call_id=call.id)
    with pytest.raises(NotFound):
        await funding.world.play(
            funding.researcher, remove_partner, proposal_id=proposal.id, member_id=None
        )


async def test_two_editors_do_not_lose_each_others_words(funding: Funding) -> None:
    call = await funding.call()
    proposal = await funding.world.play(funding.researcher, draft_proposal, call_id=call.id)
    edit = ProposalEdit(title="先に")
    await funding.world.play(
        funding.researcher, save_proposal, proposal_id=proposal.id, based_on=1, edit=edit
    )
    with pytest.raises(Conflict):
        await funding.world.play(
            funding.researcher, save_proposal, proposal_id=proposal.id, based_on=1, edit=edit
        )


async def test_a_call_that_was_cancelled_or_has_closed_takes_no_draft(funding: Funding) -> None:
    from renkei.calls.service import cancel_call

    call = await funding.call()
    await funding.world.play(funding.ministry, cancel_call, call_id=call.id)
    with pytest.raises(WrongState):
        await funding.world.play(funding.researcher, draft_proposal, call_id=call.id)
    other = await funding.call()
    funding.world.clock.at = other.closes_at
    with pytest.raises(DeadlinePassed):
        await funding.world.play(funding.researcher, draft_proposal, call_id=other.id)
