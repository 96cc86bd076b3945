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


class Post(Policed, table=True):
    """A post in an organisation. A role belongs to the post, not to the person (人事異動)."""

    id: UUID = key()
    organization_id: UUID = ref("organization.id")
    role: str
    title_ja: str
    title_en: str | None = None
    created_at: datetime


class Holding(SQLModel, table=True):
    """Who holds a post, from `start` (inclusive) until `until` (exclusive)."""

    __table_args__ = (Index("ix_holding_now", "person_id", "start", "until"),)

    id: UUID = key()
    post_id: UUID = ref("post.id")
    person_id: UUID = ref("person.id")
    start: datetime
    until: datetime | None = None
