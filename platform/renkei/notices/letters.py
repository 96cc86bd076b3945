"""Letters about an account: to the address that it had, whatever its owner follows."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.identity import one_time, rules
from renkei.identity.letters import LetterKind
from renkei.identity.rules import Purpose
from renkei.identity.tables import Account, AccountLetter
from renkei.ledger.reacting import After
from renkei.ledger.tables import Fact
from renkei.ledger.unit import Unit
from renkei.notices.mailing import message_of
from renkei.notices.store import EMAIL
from renkei.notices.tables import Delivery
from renkei.notices.wording import Letter, bilingual
from renkei.settings import Settings
from renkei.text import Text

_RECOVERY = Text("パスワードの再設定", "Set a new password")
_RECOVERY_BODY = Text(
    "次のページで、新しいパスワードを設定できます。{minutes}分のあいだ、一度だけ使えます。\n{link}\n\n"
    "お心当たりがなければ、このメールは捨ててください。何も変わりません。",
    "Set a new password on this page. It works once, within {minutes} minutes.\n{link}\n\n"
    "If you did not ask for this, throw this mail away: nothing changes.",
)
_TOLD: dict[LetterKind, tuple[Text, Text]] = {
    LetterKind.PASSWORD_CHANGED: (
        Text("パスワードが変わりました", "Your password was changed"),
        Text(
            "あなたのパスワードが変わり、ほかのセッションは終わりました。",
            "Your password was changed, and your other sessions have ended.",
        ),
    ),
    LetterKind.SECOND_STEP_ON: (
        Text("2段階認証を設定しました", "A second step was set up"),
        Text(
            "次のログインから、認証アプリの番号を求めます。",
            "From now on signing in asks for a code of your authenticator app.",
        ),
    ),
    LetterKind.SECOND_STEP_OFF: (
        Text("2段階認証を解除しました", "The second step was taken away"),
        Text(
            "次のログインからは、パスワードだけを求めます。",
            "From now on signing in asks for your password alone.",
        ),
    ),
}
_NOT_YOU = Text(
    "お心当たりがなければ、すぐにパスワードを再設定してください。\n{link}",
    "If that was not you, set a new password at once:\n{link}",
)


class Places(Protocol):
    """What writing a letter needs of the process it runs in."""

    settings: Settings
    clock: Clock
    database: Database


async def send_letter(unit: Unit, facts: Sequence[Fact]) -> After:
    """Put the letters of these facts on their way."""
    unit.session.add_all(
        Delivery(letter_id=fact.subject_id, channel=EMAIL, not_before=unit.at) for fact in facts
    )
    return None


async def compose_letter(places: Places, delivery_id: UUID, letter_id: UUID) -> EmailMessage | None:
    """The mail of a letter; None where its address has no working account (any more).

    A recovery's secret is made here, and kept as a hash only: nobody but its reader ever has it.
    """
    at = places.clock.now()
    async with places.database.writing() as session:
        letter = await session.get_one(AccountLetter, letter_id)
        query = select(col(Account.person_id)).where(
            col(Account.email) == letter.email, col(Account.disabled_at).is_(None)
        )
        person_id = (await session.execute(query)).scalar()
        if person_id is None:
            return None
        kind, secret = LetterKind(letter.kind), ""
        if kind is LetterKind.RECOVERY:
            secret = one_time.make(
                session, Purpose.RECOVERY, person_id, at=at, life=rules.RECOVERY_WITHIN
            )
            await session.commit()
    text = _letter(kind, places.settings.public_url.rstrip("/"), secret)
    return message_of(text, delivery_id, to=letter.email, sender=places.settings.mail_from, at=at)


def _letter(kind: LetterKind, base: str, secret: str) -> Letter:
    if kind is not LetterKind.RECOVERY:
        title, body = _TOLD[kind]
        told = Text(
            f"{body.ja}\n\n{_NOT_YOU.ja.format(link=f'{base}/ja/recover')}",
            f"{body.text('en')}\n\n{_NOT_YOU.text('en').format(link=f'{base}/en/recover')}",
        )
        return bilingual(title, told)
    minutes = int(rules.RECOVERY_WITHIN.total_seconds()) // 60

    def said(lang: str) -> str:
        link = f"{base}/{lang}/recover/set?secret={secret}"
        return _RECOVERY_BODY.text(lang).format(minutes=minutes, link=link)

    return bilingual(_RECOVERY, Text(said("ja"), said("en")))
