"""A random world as plain dicts: what the oracle asks about, and the rows that a database gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from leak_proof import drawing
from leak_proof.drawing import NOW, instant, key_of, text

Row = dict[str, Any]
ROLES = ("ministry", "agency", "researcher", "office", "firm", "reviewer", "analyst")
TLPS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")


@dataclass
class World:
    """One world. `facts` is the oracle's dict; `rows` are rows by table, in the order of making."""

    rng: Random
    facts: dict[str, Any] = field(
        default_factory=lambda: {
            "organizations": {},
            "posts": {},
            "holdings": [],
            "affiliations": [],
            "consents": [],
            "group_members": [],
            "records": {},
        }
    )
    rows: dict[str, list[Row]] = field(default_factory=dict)
    pool: list[str] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)

    def add(self, table: str, /, **values: Any) -> Row:
        """A row of an internal table."""
        self.rows.setdefault(table, []).append(values)
        return values

    def record(
        self,
        table: str,
        on: tuple[UUID | None, ...] = (),
        *,
        open_share: float = 0.4,
        **values: Any,
    ) -> UUID:
        """A readable row with clauses of its own, that stands on other records."""
        key: UUID = values.setdefault("id", key_of(self.rng))
        self.facts["records"][str(key)] = {
            "table": table,
            "stands_on": [str(one) for one in on if one is not None],
            **drawing.clauses(self.rng, self.pool, open_share=open_share),
        }
        self.add(table, **values)
        return key

    def pick(self, table: str) -> UUID:
        """The key of a random row."""
        key: UUID = self.rng.choice(self.rows[table])["id"]
        return key

    def texts(self, key: UUID, *columns: str) -> dict[str, Any]:
        """A text with a canary for each of the columns."""
        return {column: text(self.rng, key, column) for column in columns}

    def marking(self) -> dict[str, Any]:
        """The columns of a marking: what they say is shown; the clauses decide."""
        return {
            "tlp": self.rng.choice(TLPS),
            "grade": 1,
            "restrictions": "",
            "releasable_to": "",
            "needs_consent": False,
        }


def draw(seed: int) -> World:
    """The world of a seed."""
    world = World(Random(seed))
    _people(world)
    _areas(world)
    _calls(world)
    _proposals(world)
    _briefs(world)
    _beside(world)
    return world


def _people(world: World) -> None:
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
        person, lasts = rng.choice(world.people), drawing.lasting(rng)
        world.facts["holdings"].append({"person": str(person), "post": str(key), **lasts})
        world.add(
            "holding",
            id=key_of(rng),
            post_id=key,
            person_id=person,
            start=lasts["since"],
            until=lasts["until"],
        )
    _belonging(world, organizations, groups)


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


def _areas(world: World) -> None:
    rng = world.rng
    listed = key_of(rng)
    world.record(
        "area_list",
        open_share=0.9,
        id=listed,
        code="20areas",
        version="1",
        effective_from=None,
        effective_to=None,
        **world.texts(listed, "name_ja", "name_en"),
    )
    above: UUID | None = None
    for number in range(4):
        key = key_of(rng)
        world.record(
            "area",
            open_share=0.7,
            id=key,
            list_id=listed,
            list_code="20areas",
            list_version="1",
            code=f"A-{drawing.canary(key, '')}",
            parent_id=above,
            position=number,
            confidence="verified",
            source="test",
            effective_from=None,
            effective_to=None,
            **world.texts(key, "name_ja", "name_en"),
        )
        above = rng.choice((None, key))
    one, other = rng.sample([row["id"] for row in world.rows["area"]], 2)
    mapping = {"from_area_id": one, "to_area_id": other, "basis": "test"}
    world.add("area_mapping", id=key_of(rng), **mapping)


def _calls(world: World) -> None:
    rng = world.rng
    for _ in range(2):
        key = key_of(rng)
        world.record(
            "programme",
            id=key,
            code=f"G-{drawing.canary(key, '')}",
            organization_id=world.pick("organization"),
            kind="RESEARCH",
            created_at=instant(rng),
            version=1,
            **world.marking(),
            **world.texts(key, "title_ja", "title_en", "summary_ja", "summary_en"),
        )
    for _ in range(2):
        key = key_of(rng)
        world.record(
            "concept",
            id=key,
            code=f"C-{drawing.canary(key, '')}",
            programme_id=world.pick("programme"),
            organization_id=world.pick("organization"),
            agency_id=world.pick("organization"),
            type="PROJECT",
            ceiling_yen=rng.randrange(10**9),
            published_at=instant(rng),
            version=1,
            **world.marking(),
            **world.texts(key, "title_ja", "title_en", "summary_ja", "summary_en"),
        )
        world.add("concept_ministry", concept_id=key, organization_id=world.pick("organization"))
        world.add("concept_area", concept_id=key, area_id=world.pick("area"))
    for _ in range(4):
        key = key_of(rng)
        titles = ("title_ja", "title_en", "summary_ja", "summary_en", "body_ja", "body_en")
        world.record(
            "call",
            id=key,
            code=f"K-{drawing.canary(key, '')}",
            concept_id=rng.choice((None, world.pick("concept"))),
            programme_id=world.pick("programme"),
            organization_id=world.pick("organization"),
            status=rng.choice(("DRAFT", "PRE_ANNOUNCED", "DECIDED", "CANCELLED")),
            opens_at=instant(rng),
            closes_at=instant(rng) + timedelta(days=30),
            needs_institution=rng.random() < 0.5,
            budget_yen=rng.randrange(10**9),
            max_years=rng.choice((None, 3)),
            indirect_percent=rng.choice((10, 30)),
            created_at=instant(rng),
            published_at=rng.choice((None, instant(rng))),
            version=rng.randint(1, 9),
            **world.marking(),
            **world.texts(key, *titles),
        )
        for row in rng.sample(world.rows["area"], 2):
            world.add("call_area", call_id=key, area_id=row["id"])


def _proposals(world: World) -> None:
    rng = world.rng
    for _ in range(4):
        key = key_of(rng)
        world.record(
            "proposal",
            id=key,
            number=f"P-{drawing.canary(key, '')}",
            call_id=world.pick("call"),
            lead_organization_id=world.pick("organization"),
            pi_person_id=rng.choice(world.people),
            status=rng.choice(("DRAFT", "PENDING_INSTITUTION", "SUBMITTED", "REJECTED")),
            starts_on=rng.choice((None, date(2027, 4, 1))),
            ends_on=rng.choice((None, date(2029, 3, 31))),
            plan={"CONTENT": text(rng, key, "plan")},
            created_at=instant(rng),
            updated_at=instant(rng),
            handed_in_at=None,
            submitted_at=rng.choice((None, instant(rng))),
            version=rng.randint(1, 9),
            **world.marking(),
            **world.texts(key, "title", "summary", "returned_reason"),
        )
        disclosure = key_of(rng)
        other = {
            "programme": text(rng, disclosure, "fund"),
            "title": "他の課題",
            "effortPercent": 9,
        }
        declared = {"otherFunding": [other], "integrity": {"declaredAt": NOW.isoformat()}}
        world.record(
            "proposal_disclosure",
            (key,),
            id=disclosure,
            proposal_id=key,
            declarations=rng.choice(({}, declared)),
        )
        for position, person in enumerate(rng.sample(world.people, 2)):
            world.record(
                "proposal_member",
                (key,),
                open_share=0.6,
                proposal_id=key,
                person_id=person,
                organization_id=world.pick("organization"),
                is_pi=position == 0,
                effort_percent=rng.choice((None, 20, 90)),
                other_effort_percent=rng.choice((None, 30)),
                consent=rng.choice(("asked", "given", "declined")),
                consented_at=None,
                position=position,
            )
        world.record(
            "budget_line",
            (key,),
            proposal_id=key,
            organization_id=world.pick("organization"),
            fiscal_year=2027,
            direct_yen=rng.randrange(10**9),
        )
        if rng.random() < 0.6:
            receipt, content = key_of(rng), key_of(rng)
            world.record(
                "receipt",
                (key,),
                id=receipt,
                number=f"R-{drawing.canary(receipt, '')}",
                proposal_id=key,
                submitted_at=instant(rng),
                sha256=drawing.canary(receipt, "sha"),
                document={"number": drawing.canary(receipt, "doc")},
                **world.marking(),
            )
            handed = {"title": text(rng, content, "content")}
            on = (receipt,)
            world.record("receipt_content", on, id=content, receipt_id=receipt, content=handed)


def _briefs(world: World) -> None:
    rng = world.rng
    for _ in range(5):
        key = key_of(rng)
        world.record(
            "brief",
            id=key,
            code=f"B-{drawing.canary(key, '')}",
            organization_id=world.pick("organization"),
            kind="ANALYSIS",
            status=rng.choice(("DRAFT", "RELEASED")),
            information_date=date(2026, 10, rng.randint(1, 28)),
            author_id=rng.choice(world.people),
            reviewer_id=rng.choice((None, rng.choice(world.people))),
            released_at=instant(rng),
            opens_at=None,
            created_at=instant(rng),
            updated_at=instant(rng),
            version=rng.randint(1, 9),
            **world.marking(),
            **world.texts(key, "title_ja", "title_en", "summary_ja", "summary_en"),
        )
        for row in rng.sample(world.rows["area"], 2):
            world.add("brief_area", brief_id=key, area_id=row["id"])
        for number in range(1, rng.choice((2, 3))):
            version = key_of(rng)
            source = {
                "type": "統計",
                "title": text(rng, version, "source"),
                "publisher": "",
                "date": None,
                "reliability": None,
                "url": None,
                "public": True,
            }
            titles = ("title_ja", "title_en", "summary_ja", "summary_en", "body_ja", "body_en")
            world.record(
                "brief_version",
                (key,),
                open_share=0.7,
                id=version,
                brief_id=key,
                number=number,
                judgements=[],
                sources=[source],
                recommendations=[],
                information_date=date(2026, 10, 1),
                released_at=instant(rng),
                created_at=instant(rng),
                **world.texts(version, *titles, "correction_note"),
            )


def _beside(world: World) -> None:
    """What stands beside records: grants, lowerings, readings, follows, notices, deliveries."""
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
    number = 0
    for person in world.people:
        for column, table, kind in rng.sample(
            [
                ("call_id", "call", "call.published"),
                ("brief_id", "brief", "brief.released"),
                ("proposal_id", "proposal", "proposal.handed_in"),
            ],
            2,
        ):
            number += 1
            target, key = world.pick(table), key_of(rng)
            world.add(
                "fact",
                id=number,
                kind=kind,
                subject_id=target,
                at=instant(rng),
                actor_person_id=None,
                actor_post_id=None,
                data={},
                once=None,
            )
            about: dict[str, Any] = dict.fromkeys(("call_id", "brief_id", "proposal_id")) | {
                column: target
            }
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
                channel="email",
                state="pending",
                not_before=NOW,
                lease_until=None,
                attempts=0,
                error="",
                sent_at=None,
            )
