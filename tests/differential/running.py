"""Running the comparison: world after world, documents and viewers of one world at once."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from graphql import DocumentNode, parse

from differential import documents, worlds
from differential.answering import Answer, Answerers, fallbacks, planned_count
from differential.comparing import differences
from differential.documents import Drawn
from differential.facts import View
from differential.knowing import Knowing
from differential.lists import Cursors
from differential.tampering import HONEST, Tampering
from differential.values import Values
from leak_proof.asking import House
from leak_proof.grounds import Ground
from leak_proof.harvesting import Looking
from leak_proof.world import World
from renkei.access.policy.viewer import Request, Viewer
from renkei_web.execution import Execution

DOCUMENTS_A_WORLD = 60
VIEWERS = 6
# Requests at once: some open a second connection, and a pool that all of them wait for is a lock.
AT_ONCE = 7
# Documents asked at once, each by all viewers.
BATCH = 3
# Documents that the plain executor answers too: it costs many times what the oracle and a plan do.
# It always does where the oracle does not know all that is asked.
PLAIN_SHARE = 0.3
# How often a document about something is drawn anew before any will do.
TRIES = 300


@dataclass(frozen=True)
class Difference:
    """One case in which the answerers differ, and all that is needed to ask it again."""

    seed: int
    looking: Looking
    drawn: Drawn
    what: str


@dataclass(frozen=True)
class Seat:
    """One viewer of one world: who looks, as the product and as the oracle see them."""

    looking: Looking
    viewer: Viewer
    view: View


@dataclass
class Score:
    """What was compared so far."""

    worlds: int = 0
    documents: int = 0
    cases: int = 0
    thrice: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    planned: int | None = None
    fallbacks: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Put another score beside this one."""
        self.worlds += other.worlds
        self.documents += other.documents
        self.cases += other.cases
        self.thrice += other.thrice
        self.refused += other.refused
        self.errors += other.errors
        if other.planned is not None:
            self.planned = (self.planned or 0) + other.planned
        self.fallbacks += other.fallbacks
        self.differences += other.differences


class Court:
    """One world in one house: its viewers, the cursors told so far, and the score."""

    def __init__(
        self, house: House, world: World, seed: int, *, tampering: Tampering = HONEST
    ) -> None:
        self.house, self.world, self.seed = house, world, seed
        self.rng = Random(seed)
        self.cursors = Cursors()
        self.answerers = Answerers(house)
        self.tampering = tampering
        self.score = Score(worlds=1)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def seats(self, count: int) -> list[Seat]:
        """Nobody, and some of the world's people, with what their requests say."""
        people = [None, *self.rng.sample(self.world.people, count - 1)]
        return [await self._seat(person) for person in people]

    async def _seat(self, person: UUID | None) -> Seat:
        country = self.rng.choice(("JP", "US", None))
        request = Request(country=country, stepped_up=self.rng.random() < 0.3)
        view = View(
            self.world.facts,
            self.world.rows,
            self.house.clock.now(),
            person=person,
            country=country,
            stepped_up=request.stepped_up,
            folds=self.house.app.database.is_sqlite,
        )
        return Seat(Looking(person, request), await self.house.viewer(person, request), view)

    def drawn(self, about: str = "") -> Drawn:
        """A random document over this world, which may ask on from the cursors told so far.

        One in which the pattern `about` occurs, unless that is too rare.
        """
        values = Values(self.world, self.rng, self.cursors)
        drawn = documents.draw(values)
        for _ in range(TRIES):
            if re.search(about, drawn.source):
                break
            drawn = documents.draw(values)
        return drawn

    def found(self, what: str | None) -> bool:
        """Whether a difference that says this was found; None: never."""
        return what is not None and any(what in one.what for one in self.score.differences)

    async def idle(self, batch: list[Drawn]) -> None:
        """Nothing is left of what was answered: no request holds a connection any more."""
        pool: Any = self.house.app.database.engine.pool
        for _ in range(20):
            if not pool.checkedout():
                return
            await asyncio.sleep(0.05)
        what = f"{pool.checkedout()} connections were not given back"
        nobody = Looking(None, Request())
        self.score.differences += [Difference(self.seed, nobody, one, what) for one in batch]

    async def judge(self, drawn: Drawn, seats: list[Seat]) -> None:
        """Compare the answers to one document for each of these viewers, all asked at once."""
        self.score.documents += 1
        document = parse(drawn.source)
        thrice = self.rng.random() < PLAIN_SHARE
        await asyncio.gather(*(self._case(drawn, document, thrice, seat) for seat in seats))

    async def _case(self, drawn: Drawn, document: DocumentNode, thrice: bool, seat: Seat) -> None:
        knowing = Knowing(seat.view, self.cursors)
        told = knowing.ask(document, drawn.operation, drawn.variables)
        asked = [self._plan(drawn, seat)]
        if thrice or told.unknown:
            asked.append(self._plain(drawn, seat))
        plan, *plain = await asyncio.gather(*asked)
        self.score.cases += 1
        self.score.thrice += bool(plain)
        self.score.errors += bool(plan.errors)
        if plan.refused is not None:
            self.score.refused.update(plan.refused)
        for what in differences(plain[0] if plain else None, plan, told, self.cursors):
            self.score.differences.append(Difference(self.seed, seat.looking, drawn, what))

    async def _plan(self, drawn: Drawn, seat: Seat) -> Answer:
        rewrite, change = self.tampering.plan, self.tampering.answer
        async with self._turns:
            found = await self.answerers.plan(rewrite(drawn) if rewrite else drawn, seat.viewer)
        return change(found) if change else found

    async def _plain(self, drawn: Drawn, seat: Seat) -> Answer:
        rewrite = self.tampering.plain
        async with self._turns:
            return await self.answerers.plain(rewrite(drawn) if rewrite else drawn, seat.viewer)


async def one_world(
    ground: Ground,
    execution: Execution,
    seed: int,
    *,
    count: int = DOCUMENTS_A_WORLD,
    viewers: int = VIEWERS,
    tampering: Tampering = HONEST,
    stop: str | None = None,
    about: str = "",
) -> Score:
    """Compare documents in the world of this seed; with `stop`, until one that says so is found;
    documents that are `about` something."""
    world = worlds.draw(seed)
    async with ground.house(world, world.rows, execution) as house:
        court = Court(house, world, seed, tampering=tampering)
        house.clock.advance(hours=court.rng.choice((0, 0, 1, 30)))
        seats = await court.seats(viewers)
        asked = 0
        while asked < count and not court.found(stop):
            # What is asked at once may ask on from the cursors told before it.
            batch = [court.drawn(about) for _ in range(min(BATCH, count - asked))]
            await asyncio.gather(*(court.judge(drawn, seats) for drawn in batch))
            await court.idle(batch)
            asked += len(batch)
        return court.score


async def prove(
    ground: Ground,
    execution: Execution,
    cases: int,
    seed: int,
    tell: Callable[[str], None],
) -> Score:
    """World after world from this seed on, until so many cases were compared."""
    score = Score()
    planned, fallen = planned_count(execution), fallbacks(execution)
    async with ground:
        while score.cases < cases:
            left = (cases - score.cases + VIEWERS - 1) // VIEWERS
            score.add(await one_world(ground, execution, seed, count=min(left, DOCUMENTS_A_WORLD)))
            seed += 1
            if score.worlds % 50 == 0:
                tell(f"  {score.cases:,} cases, {len(score.differences)} differences")
    if planned is not None:
        score.planned = (planned_count(execution) or 0) - planned
        score.fallbacks = fallbacks(execution) - fallen
    return score
