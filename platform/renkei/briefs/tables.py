"""Rows of briefs: the brief, its immutable versions, whom it is shared with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from renkei.access.tables import Marked, Policed
from renkei.database.columns import json_field, key, ref, version


class Brief(Marked, table=True):
    """A brief. What is read is its newest released version; a draft is read by its makers."""

    __table_args__ = ({"info": {"originator": "organization_id"}},)

    id: UUID = key()
    code: str = Field(unique=True)
    organization_id: UUID = ref("organization.id")
    kind: str
    status: str = Field(index=True)
    title_ja: str
    title_en: str | None = None
    summary_ja: str = ""
    summary_en: str | None = None
    information_date: date
    author_id: UUID = ref("person.id")
    reviewer_id: UUID | None = ref("person.id", default=None)
    released_at: datetime | None = Field(default=None, index=True)
    # A release at an hour: all but its makers wait for this instant.
    opens_at: datetime | None = None
    created_at: datetime
    updated_at: datetime = Field(index=True)
    version: int = version()


class BriefVersion(Policed, table=True):
    """One released version: immutable; a correction supersedes it (R10.2)."""

    __tablename__ = "brief_version"
    __table_args__ = (
        UniqueConstraint("brief_id", "number"),
        {"info": {"parents": ("brief_id",)}},
    )

    id: UUID = key()
    brief_id: UUID = ref("brief.id")
    number: int
    title_ja: str
    title_en: str | None = None
    summary_ja: str = ""
    summary_en: str | None = None
    body_ja: str = ""
    body_en: str | None = None
    judgements: list[dict[str, Any]] = json_field(list)
    sources: list[dict[str, Any]] = json_field(list)
    recommendations: list[dict[str, Any]] = json_field(list)
    information_date: date
    correction_note: str = ""
    released_at: datetime | None = None
    created_at: datetime


class BriefArea(SQLModel, table=True):
    """A brief's tag."""

    __tablename__ = "brief_area"

    brief_id: UUID = Field(foreign_key="brief.id", primary_key=True)
    area_id: UUID = Field(foreign_key="area.id", primary_key=True, index=True)
