"""Every page is answered by plans, whoever opens it: none of its documents is left."""

from __future__ import annotations

import re

import pytest

from renkei.access.policy.viewer import Viewer
from support.world import World
from web.portal.scene import Scene
from web.portal.test_pages import addresses


async def officer_and_keeper(scene: Scene) -> dict[str, Viewer | None]:
    """Nobody, a researcher, an officer of the agency, and who keeps the directory."""
    world: World = scene.funding.world
    firm = scene.firm.posts[0].organization_id
    return {
        "anonymous": None,
        "researcher": scene.funding.researcher,
        "officer": await world.viewer(
            await world.person("機構 一郎", scene.funding.agency_id, "agency")
        ),
        "administrator": await world.viewer(await world.person("管理 幸", firm, "administrator")),
    }


@pytest.mark.parametrize("who", ["anonymous", "researcher", "officer", "administrator"])
async def test_no_page_has_a_document_that_is_left(embedded_scene: Scene, who: str) -> None:
    scene = embedded_scene
    viewer = (await officer_and_keeper(scene))[who]
    plans = scene.web.state.face.execution.plans
    async with scene.visiting(viewer) as browser:
        shown = 0
        for path in [
            *addresses(scene).values(),
            f"proposals/{scene.submitted.number}/receipt.json",
            "inbox/count",
        ]:
            answer = await browser.get(f"/ja/{path}")
            shown += answer.status_code == 200
        figures = (await browser.get("/metrics")).text
    assert plans.fallbacks == {}
    assert shown > 10
    assert plans.answered >= shown
    (told,) = re.findall(r"^renkei_graphql_plans_total (\S+)$", figures, re.MULTILINE)
    assert float(told) == plans.answered
    assert "renkei_graphql_plan_fallbacks_total{" not in figures
