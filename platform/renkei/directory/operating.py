"""The operator: whoever runs commands on the machine itself, with no account in Renkei."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from renkei.access.policy import clauses
from renkei.access.policy.clauses import EVERYONE, MEMBER, MEMBERS_GATE, OPEN_GATE, Audience
from renkei.access.policy.reach import Reach, reach_of
from renkei.access.policy.viewer import Viewer
from renkei.access.store import intern


@dataclass(frozen=True)
class Operator(Viewer):
    """A viewer for commands. Keeps the directory and the lists; reads what every member reads.

    Meets no organisation's and no person's token: calls, proposals and briefs of others stay
    closed (R8.5). The ledger names no person for what it does.
    """

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", frozenset({clauses.PUBLIC, clauses.MEMBER}))


OPERATOR = Operator()


async def operator_reach(session: AsyncSession, at: datetime) -> Reach:
    """What the operator meets, in a database that may be empty still.

    The clauses of everyone and of members are written first: what a transaction may see is fetched
    once, and would lack a clause that the transaction itself writes.
    """
    for clause in (EVERYONE, OPEN_GATE, Audience.of(MEMBER), MEMBERS_GATE):
        await intern(session, clause)
    return await reach_of(session, OPERATOR, at)
