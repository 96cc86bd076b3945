"""Signing in, and proving again, by a passkey: no address is typed, and both steps are one.

A passkey verifies its owner by a PIN, a finger or a face, and signs for this site alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from webauthn.helpers.structs import AuthenticationCredential

from renkei.acting import Actor
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.identity import ceremonies, challenges, letters, passkeys, sessions
from renkei.identity.ceremonies import Given, RelyingParty, Signed
from renkei.identity.letters import LetterKind
from renkei.identity.rules import Ceremony, How
from renkei.identity.secrets import ONE_TIME_PREFIX, hash_secret, new_secret
from renkei.identity.sessions import Origin
from renkei.identity.sign_ins import Opened, Units
from renkei.identity.tables import Account, Passkey, SignIn
from renkei.identity.throttle import Try, begin_try, succeeded
from renkei.ledger.unit import Unit


@dataclass(frozen=True)
class Asked:
    """What a passkey is asked: options for the browser as JSON, and its secret to come back."""

    options: str
    secret: str


@dataclass(frozen=True)
class _Believed:
    """A passkey signed what it was asked; whether its counter moved on is not looked at yet."""

    passkey: Any
    signed: Signed
    tried: Try


class PasskeySignIns:
    """Who a passkey belongs to.

    One answer, None or False, for a passkey that is unknown, of a disabled account, or did not
    verify its owner; for another site's page; for a challenge that was used, is too old, or was
    another browser's; and after many tries.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        units: Units,
        party: RelyingParty | None,
        *,
        session_hours: int,
    ) -> None:
        self.party = party
        self._database = database
        self._clock = clock
        self._units = units
        self._life = timedelta(hours=session_hours)

    async def ask(self, secret: str | None, origin: Origin) -> Asked | None:
        """What any passkey of this site is asked. `secret` is the browser's from before, if any:
        several tabs share it. None where there are no passkeys, or too many were asked for."""
        if self.party is None:
            return None
        kept = secret or new_secret(ONE_TIME_PREFIX)
        challenge = await self._challenge(Ceremony.SIGN_IN, hash_secret(kept), origin)
        if challenge is None:
            return None
        return Asked(ceremonies.request_options(self.party, challenge), kept)

    async def sign_in(self, secret: str, answer: str, origin: Origin) -> Opened | None:
        """A session for the owner of the passkey that answered."""
        held_by = hash_secret(secret)
        believed = await self._believed(Ceremony.SIGN_IN, held_by, answer, origin)
        # No passkey was named, so that it has to say itself whose it is.
        if believed is None or believed.signed.owner is None:
            return None
        async with self._units() as unit:
            if not await _moved_on(unit, believed):
                return None
            opened = await sessions.open_session(
                unit,
                person_id=believed.passkey.person_id,
                how=How.PASSKEY,
                origin=origin,
                life=self._life,
            )
        return Opened(opened)

    async def ask_again(self, secret: str, origin: Origin) -> str | None:
        """What the passkeys of this session's owner are asked, as JSON; None without a session,
        without a passkey, or where too many were asked for."""
        held = await self._session(secret)
        if held is None or self.party is None:
            return None
        async with self._database.reading() as connection:
            known = await passkeys.known_of(connection, held.person_id)
        if not known:
            return None
        challenge = await self._challenge(Ceremony.PROOF, f"session:{held.id}", origin)
        if challenge is None:
            return None
        return ceremonies.request_options(self.party, challenge, known=known)

    async def prove_again(self, secret: str, answer: str, origin: Origin) -> bool:
        """Whether the session's owner has proved who they are. It is as good as new for a while."""
        held = await self._session(secret)
        if held is None:
            return False
        believed = await self._believed(
            Ceremony.PROOF, f"session:{held.id}", answer, origin, of=held.person_id
        )
        if believed is None:
            return False
        async with self._units() as unit:
            if not await _moved_on(unit, believed):
                return False
            await unit.session.execute(
                update(SignIn).where(col(SignIn.id) == held.id).values(proved_at=unit.at)
            )
            await unit.record("session.proved", held.id, actor=Actor(held.person_id))
        return True

    async def _session(self, secret: str) -> Any | None:
        query = select(col(SignIn.id), col(SignIn.person_id)).where(
            sessions.session_holds(hash_secret(secret), self._clock.now())
        )
        async with self._database.reading() as connection:
            return (await connection.execute(query)).one_or_none()

    async def _challenge(self, ceremony: Ceremony, held_by: str, origin: Origin) -> bytes | None:
        async with self._database.writing() as session:
            made = await challenges.make(
                session,
                ceremony,
                held_by=held_by,
                at=self._clock.now(),
                address=origin.address,
            )
            await session.commit()
        return made

    async def _believed(
        self,
        ceremony: Ceremony,
        held_by: str,
        answer: str,
        origin: Origin,
        *,
        of: UUID | None = None,
    ) -> _Believed | None:
        """The passkey that signed this challenge; None for whatever is not right with it.

        The try counts and the challenge is used up before anything is checked.
        """
        given = ceremonies.read_assertion(answer)
        at = self._clock.now()
        async with self._database.writing() as session:
            row = None if given is None else await _passkey(session, given.credential_id)
            tried = await begin_try(session, _subjects(given, row, origin), at)
            taken = given is not None and await challenges.take(
                session, ceremony, given.challenge, held_by=held_by, at=at
            )
            await session.commit()
        if given is None or row is None or self.party is None or tried is None or not taken:
            return None
        if of is not None and row.person_id != of:
            return None
        signed = ceremonies.signed(self.party, given, public_key=row.public_key)
        if signed is None or signed.synced != row.synced:
            return None
        if signed.owner is not None and signed.owner != row.person_id.bytes:
            return None
        return _Believed(row, signed, tried)


async def _passkey(session: AsyncSession, credential_id: str) -> Any | None:
    """The passkey with this id, where its owner's account works."""
    query = (
        select(
            col(Passkey.id), col(Passkey.person_id), col(Passkey.public_key), col(Passkey.synced)
        )
        .join(Account, col(Account.person_id) == col(Passkey.person_id))
        .where(col(Passkey.credential_id) == credential_id, col(Account.disabled_at).is_(None))
    )
    return (await session.execute(query)).one_or_none()


def _subjects(
    given: Given[AuthenticationCredential] | None, row: Any | None, origin: Origin
) -> list[str]:
    """Whom a try is counted for: the account, as codes are, and the address."""
    address = f"ip:{origin.address}"
    if given is None:
        return [address]
    whose = f"account:{row.person_id}" if row else f"passkey:{hash_secret(given.credential_id)}"
    return [whose, address]


async def _moved_on(unit: Unit, believed: _Believed) -> bool:
    """Note that the passkey was used, and forget its owner's failures.

    Where it counts how often it signs, and the count has not grown since it was last told, somebody
    may sign with a copy (WebAuthn Level 3, 6.1.1): that is refused, recorded, and told by mail.
    """
    told, counted = believed.signed.sign_count, col(Passkey.sign_count)
    used = await unit.session.execute(
        update(Passkey)
        .where(
            col(Passkey.id) == believed.passkey.id,
            counted < told if told else counted == 0,
        )
        .values(sign_count=told, last_used_at=unit.at)
        .returning(col(Passkey.id))
    )
    if used.first() is not None:
        await succeeded(unit.session, believed.tried)
        return True
    if await unit.session.get(Passkey, believed.passkey.id) is not None:
        person_id = believed.passkey.person_id
        await unit.record("passkey.copied", believed.passkey.id, actor=Actor(person_id))
        await letters.write_to(unit, LetterKind.PASSKEY_COPIED, person_id)
    return False
