"""The policy as a search engine keeps it: the tokens in force now, and until when they stand.

An engine knows no instants. So a record's entry holds what is in force when it is written, and is
out of date from `changes_at` on; from then it is excluded until it has been written anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from renkei.access.policy.clauses import Audience, Gate, Group, next_change


@dataclass(frozen=True)
class Guard:
    """What an entry is found by: one token of `audience`, one of each gate, none of `deny`."""

    audience: frozenset[str]
    deny: frozenset[str]
    gates: tuple[frozenset[str], ...]
    changes_at: datetime | None


NOBODY = frozenset[str]()


def guard_of(
    audience: Audience, gate: Gate, inside: Sequence[tuple[Audience, Gate]] = (), *, at: datetime
) -> Guard:
    """The guard of a record with these clauses, `inside` parents with those, as it is at `at`.

    A reader must be in each parent's audience too, so it is one more group that must be met.
    """
    parents = [clause for pair in inside for clause in pair]
    groups = [
        *gate.groups,
        *(parent.allow for parent, _ in inside),
        *(group for _, asked in inside for group in asked.groups),
    ]
    gates = tuple(_in_force(group, at) for group in groups)
    deny = audience.deny.union(*(parent.deny for parent, _ in inside))
    # A group that nobody can meet now closes the gate: the entry is then nobody's.
    closed = not all(gates)
    return Guard(
        audience=NOBODY if closed else _in_force(audience.allow, at),
        deny=deny,
        gates=() if closed else tuple(dict.fromkeys(gates)),
        changes_at=next_change([audience, gate, *parents], at),
    )


def _in_force(group: Group, at: datetime) -> frozenset[str]:
    return frozenset(token.name for token in group if token.holds(at))
