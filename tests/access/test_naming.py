"""From a marking and whom it names to the two clauses, and what may not be named (R7.5 to R7.7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from renkei.access.markings import (
    TLP,
    Marking,
    at_least_as_strict,
    check_inside,
    parse_marking,
    strictest,
)
from renkei.access.naming import NAMED_MAX, Named, check_named, clauses_for
from renkei.access.policy.clauses import Audience, Gate, Token

MAKERS = ("org:maker", "person:author")
NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NAMED = (
    Named("org:firm", may_extend=True),
    Named("group:g", until=NOON),
    Named("person:p"),
    Named("org:rival", denies=True),
)
MEMBER = frozenset({Token("member")})


@pytest.mark.parametrize(
    ("tlp", "readers", "deny"),
    [
        (TLP.CLEAR, {"public"}, set()),
        (TLP.GREEN, {"member"}, {"org:rival"}),
        (TLP.AMBER, {*MAKERS, "org:firm", "group:g", "person:p"}, {"org:rival"}),
        (TLP.AMBER_STRICT, {*MAKERS, "org:firm", "group:g", "person:p"}, {"org:rival"}),
        (TLP.RED, {*MAKERS, "person:p"}, {"org:rival"}),
    ],
)
def test_a_marking_and_whom_it_names_become_the_audience(
    tlp: TLP, readers: set[str], deny: set[str]
) -> None:
    audience, gate = clauses_for(Marking(tlp, 1), makers=MAKERS, named=NAMED)
    assert {token.name for token in audience.allow} == readers
    assert audience.deny == deny
    assert gate == (Gate() if tlp is TLP.CLEAR else Gate(frozenset({MEMBER})))


def test_what_is_not_released_is_its_makers_alone() -> None:
    for tlp in TLP:
        audience, gate = clauses_for(Marking(tlp, 1), makers=MAKERS, named=NAMED, released=False)
        assert (audience, gate) == (Audience.of(*MAKERS), Gate.of(["member"]))


def test_a_release_at_an_hour_opens_to_all_but_the_makers_then() -> None:
    later = NOON + timedelta(hours=1)
    for tlp, token in ((TLP.CLEAR, "public"), (TLP.GREEN, "member")):
        audience, _ = clauses_for(Marking(tlp, 1), makers=MAKERS, opens_at=NOON)
        assert audience == Audience.of(*MAKERS, Token(token, start=NOON))
    named = [Named("org:firm", start=later), Named("group:g", until=later)]
    audience, _ = clauses_for(Marking(TLP.AMBER, 1), makers=MAKERS, named=named, opens_at=NOON)
    assert audience == Audience.of(
        *MAKERS, Token("org:firm", start=later), Token("group:g", start=NOON, until=later)
    )


def test_what_a_marking_asks_of_every_reader_is_a_gate_group_each() -> None:
    marking = Marking(TLP.AMBER, 1, releasable_to=frozenset({"JP", "US"}), needs_consent=True)
    _, gate = clauses_for(marking, makers=MAKERS)
    assert gate == Gate.of(["member"], ["home:JP", "home:US"], ["consent:confidentiality"])
    # Countries alone are a conjunction with the audience, never a way in.
    assert not gate.admits(frozenset({"member", "home:JP"}), NOON)


@pytest.mark.parametrize(
    ("tlp", "named", "code"),
    [
        (TLP.RED, Named("org:firm"), "RED_NAMES_PERSONS"),
        (TLP.RED, Named("group:g"), "RED_NAMES_PERSONS"),
        (TLP.RED, Named("post:q"), "RED_NAMES_PERSONS"),
        (TLP.AMBER, Named("org:maker", denies=True), "EXCLUDES_ORIGINATOR"),
        (TLP.AMBER, Named("person:author", denies=True), "EXCLUDES_ORIGINATOR"),
        (TLP.CLEAR, Named("org:rival", denies=True), "CLEAR_EXCLUDES_NOBODY"),
        (TLP.AMBER, Named("org:firm", start=NOON, until=NOON), "END_BEFORE_START"),
        (TLP.RED, Named("person:p"), None),
        (TLP.GREEN, Named("org:rival", denies=True), None),
        (TLP.AMBER, Named("org:firm", start=NOON), None),
    ],
)
def test_whom_a_marking_may_name(tlp: TLP, named: Named, code: str | None) -> None:
    problems = check_named(Marking(tlp, 1), [(("x", "0"), named)], makers=frozenset(MAKERS))
    assert [(one.path, one.code) for one in problems] == ([(("x", "0"), code)] if code else [])


def test_a_clause_of_ten_thousand_tokens_is_refused_where_it_begins_to_be_too_long() -> None:
    many = [(("organizationIds", str(n)), Named(f"org:{n}")) for n in range(10_000)]
    problems = check_named(Marking(TLP.AMBER, 1), many, makers=frozenset(MAKERS))
    assert [(one.path, one.code) for one in problems] == [
        (("organizationIds", str(NAMED_MAX)), "TOO_MANY")
    ]
    assert check_named(Marking(TLP.AMBER, 1), many[:NAMED_MAX], makers=frozenset(MAKERS)) == []


@pytest.mark.parametrize(
    ("countries", "tlp", "problem"),
    [
        ([], "AMBER", (("releasableTo",), "NOBODY_NAMED")),
        (["Japan"], "AMBER", (("releasableTo", "0"), "UNKNOWN_COUNTRY")),
        (["JP", "1A"], "AMBER", (("releasableTo", "1"), "UNKNOWN_COUNTRY")),
        (["JP"], "CLEAR", (("releasableTo",), "CLEAR_IS_FOR_ALL")),
    ],
)
def test_rel_to_names_countries(
    countries: list[str], tlp: str, problem: tuple[tuple[str, ...], str]
) -> None:
    marking, problems = parse_marking(tlp, 1, releasable_to=countries, accept_grade_2=False)
    assert marking is None
    assert [(one.path, one.code) for one in problems] == [problem]


def test_rel_to_is_read_in_any_case_and_width() -> None:
    marking, problems = parse_marking(
        "GREEN", 1, releasable_to=["ｊｐ", " us "], accept_grade_2=False
    )
    assert (marking, problems) == (
        Marking(TLP.GREEN, 1, releasable_to=frozenset({"JP", "US"})),
        [],
    )


def test_what_draws_on_two_records_keeps_the_strictest_of_both() -> None:
    amber = Marking(TLP.AMBER, 2, "転送禁止", frozenset({"JP", "US"}))
    red = Marking(TLP.RED, 1, "複製禁止", frozenset({"JP", "GB"}), needs_consent=True)
    assert strictest(amber, red) == Marking(
        TLP.RED, 2, "転送禁止\n複製禁止", frozenset({"JP"}), needs_consent=True
    )
    apart = strictest(amber, Marking(TLP.AMBER, 1, releasable_to=frozenset({"FR"})))
    # No country is in both: it is releasable to nobody, and not to everybody.
    assert apart.releasable_to == frozenset({"ZZ"})
    assert strictest(Marking(TLP.CLEAR, 1), amber).releasable_to == amber.releasable_to


@pytest.mark.parametrize(
    ("child", "fits"),
    [
        (Marking(TLP.AMBER, 1, releasable_to=frozenset({"JP"}), needs_consent=True), True),
        (Marking(TLP.RED, 2, releasable_to=frozenset({"JP"}), needs_consent=True), True),
        (Marking(TLP.GREEN, 1, releasable_to=frozenset({"JP"}), needs_consent=True), False),
        (Marking(TLP.AMBER, 1, needs_consent=True), False),
        (Marking(TLP.AMBER, 1, releasable_to=frozenset({"JP", "US"}), needs_consent=True), False),
        (Marking(TLP.AMBER, 1, releasable_to=frozenset({"JP"})), False),
    ],
)
def test_a_child_is_never_looser_than_what_it_stands_in(child: Marking, fits: bool) -> None:
    parent = Marking(TLP.AMBER, 1, releasable_to=frozenset({"JP"}), needs_consent=True)
    assert at_least_as_strict(child, parent) is fits
    codes = [one.code for one in check_inside(child, parent)]
    assert codes == ([] if fits else ["LOOSER_THAN_PARENT"])
