"""The job `audit.seal`: what is committed and waits is sealed, a batch a transaction.

Triggers put each row on the list of those that wait, in the row's own transaction: whatever order
keys come in, a row is there as soon as it is committed, and not before. A seal takes rows off the
list in the transaction in which it is made, so that a kill leaves neither a gap nor a row twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from renkei.access.policy.clauses import ADMINISTRATOR, MEMBERS_GATE, Audience
from renkei.access.policy.system import as_system
from renkei.access.store import interned
from renkei.audit.leaves import FORMAT, Key, leaves_of
from renkei.audit.merkle import leaf_hash, root_of
from renkei.audit.seals import NOTHING, Sealing
from renkei.audit.tables import Seal, SealEntry, Unsealed
from renkei.clock import Clock
from renkei.database.alone import alone
from renkei.database.engine import Database
from renkei.signing import SIGNATURE, SigningKeys

JOB = "audit.seal"
# Rows of one seal: SQLite's one writer waits for it.
BATCH = 1_000
_PARAMETERS = 500

log = structlog.get_logger("renkei.audit")


class Places(Protocol):
    """What sealing needs of the process that it runs in."""

    clock: Clock
    database: Database
    keys: SigningKeys


async def seal(places: Places) -> int:
    """Seal up to `BATCH` of the rows that wait; how many it were. Call it until none are.

    Any number of processes may: one at a time makes a seal.
    """
    async with places.database.writing() as session:
        await alone(session, JOB)
        keys = await _taken(session)
        if keys:
            await _sealed_once(session, places, keys)
        await session.commit()
    return len(keys)


async def _taken(session: AsyncSession) -> Sequence[Key]:
    """Rows that wait, taken off the list by their numbers: one that comes meanwhile stays on it."""
    first = select(col(Unsealed.id)).order_by(col(Unsealed.id)).limit(BATCH)
    taken = await session.execute(
        delete(Unsealed)
        .where(col(Unsealed.id).in_(first))
        .returning(col(Unsealed.id), col(Unsealed.kind), col(Unsealed.row_key))
    )
    rows = sorted((number or 0, kind, key) for number, kind, key in taken)
    return [(kind, key) for _, kind, key in rows]


async def _sealed_once(session: AsyncSession, places: Places, keys: Sequence[Key]) -> None:
    """Seal the rows; those that are sealed already are looked for only where there is one."""
    try:
        async with session.begin_nested():
            await _sealed(session, places, keys)
    except IntegrityError:
        fresh = await _not_sealed_yet(session, keys)
        log.error("audit.waits_again", rows=len(keys) - len(fresh))
        if fresh:
            await _sealed(session, places, fresh)


async def _sealed(session: AsyncSession, places: Places, keys: Sequence[Key]) -> None:
    newest = await newest_seal(session)
    number, last, previous = (
        (newest.number, newest.last, newest.digest) if newest else (0, 0, NOTHING)
    )
    contents = await leaves_of(session, keys, postgres=not places.database.is_sqlite)
    if missing := [key for key in keys if key not in contents]:
        log.error("audit.gone_before_sealed", rows=len(missing), first=missing[0])
    entries: list[dict[str, Any]] = [
        {"position": at, "kind": kind, "row_key": key, "leaf": leaf_hash(at, content)}
        for at, (kind, key) in enumerate(keys, start=last + 1)
        for content in [contents.get((kind, key)) or nothing_of(kind, key)]
    ]
    sealing = Sealing(
        number=number + 1,
        at=places.clock.now(),
        previous=previous,
        root=root_of([entry["leaf"] for entry in entries]).hex(),
        first=last + 1,
        last=last + len(entries),
    )
    anchor = sealing.anchor(places.keys.current)
    await session.execute(insert(SealEntry), entries)
    seen_by = await interned(session, Audience.of(ADMINISTRATOR), MEMBERS_GATE)
    session.add(
        Seal(
            **vars(sealing),
            digest=sealing.digest,
            key_id=str(anchor["keyId"]),
            signature=str(anchor[SIGNATURE]),
            **seen_by,
        )
    )


async def _not_sealed_yet(session: AsyncSession, keys: Sequence[Key]) -> Sequence[Key]:
    """The keys without those that have an entry: put on the list again, by nobody of ours."""
    found: set[Key] = set()
    for kind in dict.fromkeys(kind for kind, _ in keys):
        every = [key for one, key in keys if one == kind]
        for start in range(0, len(every), _PARAMETERS):
            query = select(col(SealEntry.row_key)).where(
                col(SealEntry.kind) == kind,
                col(SealEntry.row_key).in_(every[start : start + _PARAMETERS]),
            )
            found |= {(kind, key) for key in (await session.execute(query)).scalars()}
    return [key for key in dict.fromkeys(keys) if key not in found]


def nothing_of(kind: str, key: str) -> bytes:
    """What is sealed of a row that was gone, or not to be read, when its seal was made."""
    return f"{FORMAT} nothing {kind} {key}".encode()


async def newest_seal(session: AsyncSession) -> Seal | None:
    """The last seal that was made."""
    query = select(Seal).order_by(col(Seal.number).desc()).limit(1)
    return (await session.execute(as_system(query, JOB))).scalar()
