"""Rows that keep the search engines honest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel


class SearchStale(SQLModel, table=True):
    """A record that was narrowed since the index last saw it: excluded from every search."""

    __tablename__ = "search_stale"

    record_id: UUID = Field(primary_key=True)
    kind: str
    since: datetime
