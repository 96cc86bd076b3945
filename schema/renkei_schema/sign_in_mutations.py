"""Changing how the viewer signs in. Whatever opens a door wants a new proof of who it is."""

from __future__ import annotations

from typing import Annotated

import strawberry

from renkei.access.policy.reach import Reach
from renkei.directory import addresses
from renkei.identity import codes, passwords, sessions
from renkei.ledger.unit import Unit
from renkei_schema.context import Info
from renkei_schema.ids import wanted_key
from renkei_schema.perform import Sent, perform
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound, WrongState
from renkei_schema.sign_in_types import SESSION


@strawberry.input(description="セッションを終わらせる。 / Ends a session.")
class EndSessionInput:
    """Which session."""

    session_id: strawberry.ID = strawberry.field(description="セッション。 / The session.")


@strawberry.type(description="終わらせた。ただちに効く。 / Ended, at once.")
class SessionEnded:
    """Success."""

    session_id: strawberry.ID = strawberry.field(description="セッション。 / The session.")


@strawberry.type(description="ほかのセッションを終わらせた。 / The others were ended, at once.")
class OtherSessionsEnded:
    """Success."""

    ended: int = strawberry.field(description="終わらせた数。 / How many there were.")


@strawberry.input(description="パスワードを変える。 / Changes the password.")
class ChangePasswordInput:
    """The new password."""

    password: str = strawberry.field(
        description="新しいパスワード（12文字以上）。 / The new one, of at least 12 characters."
    )


@strawberry.type(
    description="変えた。ほかのセッションは終わった。 / Changed; the other sessions have ended."
)
class PasswordChanged:
    """Success."""

    other_sessions_ended: int = strawberry.field(
        description="終わらせたほかのセッションの数。 / How many other sessions ended."
    )


@strawberry.input(description="新しいアドレスに確認のメールを送る。 / Asks for a new address.")
class AskNewAddressInput:
    """The new address."""

    email: str = strawberry.field(description="新しいメールアドレス。 / The new address.")


@strawberry.type(
    description="送った。確認するまで変わらない。 / Sent; nothing changes until it is confirmed."
)
class NewAddressAsked:
    """Success, whether or not the address has an account: only its mail tells."""

    email: str = strawberry.field(description="送り先。 / Where it was sent.")


@strawberry.input(description="メールの秘密で新しいアドレスを確認する。 / Confirms a new address.")
class ConfirmNewAddressInput:
    """The mail's secret."""

    secret: str = strawberry.field(description="メールにある秘密。 / The secret in the mail.")


@strawberry.type(
    description="変えた。ほかのセッションは終わった。 / Changed; other sessions ended."
)
class AddressChanged:
    """Success."""

    email: str = strawberry.field(description="新しいメールアドレス。 / The new address.")


@strawberry.type(
    description="認証アプリに登録する鍵。確認するまで求めない。 / "
    "A key for an authenticator app; nothing is asked for until it is confirmed."
)
class SecondStepBegun:
    """Success. The key is shown once."""

    key: str = strawberry.field(description="鍵（手で入れる場合）。 / The key, to type in.")
    uri: str = strawberry.field(
        description="鍵を含むotpauthのアドレス（QRコードにする）。 / As an address for a QR code."
    )


@strawberry.input(description="認証アプリの番号で確認する。 / Confirms by the app's code.")
class ConfirmSecondStepInput:
    """The code."""

    code: str = strawberry.field(description="いま表示されている番号。 / The code shown now.")


@strawberry.type(
    description="次のサインインから求める。予備の番号を示すのはこの一度だけ。 / "
    "Asked for from now on; the backup codes are shown once."
)
class SecondStepConfirmed:
    """Success."""

    backup_codes: list[str] = strawberry.field(
        description="予備の番号。それぞれ一度だけ使える。 / Backup codes, each good once."
    )


@strawberry.type(description="2段階認証を解除した。 / The second step was taken away.")
class SecondStepRemoved:
    """Success."""

    removed: bool = strawberry.field(description="つねにtrue。 / Always true.")


EndSessionResult = Annotated[
    SessionEnded | InvalidInput | NotAllowed | NotFound,
    strawberry.union("EndSessionResult", description="endSessionの答え。 / Its answer."),
]
EndOtherSessionsResult = Annotated[
    OtherSessionsEnded | InvalidInput | NotAllowed,
    strawberry.union(
        "EndOtherSessionsResult", description="endOtherSessionsの答え。 / Its answer."
    ),
]
ChangePasswordResult = Annotated[
    PasswordChanged | InvalidInput | NotAllowed | NotFound,
    strawberry.union("ChangePasswordResult", description="changePasswordの答え。 / Its answer."),
]
AskNewAddressResult = Annotated[
    NewAddressAsked | InvalidInput | NotAllowed | WrongState,
    strawberry.union("AskNewAddressResult", description="askNewAddressの答え。 / Its answer."),
]
ConfirmNewAddressResult = Annotated[
    AddressChanged | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union(
        "ConfirmNewAddressResult", description="confirmNewAddressの答え。 / Its answer."
    ),
]
BeginSecondStepResult = Annotated[
    SecondStepBegun | InvalidInput | NotAllowed | WrongState,
    strawberry.union("BeginSecondStepResult", description="beginSecondStepの答え。 / Its answer."),
]
ConfirmSecondStepResult = Annotated[
    SecondStepConfirmed | InvalidInput | NotAllowed | WrongState,
    strawberry.union(
        "ConfirmSecondStepResult", description="confirmSecondStepの答え。 / Its answer."
    ),
]
RemoveSecondStepResult = Annotated[
    SecondStepRemoved | InvalidInput | NotAllowed | WrongState,
    strawberry.union(
        "RemoveSecondStepResult", description="removeSecondStepの答え。 / Its answer."
    ),
]


@strawberry.type
class SignInMutation:
    """How the viewer signs in. None of these has an idempotency key: answers hold secrets."""

    @strawberry.mutation(
        description="自分のセッションを一つ終わらせる。 / End one of the viewer's sessions."
    )
    async def end_session(self, info: Info, input: Sent[EndSessionInput]) -> EndSessionResult:
        """End a session."""

        async def work(unit: Unit, reach: Reach) -> SessionEnded:
            key = wanted_key(input.session_id, SESSION)
            await sessions.end_session(unit, reach, session_id=key)
            return SessionEnded(session_id=input.session_id)

        return await perform(info, work)

    @strawberry.mutation(
        description="いまのもの以外の自分のセッションをすべて終わらせる。 / "
        "End all of the viewer's sessions but this one."
    )
    async def end_other_sessions(self, info: Info) -> EndOtherSessionsResult:
        """End the others."""

        async def work(unit: Unit, reach: Reach) -> OtherSessionsEnded:
            return OtherSessionsEnded(ended=await sessions.end_other_sessions(unit, reach))

        return await perform(info, work)

    @strawberry.mutation(
        description="パスワードを変える（本人確認のやり直しが要る）。 / "
        "Change the password; wants a new proof of who it is."
    )
    async def change_password(
        self, info: Info, input: Sent[ChangePasswordInput]
    ) -> ChangePasswordResult:
        """Change the password."""
        hashed = await passwords.hashed_in_time(input.password)

        async def work(unit: Unit, reach: Reach) -> PasswordChanged:
            ended = await passwords.change_password(
                unit, reach, password=input.password, hashed=hashed
            )
            return PasswordChanged(other_sessions_ended=ended)

        return await perform(info, work)

    @strawberry.mutation(
        description="新しいメールアドレスに確認のメールを送る（本人確認のやり直しが要る）。 / "
        "Send the way to confirm a new address to it; wants a new proof of who it is."
    )
    async def ask_new_address(
        self, info: Info, input: Sent[AskNewAddressInput]
    ) -> AskNewAddressResult:
        """Ask."""

        async def work(unit: Unit, reach: Reach) -> NewAddressAsked:
            await addresses.ask_new_address(unit, reach, email=input.email)
            return NewAddressAsked(email=input.email)

        return await perform(info, work)

    @strawberry.mutation(
        description="メールの秘密で、新しいアドレスに変える。 / "
        "Change to the new address by the secret in its mail."
    )
    async def confirm_new_address(
        self, info: Info, input: Sent[ConfirmNewAddressInput]
    ) -> ConfirmNewAddressResult:
        """Confirm."""

        async def work(unit: Unit, reach: Reach) -> AddressChanged:
            email = await addresses.confirm_new_address(unit, reach, secret=input.secret)
            return AddressChanged(email=email)

        return await perform(info, work)

    @strawberry.mutation(
        description="2段階認証の設定を始める（本人確認のやり直しが要る）。 / "
        "Begin to set up a second step; wants a new proof of who it is."
    )
    async def begin_second_step(self, info: Info) -> BeginSecondStepResult:
        """Begin."""

        async def work(unit: Unit, reach: Reach) -> SecondStepBegun:
            key, uri = await codes.begin(unit, reach, vault=info.context.app.vault)
            return SecondStepBegun(key=key, uri=uri)

        return await perform(info, work)

    @strawberry.mutation(
        description="認証アプリの番号で確認し、次から求める。 / "
        "Confirm by the app's code; it is asked for from then on."
    )
    async def confirm_second_step(
        self, info: Info, input: Sent[ConfirmSecondStepInput]
    ) -> ConfirmSecondStepResult:
        """Confirm."""

        async def work(unit: Unit, reach: Reach) -> SecondStepConfirmed:
            vault = info.context.app.vault
            found = await codes.confirm(unit, reach, vault=vault, code=input.code)
            return SecondStepConfirmed(backup_codes=found)

        return await perform(info, work)

    @strawberry.mutation(
        description="2段階認証を解除する（本人確認のやり直しが要る）。 / "
        "Take the second step away; wants a new proof of who it is."
    )
    async def remove_second_step(self, info: Info) -> RemoveSecondStepResult:
        """Remove."""

        async def work(unit: Unit, reach: Reach) -> SecondStepRemoved:
            await codes.remove(unit, reach)
            return SecondStepRemoved(removed=True)

        return await perform(info, work)
