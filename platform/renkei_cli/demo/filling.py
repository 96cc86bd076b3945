"""A demo being filled: who acts, when, and what has been made so far."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from renkei.access.policy.reach import Reach, reach_of
from renkei.database.engine import Database
from renkei.directory.operating import OPERATOR
from renkei.ledger.unit import Unit
from renkei.reactions import reactions_of
from renkei.viewers import viewers_of


@dataclass
class Filling:
    """A demo being filled: what has been made so far, by the keys of the samples."""

    database: Database
    now: datetime
    organizations: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    # The first post of each person.
    posts: dict[str, UUID] = field(default_factory=dict)
    programmes: dict[str, UUID] = field(default_factory=dict)
    concepts: dict[str, UUID] = field(default_factory=dict)
    calls: dict[str, UUID] = field(default_factory=dict)

    @asynccontextmanager
    async def acting(
        self, person: str | None = None, at: datetime | None = None
    ) -> AsyncIterator[tuple[Unit, Reach]]:
        """A unit at `at` (now where None) in which this person, or the operator, acts."""
        async with self.database.writing() as session:
            unit = Unit(session, at=at or self.now, reactions_of=reactions_of)
            if person is None:
                yield unit, await reach_of(session, OPERATOR, unit.at)
            else:
                key = self.people[person]
                viewers = await viewers_of(session, [key], at=unit.at)
                yield unit, await reach_of(session, viewers[key], unit.at)
            await unit.commit()
