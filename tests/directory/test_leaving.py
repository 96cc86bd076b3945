"""Leaving a post ends what it gave in the same moment, wherever it was on its way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from renkei.access.policy.viewer import Viewer
from renkei.audit.tables import ReadEntry
from renkei.directory import holdings
from renkei.directory.deputies import name_deputy
from renkei.directory.operating import OPERATOR
from renkei.exports.eyes import RightsChanged
from renkei.identity import tokens
from renkei.notices.courier import deliver
from renkei.notices.smtp import SmtpMailer
from renkei_schema.context import Context
from renkei_schema.schema import schema
from support.asking import Asker
from support.exporting import Exporter
from support.factories import Town
from support.mail import MailSink
from support.signing_in import proved, session_of

BRIEFS = """query ($a: String) {
    briefs(first: 1, after: $a) { totalCount nodes { code } edges { cursor } } }"""


@pytest.fixture
async def deputised(town: Town) -> Viewer:
    """The other firm's person deputises in the firm that two briefs are shared with, for a week."""
    world = town.world
    post, organization = town.firm.posts[0], town.firm.posts[0].organization_id
    person_id = await world.person("代理 渚", organization, "firm")
    for number in (1, 2):
        await town.released("AMBER", shared_with=[town.firm], title=f"見立て{number}")
    await world.play(
        town.firm,
        name_deputy,
        post_id=post.id,
        person_id=person_id,
        until=world.clock.now() + timedelta(days=7),
    )
    await town.react()
    return await world.viewer(person_id)


async def gone(town: Town, viewer: Viewer) -> None:
    """The person leaves the one post of their own, and by that the organisation."""
    own = next(post for post in viewer.posts if not post.deputy)
    await town.world.play(OPERATOR, holdings.leave_post, post_id=own.id, person_id=viewer.person_id)


async def test_a_cursor_leads_nowhere_any_more(town: Town, deputised: Viewer) -> None:
    ask = Asker(town.app)
    first = (await ask(BRIEFS, deputised))["briefs"]
    assert first["totalCount"] == 2
    await gone(town, deputised)
    now = await town.world.again(deputised)
    rest = (await ask(BRIEFS, now, a=first["edges"][0]["cursor"]))["briefs"]
    assert rest == {"totalCount": 0, "nodes": [], "edges": []}


async def test_an_access_token_gives_what_its_owner_has_now(town: Town, deputised: Viewer) -> None:
    secret, _ = await town.world.play(proved(deputised), tokens.issue_token, name="集計")
    before = await town.app.identity.by_access_token(secret)
    assert before is not None
    assert {post.deputy for post in before.posts} == {False, True}
    await gone(town, deputised)
    after = await town.app.identity.by_access_token(secret)
    assert after is not None
    assert after.posts == ()
    assert (await Asker(town.app)(BRIEFS, after))["briefs"]["totalCount"] == 0


async def test_a_session_too(town: Town, deputised: Viewer) -> None:
    assert deputised.person_id is not None
    secret = await session_of(town.app, deputised.person_id)
    await gone(town, deputised)
    after = await town.app.identity.by_session(secret)
    assert after is not None
    person = f"person:{deputised.person_id}"
    assert after.tokens == {"public", "member", person, "stepped-up"}


async def test_notices_and_mails_that_wait_say_nothing(
    town: Town, deputised: Viewer, smtp_sink: MailSink
) -> None:
    await town.released("AMBER", shared_with=[town.firm], title="三つめ")
    await town.react()
    assert "brief.released" in [kind for kind, _ in await town.inbox(deputised)]
    await gone(town, deputised)
    now = await town.world.again(deputised)
    assert "brief.released" not in [kind for kind, _ in await town.inbox(now)]
    await deliver(town.app, SmtpMailer(smtp_sink.url))
    told = smtp_sink.sent_to(f"{deputised.person_id}@test.example")
    # That they were a deputy is no secret of the brief's; what was shared is not told any more.
    assert len(told) == 1


async def test_an_export_that_runs_ends(
    town: Town, deputised: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = Exporter(town.app)
    original = export.app.reads.leave
    left: list[Any] = []

    async def leave(leaving: Any) -> None:
        await original(leaving)
        if not left:
            left.append(leaving)
            await gone(town, deputised)

    monkeypatch.setattr(export.app.reads, "leave", leave)
    with pytest.raises(RightsChanged):
        await export("briefs", deputised, "csv", size=1)
    assert export.files == {}


async def test_what_a_deputy_reads_is_entered_as_a_deputys(town: Town, deputised: Viewer) -> None:
    app = town.app
    context = Context(app=app, viewer=deputised, arrived_at=app.clock.now(), request_id="読む")
    try:
        await schema.execute("{ briefs { nodes { code } } }", context_value=context)
        await context.leave_entry("graphql")
    finally:
        await context.close()
    async with town.world.database.writing() as session:
        (entry,) = (await session.execute(select(ReadEntry))).scalars()
    own, held = deputised.posts
    assert (entry.person_id, entry.post_id) == (deputised.person_id, own.id)
    assert entry.deputy_for == str(held.id)
