"""Rows of reading: the entry that a request leaves, and what the owners of a record see of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from renkei.access.tables import Policed
from renkei.database.columns import key, ref


class ReadEntry(SQLModel, table=True):
    """One request that returned content above TLP:GREEN. Internal: for auditors, never shown."""

    __tablename__ = "read_entry"

    id: UUID = key()
    at: datetime = Field(index=True)
    # "graphql", "live", "export", "break-glass": the way by which the content left.
    way: str
    request_id: str
    person_id: UUID | None = Field(default=None, index=True)
    post_id: UUID | None = None
    # Posts whose deputy they were then, separated by spaces: these too let them read.
    deputy_for: str = ""
    # An access token asked, not a signed-in person.
    by_token: bool = False
    # The country that the request was declared to come from.
    country: str | None = None


class ReadRecord(SQLModel, table=True):
    """One record that an entry names, with the marking that it had. Internal, like the entry.

    Both are written by one statement and never changed: the reference needs no check.
    """

    __tablename__ = "read_record"

    entry_id: UUID = Field(primary_key=True)
    record_id: UUID = Field(primary_key=True, index=True)
    record_kind: str
    tlp: str


# The two entries of a broken glass: before anything is read, and before what was read leaves.
OPENED, DELIVERED = "opened", "delivered"


class BreakGlass(SQLModel, table=True):
    """Reading with another person's eyes: two persons answer for it. Internal, for auditors.

    What was read stands in the entries with the same `request_id`, under the person that read.
    """

    __tablename__ = "break_glass"

    id: UUID = key()
    at: datetime = Field(index=True)
    request_id: str = Field(index=True)
    step: str
    # What was read: a kind that can be exported.
    kind: str
    as_person_id: UUID = Field(index=True)
    by_person_id: UUID
    confirmed_by_person_id: UUID
    reason: str
    # How many records left, and how strictly they are marked; none yet where it was opened.
    records: int | None = None
    tlp: str | None = None


class Reading(Policed, table=True):
    """What a record's originator sees of one reading: by person, or by organisation alone.

    There is none where the reader may be known neither by name nor by number: who reviews, decides
    or audits.
    """

    __table_args__ = (Index("ix_reading_record", "record_id", "at", "id"),)

    id: UUID = key()
    record_kind: str
    record_id: UUID
    at: datetime
    organization_id: UUID | None = ref("organization.id", default=None)
    person_id: UUID | None = ref("person.id", default=None)
