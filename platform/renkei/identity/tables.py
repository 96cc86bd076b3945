"""Rows of sign-in: accounts, sessions, second steps, passkeys, secrets, tokens. All internal.

Of secrets that are random, only the hash is kept; what must be computed with is encrypted.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from renkei.database.columns import JsonColumn, json_field, key, ref


class Account(SQLModel, table=True):
    """How a person signs in. Read by sign-in alone, never through the API."""

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    email: str = Field(unique=True)
    password_hash: str
    password_set_at: datetime | None = None
    disabled_at: datetime | None = None


class SignIn(SQLModel, table=True):
    """A session on the server; the browser holds a token of which only the hash is kept."""

    __tablename__ = "sign_in"

    id: UUID = key()
    token_hash: str = Field(unique=True)
    person_id: UUID = ref("person.id")
    # By what it was opened, `rules.How`.
    how: str
    # The program and the address that it was opened from, as they told.
    agent: str = ""
    address: str = ""
    created_at: datetime
    seen_at: datetime
    # When its owner last proved who they are.
    proved_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class KnownDevice(SQLModel, table=True):
    """A browser or program that a person has signed in with: it keeps a token, we its hash."""

    __tablename__ = "known_device"
    __table_args__ = (Index("ix_known_device_of", "person_id", "token_hash"),)

    id: UUID = key()
    # The index of both begins with it.
    person_id: UUID = ref("person.id", index=False)
    token_hash: str
    seen_at: datetime


class Authenticator(SQLModel, table=True):
    """The second step of a person's sign-in: a shared key for one-time codes (TOTP, RFC 6238)."""

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    # Encrypted: it is computed with, so that a hash would not do.
    sealed_key: str
    created_at: datetime
    # None: not yet shown to work, and so not asked for.
    confirmed_at: datetime | None = None
    # The half-minute of the last code that was taken: none is taken twice.
    last_step: int = 0


class Passkey(SQLModel, table=True):
    """A passkey (W3C WebAuthn): its public key, and what was told of it. The private key is with
    its owner's device or password manager."""

    id: UUID = key()
    person_id: UUID = ref("person.id")
    # What the device calls it, base64url.
    credential_id: str = Field(unique=True)
    # A COSE key, base64url.
    public_key: str
    name: str
    # How often it signed, as it told last; 0: it does not count.
    sign_count: int = Field(sa_type=BigInteger)
    # How its device can be reached, as words for the browser ("internal", "usb", "hybrid").
    transports: list[str] = json_field(list)
    # Whether it may stand on several devices (backup eligible), or on one alone.
    synced: bool
    created_at: datetime
    last_used_at: datetime | None = None


class PasskeyChallenge(SQLModel, table=True):
    """What a passkey is to sign: good once, soon, and from the browser that asked alone."""

    __tablename__ = "passkey_challenge"
    __table_args__ = (Index("ix_passkey_challenge_from", "address", "expires_at"),)

    id: UUID = key()
    # 256 random bits, base64url; the browser's page sees it.
    challenge: str = Field(unique=True)
    ceremony: str
    # The hash of the asking browser's cookie, or the session that asked.
    held_by: str
    address: str
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None


class BackupCode(SQLModel, table=True):
    """A code that stands in for the second step once, for whoever has lost it."""

    __tablename__ = "backup_code"

    id: UUID = key()
    person_id: UUID = ref("person.id")
    code_hash: str
    used_at: datetime | None = None


class OneTimeSecret(SQLModel, table=True):
    """A secret that is good for one act until it expires: the second step, or a recovery."""

    __tablename__ = "one_time_secret"
    __table_args__ = (Index("ix_one_time_secret_of", "person_id", "purpose", "created_at"),)

    id: UUID = key()
    purpose: str
    token_hash: str = Field(unique=True)
    person_id: UUID = Field(foreign_key="person.id")
    # The new address, where it is one that is confirmed.
    email: str = ""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class AccountLetter(SQLModel, table=True):
    """A mail about an account: how to recover it, what was done to it, or to an address to come.

    Whether the address has an account is looked up when it is sent: whoever asks learns nothing.
    """

    __tablename__ = "account_letter"

    id: UUID = key()
    kind: str
    email: str
    # Whose account is to have the address, where it is one to come.
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    created_at: datetime


class AccessToken(SQLModel, table=True):
    """A personal access token: hashed, scoped, expiring. `prefix` is what its owner recognises."""

    __tablename__ = "access_token"

    id: UUID = key()
    prefix: str
    token_hash: str = Field(unique=True)
    person_id: UUID = ref("person.id")
    name: str
    scopes: list[str] | None = Field(default=None, sa_type=JsonColumn)
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class SignInAttempt(SQLModel, table=True):
    """A failed sign-in, for throttling per account and per address, across restarts."""

    __tablename__ = "sign_in_attempt"

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(index=True)
    at: datetime
