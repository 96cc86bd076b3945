"""What administrators see: an administrator's post, seals of the audit, alarms on bulk reading.

Drawn last, so that all else of a world is what its seed has always drawn.
"""

from __future__ import annotations

from leak_proof import beside, drawing
from leak_proof.drawing import instant, key_of
from leak_proof.world import World


def audit(world: World) -> None:
    """A post as administrator beside one that somebody holds; seals and alarms, and who is told."""
    rng = world.rng
    _administrator(world)
    world.pool.append("administrator")
    for number in range(1, 4):
        key = key_of(rng)
        world.record(
            "audit_seal",
            id=key,
            number=number,
            at=instant(rng),
            first=number * 10 - 9,
            last=number * 10,
            key_id=drawing.canary(key, "key"),
            signature=drawing.canary(key, "signed"),
            previous=drawing.canary(key, "previous"),
            root=drawing.canary(key, "root"),
            digest=drawing.canary(key, "digest"),
        )
        _administrators(world, str(key))
    for _ in range(3):
        key, person = key_of(rng), rng.choice(world.people)
        world.record(
            "reading_alarm",
            id=key,
            person_id=person,
            at=instant(rng),
            span=rng.choice(("hour", "day")),
            records=rng.randrange(10**6),
            kinds={drawing.canary(key, "kinds"): rng.randrange(10**6)},
            by_token=rng.random() < 0.5,
        )
        _administrators(world, str(key))
        beside.told(world, rng.choice(world.people), "alarm", key, "audit.bulk_reading")


def _administrators(world: World, key: str) -> None:
    """In one of two cases the clauses that the product gives; any others show that they decide."""
    rng = world.rng
    if rng.random() < 0.5:
        deny = [f"person:{rng.choice(world.people)}"] if rng.random() < 0.5 else []
        audience = [drawing.timed_never("administrator")]
        gate = [[drawing.timed_never("member")]]
        world.facts["records"][key] |= {"audience": audience, "deny": deny, "gate": gate}


def _administrator(world: World) -> None:
    """One who holds a post holds another one in the same organisation for as long."""
    rng, key = world.rng, key_of(world.rng)
    told = rng.choice(world.facts["holdings"])
    held = next(row for row in world.rows["holding"] if str(row["post_id"]) == told["post"])
    organization = world.facts["posts"][told["post"]]["organization"]
    (post,) = (row for row in world.rows["post"] if str(row["id"]) == told["post"])
    world.facts["posts"][str(key)] = {"organization": organization, "role": "administrator"}
    world.record(
        "post",
        open_share=0.7,
        id=key,
        organization_id=post["organization_id"],
        role="administrator",
        created_at=instant(rng),
        **world.texts(key, "title_ja", "title_en"),
    )
    world.facts["holdings"].append(told | {"post": str(key)})
    world.add("holding", **held | {"id": key_of(rng), "post_id": key})
