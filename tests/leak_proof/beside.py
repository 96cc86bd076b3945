"""What stands beside records: grants, lowerings, readings, follows, notices, deliveries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from leak_proof import drawing
from leak_proof.drawing import NOW, instant, key_of, text
from leak_proof.world import World


def beside(world: World) -> None:
    """Grants, lowerings and readings; then follows, notices and their deliveries."""
    rng = world.rng
    for row in rng.sample(world.rows["brief"], 3):
        token = rng.choice([t for t in world.pool if t.startswith(("org:", "person:"))])
        world.record(
            "access_grant",
            record_kind="brief",
            record_id=row["id"],
            token=token,
            denies=False,
            may_extend=False,
            start=None,
            until=None,
            granted_by=rng.choice(world.people),
            granted_at=instant(rng),
        )
        lowering = key_of(rng)
        world.record(
            "marking_lowering",
            id=lowering,
            record_kind="brief",
            record_id=row["id"],
            organization_id=row["organization_id"],
            reason=text(rng, lowering, "reason"),
            status="PROPOSED",
            based_on=1,
            proposed_by=rng.choice(world.people),
            proposed_at=instant(rng),
            decided_by=None,
            decided_at=None,
            **world.marking(),
        )
    for table in ("brief", "proposal"):
        for row in rng.sample(world.rows[table], 3):
            world.record(
                "reading",
                record_kind=table,
                record_id=row["id"],
                at=instant(rng),
                organization_id=world.pick("organization"),
                person_id=rng.choice((None, rng.choice(world.people))),
            )
    _following(world)


def _following(world: World) -> None:
    rng = world.rng
    for person in world.people:
        for column, table in rng.sample(
            [("area_id", "area"), ("call_id", "call"), ("brief_id", "brief")], 2
        ):
            target = world.pick(table)
            ends: dict[str, Any] = dict.fromkeys(("area_id", "call_id", "brief_id")) | {
                column: target
            }
            key = key_of(rng)
            world.record(
                "follow",
                (target,),
                id=key,
                person_id=person,
                by_email=rng.random() < 0.5,
                created_at=instant(rng),
                **ends,
            )
            own = [drawing.timed_never(f"person:{person}")]
            world.facts["records"][str(key)] |= {"audience": own, "deny": [], "gate": []}
    for person in world.people:
        for table, kind in rng.sample(
            [
                ("call", "call.published"),
                ("brief", "brief.released"),
                ("proposal", "proposal.handed_in"),
                ("post", "post.taken_up"),
            ],
            2,
        ):
            told(world, person, table, world.pick(table), kind)


SUBJECTS = ("call", "brief", "proposal", "post", "alarm")


def told(world: World, person: UUID, subject: str, target: UUID, kind: str) -> None:
    """A fact, the notice of it, and its delivery by mail."""
    rng, number, key = world.rng, len(world.rows.get("fact", ())) + 1, key_of(world.rng)
    world.add(
        "fact",
        id=number,
        kind=kind,
        subject_id=target,
        at=instant(rng),
        actor_person_id=None,
        actor_post_id=None,
        as_deputy=False,
        data={},
        once=None,
    )
    about: dict[str, Any] = {f"{one}_id": target if one == subject else None for one in SUBJECTS}
    world.record(
        "notice",
        (target,),
        id=key,
        person_id=person,
        fact_id=number,
        kind=kind,
        reason="role",
        created_at=NOW - timedelta(seconds=rng.randint(1, 300)),
        read_at=rng.choice((None, NOW)),
        **about,
    )
    # What is told to a person is that person's alone; random are the subjects.
    own = [drawing.timed_never(f"person:{person}")]
    gate = [[drawing.timed_never("member")]]
    world.facts["records"][str(key)] |= {"audience": own, "deny": [], "gate": gate}
    world.add(
        "delivery",
        id=key_of(rng),
        notice_id=key,
        letter_id=None,
        invitation_id=None,
        channel="email",
        state="pending",
        not_before=NOW,
        lease_until=None,
        attempts=0,
        error="",
        sent_at=None,
    )
