"""What a search engine keeps of the policy: tokens in force, parents as gates, until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from renkei.access.policy.clauses import Audience, Gate, Token
from renkei.access.policy.guard import guard_of

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
NAMES = ["public", "member", "org:a", "org:b"]


def test_a_parents_audience_is_one_more_group_that_must_be_met() -> None:
    guard = guard_of(
        Audience.of("org:a"),
        Gate.of(["member"]),
        [(Audience.of("org:a", "org:b", deny=["org:c"]), Gate.of(["home:JP"]))],
        at=NOW,
    )
    assert guard.audience == {"org:a"}
    assert set(guard.gates) == {
        frozenset({"member"}),
        frozenset({"org:a", "org:b"}),
        frozenset({"home:JP"}),
    }
    assert guard.deny == {"org:c"}


def test_a_parent_that_nobody_can_read_now_closes_the_child() -> None:
    parent = (Audience.of(Token("member", start=SOON)), Gate())
    guard = guard_of(Audience.of("public"), Gate(), [parent], at=NOW)
    assert (guard.audience, guard.gates, guard.changes_at) == (frozenset(), (), SOON)


hours = st.none() | st.integers(-2, 2)
token = st.builds(
    lambda name, start, until: Token(
        name,
        None if start is None else NOW + timedelta(hours=start),
        None if until is None else NOW + timedelta(hours=until),
    ),
    st.sampled_from(NAMES),
    hours,
    hours,
)
audience = st.builds(
    lambda allow, deny: Audience(frozenset(allow), frozenset(deny)),
    st.lists(token, max_size=3),
    st.lists(st.sampled_from(NAMES[2:]), max_size=1),
)
gate = st.builds(
    lambda groups: Gate(frozenset(map(frozenset, groups))),
    st.lists(st.lists(token, max_size=2), max_size=2),
)


@given(
    own=st.tuples(audience, gate),
    inside=st.lists(st.tuples(audience, gate), max_size=2),
    held=st.frozensets(st.sampled_from(NAMES)),
    hour=st.integers(-3, 3),
)
def test_the_engines_form_is_the_clauses_form(
    own: tuple[Audience, Gate],
    inside: list[tuple[Audience, Gate]],
    held: frozenset[str],
    hour: int,
) -> None:
    at = NOW + timedelta(hours=hour)
    affiliations = held & set(NAMES[2:])
    guard = guard_of(*own, inside, at=at)
    found = (
        bool(guard.audience & held)
        and all(group & held for group in guard.gates)
        and not guard.deny & affiliations
    )
    admitted = all(
        needs.admits(held, affiliations, at) and asks.admits(held, at)
        for needs, asks in [own, *inside]
    )
    assert found is admitted
    # Until it changes, nothing does; at that instant it may.
    if guard.changes_at is not None:
        assert guard.changes_at > at
