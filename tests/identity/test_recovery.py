"""A new password by mail: nobody learns who has an account, and each link works once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from renkei.access.policy.viewer import Viewer
from renkei.identity.rules import RECOVERY_WITHIN
from renkei.identity.sessions import Origin
from renkei.identity.sign_ins import CodeWanted, Opened
from renkei.identity.tables import Account, OneTimeSecret
from renkei.notices.smtp import SmtpMailer
from renkei.notices.tables import Delivery
from renkei.problems import InvalidInput, NotFound
from support.factories import Town
from support.mail import MailSink, mailed, secret_in
from support.signing_in import session_of, set_up_second_step

HERE = Origin("192.0.2.7", "Mozilla/5.0 (試験)")
NEW = "新しい馬の電池とホチキス"
PAGE = "recover/set"


def address(viewer: Viewer) -> str:
    return f"{viewer.person_id}@test.example"


async def test_the_link_sets_a_password_once_and_ends_every_session(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    assert town.firm.person_id is not None
    session = await session_of(town.app, town.firm.person_id)
    await town.app.sign_ins.ask_recovery(address(town.firm).upper(), HERE)
    (mail,) = await mailed(town, mailer, smtp_sink)
    assert mail.subject == "[Renkei] パスワードの再設定 / Set a new password"
    secret = secret_in(mail, PAGE)
    with pytest.raises(InvalidInput):
        await town.app.sign_ins.recover(secret, "短い")
    await town.app.sign_ins.recover(secret, NEW)
    assert await town.app.identity.by_session(session) is None
    assert isinstance(await town.app.sign_ins.sign_in(address(town.firm), NEW, HERE), Opened)
    with pytest.raises(NotFound):
        await town.app.sign_ins.recover(secret, NEW)
    (told,) = await mailed(town, mailer, smtp_sink)
    assert told.subject == "[Renkei] パスワードが変わりました / Your password was changed"


async def test_the_secret_is_kept_nowhere_but_in_the_mail(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.app.sign_ins.ask_recovery(address(town.firm), HERE)
    (mail,) = await mailed(town, mailer, smtp_sink)
    async with town.app.database.reading() as connection:
        kept = (await connection.execute(select(OneTimeSecret.__table__))).all()  # type: ignore[attr-defined]  # SQLModel sets it
    assert len(kept) == 1
    assert secret_in(mail, PAGE) not in repr(kept)


async def test_no_mail_goes_to_whom_it_does_not_concern(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    async with town.app.database.writing() as session:
        account = await session.get_one(Account, town.other_firm.person_id)
        account.disabled_at = town.world.clock.now()
        await session.commit()
    for email in (
        "nobody@test.example",
        address(town.other_firm),
        "not an address",
        "a@b\nBcc: victim@test.example",
        "あ@test.example",
        "\ud800@test.example",
        "",
    ):
        await town.app.sign_ins.ask_recovery(email, HERE)
    assert await mailed(town, mailer, smtp_sink) == []
    # What could be written to was looked up when it was to be sent, and dropped.
    assert [one.state for one in await town.rows(Delivery)] == ["dropped", "dropped"]


async def test_a_link_is_good_for_half_an_hour_and_the_last_use_ends_all(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.app.sign_ins.ask_recovery(address(town.firm), HERE)
    await town.app.sign_ins.ask_recovery(address(town.firm), HERE)
    first, second = [secret_in(mail, PAGE) for mail in await mailed(town, mailer, smtp_sink)]
    await town.app.sign_ins.recover(second, NEW)
    with pytest.raises(NotFound):
        await town.app.sign_ins.recover(first, NEW)
    await town.app.sign_ins.ask_recovery(address(town.firm), HERE)
    mails = await mailed(town, mailer, smtp_sink)
    late = [secret_in(mail, PAGE) for mail in mails if "再設定" in mail.subject]
    town.world.clock.at += RECOVERY_WITHIN
    with pytest.raises(NotFound):
        await town.app.sign_ins.recover(late[0], NEW)
    with pytest.raises(NotFound):
        await town.app.sign_ins.recover("rk1_でたらめ\ud800", NEW)


async def test_asking_is_throttled(town: Town, mailer: SmtpMailer, smtp_sink: MailSink) -> None:
    for _ in range(12):
        await town.app.sign_ins.ask_recovery(address(town.firm), HERE)
    assert len(await mailed(town, mailer, smtp_sink)) == 10
    town.world.clock.at += timedelta(minutes=16)
    await town.app.sign_ins.ask_recovery(address(town.firm), HERE)
    assert len(await mailed(town, mailer, smtp_sink)) == 1


async def test_a_mailbox_alone_does_not_get_past_the_second_step(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await set_up_second_step(town.world, town.firm, town.app.vault)
    await mailed(town, mailer, smtp_sink)
    await town.app.sign_ins.ask_recovery(address(town.firm), HERE)
    (mail,) = await mailed(town, mailer, smtp_sink)
    await town.app.sign_ins.recover(secret_in(mail, PAGE), NEW)
    found = await town.app.sign_ins.sign_in(address(town.firm), NEW, HERE)
    assert isinstance(found, CodeWanted)
