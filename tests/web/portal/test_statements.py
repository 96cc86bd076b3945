"""How many SQL statements a page costs: bounded by what its document asks, never by the rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event

from renkei.proposals.service import draft_proposal
from web.portal.scene import Scene
from web.portal.test_pages import USABLE, addresses

# The dearest page: home asks eleven things at once, some of them two links deep.
STATEMENTS_MAX = 46


async def counts(scene: Scene, who: str) -> dict[str, int]:
    """The statements that each page needs that this one can use, sign-in included."""
    found = {}
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = scene.app.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    async with scene.visiting(scene.people()[who]) as browser:
        for name, path in addresses(scene).items():
            if name in USABLE[who]:
                sent.clear()
                await browser.get(f"/ja/{path}")
                found[name] = len(sent)
    event.remove(engine, "before_cursor_execute", note)
    return found


async def test_a_page_costs_the_same_however_many_rows_it_shows(embedded_scene: Scene) -> None:
    scene = embedded_scene
    # The first reading of a proposal interns what its originator sees of readings.
    await counts(scene, "researcher")
    before = await counts(scene, "researcher")
    for number in range(3):
        call = await scene.funding.call(title_ja=f"増えた公募{number}")
        await scene.funding.complete_proposal(call)
        await scene.funding.world.play(
            scene.funding.researcher, draft_proposal, call_id=scene.call.id, title=f"増えた{number}"
        )
    after = await counts(scene, "researcher")
    assert after == before
    assert max(after.values()) <= STATEMENTS_MAX
