"""Who is there: organisations, people, posts, affiliations, consents and sharing groups."""

from __future__ import annotations

import hashlib
from uuid import UUID

from leak_proof import drawing
from leak_proof.drawing import instant, key_of
from leak_proof.world import World

ROLES = (
    "ministry",
    "agency",
    "researcher",
    "office",
    "firm",
    "reviewer",
    "analyst",
    "org-administrator",
    "org-administrator",
)


def people(world: World) -> None:
    """Organisations, people with accounts and contacts, and the posts that they hold."""
    rng = world.rng
    organizations = [key_of(rng) for _ in range(4)]
    world.people = [key_of(rng) for _ in range(5)]
    posts = [key_of(rng) for _ in range(7)]
    groups = [key_of(rng) for _ in range(2)]
    world.pool = [
        "public",
        "member",
        "stepped-up",
        "consent:confidentiality",
        *(f"{kind}:{code}" for kind in ("home", "from") for code in ("JP", "US")),
        *(f"{kind}:{key}" for kind in ("org", "office") for key in organizations),
        *(f"person:{key}" for key in world.people),
        *(f"post:{key}" for key in posts),
        *(f"group:{key}" for key in groups),
    ]
    for key in organizations:
        country = rng.choice(drawing.COUNTRIES)
        world.facts["organizations"][str(key)] = {"country": country}
        world.record(
            "organization",
            open_share=0.7,
            id=key,
            kind=rng.choice(("MINISTRY", "AGENCY", "FIRM", "THINK_TANK")),
            country=country,
            corporate_number=None,
            erad_code=None,
            created_at=instant(rng),
            version=1,
            **world.texts(key, "name_ja", "name_kana", "name_en"),
        )
    for key in world.people:
        names = world.texts(key, "name", "name_kana", "name_en")
        world.record(
            "person",
            open_share=0.6,
            id=key,
            erad_number=None,
            orcid=None,
            created_at=instant(rng),
            version=1,
            **names,
        )
        email = f"{drawing.canary(key, 'account')}@a.example"
        world.add("account", person_id=key, email=email, password_hash="!", disabled_at=None)
        if rng.random() < 0.8:
            contact = key_of(rng)
            address = f"{rng.choice('abc')}{drawing.canary(contact, 'email')}@b.example"
            world.record("person_contact", (key,), id=contact, person_id=key, email=address)
    for key in posts:
        organization, role = rng.choice(organizations), rng.choice(ROLES)
        world.facts["posts"][str(key)] = {"organization": str(organization), "role": role}
        world.record(
            "post",
            open_share=0.7,
            id=key,
            organization_id=organization,
            role=role,
            created_at=instant(rng),
            **world.texts(key, "title_ja", "title_en"),
        )
        first = _hold(world, key, "HOLDER")
        # A predecessor, a successor or a deputy, by what the instants come to.
        if rng.random() < 0.5:
            _hold(world, key, rng.choice(("HOLDER", "DEPUTY")), besides=first)
        if rng.random() < 0.5:
            _invite(world, organization, key)
    _belonging(world, organizations, groups)


def _hold(world: World, post: UUID, kind: str, *, besides: UUID | None = None) -> UUID:
    """Somebody holds the post for some time: nobody holds the same one twice at a time."""
    rng = world.rng
    person = rng.choice([one for one in world.people if one != besides])
    lasts = drawing.lasting(rng)
    world.facts["holdings"].append({"person": str(person), "post": str(post), **lasts})
    world.add(
        "holding",
        id=key_of(rng),
        post_id=post,
        person_id=person,
        kind=kind,
        start=lasts["since"],
        until=lasts["until"],
        appointed_by=rng.choice((None, rng.choice(world.people))),
        appointed_at=rng.choice((None, instant(rng))),
    )
    return person


def _invite(world: World, organization: UUID, post: UUID) -> None:
    """An invitation that waits, or is over: told to who keeps the organisation's posts alone."""
    rng, key = world.rng, key_of(world.rng)
    keepers = {"token": f"org-administrator:{organization}", "since": None, "until": None}
    world.facts["records"][str(key)] = {
        "table": "invitation",
        "stands_on": [str(organization), str(post)],
        "audience": [keepers],
        "deny": [],
        "gate": [],
    }
    over = rng.random() < 0.3
    world.add(
        "invitation",
        id=key,
        organization_id=organization,
        post_id=post,
        email=f"{drawing.canary(key, 'email')}@c.example",
        token_hash=hashlib.sha256(drawing.canary(key, "token").encode()).hexdigest(),
        round=1,
        start=rng.choice((None, instant(rng))),
        invited_by=rng.choice((None, rng.choice(world.people))),
        invited_at=instant(rng),
        expires_at=instant(rng),
        accepted_at=drawing.NOW if over else None,
        accepted_by=rng.choice(world.people) if over else None,
        revoked_at=None,
    )


def _belonging(world: World, organizations: list[UUID], groups: list[UUID]) -> None:
    rng = world.rng
    for _ in range(2):
        person, organization = rng.choice(world.people), rng.choice(organizations)
        lasts = drawing.lasting(rng)
        told = {"person": str(person), "organization": str(organization), **lasts}
        world.facts["affiliations"].append(told)
        world.add(
            "affiliation",
            id=key_of(rng),
            person_id=person,
            organization_id=organization,
            start=lasts["since"],
            until=lasts["until"],
        )
    for person in rng.sample(world.people, 2):
        lasts = drawing.lasting(rng)
        world.facts["consents"].append(
            {"person": str(person), "consent": "confidentiality", **lasts}
        )
        world.add(
            "consent",
            id=key_of(rng),
            person_id=person,
            to="confidentiality",
            given_at=lasts["since"],
            withdrawn_at=lasts["until"],
        )
    for place, key in enumerate(groups):
        world.record(
            "sharing_group",
            id=key,
            organization_id=rng.choice(organizations),
            created_at=instant(rng),
            version=1,
            **world.texts(key, "name_ja", "name_en", "purpose"),
        )
        for organization in rng.sample(
            organizations, rng.choice((1, 2)) if place == 0 else rng.choice((0, 1))
        ):
            lasts = drawing.lasting(rng)
            world.facts["group_members"].append(
                {"group": str(key), "organization": str(organization), **lasts}
            )
            world.record(
                "sharing_group_member",
                (key,),
                group_id=key,
                organization_id=organization,
                may_extend=rng.random() < 0.3,
                start=lasts["since"],
                until=lasts["until"],
            )
