"""Marking a record: what the use case says in so many words becomes the record's two clauses."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from renkei.access.clauses import EVERYONE, MEMBER, MEMBERS_GATE, OPEN_GATE, Audience, Gate
from renkei.access.markings import TLP, Marking
from renkei.access.store import police
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


async def mark(session: AsyncSession, record: Marked, marking: Marking, audience: Audience) -> None:
    """Set marking and clauses of a record; `audience` counts from TLP:AMBER up."""
    record.tlp = marking.tlp.value
    record.grade = marking.grade
    record.restrictions = marking.restrictions
    await police(session, record, audience_of(marking, audience), gate_of(marking))
