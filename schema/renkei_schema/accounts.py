"""Accounts of others, for administrators: how they sign in, and how that is ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.directory import accounts, tables
from renkei.identity import codes, passkeys
from renkei.ledger.unit import Unit
from renkei_schema.context import Context, Info
from renkei_schema.declare import loaded, rooted
from renkei_schema.directory_types import Person
from renkei_schema.ids import wanted_key
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound, WrongState
from renkei_schema.scalars import KEY
from renkei_schema.sign_in_types import SignInSession, sessions_in

PERSON = "人。 / The person."


@strawberry.type(
    description="ある人のアカウント。管理者だけが見られる。 / "
    "A person's account, for administrators alone."
)
class PersonAccount:
    """How a person signs in, without anything secret."""

    person_id: strawberry.Private[UUID]
    person: Person | None = loaded(tables.Person, "person_id", PERSON)
    email: str = strawberry.field(description="メールアドレス。 / The address.")
    disabled_at: datetime | None = strawberry.field(
        description="止めた時刻。nullなら使える。 / When it was disabled; null: it works."
    )
    second_step_asked_for: bool = strawberry.field(
        description="2段階認証を求めるか。 / Whether a second step is asked for."
    )
    passkeys: int = strawberry.field(
        description="登録されているパスキーの数。 / How many passkeys they have."
    )
    sessions: list[SignInSession] = strawberry.field(
        description="開いているセッション。 / Open sessions, the one used last first."
    )


async def _account(
    context: Context,
    person_id: Annotated[strawberry.ID, strawberry.argument(description=PERSON)],
) -> PersonAccount | None:
    """The account, where the viewer is an administrator."""
    key = wanted_key(person_id, "Person")
    async with context.app.database.reading() as connection:
        row = await accounts.account_of_person(connection, context.viewer, key)
        if row is None:
            return None
        return PersonAccount(
            person_id=row.person_id,
            email=row.email,
            disabled_at=row.disabled_at,
            second_step_asked_for=await codes.is_asked_for(connection, key),
            passkeys=await passkeys.count_of(connection, key),
            sessions=await sessions_in(context, connection, key),
        )


@strawberry.type
class AccountQuery:
    """Accounts of others."""

    person_account: PersonAccount | None = rooted(
        "ある人のアカウント。管理者のほかにはnull。 / A person's account; null but for "
        "administrators.",
        _account,
    )


@strawberry.input(description="どの人のアカウントか。 / Whose account.")
class PersonAccountInput:
    """Whose account."""

    person_id: strawberry.ID = strawberry.field(description=PERSON)
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@payload
@strawberry.type(description="変えた。ただちに効く。 / Changed, at once.")
class PersonAccountChanged:
    """Success."""

    person_id: strawberry.Private[UUID]
    person: Person | None = loaded(tables.Person, "person_id", PERSON)


EndSessionsOfResult = Annotated[
    PersonAccountChanged | InvalidInput | NotAllowed | NotFound,
    strawberry.union("EndSessionsOfResult", description="endSessionsOfの答え。 / Its answer."),
]
ResetSecondStepResult = Annotated[
    PersonAccountChanged | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("ResetSecondStepResult", description="resetSecondStepの答え。 / Its answer."),
]
RemovePasskeysOfResult = Annotated[
    PersonAccountChanged | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union(
        "RemovePasskeysOfResult", description="removePasskeysOfの答え。 / Its answer."
    ),
]
DisableAccountResult = Annotated[
    PersonAccountChanged | InvalidInput | NotAllowed | NotFound,
    strawberry.union("DisableAccountResult", description="disableAccountの答え。 / Its answer."),
]


@strawberry.type
class AccountMutation:
    """What administrators do to accounts; each wants a new proof of who they are."""

    @strawberry.mutation(
        description="ある人のセッションをすべて終わらせる。 / End all of a person's sessions."
    )
    async def end_sessions_of(
        self, info: Info, input: Sent[PersonAccountInput]
    ) -> EndSessionsOfResult:
        """End them."""

        async def work(unit: Unit, reach: Reach) -> PersonAccountChanged:
            key = wanted_key(input.person_id, "Person")
            await accounts.end_sessions_of(unit, reach, person_id=key)
            return PersonAccountChanged(person_id=key)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="端末と予備の番号をなくした人の2段階認証を解除する。 / "
        "Take the second step from whoever has lost device and backup codes."
    )
    async def reset_second_step(
        self, info: Info, input: Sent[PersonAccountInput]
    ) -> ResetSecondStepResult:
        """Reset it."""

        async def work(unit: Unit, reach: Reach) -> PersonAccountChanged:
            key = wanted_key(input.person_id, "Person")
            await accounts.reset_second_step(unit, reach, person_id=key)
            return PersonAccountChanged(person_id=key)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="端末をなくした人のパスキーをすべて外す。 / "
        "Take all passkeys from whoever has lost their device."
    )
    async def remove_passkeys_of(
        self, info: Info, input: Sent[PersonAccountInput]
    ) -> RemovePasskeysOfResult:
        """Remove them."""

        async def work(unit: Unit, reach: Reach) -> PersonAccountChanged:
            key = wanted_key(input.person_id, "Person")
            await accounts.remove_passkeys_of(unit, reach, person_id=key)
            return PersonAccountChanged(person_id=key)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="アカウントを止める。セッションもトークンも終わる。 / "
        "Disable an account; sessions and tokens end."
    )
    async def disable_account(
        self, info: Info, input: Sent[PersonAccountInput]
    ) -> DisableAccountResult:
        """Disable it."""

        async def work(unit: Unit, reach: Reach) -> PersonAccountChanged:
            key = wanted_key(input.person_id, "Person")
            await accounts.disable_account(unit, reach, person_id=key)
            return PersonAccountChanged(person_id=key)

        return await perform(info, work, key=input.idempotency_key, sent=input)
