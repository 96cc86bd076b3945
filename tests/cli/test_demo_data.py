"""The demo's sample data is sound by the rules themselves, and can't be mistaken for the real."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
import yaml

from renkei.access.markings import parse_marking
from renkei.areas.shipped import shipped_catalogue
from renkei.briefs.rules import (
    BriefFacts,
    BriefKind,
    Confidence,
    Judgement,
    Likelihood,
    Recommendation,
    RecommendationStatus,
    Reliability,
    Source,
    check_release,
)
from renkei.calendar import noon_jst
from renkei.calls.rules import (
    CallFacts,
    CallStatus,
    ConceptFacts,
    ConceptType,
    ProgrammeKind,
    check_call,
    check_concept,
    effective_status,
)
from renkei.directory.rules import (
    OrganizationKind,
    Role,
    doubt_erad_number,
    parse_corporate_number,
    parse_email,
    parse_erad_code,
    parse_erad_number,
    parse_orcid,
)
from renkei.text import Text

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def load(name: str) -> dict[str, Any]:
    raw = (files("renkei_cli") / "demo" / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    found = yaml.safe_load(raw)
    assert isinstance(found, dict)
    return found


ORGANIZATIONS = {one["key"]: one for one in load("organizations")["organizations"]}
PEOPLE = {one["key"]: one for one in load("people")["people"]}
PROGRAMMES = {one["key"]: one for one in load("programmes")["programmes"]}
CONCEPTS = {one["key"]: one for one in load("programmes")["concepts"]}
CALLS = {one["key"]: one for one in load("calls")["calls"]}
BRIEFS = {one["key"]: one for one in load("briefs")["briefs"]}
AREA_CODES = {row.code for row in shipped_catalogue().rows}


def kind_of(key: str) -> OrganizationKind:
    return OrganizationKind(ORGANIZATIONS[key]["kind"])


@pytest.mark.parametrize("one", ORGANIZATIONS.values(), ids=ORGANIZATIONS)
def test_an_organisation_is_sound_and_says_that_it_is_a_sample(one: dict[str, Any]) -> None:
    assert parse_corporate_number(one["corporate_number"]) == (one["corporate_number"], [])
    assert one["corporate_number"][1:].startswith("9999120")
    assert (one["name_ja"].endswith("（見本）"), one["name_en"].endswith("(sample)")) == (
        True,
        True,
    )
    assert kind_of(one["key"]) in OrganizationKind
    if "erad_code" in one:
        assert parse_erad_code(one["erad_code"]) == (one["erad_code"], [])
    assert set(one.get("follows", [])) <= AREA_CODES


def test_the_eight_demo_accounts_are_there() -> None:
    accounts = {one["email"] for one in PEOPLE.values() if one.get("one_click")}
    assert accounts == {
        "admin@demo.renkei.example",
        "ministry@demo.renkei.example",
        "agency@demo.renkei.example",
        "researcher@demo.renkei.example",
        "office@demo.renkei.example",
        "firm@demo.renkei.example",
        "reviewer@demo.renkei.example",
        "analyst@demo.renkei.example",
    }


@pytest.mark.parametrize("one", PEOPLE.values(), ids=PEOPLE)
def test_a_person_is_sound(one: dict[str, Any]) -> None:
    assert parse_email(one["email"]) == (one["email"], [])
    if number := one.get("erad_number"):
        assert parse_erad_number(number) == (number, [])
        assert doubt_erad_number(number) is None
    if orcid := one.get("orcid"):
        assert parse_orcid(orcid) == (orcid, [])
    for post in one["posts"]:
        assert post["organization"] in ORGANIZATIONS
        assert Role(post["role"])


def test_the_office_account_approves_for_the_researcher_account() -> None:
    researcher, office = PEOPLE["researcher"]["posts"], PEOPLE["office"]["posts"]
    assert researcher[0]["organization"] == office[0]["organization"]


@pytest.mark.parametrize("one", CONCEPTS.values(), ids=CONCEPTS)
def test_a_concept_is_sound(one: dict[str, Any]) -> None:
    assert ConceptType(one["type"])
    assert set(one["areas"]) <= AREA_CODES
    facts = ConceptFacts(
        title_ja=one["title_ja"],
        title_en=one["title_en"],
        summary_ja=one["summary_ja"],
        summary_en=one["summary_en"],
        ceiling_yen=one["ceiling_yen"],
        programme_kind=ProgrammeKind(PROGRAMMES[one["programme"]]["kind"]),
        ministry_kinds=tuple(kind_of(key) for key in one["ministries"]),
        agency_kind=kind_of(one["agency"]),
        technologies=tuple(one["areas"]),
    )
    assert check_concept(facts) == []


def times(call: dict[str, Any]) -> tuple[datetime, datetime]:
    opens = noon_jst(TODAY + timedelta(days=call["opens_in_days"])) - timedelta(hours=2)
    return opens, noon_jst(TODAY + timedelta(days=call["closes_in_days"]))


@pytest.mark.parametrize("one", CALLS.values(), ids=CALLS)
def test_a_call_was_sound_when_it_was_published(one: dict[str, Any]) -> None:
    opens_at, closes_at = times(one)
    programme = one.get("programme") or CONCEPTS[one["concept"]]["programme"]
    assert set(one["areas"]) <= AREA_CODES
    facts = CallFacts(
        title_ja=one["title_ja"],
        title_en=one["title_en"],
        summary_ja=one["summary_ja"],
        summary_en=one["summary_en"],
        body_ja=one["body_ja"],
        body_en=one["body_en"],
        opens_at=opens_at,
        closes_at=closes_at,
        areas=tuple(one["areas"]),
        programme_kind=ProgrammeKind(PROGRAMMES[programme]["kind"]),
        has_concept="concept" in one,
        budget_yen=one["budget_yen"],
        max_years=one.get("max_years"),
    )
    assert check_call(facts, now=min(NOW, opens_at)) == []


def test_the_calls_stand_in_every_state_that_a_visitor_may_see() -> None:
    states = set()
    for call in CALLS.values():
        opens_at, closes_at = times(call)
        states.add(
            effective_status(
                CallStatus(call["status"]), opens_at=opens_at, closes_at=closes_at, now=NOW
            )
        )
    assert states == set(CallStatus) - {CallStatus.DRAFT}


def test_the_drone_call_is_found_by_its_synonyms_alone() -> None:
    call = CALLS["swarm_autonomy"]
    words = call["title_ja"] + call["summary_ja"] + call["body_ja"]
    assert ("ドローン" in words, "無人航空機" in words, "無人機" in words) == (True, True, False)


@pytest.mark.parametrize("one", BRIEFS.values(), ids=BRIEFS)
def test_a_brief_may_be_released_as_it_stands(one: dict[str, Any]) -> None:
    marking, problems = parse_marking(
        one["tlp"], one["grade"], one["restrictions"], accept_grade_2=False
    )
    assert problems == []
    assert set(one["areas"]) <= AREA_CODES
    assert set(one.get("shared_with", [])) <= set(ORGANIZATIONS)
    facts = BriefFacts(
        title=Text(one["title_ja"], one["title_en"]),
        summary=Text(one["summary_ja"], one["summary_en"]),
        body=Text(one["body_ja"], one["body_en"]),
        kind=BriefKind(one["kind"]),
        areas=tuple(one["areas"]),
        information_date=one.get("information_date") or TODAY,
        authors=(one["author"],),
        reviewer=one["reviewer"],
        marking=marking,
        judgements=tuple(
            Judgement(
                Text(item["statement_ja"], item["statement_en"]),
                Likelihood(item["likelihood"]),
                Confidence(item["confidence"]),
                Text(item["reason_ja"], item["reason_en"]),
                tuple(item["sources"]),
            )
            for item in one["judgements"]
        ),
        sources=tuple(
            Source(
                item["type"],
                item["title"],
                item["publisher"],
                item["date"],
                Reliability(item["reliability"]),
                item.get("url"),
                item["public"],
            )
            for item in one["sources"]
        ),
        recommendations=tuple(
            Recommendation(
                Text(item["statement_ja"], item["statement_en"]),
                item["addressee"],
                RecommendationStatus(item["status"]),
            )
            for item in one["recommendations"]
        ),
    )
    assert check_release(facts, now=NOW) == []
    assert {one["author"], one["reviewer"]} <= set(PEOPLE)


def test_the_first_brief_cites_the_policy_paper() -> None:
    first = next(iter(BRIEFS.values()))
    source = first["sources"][0]
    assert (first["tlp"], source["title"], source["date"]) == (
        "CLEAR",
        "経済安全保障の更なる推進に向けて",
        date(2025, 11, 7),
    )


@pytest.mark.needs_shared
def test_the_first_brief_is_in_our_own_words(shared_dir: Any) -> None:
    """No run of 20 characters is taken over from the paper, its title apart."""
    (paper,) = (shared_dir / "seed").glob("*.md")
    original = "".join(paper.read_text(encoding="utf-8").replace("*", "").split())
    body = "".join(next(iter(BRIEFS.values()))["body_ja"].split())
    runs = {body[start : start + 20] for start in range(len(body) - 19)}
    assert [run for run in runs if run in original and "更なる推進" not in run] == []
