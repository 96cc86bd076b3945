"""Marking a record: what the use case says in so many words becomes the record's two clauses."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from renkei.access.markings import (
    MARKING_COLUMNS,
    TLP,
    Marking,
    check_inside,
    columns_of,
    stored_marking,
)
from renkei.access.naming import audience_of, gate_of
from renkei.access.policy.clauses import Audience
from renkei.access.store import interned
from renkei.access.tables import Lowering, Marked
from renkei.problems import refuse_if

CLEAR = Marking(TLP.CLEAR, 1)
GREEN = Marking(TLP.GREEN, 1)
AMBER_STRICT = Marking(TLP.AMBER_STRICT, 1)


def marking_of(record: Marked | Lowering) -> Marking:
    """The marking that a record carries, or that a lowering proposes."""
    return stored_marking({name: getattr(record, name) for name in MARKING_COLUMNS})


async def marks(
    session: AsyncSession, marking: Marking, audience: Audience, *, inside: Marked | None = None
) -> dict[str, Any]:
    """The marking and its clauses as the columns of a record that is about to be made.

    `audience` counts from TLP:AMBER up. Refused where the record stands `inside` a stricter one.
    """
    if inside is not None:
        refuse_if(check_inside(marking, marking_of(inside)))
    clauses = await interned(session, audience_of(marking, audience), gate_of(marking))
    return columns_of(marking) | clauses


async def mark(session: AsyncSession, record: Marked, marking: Marking, audience: Audience) -> None:
    """Set marking and clauses of a record that exists."""
    for column, value in (await marks(session, marking, audience)).items():
        setattr(record, column, value)
