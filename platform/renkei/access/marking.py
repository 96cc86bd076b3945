"""Marking a record: what the use case says in so many words becomes the record's two clauses."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from renkei.access.markings import TLP, Marking
from renkei.access.policy.clauses import EVERYONE, MEMBER, MEMBERS_GATE, OPEN_GATE, Audience, Gate
from renkei.access.store import interned
from renkei.access.tables import Marked

CLEAR = Marking(TLP.CLEAR, 1)
GREEN = Marking(TLP.GREEN, 1)
AMBER_STRICT = Marking(TLP.AMBER_STRICT, 1)


def gate_of(marking: Marking) -> Gate:
    """What a reader must be: nothing for TLP:CLEAR, signed in for all else."""
    return OPEN_GATE if marking.tlp is TLP.CLEAR else MEMBERS_GATE


def audience_of(marking: Marking, named: Audience) -> Audience:
    """Who needs to know: everyone for CLEAR, each member for GREEN, otherwise who is `named`."""
    if marking.tlp is TLP.CLEAR:
        return EVERYONE
    return Audience.of(MEMBER) if marking.tlp is TLP.GREEN else named


async def marks(session: AsyncSession, marking: Marking, audience: Audience) -> dict[str, Any]:
    """The marking and its clauses as the columns of a record that is about to be made.

    `audience` counts from TLP:AMBER up.
    """
    clauses = await interned(session, audience_of(marking, audience), gate_of(marking))
    return {
        "tlp": marking.tlp.value,
        "grade": marking.grade,
        "restrictions": marking.restrictions,
        **clauses,
    }


async def mark(session: AsyncSession, record: Marked, marking: Marking, audience: Audience) -> None:
    """Set marking and clauses of a record that exists."""
    for column, value in (await marks(session, marking, audience)).items():
        setattr(record, column, value)
