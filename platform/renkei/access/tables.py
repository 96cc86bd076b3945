"""Rows of the policy and of sign-in; and the columns that every readable record holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from renkei.database.columns import JsonColumn, json_field, key, ref

AUDIENCE = "audience"
GATE = "gate"
# Deny tokens stand beside the groups of their clause, in a group of their own.
DENY_GROUP = -1


class Clause(SQLModel, table=True):
    """An interned, immutable clause. A change points the record at another row."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    digest: str = Field(unique=True)
    group_count: int


class ClauseToken(SQLModel, table=True):
    """One token of a clause."""

    __tablename__ = "clause_token"
    __table_args__ = (Index("ix_clause_token_name", "name", "group_no", "clause_id"),)

    id: int | None = Field(default=None, primary_key=True)
    clause_id: int = ref("clause.id")
    group_no: int
    name: str
    start: datetime | None = None
    until: datetime | None = None


class Policed(SQLModel):
    """Columns of a readable record: visible only where both clauses are met.

    There is no default: a record without clauses is refused by the database itself.
    """

    audience_id: int = Field(foreign_key="clause.id", index=True, nullable=False)
    gate_id: int = Field(foreign_key="clause.id", nullable=False)


class Marked(Policed):
    """A readable record that carries a marking, set by its use case in so many words (R7.6)."""

    tlp: str
    grade: int
    restrictions: str = ""


class Account(SQLModel, table=True):
    """How a person signs in. Read by sign-in alone, never through the API."""

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    email: str = Field(unique=True)
    password_hash: str
    disabled_at: datetime | None = None


class SignIn(SQLModel, table=True):
    """A session on the server; the browser holds a token of which only the hash is kept."""

    __tablename__ = "sign_in"

    id: UUID = key()
    token_hash: str = Field(unique=True)
    person_id: UUID = ref("person.id")
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


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


class Idempotency(SQLModel, table=True):
    """What a mutation sent with an idempotency key answered: the same key, the same answer."""

    __table_args__ = (UniqueConstraint("person_id", "idempotency_key"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: UUID = ref("person.id")
    idempotency_key: str
    request_hash: str
    answer: dict[str, Any] = json_field()
    at: datetime
