"""Terms of posts: from when until when somebody holds one. Pure; instants in UTC.

A term holds from its start (inclusive) until its end (exclusive), so that at 0:00 of 1 April the
predecessor holds the post no more and the successor does: never both, never neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from renkei.problems import Problem

# A deputy is for an absence. Three months of any length have at most so many days; a longer absence
# is an appointment, or a deputy named anew.
DEPUTY_DAYS_MAX = 92
# Nothing is planned further ahead: two fiscal years.
PLANNED_DAYS_MAX = 731


class HoldingKind(StrEnum):
    """How somebody holds a post: as their own, or as the deputy (代理) of whoever does."""

    HOLDER = "HOLDER"
    DEPUTY = "DEPUTY"


class HoldingState(StrEnum):
    """Where a term stands at an instant."""

    PAST = "PAST"
    PRESENT = "PRESENT"
    PLANNED = "PLANNED"


@dataclass(frozen=True)
class Term:
    """From `start` (inclusive) until `until` (exclusive); None: until somebody ends it."""

    start: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the term is in force at `at`."""
        return self.start <= at and (self.until is None or at < self.until)

    def meets(self, other: Term) -> bool:
        """Whether the two have an instant in common."""
        begins = self.until is None or other.start < self.until
        return begins and (other.until is None or self.start < other.until)


def state_of(term: Term, at: datetime) -> HoldingState:
    """Where the term stands at `at`."""
    if term.holds(at):
        return HoldingState.PRESENT
    return HoldingState.PLANNED if at < term.start else HoldingState.PAST


def first_gap(terms: Iterable[Term], at: datetime) -> datetime | None:
    """The first instant from `at` on at which none of the terms holds; None where there is none."""
    every = list(terms)
    while True:
        ends = [term.until for term in every if term.holds(at)]
        if not ends:
            return at
        if None in ends:
            return None
        at = max(end for end in ends if end is not None)


def check_term(
    term: Term, at: datetime, *, start: tuple[str, ...], until: tuple[str, ...]
) -> list[Problem]:
    """The problems of a term that is decided at `at`: it is no past, and no empty one."""
    problems = []
    if term.start < at:
        problems.append(in_the_past(start))
    if term.start > at + timedelta(days=PLANNED_DAYS_MAX):
        problems.append(
            Problem(
                start,
                "TOO_FAR_AHEAD",
                f"At most {PLANNED_DAYS_MAX} days ahead.",
                f"{PLANNED_DAYS_MAX}日先までです。",
            )
        )
    if term.until is not None and term.until <= term.start:
        problems.append(
            Problem(
                until,
                "ENDS_BEFORE_START",
                "It must end after it starts.",
                "終わりは、始まりより後にしてください。",
            )
        )
    return problems


def check_deputy_term(term: Term, *, until: tuple[str, ...]) -> list[Problem]:
    """The problems of a deputy's term besides: it ends by itself, in at most 92 days."""
    if term.until is not None and term.until - term.start <= timedelta(days=DEPUTY_DAYS_MAX):
        return []
    return [
        Problem(
            until,
            "DEPUTY_TOO_LONG",
            f"A deputy has an end, at most {DEPUTY_DAYS_MAX} days from the start.",
            f"代理には期限が要ります（始まりから{DEPUTY_DAYS_MAX}日まで）。",
        )
    ]


def in_the_past(path: tuple[str, ...]) -> Problem:
    """The problem of an instant that has passed: what was, stays as it was."""
    return Problem(path, "IN_THE_PAST", "This instant has passed.", "過ぎた時刻は指定できません。")
