"""Mail: judged and rendered at the moment of sending, at least once, under an id that stays."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest

from renkei.access.policy.clauses import org
from renkei.briefs.sharing import narrow_brief
from renkei.directory.accounts import disable_account
from renkei.directory.operating import OPERATOR
from renkei.notices.courier import Claimed, _claim, composed, deliver
from renkei.notices.mailing import MailUnavailable
from renkei.notices.smtp import FileMailer, SmtpMailer, mailer_of
from renkei.notices.tables import Delivery
from support.factories import Town
from support.mail import Mail, MailSink


async def states(town: Town) -> list[str]:
    return sorted(row.state for row in await town.rows(Delivery))


async def test_a_public_calls_mail_says_what_it_is_about_in_both_languages(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.follow_area(town.firm)
    call = await town.funding.call(title_ja="𠮷野川流域の髙精度観測①㈱～", title_en="River watch")
    await town.react()
    assert await deliver(town.app, mailer) == 1
    (mail,) = smtp_sink.messages
    (delivery,) = await town.rows(Delivery)
    assert (delivery.state, delivery.sent_at) == ("sent", town.world.clock.now())
    assert mail.subject == "[Renkei] 公募が公開されました：𠮷野川流域の髙精度観測①㈱～"
    assert mail.message["Message-ID"] == f"<{delivery.id}@renkei.example>"
    assert mail.message.get_content_charset() == "utf-8"
    assert f"https://renkei.example/ja/calls/{call.code}" in body_of(mail)
    assert f"River watch\nhttps://renkei.example/en/calls/{call.code}" in body_of(mail)
    assert await deliver(town.app, mailer) == 0


@pytest.mark.parametrize("tlp", ["GREEN", "AMBER", "AMBER+STRICT"])
async def test_above_clear_a_mail_is_a_pointer_and_no_more(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink, tlp: str
) -> None:
    brief = await town.released(tlp, shared_with=[town.firm])
    await town.react()
    await deliver(town.app, mailer)
    (mail,) = smtp_sink.sent_to(f"{town.firm.person_id}@test.example")
    assert mail.subject == "[Renkei] 新しい共有があります / Something was shared with you"
    assert body_of(mail) == (
        "新しい共有があります（リンクから開いてください）\n"
        "https://renkei.example/ja/inbox\n\n"
        "通知の設定：https://renkei.example/ja/follows\n"
        "このメールには返信できません。\n\n----\n\n"
        "Something was shared with you. Open it here:\n"
        "https://renkei.example/en/inbox\n\n"
        "Change what you follow: https://renkei.example/en/follows\n"
        "Replies to this mail are not read.\n"
    )
    assert brief.code not in str(mail.message)


async def test_whoever_loses_sight_before_the_mail_goes_gets_none(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm, town.other_firm])
    await town.react()
    gone = town.firm.posts[0].organization_id
    await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, withdraw_from=[org(gone)])
    await deliver(town.app, mailer)
    assert smtp_sink.sent_to(f"{town.firm.person_id}@test.example") == []
    assert len(smtp_sink.sent_to(f"{town.other_firm.person_id}@test.example")) == 1
    assert await states(town) == ["dropped", "sent"]


async def test_a_raised_marking_makes_the_pending_mail_opaque(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    brief = await town.released("CLEAR", title="公開の見立て")
    await town.follow_area(town.firm)
    await town.react()
    await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, tlp="GREEN")
    await deliver(town.app, mailer)
    (mail,) = smtp_sink.sent_to(f"{town.firm.person_id}@test.example")
    assert "公開の見立て" not in mail.subject + mail.text


async def test_a_closed_account_gets_no_mail(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.follow_area(town.firm)
    await town.funding.call()
    await town.react()
    await town.world.play(OPERATOR, disable_account, person_id=town.firm.person_id)
    await deliver(town.app, mailer)
    assert smtp_sink.messages == []
    assert await states(town) == ["dropped"]


async def test_who_wants_no_mail_finds_the_notice_in_the_inbox_alone(town: Town) -> None:
    await town.follow_area(town.firm, by_email=False)
    await town.funding.call()
    await town.react()
    assert await town.inbox(town.firm) == [("call.published", "area")]
    assert await town.rows(Delivery) == []


async def test_a_line_break_in_a_title_makes_no_header_of_its_own(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.follow_area(town.firm)
    await town.funding.call(title_ja="観測\r\nBcc: everyone@example.jp")
    await town.react()
    await deliver(town.app, mailer)
    (mail,) = smtp_sink.messages
    assert mail.subject == "[Renkei] 公募が公開されました：観測 Bcc: everyone@example.jp"
    assert mail.message["Bcc"] is None


async def test_a_dead_couriers_mail_is_sent_by_another_once_its_lease_runs_out(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.follow_area(town.firm)
    await town.funding.call()
    await town.react()
    (dead,) = await _claim(town.app, 10)
    assert await deliver(town.app, mailer) == 0
    town.world.clock.advance(seconds=46)
    assert await deliver(town.app, mailer) == 1
    assert [mail.message["Message-ID"] for mail in smtp_sink.messages] == [
        f"<{dead.id}@renkei.example>"
    ]


async def test_killed_between_the_servers_yes_and_our_commit_it_is_the_same_mail_twice(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.follow_area(town.firm)
    await town.funding.call()
    await town.react()
    (dead,) = await _claim(town.app, 10)
    await _send_and_die(town, mailer, dead)
    town.world.clock.advance(seconds=46)
    await deliver(town.app, mailer)
    first, second = (str(mail.message["Message-ID"]) for mail in smtp_sink.messages)
    assert first == second


async def test_where_the_server_is_away_mail_waits_and_then_goes(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.follow_area(town.firm)
    await town.funding.call()
    await town.react()
    assert await deliver(town.app, SmtpMailer("smtp://127.0.0.1:1")) == 1
    (waiting,) = await town.rows(Delivery)
    assert (waiting.state, waiting.not_before - town.world.clock.now()) == (
        "pending",
        timedelta(seconds=2),
    )
    town.world.clock.advance(seconds=2)
    await deliver(town.app, mailer)
    assert len(smtp_sink.messages) == 1
    assert await states(town) == ["sent"]


async def test_a_mail_that_outlasts_its_lease_is_left_to_the_next_courier(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    await town.follow_area(town.firm)
    await town.funding.call()
    await town.react()
    town.app.settings.lease_seconds = 10  # less than one mail may take
    await deliver(town.app, mailer)
    assert smtp_sink.messages == []
    assert await states(town) == ["pending"]


async def test_without_a_mail_server_mails_are_files_for_the_local_viewer(town: Town) -> None:
    await town.follow_area(town.firm)
    await town.funding.call()
    await town.react()
    settings = town.app.settings.model_copy(update={"smtp_url": ""})
    mailer = mailer_of(settings)
    assert isinstance(mailer, FileMailer)
    await deliver(town.app, mailer)
    (delivery,) = await town.rows(Delivery)
    files = [file.name for file in (settings.data_dir / "mail").iterdir()]
    assert files == [f"{delivery.id}.eml"]


async def test_an_unreachable_server_is_named_as_such() -> None:
    with pytest.raises(MailUnavailable):
        async with SmtpMailer("smtp://127.0.0.1:1").connected():
            pass
    with pytest.raises(ValueError, match="RENKEI_SMTP_URL"):
        SmtpMailer("mail.example.jp:25")


async def _send_and_die(town: Town, mailer: SmtpMailer, claimed: Claimed) -> None:
    message = await composed(town.app, claimed)
    assert isinstance(message, EmailMessage)
    async with mailer.connected() as outbox:
        await outbox.send(message)


def body_of(mail: Mail) -> str:
    """The mail's text with the line ends of a file."""
    return mail.text.replace("\r\n", "\n")
