"""The operator: whoever runs commands on the machine itself, with no account in Renkei."""

from __future__ import annotations

from dataclasses import dataclass

from renkei.access.policy import clauses
from renkei.access.policy.viewer import Viewer


@dataclass(frozen=True)
class Operator(Viewer):
    """A viewer for commands. Keeps the directory and the lists; reads what every member reads.

    Meets no organisation's and no person's token: calls, proposals and briefs of others stay
    closed (R8.5). The ledger names no person for what it does.
    """

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", frozenset({clauses.PUBLIC, clauses.MEMBER}))


OPERATOR = Operator()
