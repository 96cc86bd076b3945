"""Letters about an account: to the address that it had, whatever its owner follows."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.identity import one_time, rules
from renkei.identity.letters import LetterKind
from renkei.identity.rules import Purpose
from renkei.identity.tables import Account, AccountLetter
from renkei.notices.mailing import Places, message_of
from renkei.notices.wording import Letter, bilingual
from renkei.text import Text

_MINUTES = rules.RECOVERY_WITHIN // timedelta(minutes=1)
_HOURS = rules.NEW_ADDRESS_WITHIN // timedelta(hours=1)
_RECOVERY = Text("パスワードの再設定", "Set a new password")
_RECOVERY_BODY = Text(
    f"次のページで、新しいパスワードを設定できます。{_MINUTES}分のあいだ、一度だけ使えます。\n{{link}}\n\n"
    "お心当たりがなければ、このメールは捨ててください。何も変わりません。",
    f"Set a new password on this page. It works once, within {_MINUTES} minutes.\n{{link}}\n\n"
    "If you did not ask for this, throw this mail away: nothing changes.",
)
_NEW_ADDRESS = Text("メールアドレスの確認", "Confirm your new address")
_NEW_ADDRESS_BODY = Text(
    "ログインしたまま次のページを開くと、これからこのアドレスでログインします。"
    f"{_HOURS}時間のあいだ、一度だけ使えます。\n{{link}}\n\n"
    "お心当たりがなければ、このメールは捨ててください。何も変わりません。",
    "Open this page while you are signed in, and you sign in with this address from then on. "
    f"It works once, within {_HOURS} hours.\n{{link}}\n\n"
    "If you did not ask for this, throw this mail away: nothing changes.",
)
_TAKEN = Text(
    "このアドレスを、別のアカウントで使おうとした人がいます。すでにあなたのアカウントがあるため、"
    "何も変わっていません。",
    "Somebody wanted to use this address for another account. It has yours already, and nothing was"
    " changed.",
)
_TOLD: dict[LetterKind, tuple[Text, Text]] = {
    LetterKind.PASSWORD_CHANGED: (
        Text("パスワードが変わりました", "Your password was changed"),
        Text(
            "あなたのパスワードが変わり、ほかのセッションは終わりました。",
            "Your password was changed, and your other sessions have ended.",
        ),
    ),
    LetterKind.ADDRESS_CHANGED: (
        Text("メールアドレスが変わりました", "Your address was changed"),
        Text(
            "このアドレスでは、もうログインできません。ほかのセッションは終わりました。",
            "You no longer sign in with this address, and your other sessions have ended.",
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
    LetterKind.PASSKEY_ADDED: (
        Text("パスキーを登録しました", "A passkey was added"),
        Text(
            "新しいパスキーで、あなたのアカウントにログインできます。",
            "A new passkey signs in to your account from now on.",
        ),
    ),
    LetterKind.PASSKEY_REMOVED: (
        Text("パスキーを外しました", "A passkey was removed"),
        Text(
            "外したパスキーでは、もうログインできません。登録の一覧は「ログインとセキュリティ」にあります。",
            "It no longer signs in. Those that are left are listed under “Sign-in and security”.",
        ),
    ),
    LetterKind.PASSKEY_COPIED: (
        Text("パスキーが複製されたおそれがあります", "A passkey may have been copied"),
        Text(
            "パスキーの使用回数が前より進んでいなかったため、確認を断りました。複製された鍵を、だれかが"
            "使っているかもしれません。「ログインとセキュリティ」で最後に使われた時刻を確かめ、"
            "心当たりがなければ外してください。",
            "A passkey was refused, because its counter had not moved on since it was used last: "
            "somebody may be using a copy of it. Look under “Sign-in and security” when it was "
            "used last, and remove it where that was not you.",
        ),
    ),
    LetterKind.NEW_DEVICE: (
        Text("新しい端末からログインがありました", "A sign-in from a new device"),
        Text(
            "これまで使われていないブラウザーなどから、あなたのアカウントにログインがありました。"
            "いつ、どこからかは「ログインとセキュリティ」のセッションの一覧にあり、そこで終わらせられます。",
            "A browser or program that was not used before has signed in to your account. When and "
            "from where is listed under “Sign-in and security”, where you can end it.",
        ),
    ),
}
_NOT_YOU = Text(
    "お心当たりがなければ、すぐにパスワードを再設定してください。\n{link}",
    "If that was not you, set a new password at once:\n{link}",
)


async def compose_letter(places: Places, delivery_id: UUID, letter_id: UUID) -> EmailMessage | None:
    """The mail of a letter; None where its address has no working account (any more).

    Secrets are made here, and kept as hashes only: nobody but the mail's reader ever has them.
    """
    async with places.database.writing() as session:
        letter = await session.get_one(AccountLetter, letter_id)
        text = await _text(session, letter, places)
        await session.commit()
    if text is None:
        return None
    at, sender = places.clock.now(), places.settings.mail_from
    return message_of(text, delivery_id, to=letter.email, sender=sender, at=at)


async def _text(session: AsyncSession, letter: AccountLetter, places: Places) -> Letter | None:
    """What it says as of now."""
    base, at = places.settings.public_url.rstrip("/"), places.clock.now()
    owner = await _owner_of(session, letter.email)
    match LetterKind(letter.kind):
        case LetterKind.RECOVERY:
            if owner is None:
                return None
            secret = one_time.make(
                session, Purpose.RECOVERY, owner, at=at, life=rules.RECOVERY_WITHIN
            )
            return _with_link(_RECOVERY, _RECOVERY_BODY, base, f"recover/set?secret={secret}")
        case LetterKind.NEW_ADDRESS:
            if owner is not None:
                return bilingual(_NEW_ADDRESS, _TAKEN)
            assert letter.person_id is not None  # whose it is to be
            secret = one_time.make(
                session,
                Purpose.NEW_ADDRESS,
                letter.person_id,
                at=at,
                life=rules.NEW_ADDRESS_WITHIN,
                email=letter.email,
            )
            where = f"account/address?secret={secret}"
            return _with_link(_NEW_ADDRESS, _NEW_ADDRESS_BODY, base, where)
        case kind:
            if owner is None and kind is not LetterKind.ADDRESS_CHANGED:
                return None
            return _told(kind, base)


async def _owner_of(session: AsyncSession, email: str) -> UUID | None:
    query = select(col(Account.person_id)).where(
        col(Account.email) == email, col(Account.disabled_at).is_(None)
    )
    found: UUID | None = (await session.execute(query)).scalar()
    return found


def _told(kind: LetterKind, base: str) -> Letter:
    title, body = _TOLD[kind]

    def said(lang: str) -> str:
        return f"{body.text(lang)}\n\n{_NOT_YOU.text(lang).format(link=f'{base}/{lang}/recover')}"

    return bilingual(title, Text(said("ja"), said("en")))


def _with_link(title: Text, body: Text, base: str, page: str) -> Letter:
    ja, en = (body.text(lang).format(link=f"{base}/{lang}/{page}") for lang in ("ja", "en"))
    return bilingual(title, Text(ja, en))
