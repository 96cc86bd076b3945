"""Naming readers: whom a marked record names becomes its audience. Pure: values in, clauses out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from renkei.access.markings import TLP, Marking
from renkei.access.policy.clauses import (
    CONFIDENTIALITY,
    EVERYONE,
    MEMBER,
    MEMBERS_GATE,
    OPEN_GATE,
    PUBLIC,
    Audience,
    Gate,
    Group,
    Token,
    consent,
    home,
    tokens,
)
from renkei.access.policy.viewer import Viewer
from renkei.problems import Problem

# Beyond this nobody could say any more who is named: a sharing group is the way then.
NAMED_MAX = 500


@dataclass(frozen=True)
class Named:
    """One token that a record names: as a reader, for a time, or as excluded."""

    token: str
    denies: bool = False
    may_extend: bool = False
    start: datetime | None = None
    until: datetime | None = None

    @property
    def kind(self) -> str:
        """What sort of reader it is: `org`, `group`, `post`, `person`."""
        return self.token.partition(":")[0]


def gate_of(marking: Marking) -> Gate:
    """What a reader must be: nothing for CLEAR, else signed in; what the marking asks besides."""
    if marking.tlp is TLP.CLEAR:
        return OPEN_GATE
    groups: list[Group] = [tokens([MEMBER])]
    if marking.releasable_to is not None:
        groups.append(tokens(map(home, marking.releasable_to)))
    if marking.needs_consent:
        groups.append(tokens([consent(CONFIDENTIALITY)]))
    return Gate(frozenset(groups))


def audience_of(marking: Marking, named: Audience) -> Audience:
    """Who needs to know: everyone for CLEAR, each member for GREEN, otherwise who is `named`."""
    if marking.tlp is TLP.CLEAR:
        return EVERYONE
    return Audience.of(MEMBER) if marking.tlp is TLP.GREEN else named


def clauses_for(
    marking: Marking,
    *,
    makers: Sequence[str],
    named: Iterable[Named] = (),
    released: bool = True,
    opens_at: datetime | None = None,
) -> tuple[Audience, Gate]:
    """The two clauses of a record (R7.5).

    Not `released`: its makers' alone. Then CLEAR is everyone's and GREEN every member's; AMBER and
    AMBER+STRICT reach who is named, RED the named persons. `makers` stay in every audience, so that
    nothing is orphaned; with `opens_at`, all others wait for that instant.
    """
    if not released:
        return Audience.of(*makers), MEMBERS_GATE
    told = list(named)
    deny = frozenset(one.token for one in told if one.denies)
    match marking.tlp:
        case TLP.CLEAR:
            readers, deny = [Token(PUBLIC)], frozenset()
        case TLP.GREEN:
            readers = [Token(MEMBER)]
        case _:
            red = marking.tlp is TLP.RED
            readers = [
                Token(one.token, one.start, one.until)
                for one in told
                if not one.denies and (one.kind == "person" or not red)
            ]
    if opens_at is None and marking.tlp in {TLP.CLEAR, TLP.GREEN}:
        return Audience(tokens(readers), deny), gate_of(marking)
    waiting = [Token(one.name, _later(one.start, opens_at), one.until) for one in readers]
    extend = frozenset(one.token for one in told if one.may_extend and not one.denies)
    return Audience(tokens([*makers, *waiting]), deny, extend), gate_of(marking)


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((one for one in (first, second) if one is not None), default=None)


def check_named(
    marking: Marking, named: Sequence[tuple[tuple[str, ...], Named]], *, makers: frozenset[str]
) -> list[Problem]:
    """The problems of whom a record would name, each at the path that it was sent under.

    RED names persons, never organisations, groups or posts. CLEAR excludes nobody, and nobody can
    exclude the originator. A token must end after it begins.
    """
    problems = [
        Problem(path, *wrong)
        for path, one in named
        if (wrong := _wrong(marking, one, makers)) is not None
    ]
    if len(named) > NAMED_MAX:
        problems.append(
            Problem(
                named[NAMED_MAX][0],
                "TOO_MANY",
                f"At most {NAMED_MAX} can be named; make a sharing group of them.",
                f"名指しできるのは{NAMED_MAX}件までです。共有グループにまとめてください。",
            )
        )
    return problems


def check_passes(
    marking: Marking, viewer: Viewer, at: datetime, path: tuple[str, ...] = ("marking",)
) -> list[Problem]:
    """The problem of asking of readers what the person who marks the record is not themselves.

    The originator would lose sight of its own record, and nobody could take that back.
    """
    if gate_of(marking).admits(viewer.tokens, at):
        return []
    return [
        Problem(
            path,
            "LOCKS_OUT_ORIGINATOR",
            "You would not be able to read it yourself: check the countries, or consent first.",
            "ご自身が読めなくなります。提供できる国を見直すか、先に守秘に同意します。",
        )
    ]


def _wrong(marking: Marking, one: Named, makers: frozenset[str]) -> tuple[str, str, str] | None:
    """Code and words of what is wrong with naming this one; None where nothing is."""
    if one.start is not None and one.until is not None and one.until <= one.start:
        return (
            "END_BEFORE_START",
            "The end must be after the start.",
            "終わりは、始まりより後にします。",
        )
    if one.denies and one.token in makers:
        return (
            "EXCLUDES_ORIGINATOR",
            "Whoever made it can't be excluded from it.",
            "作成元を除くことはできません。",
        )
    if one.denies and marking.tlp is TLP.CLEAR:
        return (
            "CLEAR_EXCLUDES_NOBODY",
            "TLP:CLEAR is for everyone; nobody can be excluded.",
            "TLP:CLEARはだれでも読めるため、除くことはできません。",
        )
    if not one.denies and marking.tlp is TLP.RED and one.kind != "person":
        return (
            "RED_NAMES_PERSONS",
            "TLP:RED is for named persons, never for an organisation, a group or a post.",
            "TLP:REDは名指しした人だけのものです。組織・グループ・ポストとは共有できません。",
        )
    return None
