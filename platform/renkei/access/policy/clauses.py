"""Clauses of the visibility policy: pure values, interned once in the database.

A readable record holds two: its *audience* (the need to know: any one token is enough) and its
*gate* (what a reader must be: one token of each group is needed). A token may hold only from or
until an instant: sealing and embargo. Deny tokens win over everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import orjson

PUBLIC = "public"
MEMBER = "member"
STEPPED_UP = "stepped-up"
# Whoever holds a post as administrator now: of what tells of the platform, never of content.
ADMINISTRATOR = "administrator"
# What a person may consent to.
CONFIDENTIALITY = "confidentiality"


def org(organization_id: UUID) -> str:
    """Everyone who holds a post in the organisation."""
    return f"org:{organization_id}"


def office(organization_id: UUID) -> str:
    """The organisation's research office: it speaks for the organisation, not for each member."""
    return f"office:{organization_id}"


def person(person_id: UUID) -> str:
    """One person, whatever post they hold."""
    return f"person:{person_id}"


def post(post_id: UUID) -> str:
    """Whoever holds the post now."""
    return f"post:{post_id}"


def group(group_id: UUID) -> str:
    """Whoever holds a post now in an organisation that is in the sharing group now."""
    return f"group:{group_id}"


def home(country: str) -> str:
    """Whose organisations all stand in the country (ISO 3166-1 alpha-2): what REL TO asks for."""
    return f"home:{country}"


def coming_from(country: str) -> str:
    """Whose request was declared to come from the country."""
    return f"from:{country}"


def consent(to: str) -> str:
    """Who has consented to it and not withdrawn, such as a duty of confidentiality."""
    return f"consent:{to}"


@dataclass(frozen=True)
class Token:
    """One token of a clause, in force from `start` (inclusive) until `until` (exclusive), UTC."""

    name: str
    start: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the token is in force at `at`."""
        return (self.start is None or self.start <= at) and (self.until is None or at < self.until)


def sort_key(token: Token) -> tuple[str, str, str]:
    """An order of tokens that open ends do not upset."""
    return (token.name, str(token.start or ""), str(token.until or ""))


Group = frozenset[Token]


def tokens(names: Iterable[str | Token]) -> Group:
    """A group from names; a name alone is in force always."""
    return frozenset(name if isinstance(name, Token) else Token(name) for name in names)


@dataclass(frozen=True)
class Audience:
    """Who needs to know: any token of `allow`, and no affiliation of `deny`. Empty is nobody.

    `extend` are tokens whose holders may share the record further; it admits nobody by itself.
    """

    allow: Group
    deny: frozenset[str] = field(default_factory=frozenset)
    extend: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, *names: str | Token, deny: Iterable[str] = ()) -> Audience:
        """The audience of these tokens."""
        return cls(tokens(names), frozenset(deny))

    def admits(self, held: frozenset[str], affiliations: frozenset[str], at: datetime) -> bool:
        """Whether a holder of `held`, with all `affiliations` that they have, is in it at `at`."""
        return bool(self.admitted_by(held, affiliations, at))

    def admitted_by(
        self, held: frozenset[str], affiliations: frozenset[str], at: datetime
    ) -> frozenset[str]:
        """Why they are in it: the tokens in force that they hold; none where they are not."""
        if self.deny & affiliations:
            return frozenset()
        return frozenset(t.name for t in self.allow if t.name in held and t.holds(at))

    @property
    def groups(self) -> tuple[Group, ...]:
        """The one group, in the form that both kinds of clause are stored in."""
        return (self.allow,)


@dataclass(frozen=True)
class Gate:
    """What a reader must be: one token of each group. No group: nothing is asked."""

    all_of: frozenset[Group] = frozenset()

    @classmethod
    def of(cls, *groups: Iterable[str | Token]) -> Gate:
        """The gate that asks for one token of each group."""
        return cls(frozenset(tokens(group) for group in groups))

    def admits(self, held: frozenset[str], at: datetime) -> bool:
        """Whether a holder of `held` passes at `at`."""
        return all(
            any(token.name in held and token.holds(at) for token in group) for group in self.all_of
        )

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups in a stable order."""
        return tuple(sorted(self.all_of, key=lambda group: sorted(map(sort_key, group))))


Clause = Audience | Gate


def next_change(clauses: Iterable[Clause], after: datetime) -> datetime | None:
    """The first instant after `after` at which a token of these clauses begins or ends to hold."""
    instants = (
        instant
        for clause in clauses
        for group_ in clause.groups
        for token in group_
        for instant in (token.start, token.until)
    )
    return min((one for one in instants if one is not None and one > after), default=None)


EVERYONE = Audience.of(PUBLIC)
OPEN_GATE = Gate()
MEMBERS_GATE = Gate.of([MEMBER])


def digest(clause: Clause) -> str:
    """A name for the clause's content: equal clauses, equal names."""

    def moment(value: datetime | None) -> str | None:
        return value.astimezone(UTC).isoformat() if value else None

    content: list[object] = [
        type(clause).__name__,
        [
            [[t.name, moment(t.start), moment(t.until)] for t in sorted(g, key=sort_key)]
            for g in clause.groups
        ],
        sorted(clause.deny) if isinstance(clause, Audience) else [],
    ]
    # Left out where it is empty: clauses from before there was such a right keep their name.
    if isinstance(clause, Audience) and clause.extend:
        content.append(sorted(clause.extend))
    return hashlib.sha256(orjson.dumps(content)).hexdigest()
