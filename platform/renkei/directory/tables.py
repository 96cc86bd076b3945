"""Rows of the directory: organisations, people, and the posts that people hold for a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from renkei.access.tables import Policed
from renkei.database.columns import key, ref, version


class Organization(Policed, table=True):
    """A ministry, agency, research institution, firm or think tank."""

    id: UUID = key()
    kind: str = Field(index=True)
    name_ja: str
    name_kana: str = ""
    name_en: str | None = None
    corporate_number: str | None = Field(default=None, unique=True)
    erad_code: str | None = Field(default=None, unique=True)
    # ISO 3166-1 alpha-2 of the country it stands in; None where that is not known.
    country: str | None = None
    created_at: datetime
    version: int = version()


class Person(Policed, table=True):
    """A person. Names are kept as typed: 髙, 﨑 and 𠮷 are not folded."""

    id: UUID = key()
    name: str
    name_kana: str = ""
    name_en: str | None = None
    erad_number: str | None = Field(default=None, unique=True)
    orcid: str | None = Field(default=None, unique=True)
    created_at: datetime
    version: int = version()


class PersonContact(Policed, table=True):
    """How a person is reached: a part of the person with clauses of its own.

    Seen by the person and by whoever is in one of their organisations now.
    """

    __tablename__ = "person_contact"
    __table_args__ = ({"info": {"part_of": "person_id", "parents": ("person_id",)}},)

    id: UUID = key()
    person_id: UUID = ref("person.id", unique=True)
    email: str = Field(index=True)


class Post(Policed, table=True):
    """A post in an organisation. A role belongs to the post, not to the person (人事異動)."""

    id: UUID = key()
    organization_id: UUID = ref("organization.id")
    role: str
    title_ja: str
    title_en: str | None = None
    created_at: datetime


class Holding(SQLModel, table=True):
    """Who holds a post, from `start` (inclusive) until `until` (exclusive): past, present, planned.

    Internal: who holds a post now is a link that members see; dates, plans and deputies are told to
    the organisation's own people alone (`holders.py`).
    """

    __table_args__ = (
        Index("ix_holding_now", "person_id", "start", "until"),
        # What has begun, for whom the clock alone appointed.
        Index("ix_holding_begun", "start"),
    )

    id: UUID = key()
    post_id: UUID = ref("post.id")
    person_id: UUID = ref("person.id")
    # HOLDER, or DEPUTY (代理): the same tokens and abilities, until it expires.
    kind: str = "HOLDER"
    start: datetime
    until: datetime | None = None
    # Who decided it, and when; nobody known where the operator did.
    appointed_by: UUID | None = ref("person.id", default=None)
    appointed_at: datetime | None = None


class Invitation(SQLModel, table=True):
    """A post offered to whoever reads the mail of an address. Told to the organisation's keepers.

    Of the token only the hash is kept. Sent again, it is another token: `round` counts.
    """

    id: UUID = key()
    organization_id: UUID = ref("organization.id")
    post_id: UUID = ref("post.id")
    email: str = Field(index=True)
    token_hash: str = Field(unique=True)
    round: int = 1
    # From when the post is held; None: from the acceptance on.
    start: datetime | None = None
    invited_by: UUID | None = ref("person.id", default=None)
    invited_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    accepted_by: UUID | None = ref("person.id", default=None)
    revoked_at: datetime | None = None


class Affiliation(SQLModel, table=True):
    """That a person belongs to an organisation without holding a post of it here (R5.1).

    It gives no token of the organisation; exclusions and REL TO are compared with it.
    """

    __table_args__ = (Index("ix_affiliation_now", "person_id", "start", "until"),)

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id")
    organization_id: UUID = ref("organization.id")
    start: datetime
    until: datetime | None = None


class SharingGroup(Policed, table=True):
    """Organisations that records are shared with under one name. Seen by its members and its owner.

    An empty one is nobody. Its owner keeps it, and reads what is shared with it as a member only.
    """

    __tablename__ = "sharing_group"

    id: UUID = key()
    organization_id: UUID = ref("organization.id")
    name_ja: str
    name_en: str | None = None
    purpose: str = ""
    created_at: datetime
    version: int = version()


class GroupMember(Policed, table=True):
    """An organisation in a sharing group, from `start` (inclusive) until `until` (exclusive)."""

    __tablename__ = "sharing_group_member"
    __table_args__ = (
        Index("ix_sharing_group_member_now", "group_id", "organization_id", "start"),
        {"info": {"parents": ("group_id",)}},
    )

    id: UUID = key()
    group_id: UUID = Field(foreign_key="sharing_group.id")
    organization_id: UUID = ref("organization.id")
    # May take further organisations in.
    may_extend: bool = False
    start: datetime
    until: datetime | None = None
