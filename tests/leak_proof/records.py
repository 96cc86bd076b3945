"""What is kept: technology areas, programmes, calls, proposals and briefs."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from leak_proof import drawing
from leak_proof.drawing import NOW, instant, key_of, text
from leak_proof.world import World


def areas(world: World) -> None:
    """A list of areas, some below others, and a mapping between two of them."""
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


def calls(world: World) -> None:
    """Programmes, the concepts of projects, and calls in each status."""
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


def proposals(world: World) -> None:
    """Proposals with what stands inside them: team, budget, disclosures, receipt."""
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


def briefs(world: World) -> None:
    """Briefs with one version or two."""
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
