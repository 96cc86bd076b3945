"""Rows of the policy; and the columns that every readable record holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from renkei.database.columns import json_field, key, ref

AUDIENCE = "audience"
GATE = "gate"
# Denied tokens, and those that may share further, stand in groups of their own beside the others.
DENY_GROUP = -1
EXTEND_GROUP = -2


class Clause(SQLModel, table=True):
    """An interned, immutable clause. A change points the record at another row."""

    # Gates are few among many audiences, and each request asks which of them it meets.
    __table_args__ = (
        Index(
            "ix_clause_gates",
            "id",
            postgresql_where=text("kind = 'gate'"),
            sqlite_where=text("kind = 'gate'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    digest: str = Field(unique=True)
    group_count: int


class ClauseToken(SQLModel, table=True):
    """One token of a clause."""

    __tablename__ = "clause_token"
    __table_args__ = (
        Index("ix_clause_token_name", "name", "group_no", "clause_id"),
        Index("ix_clause_token_clause", "clause_id", "group_no", "name"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clause_id: int = Field(foreign_key="clause.id")
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
    """A readable record that carries a marking, set by its use case in so many words (R7.6).

    `releasable_to` (REL TO) are country codes separated by spaces; empty: no such restriction.
    `needs_consent`: its readers have consented to confidentiality.
    """

    tlp: str
    grade: int
    restrictions: str = ""
    releasable_to: str = ""
    needs_consent: bool = False


class Grant(Policed, table=True):
    """Whom a marked record names: its audience is derived from its marking and these.

    Its own audience is the originator: who else is named is told to nobody else.
    """

    __tablename__ = "access_grant"
    __table_args__ = (UniqueConstraint("record_id", "token", "denies"),)

    id: UUID = key()
    record_kind: str
    record_id: UUID = Field(index=True)
    # A token of the policy (`org:…`, `group:…`, `post:…`, `person:…`).
    token: str
    # An exclusion: it wins over every token, compared with all of a reader's affiliations.
    denies: bool = False
    # Whoever holds the token may share the record further.
    may_extend: bool = False
    start: datetime | None = None
    until: datetime | None = None
    granted_by: UUID = ref("person.id")
    granted_at: datetime


class Lowering(Policed, table=True):
    """A lowering of a marking that waits for, or has had, its second person (R7.7).

    Seen by the originator alone, so that a reader learns of it when it takes effect.
    """

    __tablename__ = "marking_lowering"

    id: UUID = key()
    record_kind: str
    record_id: UUID = Field(index=True)
    # The originator, whose people decide.
    organization_id: UUID = ref("organization.id")
    tlp: str
    grade: int
    restrictions: str = ""
    releasable_to: str = ""
    needs_consent: bool = False
    reason: str
    status: str = Field(index=True)
    # The record's version that the proposal was made for: what changed since is not lowered.
    based_on: int
    proposed_by: UUID = ref("person.id")
    proposed_at: datetime
    decided_by: UUID | None = ref("person.id", default=None)
    decided_at: datetime | None = None


class ConsentRecord(SQLModel, table=True):
    """A person's consent, such as to a duty of confidentiality: kept when it ends (R8.3)."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_now", "person_id", "given_at", "withdrawn_at"),)

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id")
    # What was consented to: the name behind the token `consent:…`.
    to: str
    given_at: datetime
    withdrawn_at: datetime | None = None


class Idempotency(SQLModel, table=True):
    """What a mutation sent with an idempotency key answered: the same key, the same answer."""

    __table_args__ = (UniqueConstraint("person_id", "idempotency_key"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: UUID = ref("person.id")
    idempotency_key: str
    request_hash: str
    answer: dict[str, Any] = json_field()
    at: datetime
