"""A sign-in from a device that one has not used before is told by mail."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from renkei.identity import letters
from renkei.identity.letters import LetterKind
from renkei.identity.rules import DEVICE_KEPT, How
from renkei.identity.sessions import Origin, open_session
from renkei.identity.tables import AccountLetter, KnownDevice
from renkei.notices.smtp import SmtpMailer
from support.factories import Town
from support.mail import MailSink, mailed
from support.world import World

LIFE = timedelta(hours=12)
HERE, THERE = "rkd_研究室のPC", "rkd_知らない端末"


async def signs_in(world: World, person_id: UUID, device: str) -> bool:
    """Sign in from a device; whether a mail tells of it."""
    before = await told(world)
    async with world.unit() as unit:
        origin = Origin("192.0.2.1", "Mozilla/5.0 (試験)", device)
        await open_session(unit, person_id=person_id, how=How.PASSWORD, origin=origin, life=LIFE)
    return await told(world) > before


async def told(world: World) -> int:
    async with world.database.reading() as connection:
        query = select(col(AccountLetter.id)).where(
            col(AccountLetter.kind) == LetterKind.NEW_DEVICE.value
        )
        return len((await connection.execute(query)).all())


async def person(world: World, name: str) -> UUID:
    place = await world.organization("RESEARCH", "東雲工業大学（架空）")
    return await world.person(name, place, "researcher")


async def test_of_the_first_nobody_is_told_of_others_once(world: World) -> None:
    misaki, ryo = await person(world, "髙瀬 美咲"), await person(world, "朝比奈 涼")
    assert not await signs_in(world, misaki, HERE)
    assert not await signs_in(world, misaki, HERE)
    assert await signs_in(world, misaki, THERE)
    assert not await signs_in(world, misaki, THERE)
    # A device is known by person: one that they share is new to each.
    assert not await signs_in(world, ryo, HERE)
    assert await signs_in(world, ryo, THERE)


async def test_a_program_that_keeps_nothing_is_not_told_of(world: World) -> None:
    misaki = await person(world, "髙瀬 美咲")
    await signs_in(world, misaki, HERE)
    assert not await signs_in(world, misaki, "")


async def test_a_device_is_forgotten_when_its_browser_has_forgotten_it(world: World) -> None:
    misaki = await person(world, "髙瀬 美咲")
    await signs_in(world, misaki, HERE)
    world.clock.advance(seconds=DEVICE_KEPT.total_seconds())
    # The one and only, forgotten or not, is what the next is told from.
    assert await signs_in(world, misaki, THERE)
    async with world.database.reading() as connection:
        kept = (await connection.execute(select(KnownDevice.__table__))).all()  # type: ignore[attr-defined]  # SQLModel sets it
    assert len(kept) == 1
    assert THERE not in repr(kept)
    assert await signs_in(world, misaki, HERE)


async def test_every_letter_about_a_change_has_its_words(
    town: Town, mailer: SmtpMailer, smtp_sink: MailSink
) -> None:
    assert town.firm.person_id is not None
    kinds = (
        LetterKind.PASSKEY_ADDED,
        LetterKind.PASSKEY_REMOVED,
        LetterKind.PASSKEY_COPIED,
        LetterKind.NEW_DEVICE,
    )
    for kind in kinds:
        async with town.app.unit() as unit:
            await letters.write_to(unit, kind, town.firm.person_id)
    mails = await mailed(town, mailer, smtp_sink)
    assert {mail.subject for mail in mails} == {
        "[Renkei] パスキーを登録しました / A passkey was added",
        "[Renkei] パスキーを外しました / A passkey was removed",
        "[Renkei] パスキーが複製されたおそれがあります / A passkey may have been copied",
        "[Renkei] 新しい端末からログインがありました / A sign-in from a new device",
    }
    assert all("/ja/recover" in mail.text and "/en/recover" in mail.text for mail in mails)
