"""The viewer's passkeys: listed, added, named anew and removed. Seen by themselves alone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from renkei.access.policy.reach import Reach
from renkei.identity import passkeys
from renkei.ledger.unit import Unit
from renkei_schema.context import Context, Info
from renkei_schema.ids import wanted_key, write_id
from renkei_schema.perform import Sent, perform
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound, WrongState

PASSKEY = "Passkey"
WHICH = "パスキー。 / The passkey."
NAME = "名前。どの端末のものか（100文字まで）。 / Its name, of at most 100 characters."


@strawberry.type(
    name=PASSKEY, description="パスキー（鍵そのものは示さない）。 / A passkey, without its key."
)
class PasskeyType:
    """A passkey of the viewer's."""

    id: strawberry.ID = strawberry.field(description="ID。 / Its id.")
    name: str = strawberry.field(description="名前。 / Its name.")
    synced: bool = strawberry.field(
        description="複数の端末で同期できるか。falseなら一つの端末だけにある。 / Whether it may be "
        "synced between devices; false: it is bound to one."
    )
    created_at: datetime = strawberry.field(description="登録の時刻。 / When it was added.")
    last_used_at: datetime | None = strawberry.field(
        description="最後に使われた時刻。 / When it was last used."
    )


async def own_passkeys(context: Context, viewers: list[Any]) -> list[list[PasskeyType]]:
    """The passkeys of the one who asks; none for an access token."""
    if context.viewer.scopes is not None:
        return [[] for _ in viewers]
    async with context.app.database.reading() as connection:
        return [
            [_passkey(row) for row in await passkeys.passkeys_of(connection, viewer.person_id)]
            for viewer in viewers
        ]


@strawberry.type(
    description="ブラウザーがパスキーをつくるための値。5分のあいだ、一つに使える。 / "
    "What a browser makes a passkey with; good for one, within five minutes."
)
class PasskeyBegun:
    """Success. Nothing changes until `addPasskey`."""

    options: str = strawberry.field(
        description="navigator.credentials.create()に渡す値（JSON、バイト列はbase64url）。 / "
        "For navigator.credentials.create(): JSON, bytes as base64url."
    )


@strawberry.input(description="つくったパスキーを登録する。 / Adds the passkey that was made.")
class AddPasskeyInput:
    """The browser's answer."""

    name: str = strawberry.field(description=NAME)
    credential: str = strawberry.field(
        description="ブラウザーの答え（JSON、RegistrationResponseJSON）。 / "
        "The browser's answer: JSON, a RegistrationResponseJSON."
    )


@strawberry.type(
    description="登録した。本人にメールで知らせる。 / Added; its owner is told by mail."
)
class PasskeyAdded:
    """Success."""

    passkey: PasskeyType = strawberry.field(description=WHICH)


@strawberry.input(description="パスキーの名前を変える。 / Names a passkey anew.")
class RenamePasskeyInput:
    """The new name."""

    passkey_id: strawberry.ID = strawberry.field(description=WHICH)
    name: str = strawberry.field(description=NAME)


@strawberry.type(description="名前を変えた。 / Named anew.")
class PasskeyRenamed:
    """Success."""

    passkey: PasskeyType = strawberry.field(description=WHICH)


@strawberry.input(description="パスキーを外す。 / Removes a passkey.")
class RemovePasskeyInput:
    """Which passkey."""

    passkey_id: strawberry.ID = strawberry.field(description=WHICH)


@strawberry.type(
    description="外した。もう使えない。本人にメールで知らせる。 / "
    "Removed, at once; its owner is told by mail."
)
class PasskeyRemoved:
    """Success."""

    passkey_id: strawberry.ID = strawberry.field(description=WHICH)


BeginPasskeyResult = Annotated[
    PasskeyBegun | InvalidInput | NotAllowed | WrongState,
    strawberry.union("BeginPasskeyResult", description="beginPasskeyの答え。 / Its answer."),
]
AddPasskeyResult = Annotated[
    PasskeyAdded | InvalidInput | NotAllowed,
    strawberry.union("AddPasskeyResult", description="addPasskeyの答え。 / Its answer."),
]
RenamePasskeyResult = Annotated[
    PasskeyRenamed | InvalidInput | NotAllowed | NotFound,
    strawberry.union("RenamePasskeyResult", description="renamePasskeyの答え。 / Its answer."),
]
RemovePasskeyResult = Annotated[
    PasskeyRemoved | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("RemovePasskeyResult", description="removePasskeyの答え。 / Its answer."),
]


@strawberry.type
class PasskeyMutation:
    """One's own passkeys. What opens a door wants a new proof of who it is."""

    @strawberry.mutation(
        description="パスキーの登録を始める（本人確認のやり直しが要る）。 / "
        "Begin to add a passkey; wants a new proof of who it is."
    )
    async def begin_passkey(self, info: Info) -> BeginPasskeyResult:
        """Begin."""

        async def work(unit: Unit, reach: Reach) -> PasskeyBegun:
            party = info.context.app.passkeys.party
            return PasskeyBegun(options=await passkeys.begin(unit, reach, party=party))

        return await perform(info, work)

    @strawberry.mutation(
        description="つくったパスキーを登録する（本人確認のやり直しが要る）。 / "
        "Add the passkey that was made; wants a new proof of who it is."
    )
    async def add_passkey(self, info: Info, input: Sent[AddPasskeyInput]) -> AddPasskeyResult:
        """Add it."""

        async def work(unit: Unit, reach: Reach) -> PasskeyAdded:
            party = info.context.app.passkeys.party
            row = await passkeys.add(
                unit, reach, party=party, name=input.name, credential=input.credential
            )
            return PasskeyAdded(passkey=_passkey(row))

        return await perform(info, work)

    @strawberry.mutation(description="パスキーの名前を変える。 / Name a passkey anew.")
    async def rename_passkey(
        self, info: Info, input: Sent[RenamePasskeyInput]
    ) -> RenamePasskeyResult:
        """Rename it."""

        async def work(unit: Unit, reach: Reach) -> PasskeyRenamed:
            key = wanted_key(input.passkey_id, PASSKEY)
            row = await passkeys.rename(unit, reach, passkey_id=key, name=input.name)
            return PasskeyRenamed(passkey=_passkey(row))

        return await perform(info, work)

    @strawberry.mutation(
        description="パスキーを外す（本人確認のやり直しが要る）。 / "
        "Remove a passkey; wants a new proof of who it is."
    )
    async def remove_passkey(
        self, info: Info, input: Sent[RemovePasskeyInput]
    ) -> RemovePasskeyResult:
        """Remove it."""

        async def work(unit: Unit, reach: Reach) -> PasskeyRemoved:
            key = wanted_key(input.passkey_id, PASSKEY)
            await passkeys.remove(unit, reach, passkey_id=key)
            return PasskeyRemoved(passkey_id=input.passkey_id)

        return await perform(info, work)


def _passkey(row: Any) -> PasskeyType:
    return PasskeyType(
        id=write_id(PASSKEY, row.id),
        name=row.name,
        synced=row.synced,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
