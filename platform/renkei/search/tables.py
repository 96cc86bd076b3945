"""Rows that keep the search engines honest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel


class SearchStale(SQLModel, table=True):
    """A record whose index entry is older than its clauses from `since` on: excluded from then.

    `since` lies ahead where a token of the record ends or begins to hold then: the entry, written
    with the tokens in force, is out of date at that very instant, whenever it is written anew.
    """

    __tablename__ = "search_stale"

    record_id: UUID = Field(primary_key=True)
    kind: str
    since: datetime
