"""The unit of work: one transaction, one instant, the facts recorded in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.acting import NOBODY, Actor
from renkei.ledger.tables import Due, Fact

ReactionsOf = Callable[[str], Sequence[str]]


class Unit:
    """One use case's transaction. Use cases change rows and record facts; the edge commits.

    `at` is the unit's one instant (UTC): everything that happens in it happens then.
    """

    def __init__(self, session: AsyncSession, *, at: datetime, reactions_of: ReactionsOf) -> None:
        self.session = session
        self.at = at
        self.recorded = 0
        self._reactions_of = reactions_of

    async def record(
        self,
        kind: str,
        subject_id: UUID,
        *,
        actor: Actor = NOBODY,
        once: str | None = None,
        due_at: datetime | None = None,
        **data: Any,
    ) -> bool:
        """Record a fact and what it asks for; False where `once` says that it happened already.

        `due_at` puts off what follows to an instant to come, such as a release at an hour.
        `data` holds ids and plain values.
        """
        if once is not None and await self._happened(once):
            return False
        fact = Fact(
            kind=kind,
            subject_id=subject_id,
            at=self.at,
            actor_person_id=actor.person_id,
            actor_post_id=actor.post_id,
            as_deputy=actor.as_deputy,
            data=data,
            once=once,
        )
        self.session.add(fact)
        await self.session.flush()
        assert fact.id is not None
        self.session.add_all(
            Due(
                fact_id=fact.id,
                reaction=reaction,
                subject_id=subject_id,
                not_before=max(self.at, due_at or self.at),
            )
            for reaction in self._reactions_of(kind)
        )
        self.recorded += 1
        return True

    async def _happened(self, once: str) -> bool:
        query = select(col(Fact.id)).where(col(Fact.once) == once)
        found = await self.session.execute(query)
        return found.first() is not None

    async def commit(self) -> None:
        """Make it so."""
        await self.session.commit()
