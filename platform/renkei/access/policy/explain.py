"""Why somebody reads, and who can: the clauses themselves, told in parts that people can name.

A reader learns why they themselves may read; who else may is told to the originator alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from renkei.access.policy.clauses import Audience, Gate, Token, sort_key
from renkei.access.policy.viewer import Viewer


class Whom(StrEnum):
    """What a token speaks of."""

    EVERYONE = "public"
    MEMBERS = "member"
    ORGANIZATION = "org"
    OFFICE = "office"
    GROUP = "group"
    POST = "post"
    PERSON = "person"
    AT_HOME_IN = "home"
    COMING_FROM = "from"
    CONSENTED_TO = "consent"
    STEPPED_UP = "stepped-up"
    ADMINISTRATORS = "administrator"


class Effect(StrEnum):
    """What the token does: it admits, it excludes, or it is asked of every reader."""

    READS = "READS"
    EXCLUDED = "EXCLUDED"
    ASKED = "ASKED"


_KEYED = {Whom.ORGANIZATION, Whom.OFFICE, Whom.GROUP, Whom.POST, Whom.PERSON}


@dataclass(frozen=True)
class Standing:
    """One token of a record's clauses. `key` names a record, `name` a country or a consent.

    It holds from `start` (inclusive) until `until` (exclusive). Of the standings that are asked,
    one of each `group` is needed.
    """

    whom: Whom
    effect: Effect
    key: UUID | None = None
    name: str = ""
    start: datetime | None = None
    until: datetime | None = None
    may_extend: bool = False
    group: int = 0


def may_know_audience(viewer: Viewer, originator_id: UUID) -> bool:
    """Whether the viewer may know who else reads: the originator's own people may."""
    return viewer.works_for(originator_id)


def who_can_see(audience: Audience, gate: Gate) -> list[Standing]:
    """Everything that the two clauses say of who reads the record, in a stable order."""
    admitted = [
        _standing(token, Effect.READS, may_extend=token.name in audience.extend)
        for token in sorted(audience.allow, key=sort_key)
    ]
    excluded = [_standing(Token(name), Effect.EXCLUDED) for name in sorted(audience.deny)]
    asked = [
        _standing(token, Effect.ASKED, group=number)
        for number, group in enumerate(gate.groups)
        for token in sorted(group, key=sort_key)
    ]
    return [*admitted, *excluded, *asked]


def why_seen(audience: Audience, viewer: Viewer, at: datetime) -> list[Standing]:
    """The tokens by which this viewer reads the record at `at`; nothing about anybody else."""
    met = audience.admitted_by(viewer.tokens, viewer.affiliations, at)
    return [
        _standing(Token(name), Effect.READS, may_extend=name in audience.extend)
        for name in sorted(met)
    ]


def _standing(
    token: Token, effect: Effect, *, may_extend: bool = False, group: int = 0
) -> Standing:
    kind, _, rest = token.name.partition(":")
    whom = Whom(kind)
    keyed = whom in _KEYED
    return Standing(
        whom,
        effect,
        key=UUID(rest) if keyed else None,
        name="" if keyed else rest,
        start=token.start,
        until=token.until,
        may_extend=may_extend,
        group=group,
    )
