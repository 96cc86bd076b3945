"""What search knows of organisations and people: their names, as the directory shows them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.system import as_system
from renkei.directory.tables import Organization, Person
from renkei.search.indexing import Entry
from renkei.text import Text


async def organization_entries(session: AsyncSession, keys: Collection[UUID]) -> list[Entry]:
    """Names, their kana, and 法人番号."""
    query = select(Organization).where(col(Organization.id).in_(keys))
    return [
        Entry(
            id=one.id,
            title=Text(one.name_ja, one.name_en),
            body="\n".join(filter(None, [one.name_kana, one.corporate_number])),
            audience_id=one.audience_id,
            gate_id=one.gate_id,
            changed_at=one.created_at,
        )
        for one in (await session.execute(as_system(query, "search.index"))).scalars()
    ]


async def person_entries(session: AsyncSession, keys: Collection[UUID]) -> list[Entry]:
    """Names and their kana."""
    query = select(Person).where(col(Person.id).in_(keys))
    return [
        Entry(
            id=one.id,
            title=Text(one.name, one.name_en),
            body=one.name_kana,
            audience_id=one.audience_id,
            gate_id=one.gate_id,
            changed_at=one.created_at,
        )
        for one in (await session.execute(as_system(query, "search.index"))).scalars()
    ]
