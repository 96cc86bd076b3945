"""Rows of the ledger. Internal: numbers count upwards here and are never shown to a viewer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from renkei.database.columns import json_field, ref

PENDING = "pending"
DONE = "done"
DEAD = "dead"


class Fact(SQLModel, table=True):
    """Something that happened to one subject, recorded in the transaction that made it happen."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject_id: UUID = Field(index=True)
    at: datetime
    actor_person_id: UUID | None = None
    actor_post_id: UUID | None = None
    # They held that post as its deputy (代理).
    as_deputy: bool = False
    data: dict[str, Any] = json_field()
    # Facts that the clock causes ("closes in 7 days") carry a key, so that they happen once.
    once: str | None = Field(default=None, unique=True)


class Due(SQLModel, table=True):
    """One reaction that one fact still asks for, claimed by state with a lease."""

    __table_args__ = (
        UniqueConstraint("fact_id", "reaction"),
        Index("ix_due_claim", "state", "not_before", "id"),
        Index("ix_due_order", "subject_id", "reaction", "state", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    fact_id: int = ref("fact.id")
    reaction: str
    subject_id: UUID
    state: str = PENDING
    not_before: datetime
    lease_until: datetime | None = None
    attempts: int = 0
    error: str = ""
