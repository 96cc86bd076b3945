"""The day of 1 April: one instant in which a post changes hands, for all that is read and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from renkei.access.policy import clauses
from renkei.access.policy.viewer import Viewer
from renkei.directory.operating import OPERATOR
from renkei.directory.rotations import Line, rotate
from renkei.handovers import handover_of
from renkei.notices.courier import deliver
from renkei.notices.reminders import remind
from renkei.notices.smtp import SmtpMailer
from renkei.problems import NotAllowed, NotFound
from renkei.proposals import submission
from renkei.proposals.tables import Proposal
from renkei_schema.context import Context
from renkei_web.guard import Asked
from support.asking import Asker, gid
from support.factories import Town
from support.mail import MailSink
from support.planning import execution
from support.posts import FIRST_OF_APRIL

MOMENT = timedelta(milliseconds=1)
LAST_MOMENT = FIRST_OF_APRIL - MOMENT


class Handed:
    """東雲工業大学の事務: a proposal waits for the office, which changes hands on 1 April."""

    def __init__(self, town: Town, successor: Viewer, proposal: Proposal) -> None:
        self.town = town
        self.office = town.funding.office
        self.successor = successor
        self.proposal = proposal
        self.post = self.office.posts[0]

    async def sees(self, viewer: Viewer) -> bool:
        """Whether the person sees the proposal now."""
        asker = Asker(self.town.app)
        data = await asker(
            "query ($n: String!) { proposal(number: $n) { id } }",
            await self.town.world.again(viewer),
            n=self.proposal.number,
        )
        return data["proposal"] is not None


@pytest.fixture
async def handed(town: Town) -> Handed:
    world, funding = town.world, town.funding
    world.clock.at = FIRST_OF_APRIL - timedelta(days=10)
    call = await funding.call()
    proposal = await funding.complete_proposal(call)
    await world.play(
        funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=town.app.keys
    )
    organization_id = funding.office.posts[0].organization_id
    successor_id = await world.person("後任 律", organization_id, "researcher")
    post = funding.office.posts[0]
    await world.play(
        OPERATOR,
        rotate,
        organization_id=organization_id,
        takes_effect_at=FIRST_OF_APRIL,
        leaving=[Line(post.id, funding.office.person_id)],
        appointing=[Line(post.id, successor_id)],
    )
    await town.react()
    return Handed(town, await world.viewer(successor_id), proposal)


async def test_predecessor_and_successor_change_in_the_same_instant(handed: Handed) -> None:
    world, token = handed.town.world, clauses.office(handed.post.organization_id)
    found = {}
    for at in (LAST_MOMENT, FIRST_OF_APRIL):
        world.clock.at = at
        found[at] = [
            (token in (await world.again(one)).tokens, await handed.sees(one))
            for one in (handed.office, handed.successor)
        ]
    assert found == {
        LAST_MOMENT: [(True, True), (False, False)],
        FIRST_OF_APRIL: [(False, False), (True, True)],
    }


async def test_a_proposal_that_waits_for_the_office_does_not_get_stuck(handed: Handed) -> None:
    world = handed.town.world
    forward: Any = submission.forward
    world.clock.at = FIRST_OF_APRIL
    waiting = {"proposal_id": handed.proposal.id, "keys": handed.town.app.keys}
    with pytest.raises((NotAllowed, NotFound)):
        await world.play(await world.again(handed.office), forward, **waiting)
    proposal, _ = await world.play(await world.again(handed.successor), forward, **waiting)
    assert proposal.status == "SUBMITTED"


async def test_the_new_holder_is_told_once_and_reads_what_is_open(
    handed: Handed, smtp_sink: MailSink
) -> None:
    town = handed.town
    for at in (LAST_MOMENT, FIRST_OF_APRIL, FIRST_OF_APRIL + timedelta(minutes=1)):
        town.world.clock.at = at
        async with town.app.unit() as unit:
            await remind(unit)
        await town.react()
    successor = await town.world.again(handed.successor)
    assert [kind for kind, _ in await town.inbox(successor)].count("post.taken_up") == 1
    assert "post.taken_up" not in [kind for kind, _ in await town.inbox(handed.office)]
    await deliver(town.app, SmtpMailer(smtp_sink.url))
    mails = smtp_sink.sent_to(f"{handed.successor.person_id}@test.example")
    assert [mail.subject for mail in mails] == [
        "[Renkei] 新しい共有があります / Something was shared with you"
    ]
    reader = town.world.reader(successor)
    try:
        report = await handover_of(reader, handed.post.id)
    finally:
        await reader.close()
    assert report is not None
    assert report.proposals == (handed.proposal.id,)


async def test_before_the_day_the_report_shows_what_its_reader_may_see_already(
    handed: Handed,
) -> None:
    """Whoever is to come reads it by their own rights, which the post does not give them yet."""
    town = handed.town
    reports = {}
    for name, viewer in (
        ("holder", handed.office),
        ("successor", handed.successor),
        ("applicant", town.funding.researcher),
        ("stranger", town.funding.stranger),
    ):
        reader = town.world.reader(await town.world.again(viewer))
        try:
            found = await handover_of(reader, handed.post.id)
        finally:
            await reader.close()
        reports[name] = None if found is None else found.proposals
    assert reports == {
        "holder": (handed.proposal.id,),
        "successor": (),
        "applicant": None,
        "stranger": None,
    }


LIVE = "subscription { noticeArrived { kind proposal { number } } }"
# Longer than the bell's patience: whoever listens has looked again by then.
LOOKED_AGAIN = 2.5


@asynccontextmanager
async def listening(town: Town, viewer: Viewer) -> AsyncIterator[Any]:
    """An open subscription of the person's, since a minute ago, renewed for each event."""
    world = town.world
    since = world.clock.now() - timedelta(minutes=1)

    async def renew() -> Context:
        return Context(app=town.app, viewer=await world.again(viewer), arrived_at=since)

    ways, context = execution(), await renew()
    prepared = ways.prepare(Asked(LIVE, None, None, {}), anonymous=False)
    try:
        async with aclosing(ways.events(prepared, context, renew)) as events:
            yield events
    finally:
        await context.close()


async def heard(events: Any) -> list[str]:
    """The numbers of the proposals that come until nothing more does."""
    found = []
    waiting: Any = None
    while True:
        waiting = asyncio.ensure_future(anext(events))
        done, _ = await asyncio.wait({waiting}, timeout=LOOKED_AGAIN)
        if not done:
            break
        found.append(waiting.result()["data"]["noticeArrived"]["proposal"]["number"])
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    return found


async def test_an_open_subscription_is_emptied_in_that_instant(handed: Handed) -> None:
    town, clock = handed.town, handed.town.world.clock
    clock.at = LAST_MOMENT
    number = await _another_proposal(town)
    await town.react()
    async with listening(town, handed.office) as events:
        assert await heard(events) == [number]
    # Opened before, and read in the instant after: the notice is there, and not for them.
    async with listening(town, handed.office) as before:
        clock.at = FIRST_OF_APRIL
        async with listening(town, handed.successor) as after:
            third = await _another_proposal(town)
            await town.react()
            assert await heard(after) == [third]
        assert await heard(before) == []


async def _another_proposal(town: Town) -> str:
    """Another proposal of the same university is handed in."""
    call = await town.funding.call()
    proposal = await town.funding.complete_proposal(call)
    await town.world.play(
        town.funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=town.app.keys
    )
    return proposal.number


async def test_the_posts_page_tells_its_own_people_of_the_plan_and_others_the_holder(
    handed: Handed,
) -> None:
    asker = Asker(handed.town.app)
    document = """query ($id: ID!) { post(id: $id) {
        holders { name } holdings { state person { name } } } }"""
    told = {}
    for name, viewer in (("own", handed.town.funding.researcher), ("other", handed.town.firm)):
        now = await handed.town.world.again(viewer)
        told[name] = (await asker(document, now, id=gid("Post", handed.post.id)))["post"]
    assert told["own"]["holdings"] == [
        {"state": "PRESENT", "person": {"name": "事務 真"}},
        {"state": "PLANNED", "person": {"name": "後任 律"}},
    ]
    assert told["other"] == {"holders": [{"name": "事務 真"}], "holdings": None}
