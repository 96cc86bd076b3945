"""Performing what is due: claimed with a lease, done and settled in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.ledger import dues
from renkei.ledger.tables import Due, Fact
from renkei.ledger.unit import ReactionsOf, Unit

# Transactions at a time. SQLite has one writer; whoever waits for it sleeps, so it gets one.
AT_ONCE = 4

After = Callable[[], Awaitable[None]] | None
Perform = Callable[[Unit, Sequence[Fact]], Awaitable[After]]

log = structlog.get_logger("renkei.ledger")


class NotNow(Exception):  # noqa: N818 - a state of the surroundings, not a fault of the fact
    """What the reaction needs is away: everything of its kind is put off, nothing tried singly."""


@dataclass(frozen=True)
class Reaction:
    """What follows from facts of some kinds.

    `perform` gets up to `batch` facts and a unit in which they are settled already: what it writes
    there happens exactly once. What it does elsewhere must bear repetition. What it returns is
    awaited after the commit, and is lost where the process dies in between.
    """

    perform: Perform
    batch: int = 1


@dataclass(frozen=True)
class Ledger:
    """What performing needs to know."""

    database: Database
    clock: Clock
    lease: timedelta
    reactions: Mapping[str, Reaction]
    reactions_of: ReactionsOf

    def unit(self, session: AsyncSession) -> Unit:
        """A unit of work over `session`."""
        return Unit(session, at=self.clock.now(), reactions_of=self.reactions_of)


async def react(ledger: Ledger, *, limit: int) -> int:
    """Claim up to `limit` due rows, perform and settle them, and tell how many were claimed.

    Safe to run in any number of processes, and to be killed anywhere: what was not settled is
    taken over when the lease runs out.
    """
    async with ledger.database.writing() as session:
        claimed = await dues.claim(session, at=ledger.clock.now(), lease=ledger.lease, limit=limit)
        await session.commit()
    turn = asyncio.Semaphore(1 if ledger.database.is_sqlite else AT_ONCE)

    async def run(name: str, batch: list[Due]) -> None:
        async with turn:
            await _attempt(ledger, name, batch)

    async with asyncio.TaskGroup() as group:
        for name, batch in _batches(ledger, claimed):
            group.create_task(run(name, batch))
    return len(claimed)


def _batches(ledger: Ledger, claimed: list[Due]) -> Iterable[tuple[str, list[Due]]]:
    """The claimed rows by reaction, in the order in which the reactions are listed."""
    places = {name: place for place, name in enumerate(ledger.reactions)}
    # A reaction that this release no longer knows (or not yet) comes last, and is put off.
    ordered = sorted(claimed, key=lambda due: (places.get(due.reaction, len(places)), due.id))
    for name, rows in groupby(ordered, key=lambda due: due.reaction):
        waiting = list(rows)
        size = ledger.reactions[name].batch if name in ledger.reactions else 1
        for start in range(0, len(waiting), size):
            yield name, waiting[start : start + size]


async def _attempt(ledger: Ledger, name: str, batch: list[Due]) -> None:
    """Perform a batch; where it fails, each of it alone, so that one bad fact stops no other."""
    try:
        after = await _perform(ledger, name, batch)
    except NotNow as away:
        await _put_off(ledger, batch, away)
        return
    except Exception as error:  # noqa: BLE001 - logged, and tried again later
        if len(batch) == 1:
            await _put_off(ledger, batch, error)
            return
        for due in batch:
            await _attempt(ledger, name, [due])
        return
    if after is not None:
        try:
            await after()
        except Exception:  # by contract, what comes after the commit may be lost
            log.exception("reaction.after_failed", reaction=name)


async def _perform(ledger: Ledger, name: str, batch: list[Due]) -> After:
    async with ledger.database.writing() as session:
        # Whoever lost the lease in between finds its row taken, and leaves it to the other.
        kept = [due.fact_id for due in batch if await dues.settle(session, due)]
        if not kept:
            return None
        query = select(Fact).where(col(Fact.id).in_(kept)).order_by(col(Fact.id))
        facts = list((await session.execute(query)).scalars())
        unit = ledger.unit(session)
        after = await ledger.reactions[name].perform(unit, facts)
        await unit.commit()
        return after


async def _put_off(ledger: Ledger, batch: list[Due], error: Exception) -> None:
    log.warning(
        "reaction.put_off",
        reaction=batch[0].reaction,
        due=[due.id for due in batch],
        attempts=max(due.attempts for due in batch),
        exc_info=None if isinstance(error, NotNow) else error,
        why=str(error),
    )
    async with ledger.database.writing() as session:
        for due in batch:
            said = f"{type(error).__name__}: {error}"
            await dues.put_off(session, due, at=ledger.clock.now(), error=said)
        await session.commit()
