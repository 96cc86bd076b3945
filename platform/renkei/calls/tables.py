"""Rows of the funding side: programmes, R&D concepts, calls, and their areas."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from renkei.access.tables import Marked
from renkei.database.columns import key, ref, version


class Programme(Marked, table=True):
    """A programme that an organisation runs; calls are issued under it."""

    __table_args__ = ({"info": {"originator": "organization_id"}},)

    id: UUID = key()
    code: str = Field(unique=True)
    organization_id: UUID = ref("organization.id")
    kind: str
    title_ja: str
    title_en: str | None = None
    summary_ja: str = ""
    summary_en: str | None = None
    created_at: datetime
    version: int = version()


class Concept(Marked, table=True):
    """An R&D concept (研究開発構想): owning ministries, exactly one agency (R3.1)."""

    __table_args__ = (
        Index("ix_concept_of_programme", "programme_id", "published_at", "id"),
        {"info": {"originator": "organization_id"}},
    )

    id: UUID = key()
    code: str = Field(unique=True)
    programme_id: UUID = ref("programme.id", index=False)
    organization_id: UUID = ref("organization.id")
    agency_id: UUID = ref("organization.id")
    type: str
    title_ja: str
    title_en: str | None = None
    summary_ja: str = ""
    summary_en: str | None = None
    ceiling_yen: int | None = Field(default=None, sa_type=BigInteger)
    published_at: datetime
    version: int = version()


class ConceptMinistry(SQLModel, table=True):
    """A ministry that owns a concept."""

    __tablename__ = "concept_ministry"

    concept_id: UUID = Field(foreign_key="concept.id", primary_key=True)
    organization_id: UUID = Field(foreign_key="organization.id", primary_key=True, index=True)


class ConceptArea(SQLModel, table=True):
    """A supported technology of a concept (R3.1): at least one."""

    __tablename__ = "concept_area"

    concept_id: UUID = Field(foreign_key="concept.id", primary_key=True)
    area_id: UUID = Field(foreign_key="area.id", primary_key=True, index=True)


class Call(Marked, table=True):
    """A call for proposals (公募). `opens_at` and `closes_at` are instants, shown in JST."""

    __table_args__ = (
        Index("ix_call_of_concept", "concept_id", "closes_at", "id"),
        Index("ix_call_of_programme", "programme_id", "closes_at", "id"),
        {"info": {"originator": "organization_id"}},
    )

    id: UUID = key()
    code: str = Field(unique=True)
    concept_id: UUID | None = ref("concept.id", index=False, default=None)
    programme_id: UUID = ref("programme.id", index=False)
    organization_id: UUID = ref("organization.id")
    title_ja: str
    title_en: str | None = None
    summary_ja: str = ""
    summary_en: str | None = None
    body_ja: str = ""
    body_en: str | None = None
    status: str = Field(index=True)
    opens_at: datetime = Field(index=True)
    closes_at: datetime = Field(index=True)
    needs_institution: bool = True
    budget_yen: int | None = Field(default=None, sa_type=BigInteger)
    max_years: int | None = None
    indirect_percent: int = 30
    created_at: datetime
    published_at: datetime | None = Field(default=None, index=True)
    version: int = version()


class CallArea(SQLModel, table=True):
    """A call's tag: the row of the list in the version that it referred to (R12.2)."""

    __tablename__ = "call_area"

    call_id: UUID = Field(foreign_key="call.id", primary_key=True)
    area_id: UUID = Field(foreign_key="area.id", primary_key=True, index=True)
