"""Plans over a real app, on each kind of database in turn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from renkei.calls import service
from renkei.calls.tables import Call, Concept
from support.asking import Asker
from support.funding import Funding
from support.planning import Planning, execution


@pytest.fixture
def planning(ask: Asker) -> Planning:
    """Asks plans and the plain executor; no document is known to it yet."""
    return Planning(ask.app, execution())


@pytest.fixture
async def concept(funding: Funding) -> Concept:
    """What the calls are made of."""
    return await funding.concept()


@pytest.fixture
async def calls(funding: Funding, concept: Concept) -> list[Call]:
    """Seven published calls in both areas by their deadlines, two at a time at the same instant."""
    world, made = funding.world, []
    for number in range(7):
        closes = world.clock.now() + timedelta(days=1 + number // 2)
        title = f"件名{number}" if number else "100%_件/名"
        draft = funding.draft(concept, title_ja=title, closes_at=closes)
        call = await world.play(funding.ministry, service.draft_call, draft=draft)
        made.append(await world.play(funding.ministry, service.publish_call, call_id=call.id))
    return sorted(made, key=lambda call: (call.closes_at, call.id.hex))


@pytest.fixture
async def hidden(funding: Funding, concept: Concept) -> Call:
    """A call that only its ministry sees: it is not published yet."""
    draft = funding.draft(concept)
    return await funding.world.play(funding.ministry, service.draft_call, draft=draft)
