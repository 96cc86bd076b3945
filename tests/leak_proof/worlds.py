"""The world of a seed: who is there, what is kept, and what stands beside it."""

from __future__ import annotations

from random import Random

from leak_proof import auditing, beside, parties, records
from leak_proof.world import World


def draw(seed: int) -> World:
    """The world of a seed; the same seed draws the same world."""
    world = World(Random(seed))
    parties.people(world)
    records.areas(world)
    records.calls(world)
    records.proposals(world)
    records.briefs(world)
    beside.beside(world)
    auditing.audit(world)
    return world
