"""A town in which something of every kind has been written, and its exporter."""

from __future__ import annotations

import pytest

from renkei.access.policy.reach import Reach
from renkei.directory.contacts import keep_contact
from renkei.directory.groups import create_group
from renkei.ledger.unit import Unit
from support.exporting import Exporter
from support.factories import Town


@pytest.fixture
def export(town: Town) -> Exporter:
    """Exports from the town."""
    return Exporter(town.app)


@pytest.fixture
async def busy(town: Town) -> Town:
    """A call, a complete proposal, briefs of each marking, contacts, a group, follows, notices."""
    await town.follow_area(town.firm)
    call = await town.funding.call(summary_ja='=HYPERLINK("https://example.jp","押す")')
    await town.funding.complete_proposal(call)
    for tlp in ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT"):
        await town.released(tlp, shared_with=[] if tlp in {"CLEAR", "GREEN"} else [town.firm])
    await town.brief("RED")
    await town.react()
    await town.world.play(town.analyst, create_group, name_ja="磁石の会", purpose="試験")
    for viewer in (town.firm, town.analyst):
        await town.world.play(viewer, _contact)
    return town


async def _contact(unit: Unit, reach: Reach) -> None:
    person_id = reach.viewer.person_id
    assert person_id is not None
    await keep_contact(unit, person_id, f"{person_id}@test.example")
