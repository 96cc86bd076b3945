"""The portal's words: both languages, every key used, none unknown, the same names to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType
from markupsafe import Markup

from renkei_schema.schema import schema
from renkei_web.portal.catalogue import FOLDER, LANGUAGES, catalogue, say, term

PORTAL = FOLDER.parent
QUOTED = re.compile(r"""["']([a-z_]+\.[a-z_0-9]+)["']""")
ASKED = re.compile(r"""\b(?:t|say)\(\s*["']([a-z_]+\.[a-z_0-9]+)["']""")
GROUPS = re.compile(r"""\bterms?\(\s*["']([a-z_]+)["']""")


def sources() -> Iterator[str]:
    for path in (*PORTAL.glob("*.py"), *PORTAL.rglob("*.html")):
        yield path.read_text(encoding="utf-8")


def texts(entry: object) -> list[str]:
    """The forms of one language's text: one, or one and other."""
    return list(entry.values()) if isinstance(entry, dict) else [str(entry)]


SAYINGS = {key: entry for key, entry in catalogue().items() if not key.startswith("terms.")}


def names(text: str) -> set[str]:
    """What a text fills in, the count apart."""
    return set(re.findall(r"{(\w+)", text)) - {"n"}


def test_a_string_is_in_both_languages_and_fills_in_the_same() -> None:
    wrong = []
    for key, entry in SAYINGS.items():
        assert set(entry) == set(LANGUAGES), key
        (japanese,) = texts(entry["ja"])
        # English for one may write the one out: "1 result".
        *one, other = texts(entry["en"])
        if names(other) != names(japanese) or any(names(form) - names(other) for form in one):
            wrong.append(key)
    assert wrong == []


def test_every_string_is_used_and_every_used_string_is_there() -> None:
    quoted = {key for source in sources() for key in QUOTED.findall(source)}
    asked = {key for source in sources() for key in ASKED.findall(source)}
    assert sorted(asked - set(SAYINGS)) == []
    assert sorted(set(SAYINGS) - quoted) == []


def test_every_group_of_terms_is_used_and_in_both_languages() -> None:
    groups = {key.removeprefix("terms.") for key in catalogue() if key.startswith("terms.")}
    assert {group for source in sources() for group in GROUPS.findall(source)} == groups
    for group in groups:
        for value, words in catalogue()[f"terms.{group}"].items():
            assert isinstance(words, dict), (group, value)
            assert set(words) == set(LANGUAGES)


def values_of(enum: str) -> set[str]:
    """The values of one of the API's enums."""
    found = schema._schema.type_map[enum]
    assert isinstance(found, GraphQLEnumType)
    return set(found.values)


@pytest.mark.parametrize(
    ("group", "enum"),
    [
        ("brief_kind", "BriefKind"),
        ("brief_status", "BriefStatus"),
        ("concept_type", "ConceptType"),
        ("confidence", "Confidence"),
        ("confidence_level", "JudgementConfidence"),
        ("consent", "Consent"),
        ("consent_kind", "ConsentKind"),
        ("consent_says", "ConsentKind"),
        ("likelihood", "Likelihood"),
        ("lowering_status", "LoweringStatus"),
        ("organization_kind", "OrganizationKind"),
        ("proposal_status", "ProposalStatus"),
        ("recommendation_status", "RecommendationStatus"),
        ("reliability", "Reliability"),
        ("role", "Role"),
        ("search_kinds", "SearchKind"),
        ("tlp_allows", "TLP"),
        ("tlp_readers", "TLP"),
        ("whom", "Whom"),
    ],
)
def test_every_value_of_the_apis_enums_has_its_word(group: str, enum: str) -> None:
    assert set(catalogue()[f"terms.{group}"]) == values_of(enum)


def test_every_ability_of_a_brief_has_its_word() -> None:
    abilities = schema._schema.type_map["BriefAbilities"]
    assert isinstance(abilities, GraphQLObjectType)
    assert set(catalogue()["terms.brief_ability"]) == set(abilities.fields)


def test_what_is_filled_in_is_escaped_and_strong_words_are_strong() -> None:
    shown = say("proposal_edit.ceiling", "ja", {"ceiling": "60億円", "direct": "<b>1円"})
    assert shown == Markup("総額の上限 60億円のうち、直接経費 <strong>&lt;b&gt;1円</strong>")


@pytest.mark.parametrize(("n", "words"), [(1, "1 thing"), (2, "2 things"), (0, "0 things")])
def test_english_counts(n: int, words: str) -> None:
    assert words in say("forms.to_fix", "en", {"n": n})
    assert say("forms.to_fix", "ja", {"n": n}) == f"直すところが{n}件あります"


def test_an_unknown_value_is_a_bug_and_not_an_empty_word() -> None:
    with pytest.raises(KeyError):
        term("role", "EMPEROR", "ja")


def test_the_words_have_no_file_too_long_to_read() -> None:
    assert {
        p.name for p in Path(FOLDER).glob("*.yaml") if len(p.read_text().splitlines()) > 400
    } == set()
