"""Running the proof: holes first, then world after world until enough was compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from leak_proof.asking import boundless
from leak_proof.grounds import Ground
from leak_proof.harvesting import Score, compare, lookers
from leak_proof.holes import HOLES, Hole
from leak_proof.worlds import draw
from renkei_web.execution import Execution


@dataclass(frozen=True)
class Executions:
    """Both ways from a document to an answer."""

    planned: Execution
    plain: Execution

    @classmethod
    def made(cls) -> Executions:
        """Each with a cache of its own."""
        return cls(planned=boundless(), plain=boundless(plain=True))


# Worlds that are looked through for one hole before it counts as not found.
WORLDS_A_HOLE = 25


async def one_world(
    ground: Ground,
    execution: Execution,
    seed: int,
    score: Score,
    *,
    viewers: int = 3,
    hole: Hole | None = None,
) -> None:
    """Compare some viewers' answers in the world of this seed; for a hole, where it would show."""
    world, rng = draw(seed), Random(seed)
    async with ground.house(world, world.rows, execution) as house:
        # Half of the worlds are looked at when tokens have begun and ended since the index was
        # built, and people have come and gone.
        house.clock.advance(hours=rng.choice((0, 0, 1, 30)))
        score.worlds += 1
        for number, looking in enumerate(lookers(world, rng, viewers)):
            also = number == 0 if hole is None else hole.beside
            only = () if hole is None else hole.shows
            await compare(
                ground, execution, world, house, looking, seed, score, also=also, only=only
            )
            if hole is not None and score.leaks:
                return


async def find(ground: Ground, hole: Hole) -> int | None:
    """The seed of the first world in which the planted hole is found; None where it isn't.

    Plans keep the SQL that they were made with: those of a hole are made with the hole in place.
    """
    execution = boundless(plain=hole.plain)
    async with ground:
        for seed in range(1, WORLDS_A_HOLE + 1):
            score = Score()
            with hole.plant():
                await one_world(ground, execution, seed, score, viewers=4, hole=hole)
            if score.leaks:
                return seed
    return None


async def find_all(ground: Ground, tell: Callable[[str], None]) -> tuple[int, int]:
    """How many holes there are, and how many of them were found."""
    found = 0
    for hole in HOLES:
        seed = await find(ground, hole)
        tell(
            f"  {'found' if seed else 'NOT FOUND'}: {hole.name}"
            + (f" (world {seed})" if seed else "")
        )
        found += seed is not None
    return len(HOLES), found


async def prove(
    ground: Ground, executions: Executions, cases: int, seed: int, tell: Callable[[str], None]
) -> Score:
    """World after world from this seed on, until so many cases were compared.

    The executors take turns: most worlds are asked by plans, each fourth by the plain one. Where a
    plan failed and the plain executor stood in for it, nothing is proved: that is an error here.
    """
    score = Score()
    async with ground:
        while score.cases < cases:
            execution = executions.plain if seed % 4 == 0 else executions.planned
            await one_world(ground, execution, seed, score)
            seed += 1
            if score.worlds % 20 == 0:
                tell(f"  {score.cases:,} cases, {score.worlds:,} worlds, {len(score.leaks)} leaks")
    assert executions.planned.plans.fallbacks["error"] == 0
    return score
