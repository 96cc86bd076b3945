"""Signing in: a password, a second step where one is set up, and proving both again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from renkei.acting import Actor
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.identity import codes, letters, one_time, passwords, rules, sessions
from renkei.identity.letters import LetterKind
from renkei.identity.rules import How, Purpose
from renkei.identity.secrets import Vault, hash_secret, password_matches
from renkei.identity.sessions import Origin
from renkei.identity.tables import Account, SignIn
from renkei.identity.throttle import Try, begin_try, succeeded
from renkei.ledger.unit import Unit
from renkei.problems import NotFound
from renkei.text import normalise

DEMO_DOMAIN = "demo.renkei.example"
Units = Callable[[], AbstractAsyncContextManager[Unit]]


@dataclass(frozen=True)
class Opened:
    """Signed in: the session's secret."""

    secret: str


@dataclass(frozen=True)
class CodeWanted:
    """The password was right; this secret is to come back with the second step's code."""

    secret: str


class SignIns:
    """Who a secret belongs to. Answers with person ids; viewers are assembled elsewhere.

    Every answer and its time are the same for an unknown address and a wrong password.
    """

    def __init__(
        self, database: Database, clock: Clock, units: Units, vault: Vault, *, session_hours: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._units = units
        self._vault = vault
        self._life = timedelta(hours=session_hours)

    async def sign_in(
        self, email: str, password: str, origin: Origin
    ) -> Opened | CodeWanted | None:
        """A session, or the wish for a code; None where the two don't match or after many tries."""
        address = normalise(email).lower()
        if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in address + password):
            return None
        tried, account = await self._try(col(Account.email) == address, address, origin)
        if tried is None:
            return None
        matches = await password_matches(password, account.password_hash if account else None)
        async with self._units() as unit:
            if account is None or not matches:
                return None
            await succeeded(unit.session, tried)
            if await codes.is_asked_for(unit.session, account.person_id):
                return CodeWanted(
                    one_time.make(
                        unit.session,
                        Purpose.SECOND_STEP,
                        account.person_id,
                        at=unit.at,
                        life=rules.SECOND_STEP_WITHIN,
                    )
                )
            return Opened(await self._open(unit, account.person_id, How.PASSWORD, origin))

    async def second_step(self, secret: str, code: str, origin: Origin) -> Opened | None:
        """A session for the code that was wished for; None for a wrong one, or too late."""
        at = self._clock.now()
        async with self._database.reading() as connection:
            row = await one_time.find(connection, Purpose.SECOND_STEP, secret, at=at)
        if row is None:
            return None
        person_id = row.person_id
        if not await self._code_is_right(person_id, code, origin):
            return None
        async with self._units() as unit:
            if not await one_time.use(unit.session, row.id, at=unit.at):
                return None
            return Opened(await self._open(unit, person_id, How.PASSWORD_AND_CODE, origin))

    async def prove_again(self, secret: str, proof: str, origin: Origin) -> bool:
        """Whether the session's owner has proved who they are: by a code where there is a second
        step, else by the password. The session is as good as new for a while."""
        at = self._clock.now()
        async with self._database.reading() as connection:
            query = select(col(SignIn.id), col(SignIn.person_id)).where(
                sessions.session_holds(hash_secret(secret), at)
            )
            found = (await connection.execute(query)).one_or_none()
            if found is None:
                return False
            by_code = await codes.is_asked_for(connection, found.person_id)
        proved = await (self._code_is_right if by_code else self._password_is_right)(
            found.person_id, proof, origin
        )
        if not proved:
            return False
        async with self._units() as unit:
            await unit.session.execute(
                update(SignIn).where(col(SignIn.id) == found.id).values(proved_at=unit.at)
            )
            await unit.record("session.proved", found.id, actor=Actor(found.person_id))
        return True

    async def ask_recovery(self, email: str, origin: Origin) -> None:
        """Send the way to a new password to this address, if it has an account.

        Nothing tells whether it has: the same is written for every address.
        """
        address = normalise(email).lower()
        if not rules.is_address(address):
            return
        async with self._units() as unit:
            subjects = [f"recovery:{address}", f"recovery-ip:{origin.address}"]
            if await begin_try(unit.session, subjects, unit.at) is not None:
                await letters.write(unit, LetterKind.RECOVERY, address)

    async def recover(self, secret: str, password: str) -> None:
        """Set the password of whoever holds a mail's secret. Refusals are `set_recovered`'s."""
        hashed = await passwords.hashed_in_time(password)
        async with self._units() as unit:
            await passwords.set_recovered(unit, secret=secret, password=password, hashed=hashed)

    async def demo(self, role: str, origin: Origin) -> str:
        """A session of the demo account of this role. Offered by the demo alone."""
        async with self._units() as unit:
            query = select(col(Account.person_id)).where(
                col(Account.email) == f"{role}@{DEMO_DOMAIN}", col(Account.disabled_at).is_(None)
            )
            person_id = (await unit.session.execute(query)).scalar()
            if person_id is None:
                raise NotFound
            return await self._open(unit, person_id, How.DEMO, origin)

    async def sign_out(self, secret: str) -> None:
        """End the session of this secret, at once and everywhere."""
        async with self._units() as unit:
            ended = await unit.session.execute(
                update(SignIn)
                .where(
                    col(SignIn.token_hash) == hash_secret(secret), col(SignIn.ended_at).is_(None)
                )
                .values(ended_at=unit.at)
                .returning(col(SignIn.id), col(SignIn.person_id))
            )
            for session_id, person_id in ended.all():
                await unit.record("session.ended", session_id, actor=Actor(person_id))

    async def _open(self, unit: Unit, person_id: UUID, how: How, origin: Origin) -> str:
        return await sessions.open_session(
            unit, person_id=person_id, how=how, origin=origin, life=self._life
        )

    async def _try(
        self, which: ColumnElement[bool], subject: str, origin: Origin
    ) -> tuple[Try | None, Account | None]:
        """A try of one account from one address, and the account where it works."""
        subjects = [f"account:{subject}", f"ip:{origin.address}"]
        async with self._database.writing() as session:
            tried = await begin_try(session, subjects, self._clock.now())
            query = select(Account).where(which, col(Account.disabled_at).is_(None))
            account = (await session.execute(query)).scalar()
            await session.commit()
        return tried, account

    async def _code_is_right(self, person_id: UUID, code: str, origin: Origin) -> bool:
        tried, account = await self._try(
            col(Account.person_id) == person_id, str(person_id), origin
        )
        if tried is None or account is None:
            return False
        async with self._units() as unit:
            right = await codes.is_right(
                unit.session, person_id, code, vault=self._vault, at=unit.at
            )
            if right:
                await succeeded(unit.session, tried)
        return right

    async def _password_is_right(self, person_id: UUID, password: str, origin: Origin) -> bool:
        tried, account = await self._try(
            col(Account.person_id) == person_id, str(person_id), origin
        )
        if tried is None or account is None:
            return False
        if not await password_matches(password, account.password_hash):
            return False
        async with self._units() as unit:
            await succeeded(unit.session, tried)
        return True


async def email_of(connection: AsyncConnection, person_id: UUID) -> str:
    """The address that a signed-in person signs in with."""
    query = select(col(Account.email)).where(col(Account.person_id) == person_id)
    return (await connection.execute(query)).scalar_one()
