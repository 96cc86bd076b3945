"""Changing the address one signs in with: by a mail to the new one, and a word to the old."""

from __future__ import annotations

from dataclasses import replace

import pytest

from renkei.access.policy.viewer import Viewer
from renkei.directory.addresses import ask_new_address, confirm_new_address
from renkei.identity.rules import NEW_ADDRESS_WITHIN
from renkei.identity.tables import Account
from renkei.notices.smtp import SmtpMailer
from renkei.problems import InvalidInput, NotAllowed, NotFound, StepUpNeeded, WrongState
from support.factories import Town
from support.mail import MailSink, mailed, secret_in
from support.signing_in import proved, session_of

NEW = "atarashii@asagiri.example"
PAGE = "account/address"


async def email_of(town: Town, viewer: Viewer) -> str:
    async with town.app.database.writing() as session:
        return (await session.get_one(Account, viewer.person_id)).email


async def test_nothing_changes_until_the_new_address_is_confirmed(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    assert town.firm.person_id is not None
    other = await session_of(town.app, town.firm.person_id)
    before = await email_of(town, town.firm)
    with pytest.raises(StepUpNeeded):
        await town.world.play(town.firm, ask_new_address, email=NEW)
    await town.world.play(proved(town.firm), ask_new_address, email=" Ａtarashii@Asagiri.Example ")
    (mail,) = await mailed(town, mailer, smtp_sink)
    assert mail.recipients == (NEW,)
    assert await email_of(town, town.firm) == before
    with pytest.raises(NotFound):
        # The secret is not another person's to use.
        await town.world.play(town.other_firm, confirm_new_address, secret=secret_in(mail, PAGE))
    await town.world.play(town.firm, confirm_new_address, secret=secret_in(mail, PAGE))
    assert await email_of(town, town.firm) == NEW
    assert await town.app.identity.by_session(other) is None
    with pytest.raises(NotFound):
        await town.world.play(town.firm, confirm_new_address, secret=secret_in(mail, PAGE))
    (told,) = await mailed(town, mailer, smtp_sink)
    assert told.recipients == (before,)
    assert told.subject == "[Renkei] メールアドレスが変わりました / Your address was changed"


async def test_that_an_address_is_taken_is_told_to_its_owner_alone(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    theirs = await email_of(town, town.other_firm)
    await town.world.play(proved(town.firm), ask_new_address, email=theirs)
    (mail,) = await mailed(town, mailer, smtp_sink)
    assert mail.recipients == (theirs,)
    assert "secret=" not in mail.text
    assert "すでにあなたのアカウントがあるため" in mail.text


async def test_an_address_that_was_taken_meanwhile_stays_whose_it_is(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.world.play(proved(town.firm), ask_new_address, email=NEW)
    await town.world.play(proved(town.other_firm), ask_new_address, email=NEW)
    secrets = [secret_in(mail, PAGE) for mail in await mailed(town, mailer, smtp_sink)]
    taken = 0
    for viewer in (town.firm, town.other_firm):
        for secret in secrets:
            try:
                await town.world.play(viewer, confirm_new_address, secret=secret)
                taken += 1
            except (NotFound, WrongState):
                continue
    assert taken == 1
    assert await email_of(town, town.firm) == NEW


async def test_a_link_is_good_for_a_day(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.world.play(proved(town.firm), ask_new_address, email=NEW)
    (mail,) = await mailed(town, mailer, smtp_sink)
    town.world.clock.at += NEW_ADDRESS_WITHIN
    with pytest.raises(NotFound):
        await town.world.play(town.firm, confirm_new_address, secret=secret_in(mail, PAGE))


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("住所ではない", "LOOK_ALIKE"),
        ("no-at-sign.example", "EMAIL_FORM"),
        ("а@asagiri.example", "LOOK_ALIKE"),
        ("a@xn--80ak6aa92e.example", "LOOK_ALIKE"),
        ("", "EMAIL_FORM"),
    ],
)
async def test_what_an_address_may_not_be(town: Town, email: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await town.world.play(proved(town.firm), ask_new_address, email=email)
    assert [(one.path, one.code) for one in refusal.value.problems] == [(("email",), code)]


async def test_a_token_changes_no_address_and_mails_are_throttled(town: Town) -> None:
    token = replace(proved(town.firm), scopes=frozenset())
    with pytest.raises(NotAllowed):
        await town.world.play(token, ask_new_address, email=NEW)
    for _ in range(10):
        await town.world.play(proved(town.firm), ask_new_address, email=NEW)
    with pytest.raises(WrongState):
        await town.world.play(proved(town.firm), ask_new_address, email=NEW)
