"""Rows of the versioned lists: technology areas, goods, services, sectors (R12)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from renkei.access.tables import Policed
from renkei.database.columns import key, ref


class AreaList(Policed, table=True):
    """One version of one list. A list may have no rows yet and exists all the same."""

    __tablename__ = "area_list"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: UUID = key()
    code: str
    version: str
    name_ja: str
    name_en: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None


class Area(Policed, table=True):
    """One row of one version of a list. Retiring a code never deletes it (R12.2)."""

    __table_args__ = (UniqueConstraint("list_code", "list_version", "code"),)

    id: UUID = key()
    list_id: UUID = ref("area_list.id")
    list_code: str = Field(index=True)
    list_version: str
    code: str = Field(index=True)
    name_ja: str
    name_en: str | None = None
    parent_id: UUID | None = ref("area.id", default=None)
    position: int
    confidence: str
    source: str
    effective_from: date | None = None
    effective_to: date | None = None


class AreaMapping(SQLModel, table=True):
    """A correspondence between rows of two lists: ours, and said to be our judgement."""

    __tablename__ = "area_mapping"
    __table_args__ = (UniqueConstraint("from_area_id", "to_area_id"),)

    id: UUID = key()
    from_area_id: UUID = ref("area.id")
    to_area_id: UUID = ref("area.id")
    basis: str
