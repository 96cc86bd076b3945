"""Signing in: passwords, sessions, access tokens. Only hashes of secrets are kept."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlmodel import col

from renkei.access.tables import AccessToken, Account, SignIn, SignInAttempt
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.text import normalise

SESSION_PREFIX = "rks_"
TOKEN_PREFIX = "rkp_"  # noqa: S105 - a visible prefix, so that leaked tokens can be found
ATTEMPTS_MAX = 10
ATTEMPTS_WINDOW = timedelta(minutes=15)
# A hash costs about half a second of a core: more at once would starve everybody else.
HASHES_AT_ONCE = 2

# How often the use of one token is noted at most.
USED_AGAIN = timedelta(minutes=5)

_hasher = PasswordHash((Argon2Hasher(),))
_turn = asyncio.Semaphore(HASHES_AT_ONCE)
# Checked where there is no such account, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_urlsafe())


def hash_secret(secret: str) -> str:
    """What is kept of a session's or access token's secret: it is random, so SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


async def hash_password(password: str) -> str:
    """The argon2id hash of a password, computed in a thread."""
    async with _turn:
        return await asyncio.to_thread(_hasher.hash, password)


def session_holds(hashed: Any, at: Any) -> ColumnElement[bool]:
    """The session of this secret's hash is open at this instant."""
    return and_(
        col(SignIn.token_hash) == hashed,
        col(SignIn.ended_at).is_(None),
        col(SignIn.expires_at) > at,
    )


def token_holds(hashed: Any, at: Any) -> ColumnElement[bool]:
    """The access token of this secret's hash is in force at this instant."""
    return and_(
        col(AccessToken.token_hash) == hashed,
        col(AccessToken.revoked_at).is_(None),
        col(AccessToken.expires_at) > at,
    )


class Credentials:
    """Who a secret belongs to. Answers with person ids; viewers are assembled elsewhere."""

    def __init__(self, database: Database, clock: Clock, *, session_hours: int) -> None:
        self._database = database
        self._clock = clock
        self._session_life = timedelta(hours=session_hours)

    async def sign_in(self, email: str, password: str, *, ip: str) -> str | None:
        """A new session's token; None where the two don't match, or there were too many tries.

        The answer and its time are the same for an unknown address and a wrong password.
        """
        at = self._clock.now()
        address = normalise(email).lower()
        if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in address + password):
            return None
        subjects = [f"account:{address}", f"ip:{ip}"]
        async with self._database.writing() as session:
            if await self._throttled(session, subjects, at):
                return None
            account = (
                await session.execute(select(Account).where(col(Account.email) == address))
            ).scalar()
            await session.commit()
        known = account is not None and account.disabled_at is None
        stored = account.password_hash if account is not None and known else _NOBODY
        async with _turn:
            matches = await asyncio.to_thread(_hasher.verify, password, stored)
        async with self._database.writing() as session:
            if account is None or not known or not matches:
                session.add_all(SignInAttempt(subject=subject, at=at) for subject in subjects)
                await session.commit()
                return None
            await session.execute(
                delete(SignInAttempt).where(col(SignInAttempt.subject) == subjects[0])
            )
            token = self._open(session, account.person_id, at)
            await session.commit()
            return token

    async def open_session(self, person_id: UUID) -> str:
        """A session without a password: the demo's one-click sign-in."""
        async with self._database.writing() as session:
            token = self._open(session, person_id, self._clock.now())
            await session.commit()
            return token

    def _open(self, session: object, person_id: UUID, at: datetime) -> str:
        token = SESSION_PREFIX + secrets.token_urlsafe(32)
        session.add(  # type: ignore[attr-defined]  # either kind of session has it
            SignIn(
                token_hash=hash_secret(token),
                person_id=person_id,
                created_at=at,
                expires_at=at + self._session_life,
            )
        )
        return token

    async def _throttled(self, session: object, subjects: list[str], at: datetime) -> bool:
        query = (
            select(func.count())
            .where(
                col(SignInAttempt.subject).in_(subjects),
                col(SignInAttempt.at) > at - ATTEMPTS_WINDOW,
            )
            .group_by(col(SignInAttempt.subject))
        )
        counts = (await session.execute(query)).scalars()  # type: ignore[attr-defined]  # as above
        return any(count >= ATTEMPTS_MAX for count in counts)

    async def sign_out(self, token: str) -> None:
        """End the session of this token, at once and everywhere."""
        async with self._database.writing() as session:
            await session.execute(
                update(SignIn)
                .where(col(SignIn.token_hash) == hash_secret(token), col(SignIn.ended_at).is_(None))
                .values(ended_at=self._clock.now())
            )
            await session.commit()

    async def used(self, token_id: UUID, last: datetime | None, at: datetime) -> None:
        """Note that an access token was used, unless it was noted a moment ago."""
        if last is not None and at - last <= USED_AGAIN:
            return
        async with self._database.writing() as session:
            await session.execute(
                update(AccessToken).where(col(AccessToken.id) == token_id).values(last_used_at=at)
            )
            await session.commit()


def new_access_token(
    person_id: UUID, *, name: str, scopes: list[str] | None, at: datetime, days: int
) -> tuple[str, AccessToken]:
    """A new personal access token: the secret, shown once, and the row that is kept."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    return secret, AccessToken(
        prefix=secret[:10],
        token_hash=hash_secret(secret),
        person_id=person_id,
        name=name,
        scopes=scopes,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
