"""Rows of the audit: entries of reading, what owners see of them, seals, alarms."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from renkei.access.tables import Policed
from renkei.database.columns import json_field, key, ref


class ReadEntry(SQLModel, table=True):
    """One request that returned content above TLP:GREEN. Internal: for auditors, never shown."""

    __tablename__ = "read_entry"
    # What one person has read lately: the alarm on bulk reading asks for nothing else.
    __table_args__ = (Index("ix_read_entry_person", "person_id", "at"),)

    id: UUID = key()
    at: datetime = Field(index=True)
    # "graphql", "live", "export", "break-glass": the way by which the content left.
    way: str
    request_id: str
    person_id: UUID | None = None
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


class Unsealed(SQLModel, table=True):
    """A row that waits for a seal. Triggers write it with the row itself: none is forgotten.

    `kind` and `row_key` name the row as `SealEntry` does.
    """

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    row_key: str


class SealEntry(SQLModel, table=True):
    """One sealed row: its position among all, counted from 1, and the hash of its content there.

    Rows get their keys before they are committed, and some keys are random: the order of what was
    sealed stands here and nowhere else. Internal, and only ever added.
    """

    __tablename__ = "seal_entry"
    __table_args__ = (UniqueConstraint("kind", "row_key"),)

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    # "fact", "read" (an entry of reading with its records) or "glass".
    kind: str
    # A fact's number, or the 32 hexadecimal digits of a key.
    row_key: str
    leaf: bytes


class Seal(Policed, table=True):
    """A batch of rows, sealed: the entries from `first` to `last`. Only ever added.

    `digest` is the SHA-256 of the seal's own content, in which the digest of the one before stands:
    seals are a chain. How many rows there are is told to nobody but the operator.
    """

    __tablename__ = "audit_seal"

    id: UUID = key()
    number: int = Field(unique=True)
    at: datetime
    previous: str
    root: str
    first: int
    last: int
    digest: str
    key_id: str
    signature: str


class ReadingAlarm(Policed, table=True):
    """A person read conspicuously many records above TLP:GREEN. Seen by administrators.

    It tells who, when and how many of which kind, and names no record.
    """

    __tablename__ = "reading_alarm"
    __table_args__ = (Index("ix_reading_alarm_at", "at", "id"),)

    id: UUID = key()
    person_id: UUID = ref("person.id")
    at: datetime
    # "hour" or "day": the span that ends at `at`, in which so many different records were read.
    span: str
    records: int
    # How many of each kind.
    kinds: dict[str, int] = json_field()
    # Some of it was read by an access token of theirs.
    by_token: bool = False
