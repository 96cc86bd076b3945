"""Use cases run from a command: as the operator of the machine, or as a person by their address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from renkei.access.policy.reach import Reach, reach_of
from renkei.access.policy.viewer import Request, Viewer
from renkei.clock import SystemClock
from renkei.database.engine import Database
from renkei.directory.operating import OPERATOR
from renkei.directory.store import account_of
from renkei.ledger.unit import Unit
from renkei.reactions import reactions_of
from renkei.settings import Settings
from renkei.viewers import viewers_of
from renkei_cli.speaking import CommandFailed


@asynccontextmanager
async def as_operator(
    settings: Settings, *, email: str | None = None, commit: bool = True
) -> AsyncIterator[tuple[Unit, Reach]]:
    """A unit of work and what its viewer meets; committed where the block ends well.

    With `email`, the person of that working account acts, with the posts they hold now. What is
    due is found by the worker's sweep; without `commit`, nothing happened.
    """
    database = Database(settings.resolved_database_url)
    try:
        async with database.writing() as session:
            unit = Unit(session, at=SystemClock().now(), reactions_of=reactions_of)
            if email is None:
                yield unit, await reach_of(session, OPERATOR, unit.at)
            else:
                yield unit, await reach_of(session, await _person(unit, email), unit.at)
            if commit:
                await unit.commit()
    finally:
        await database.close()


async def _person(unit: Unit, email: str) -> Viewer:
    account = await account_of(unit.session, email)
    if account is not None:
        found = await viewers_of(unit.session, [account.person_id], at=unit.at)
        if account.person_id in found:
            # Whoever has the machine needs no other proof.
            return found[account.person_id].asking(Request(stepped_up=True))
    raise CommandFailed(
        f"No working account has the address {email}.",
        f"{email} の有効なアカウントはありません。",
    )
