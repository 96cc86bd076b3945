"""Invitations: a post is offered by mail, once, and the answer never tells who has an account."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from renkei.directory import invitations, service
from renkei.directory.invitations import InvitationTokens
from renkei.directory.tables import Invitation, Person
from renkei.identity.tables import Account
from renkei.notices.courier import deliver
from renkei.notices.smtp import SmtpMailer
from renkei.problems import InvalidInput, NotAllowed, NotFound, WrongState
from renkei.reactions import react_once
from support.factories import Town
from support.mail import MailSink
from support.posts import FIRST_OF_APRIL, Firm, firm_in
from support.world import World

TOKENS = InvitationTokens(b"test-secret")
NEW = "haruka@asagiri.example.jp"


@pytest.fixture
async def firm(world: World) -> Firm:
    return await firm_in(world)


async def invited(firm: Firm, **changes: Any) -> Invitation:
    sent = {"tokens": TOKENS, "post_id": firm.post_id, "email": NEW}
    made: Invitation = await firm.world.play(firm.keeper, invitations.invite, **(sent | changes))
    return made


async def accepted(firm: Firm, token: str, **changes: Any) -> Any:
    """The token's acceptance by somebody who had no account."""

    async def accept(unit: Any, _reach: Any, **sent: Any) -> Any:
        return await invitations.accept_as_new(unit, token=token, **sent)

    sent = {"name": "朝霧 遥", "name_kana": "あさぎり はるか", "password_hash": "!"}
    return await firm.world.play(firm.keeper, accept, **(sent | changes))


def token_of(invitation: Invitation) -> str:
    return TOKENS.token(invitation.id, invitation.round)


async def test_who_accepts_is_a_person_with_an_account_and_the_post(firm: Firm) -> None:
    made = await invited(firm)
    await accepted(firm, token_of(made))
    async with firm.world.database.writing() as session:
        account = (
            await session.execute(select(Account).where(col(Account.email) == NEW))
        ).scalar_one()
    viewer = await firm.world.viewer(account.person_id)
    assert [(post.id, post.deputy) for post in viewer.posts] == [(firm.post_id, False)]
    (held,) = [row for row in await firm.holdings() if row.person_id == account.person_id]
    assert held.appointed_by == firm.keeper.person_id
    # It works once.
    with pytest.raises(NotFound):
        await accepted(firm, token_of(made))


async def test_a_post_can_be_offered_from_a_day_to_come(firm: Firm) -> None:
    made = await invited(firm, start=FIRST_OF_APRIL)
    await accepted(firm, token_of(made))
    assert [row.start for row in await firm.holdings()][1:] == [FIRST_OF_APRIL]


async def test_only_the_hash_is_kept(firm: Firm) -> None:
    made = await invited(firm)
    async with firm.world.database.writing() as session:
        row = (await session.execute(text("SELECT * FROM invitation"))).mappings().one()
        facts = (await session.execute(text("SELECT data FROM fact"))).scalars().all()
    kept = " ".join(map(str, [*row.values(), *facts]))
    assert token_of(made) not in kept
    assert token_of(made).removeprefix("rki_") not in kept
    assert row["token_hash"] in kept


@pytest.mark.parametrize("how", ["expired", "revoked", "sent again", "malformed", "foreign"])
async def test_whatever_is_wrong_with_a_link_is_answered_alike(firm: Firm, how: str) -> None:
    made = await invited(firm)
    token = token_of(made)
    match how:
        case "expired":
            firm.world.clock.advance(days=14)
        case "revoked":
            await firm.world.play(firm.keeper, invitations.revoke_invitation, invitation_id=made.id)
        case "sent again":
            await firm.world.play(
                firm.keeper,
                invitations.resend_invitation,
                tokens=TOKENS,
                invitation_id=made.id,
            )
        case "malformed":
            token = token[:-1] + "\ud842"
        case "foreign":
            token = InvitationTokens(b"another").token(made.id, 1)
    with pytest.raises(NotFound):
        await accepted(firm, token)
    reader = firm.world.reader(firm.outsider)
    try:
        assert await invitations.offer_of(reader, token) is None
    finally:
        await reader.close()


async def test_sent_again_it_counts_another_14_days(firm: Firm) -> None:
    made = await invited(firm)
    firm.world.clock.advance(days=20)
    again = await firm.world.play(
        firm.keeper, invitations.resend_invitation, tokens=TOKENS, invitation_id=made.id
    )
    assert again.expires_at == firm.world.clock.now() + timedelta(days=14)
    await accepted(firm, token_of(again))


async def test_the_one_who_invites_learns_nothing_of_accounts(firm: Firm) -> None:
    """Known, unknown and closed addresses: the same answer, facts and rows."""
    known = "p3@kazeyomi.example.jp"
    async with firm.world.database.writing() as session:
        account = await session.get(Account, firm.outsider.person_id)
        assert account is not None
        account.email = known
        await session.commit()
    made = [await invited(firm, email=email) for email in (known, "nobody@kazeyomi.example.jp")]
    told = [
        {
            name: value
            for name, value in row.model_dump().items()
            if name not in {"id", "email", "token_hash"}
        }
        for row in made
    ]
    assert told[0] == told[1]
    facts = await firm.facts("invitation.sent")
    assert [fact.data for fact in facts] == [{"round": 1}, {"round": 1}]


async def test_an_account_is_never_taken_over_and_its_owner_accepts_signed_in(
    firm: Firm,
) -> None:
    email = f"{firm.outsider.person_id}@test.example"
    made = await invited(firm, email=email)
    with pytest.raises(WrongState):
        await accepted(firm, token_of(made))
    accept: Any = invitations.accept_invitation
    with pytest.raises(NotAllowed):
        # Whoever else holds the link is signed in with another address.
        await firm.world.play(firm.colleague, accept, token=token_of(made))
    await firm.world.play(firm.outsider, accept, token=token_of(made))
    now = await firm.now(firm.outsider)
    assert {post.organization_id for post in now.posts} == {
        firm.organization_id,
        firm.outsider.posts[0].organization_id,
    }
    async with firm.world.database.writing() as session:
        people = (await session.execute(select(col(Person.name)))).scalars().all()
    assert sorted(people) == sorted(["管理 薫", "朝倉 光", "髙木 澪", "風間 詠"])


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("haruka@asagiri.example.jp", None),
        ("ｈａｒｕｋａ＠ａｓａｇｉｒｉ．ｅｘａｍｐｌｅ．ｊｐ", None),
        ("haruka@elsewhere.example.jp", None),
        ("haruka@asagirl.example.jp", "LOOK_ALIKE"),
        ("haruka@asaglri.example.jp", "LOOK_ALIKE"),
        ("haruka@asa-giri.example.jp", "LOOK_ALIKE"),
        ("haruka@аsagiri.example.jp", "LOOK_ALIKE"),
        ("haruka@xn--sagiri-6nf.example.jp", "LOOK_ALIKE"),
        ("haruka", "EMAIL_FORM"),
    ],
)
async def test_an_address_that_looks_like_one_of_the_house_is_refused(
    firm: Firm, email: str, code: str | None
) -> None:
    if code is None:
        assert (await invited(firm, email=email)).email.startswith("haruka@")
        return
    with pytest.raises(InvalidInput) as refusal:
        await invited(firm, email=email)
    assert [(one.path, one.code) for one in refusal.value.problems] == [(("email",), code)]


async def test_only_who_keeps_the_posts_invites_sends_again_and_revokes(firm: Firm) -> None:
    for viewer in (firm.holder, firm.outsider):
        with pytest.raises(NotAllowed):
            await firm.world.play(
                viewer, invitations.invite, tokens=TOKENS, post_id=firm.post_id, email=NEW
            )
    made = await invited(firm)
    for viewer in (firm.holder, firm.outsider):
        for use_case, more in (
            (invitations.resend_invitation, {"tokens": TOKENS}),
            (invitations.revoke_invitation, {}),
        ):
            with pytest.raises(NotFound):
                await firm.world.play(viewer, use_case, invitation_id=made.id, **more)
    with pytest.raises(WrongState):
        await invited(firm)


async def test_a_name_that_is_none_is_refused_and_the_link_still_works(firm: Firm) -> None:
    made = await invited(firm)
    with pytest.raises(InvalidInput):
        await accepted(firm, token_of(made), name=" ")
    await accepted(firm, token_of(made))


async def test_the_mail_says_who_invites_and_holds_the_link(
    town: Town, smtp_sink: MailSink
) -> None:
    firm = await firm_in(town.world)
    mailer = SmtpMailer(smtp_sink.url)
    made = await invited(firm, tokens=town.app.invitations)
    await town.react()
    await deliver(town.app, mailer)
    (mail,) = smtp_sink.sent_to(NEW)
    assert mail.subject == (
        "[Renkei] 朝霧重工業（架空）からの招待 / Invitation from 朝霧重工業（架空）"
    )
    found = re.findall(r"/ja/invitation\?token=(\S+)", mail.text)
    assert found == [town.app.invitations.token(made.id, 1)]
    # Its post is told behind the link, not in the mail.
    assert "職" not in mail.text
    await deliver(town.app, mailer)
    assert len(smtp_sink.messages) == 1


@pytest.mark.parametrize("how", ["revoked", "expired", "accepted"])
async def test_an_invitation_that_is_over_is_not_sent(
    town: Town, smtp_sink: MailSink, how: str
) -> None:
    """Judged when the mail goes, not when it was asked for."""
    firm = await firm_in(town.world)
    tokens = town.app.invitations
    made = await invited(firm, tokens=tokens)
    while await react_once(town.app):
        pass
    if how == "revoked":
        await firm.world.play(firm.keeper, invitations.revoke_invitation, invitation_id=made.id)
    elif how == "expired":
        town.world.clock.advance(days=14)
    else:
        await accepted(firm, tokens.token(made.id, 1))
    await deliver(town.app, SmtpMailer(smtp_sink.url))
    assert smtp_sink.messages == []


async def test_registering_is_still_the_platforms(firm: Firm) -> None:
    with pytest.raises(NotAllowed):
        await firm.world.play(firm.keeper, service.register_person, name="勝手 登録")
