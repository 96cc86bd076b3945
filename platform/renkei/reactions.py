"""The table "fact → what follows", on one screen; and how it is performed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Table

from renkei.areas.documents import area_entries, areas_in_list
from renkei.areas.tables import Area
from renkei.bell import Bell
from renkei.briefs.documents import brief_entries
from renkei.briefs.tables import Brief
from renkei.calls.documents import call_entries
from renkei.calls.tables import Call
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.directory.documents import organization_entries, person_entries
from renkei.directory.tables import Organization, Person
from renkei.ledger import reacting
from renkei.ledger.reacting import Ledger, NotNow, Reaction
from renkei.ledger.unit import Unit
from renkei.notices.posting import post
from renkei.notices.telling import tell
from renkei.search import indexing
from renkei.search.indexing import Source
from renkei.search.port import SearchEngine
from renkei.settings import Settings

TELL = "notices.tell"
INVITE = "notices.invite"
INDEX = "search.index"
SEND = "letters.send"

REACTIONS: dict[str, tuple[str, ...]] = {
    "account.letter_written": (SEND,),
    "area_list.loaded": (INDEX,),
    "organization.registered": (INDEX,),
    "person.registered": (INDEX,),
    "post.taken_up": (TELL,),
    "deputy.named": (TELL,),
    "deputy.ending_soon": (TELL,),
    "deputy.ended": (TELL,),
    "invitation.sent": (INVITE,),
    "call.drafted": (INDEX,),
    "call.edited": (INDEX,),
    "call.published": (TELL, INDEX),
    "call.deadline_extended": (TELL,),
    "call.closing_soon": (TELL,),
    "call.cancelled": (TELL,),
    "proposal.partner_invited": (TELL,),
    "proposal.consent_given": (TELL,),
    "proposal.consent_declined": (TELL,),
    "proposal.handed_in": (TELL,),
    "proposal.returned": (TELL,),
    "proposal.submitted": (TELL,),
    "brief.drafted": (INDEX,),
    "brief.edited": (INDEX,),
    "brief.released": (TELL, INDEX),
    "brief.shared": (TELL, INDEX),
    "brief.corrected": (TELL, INDEX),
    "brief.narrowed": (INDEX,),
    "brief.lowered": (INDEX,),
    "audit.bulk_reading": (TELL,),
}


def reactions_of(kind: str) -> tuple[str, ...]:
    """What follows from a fact of this kind."""
    return REACTIONS.get(kind, ())


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


# What is searched, by kind; and facts whose subject is not the searched record itself.
SOURCES: Mapping[str, Source] = {
    "call": Source(_table(Call), call_entries),
    "brief": Source(_table(Brief), brief_entries),
    "organization": Source(_table(Organization), organization_entries),
    "area": Source(_table(Area), area_entries),
    "person": Source(_table(Person), person_entries),
}
SUBJECTS: indexing.Subjects = {"area_list": ("area", areas_in_list)}


class Places(Protocol):
    """What reactions need of the process that they run in."""

    settings: Settings
    clock: Clock
    database: Database
    search: SearchEngine
    bell: Bell


# Documents of one commit of the index, and due rows of one claim.
INDEX_BATCH = 100
CLAIM = 100


async def react_once(places: Places, limit: int = CLAIM) -> int:
    """Perform up to `limit` reactions that are due; how many there were. Call it until none are."""
    # In this order: people wait for notices, nobody for the index.
    reactions = {
        SEND: Reaction(partial(post, column="letter_id"), batch=INDEX_BATCH),
        TELL: Reaction(partial(tell, bell=places.bell)),
        INVITE: Reaction(partial(post, column="invitation_id")),
        INDEX: Reaction(
            partial(indexing.index, engine=places.search, sources=SOURCES, subjects=SUBJECTS),
            batch=INDEX_BATCH,
        ),
    }
    lease = timedelta(seconds=places.settings.lease_seconds)
    ledger = Ledger(places.database, places.clock, lease, reactions, reactions_of)
    return await reacting.react(ledger, limit=limit) or await _catch_up(places)


async def _catch_up(places: Places) -> int:
    """Index what the clock alone has changed; nothing, where the engine is away."""
    async with places.database.writing() as session:
        unit = Unit(session, at=places.clock.now(), reactions_of=reactions_of)
        try:
            done = await indexing.catch_up(unit, engine=places.search, sources=SOURCES)
        except NotNow:
            return 0
        await unit.commit()
    return done


async def reindex(places: Places) -> int:
    """Rebuild the search index from the database; how many documents it holds."""
    return await indexing.reindex(places.database, places.clock, places.search, SOURCES)
