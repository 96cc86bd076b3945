"""How the viewer signs in: their open sessions and the second step. Seen by themselves alone."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncConnection

from renkei.identity import codes, sessions
from renkei.identity.rules import How
from renkei_schema.context import Context
from renkei_schema.enums import valued
from renkei_schema.ids import write_id

SESSION = "SignInSession"


@strawberry.enum(description="サインインの方法。 / By what a session was opened.")
class SignInMethod(Enum):
    """Ways to sign in."""

    PASSWORD = valued(How.PASSWORD.value, description="パスワード。 / A password.")
    PASSWORD_AND_CODE = valued(
        How.PASSWORD_AND_CODE.value,
        description="パスワードと認証番号。 / A password and a second step.",
    )
    PASSKEY = valued(How.PASSKEY.value, description="パスキー。 / A passkey.")
    DEMO = valued(How.DEMO.value, description="デモの役割。 / A role of the demo.")


@strawberry.type(
    name=SESSION, description="開いているセッション。 / An open session of the viewer's."
)
class SignInSession:
    """An open session, without anything secret."""

    id: strawberry.ID = strawberry.field(description="ID。 / Its id.")
    method: SignInMethod = strawberry.field(description="サインインの方法。 / How it was opened.")
    agent: str = strawberry.field(
        description="使ったプログラムが名乗った名前。 / What the program called itself."
    )
    address: str = strawberry.field(description="接続元のアドレス。 / The address it came from.")
    current: bool = strawberry.field(
        description="いまのこのセッションかどうか。 / Whether this request came by it."
    )
    created_at: datetime = strawberry.field(description="始めた時刻。 / When it was opened.")
    seen_at: datetime = strawberry.field(
        description="最後に使われた時刻（5分の幅）。 / When it was last used, within 5 minutes."
    )
    expires_at: datetime = strawberry.field(description="期限。 / When it expires.")


@strawberry.type(
    description="サインインの2段階目（認証アプリの番号）。 / The second step of signing in."
)
class SecondStep:
    """Whether one is asked for, and what is left in need."""

    asked_for: bool = strawberry.field(
        description="サインインのときに求めるか。 / Whether a sign-in asks for it."
    )
    backup_codes_left: int = strawberry.field(
        description="使っていない予備の番号の数。 / How many backup codes are unused."
    )


async def own_sessions(context: Context, viewers: list[Any]) -> list[list[SignInSession]]:
    """The open sessions of the one who asks; none for an access token."""
    if context.viewer.scopes is not None:
        return [[] for _ in viewers]
    async with context.app.database.reading() as connection:
        return [await sessions_in(context, connection, viewer.person_id) for viewer in viewers]


async def sessions_in(
    context: Context, connection: AsyncConnection, person_id: UUID
) -> list[SignInSession]:
    """A person's open sessions; whoever may see them was decided before."""
    rows = await sessions.sessions_of(connection, person_id, at=context.app.clock.now())
    return [
        SignInSession(
            id=write_id(SESSION, row.id),
            method=SignInMethod(row.how),
            agent=row.agent,
            address=row.address,
            current=row.id == context.viewer.request.session_id,
            created_at=row.created_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]


async def own_second_step(context: Context, viewers: list[Any]) -> list[SecondStep]:
    """How the one who asks signs in."""
    found = []
    for viewer in viewers:
        async with context.app.database.reading() as connection:
            found.append(
                SecondStep(
                    asked_for=await codes.is_asked_for(connection, viewer.person_id),
                    backup_codes_left=await codes.backup_codes_left(connection, viewer.person_id),
                )
            )
    return found
