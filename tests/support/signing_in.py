"""Being signed in, without a password."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import pyotp

from renkei.access.policy.viewer import Request, Viewer
from renkei.identity import codes
from renkei.identity.rules import How
from renkei.identity.secrets import Vault
from renkei.identity.sessions import Origin, open_session
from renkei.ledger.unit import Unit
from support.world import World


class House(Protocol):
    """An app, or a world."""

    def unit(self) -> AbstractAsyncContextManager[Unit]:
        """A unit of work, committed where the block ends well."""
        ...


def proved(viewer: Viewer) -> Viewer:
    """The viewer, who has just proved who they are."""
    return viewer.asking(Request(stepped_up=True))


async def set_up_second_step(
    world: World, viewer: Viewer, vault: Vault
) -> tuple[pyotp.TOTP, list[str]]:
    """Let the viewer's sign-in ask for a code: the app, and the backup codes. A minute passes."""
    key, _ = await world.play(proved(viewer), codes.begin, vault=vault)
    app = pyotp.TOTP(key)
    shown = app.at(world.clock.now())
    found = await world.play(proved(viewer), codes.confirm, vault=vault, code=shown)
    world.clock.advance(seconds=60)
    return app, found


async def session_of(house: House, person_id: UUID) -> str:
    """The secret of a new session of this person."""
    async with house.unit() as unit:
        return await open_session(
            unit,
            person_id=person_id,
            how=How.PASSWORD,
            origin=Origin("192.0.2.1", "Mozilla/5.0 (試験)"),
            life=timedelta(hours=12),
        )
