"""Devices that a person has signed in with: a sign-in from another one is told by mail."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import col

from renkei.identity import letters
from renkei.identity.letters import LetterKind
from renkei.identity.rules import DEVICE_KEPT
from renkei.identity.secrets import hash_secret
from renkei.identity.tables import KnownDevice
from renkei.ledger.unit import Unit


async def meet(unit: Unit, person_id: UUID, device: str) -> None:
    """Know this device of the person's from now on; tell them by mail where it is a new one.

    Nobody is told of their first: there is nothing to tell it from. Those that did not sign in for
    400 days, which is as long as browsers keep a cookie, are forgotten; the last one never is.
    """
    theirs, hashed = col(KnownDevice.person_id) == person_id, hash_secret(device)
    seen = await unit.session.execute(
        update(KnownDevice)
        .where(theirs, col(KnownDevice.token_hash) == hashed)
        .values(seen_at=unit.at)
        .returning(col(KnownDevice.id))
    )
    if seen.first() is not None:
        return
    query = select(col(KnownDevice.id)).where(theirs).limit(1)
    others = (await unit.session.execute(query)).first() is not None
    unit.session.add(KnownDevice(person_id=person_id, token_hash=hashed, seen_at=unit.at))
    await unit.session.flush()
    await unit.session.execute(
        delete(KnownDevice).where(theirs, col(KnownDevice.seen_at) <= unit.at - DEVICE_KEPT)
    )
    if others:
        await letters.write_to(unit, LetterKind.NEW_DEVICE, person_id)
