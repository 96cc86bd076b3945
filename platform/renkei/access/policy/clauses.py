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
    """Who needs to know: any token of `allow`, and no affiliation of `deny`. Empty is nobody."""

    allow: Group
    deny: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, *names: str | Token, deny: Iterable[str] = ()) -> Audience:
        """The audience of these tokens."""
        return cls(tokens(names), frozenset(deny))

    def admits(self, held: frozenset[str], affiliations: frozenset[str], at: datetime) -> bool:
        """Whether a holder of `held`, with all `affiliations` that they have, is in it at `at`."""
        if self.deny & affiliations:
            return False
        return any(token.name in held and token.holds(at) for token in self.allow)

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

EVERYONE = Audience.of(PUBLIC)
OPEN_GATE = Gate()
MEMBERS_GATE = Gate.of([MEMBER])


def digest(clause: Clause) -> str:
    """A name for the clause's content: equal clauses, equal names."""

    def moment(value: datetime | None) -> str | None:
        return value.astimezone(UTC).isoformat() if value else None

    content = [
        type(clause).__name__,
        [
            [[t.name, moment(t.start), moment(t.until)] for t in sorted(g, key=sort_key)]
            for g in clause.groups
        ],
        sorted(clause.deny) if isinstance(clause, Audience) else [],
    ]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()
