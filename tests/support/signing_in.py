"""Being signed in, without a password."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import pyotp

from renkei.access.policy.viewer import Request, Viewer
from renkei.identity import codes, passkeys
from renkei.identity.ceremonies import RelyingParty
from renkei.identity.rules import How
from renkei.identity.secrets import Vault
from renkei.identity.sessions import Origin, open_session
from renkei.identity.tables import Passkey
from renkei.ledger.unit import Unit
from renkei.viewers import Identity
from support.authenticator import SoftwarePasskey
from support.world import World

SITE = RelyingParty("renkei.example", "https://renkei.example")


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


async def signed_in(house: House, identity: Identity, person_id: UUID) -> Viewer:
    """The person in a session of their own, which has just been proved."""
    viewer = await identity.by_session(await session_of(house, person_id))
    assert viewer is not None
    return viewer


async def with_passkey(
    world: World, viewer: Viewer, name: str = "研究室のノートPC", **how: Any
) -> tuple[SoftwarePasskey, Passkey]:
    """Let the viewer add a passkey: the device's side of it, and ours."""
    options = await world.play(viewer, passkeys.begin, party=SITE)
    made = SoftwarePasskey.made_for(options, SITE.origin, **how)
    answer = made.registration(options)
    row = await world.play(viewer, passkeys.add, party=SITE, name=name, credential=answer)
    return made, row
