"""Terms of posts: half-open, so that a rotation has neither a gap nor an overlap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from renkei.directory.terms import (
    DEPUTY_DAYS_MAX,
    HoldingState,
    Term,
    check_deputy_term,
    check_term,
    first_gap,
    state_of,
)

APRIL = datetime(2027, 3, 31, 15, 0, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)
DAY = timedelta(days=1)


def test_predecessor_and_successor_share_no_instant_and_leave_none_out() -> None:
    before, after = Term(APRIL - 365 * DAY, APRIL), Term(APRIL)
    for at, holds in ((APRIL - MOMENT, (True, False)), (APRIL, (False, True))):
        assert (before.holds(at), after.holds(at)) == holds
    assert not before.meets(after)
    assert not after.meets(before)
    assert first_gap([before, after], APRIL - DAY) is None


def test_a_term_is_planned_then_present_then_past() -> None:
    term = Term(APRIL, APRIL + DAY)
    instants = (APRIL - MOMENT, APRIL, APRIL + DAY - MOMENT, APRIL + DAY)
    assert [state_of(term, at) for at in instants] == [
        HoldingState.PLANNED,
        HoldingState.PRESENT,
        HoldingState.PRESENT,
        HoldingState.PAST,
    ]


@pytest.mark.parametrize(
    ("terms", "gap"),
    [
        ([], APRIL),
        ([Term(APRIL + DAY)], APRIL),
        ([Term(APRIL, APRIL + DAY)], APRIL + DAY),
        ([Term(APRIL, APRIL + DAY), Term(APRIL + DAY + MOMENT)], APRIL + DAY),
        ([Term(APRIL, APRIL + 2 * DAY), Term(APRIL + DAY, APRIL + 3 * DAY)], APRIL + 3 * DAY),
        ([Term(APRIL - DAY)], None),
    ],
)
def test_the_first_gap(terms: list[Term], gap: datetime | None) -> None:
    assert first_gap(terms, APRIL) == gap


@pytest.mark.parametrize(
    ("term", "codes"),
    [
        (Term(APRIL), []),
        (Term(APRIL - MOMENT), ["IN_THE_PAST"]),
        (Term(APRIL, APRIL), ["ENDS_BEFORE_START"]),
        (Term(APRIL + 732 * DAY), ["TOO_FAR_AHEAD"]),
    ],
)
def test_what_is_decided_is_no_past_and_no_empty_term(term: Term, codes: list[str]) -> None:
    found = check_term(term, APRIL, start=("start",), until=("until",))
    assert [problem.code for problem in found] == codes


def test_a_deputy_has_an_end_at_most_92_days_on() -> None:
    longest = APRIL + DEPUTY_DAYS_MAX * DAY
    assert check_deputy_term(Term(APRIL, longest), until=("until",)) == []
    for term in (Term(APRIL), Term(APRIL, longest + MOMENT)):
        assert [one.code for one in check_deputy_term(term, until=("until",))] == [
            "DEPUTY_TOO_LONG"
        ]
