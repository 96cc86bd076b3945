"""The use case of exporting: read, entered, and only then written; all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from renkei.access.markings import Marking
from renkei.audit.service import Leaving, ReadLog
from renkei.audit.tables import DELIVERED, OPENED, BreakGlass
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.exports.eyes import BreakGlassEyes, Eyes
from renkei.exports.kinds import Kind
from renkei.exports.rows import PAGE, pages
from renkei.exports.rules import NOTHING, strictest_of
from renkei.exports.spool import Spool


@dataclass(frozen=True)
class House:
    """What exporting needs of a deployment."""

    database: Database
    clock: Clock
    reads: ReadLog


@dataclass(frozen=True)
class About:
    """What a file says of itself: what it holds, since when, and how strictly it is marked."""

    kind: str
    at: datetime
    records: int
    marking: Marking


async def gather(house: House, kind: Kind, eyes: Eyes, spool: Spool, *, size: int = PAGE) -> About:
    """Read all that these eyes see of a kind into the spool; the caller writes it out from there.

    Before a page's rows are kept, its entry is durable, and with a broken glass its own entries
    stand before the first row is read and after the last. Raises whatever keeps an entry from
    being written, and RightsChanged: then nothing may be written out.
    """
    at, request_id = house.clock.now(), f"export-{uuid4()}"
    marking = NOTHING
    if isinstance(eyes, BreakGlassEyes):
        await eyes.now()
        await _enter(house, eyes, kind, request_id, OPENED)
    async for page in pages(house.database, house.clock, kind, eyes, size=size):
        leaving = Leaving(
            eyes.reader or page.viewer, page.read, house.clock.now(), eyes.way, request_id
        )
        await house.reads.leave(leaving)
        spool.add(page.rows)
        marking = strictest_of(marking, page.marking)
    # What was lost since the last page was read is lost before the file leaves.
    await eyes.now()
    about = About(kind.name, at, spool.rows, marking)
    if isinstance(eyes, BreakGlassEyes):
        await _enter(house, eyes, kind, request_id, DELIVERED, about)
    return about


async def _enter(
    house: House,
    eyes: BreakGlassEyes,
    kind: Kind,
    request_id: str,
    step: str,
    about: About | None = None,
) -> None:
    """Leave the entry of a broken glass: before it is read, and before what was read leaves."""
    async with house.database.writing() as session:
        session.add(
            BreakGlass(
                at=house.clock.now(),
                request_id=request_id,
                step=step,
                kind=kind.name,
                as_person_id=eyes.person_id,
                by_person_id=eyes.by,
                confirmed_by_person_id=eyes.confirmed_by,
                reason=eyes.reason,
                records=about.records if about is not None else None,
                tlp=about.marking.tlp.value if about is not None else None,
            )
        )
        await session.commit()
