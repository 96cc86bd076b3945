"""A day of a stolen access token: what the thief gets, what the owner and administrators see.

An analyst's token for a nightly script was left in a public repository. Whoever finds it reads
briefs; the day ends when its owner sees on the account page that it was used and takes it away.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from renkei.audit.watching import DAY, HOUR, watch
from web.portal.filling import send
from web.portal.reading import get
from web.portal.scene import Scene

PAGE, TOKENS = "/ja/account", 4
BRIEFS = "{ viewer { person { name } } briefs { totalCount nodes { title { ja } } } }"
# What a thief would like to stay with; each is a use case that only its owner may.
TO_STAY = {
    "issueAccessToken": 'issueAccessToken(input: {name: "もう一つ"})',
    "changePassword": 'changePassword(input: {password: "盗んだ人の新しい合言葉"})',
    "askNewAddress": 'askNewAddress(input: {email: "dorobou@example.jp"})',
    "beginSecondStep": "beginSecondStep",
}


@pytest.fixture
async def stolen(embedded_scene: Scene) -> str:
    """The secret of the analyst's token, which may read and draft briefs."""
    async with embedded_scene.visiting(embedded_scene.analyst) as browser:
        issued = await send(
            browser, PAGE, ("act", "issue"), form=TOKENS, name="夜の集計", scopes="briefs:write"
        )
    (secret,) = re.findall(r"<code>(rkp_[\w-]+)</code>", issued.text)
    return str(secret)


async def asked(scene: Scene, secret: str, document: str) -> httpx.Response:
    """What the API answers to whoever has the token."""
    async with scene.visiting() as thief:
        return await thief.post(
            "/graphql",
            json={"query": document},
            headers={"accept": "application/json", "authorization": f"Bearer {secret}"},
        )


async def data(scene: Scene, secret: str, document: str) -> dict[str, Any]:
    answer = (await asked(scene, secret, document)).json()
    assert "errors" not in answer, answer
    told: dict[str, Any] = answer["data"]
    return told


@pytest.mark.parametrize("field", TO_STAY)
async def test_it_opens_no_door_that_outlasts_it(
    embedded_scene: Scene, stolen: str, field: str
) -> None:
    document = f"mutation {{ {TO_STAY[field]} {{ __typename ... on Refusal {{ code }} }} }}"
    told = await data(embedded_scene, stolen, document)
    assert told[field]["code"] == "NOT_ALLOWED"


async def test_it_writes_nothing_beyond_its_scopes(embedded_scene: Scene, stolen: str) -> None:
    told = await data(
        embedded_scene,
        stolen,
        """mutation { createSharingGroup(input: {nameJa: "会", purpose: "盗み見"}) {
          __typename ... on Refusal { code } } }""",
    )
    assert told["createSharingGroup"] == {"__typename": "NotAllowed", "code": "NOT_ALLOWED"}


async def test_the_day_from_its_first_use_to_its_end(embedded_scene: Scene, stolen: str) -> None:
    scene = embedded_scene
    read = await data(scene, stolen, BRIEFS)
    # It has its owner's eyes, so what it reads is entered as read by a token of theirs.
    assert read["viewer"]["person"]["name"] == "佐伯 涼子"
    assert read["briefs"]["totalCount"] == 3
    async with scene.app.unit() as unit:
        assert await watch(unit, thresholds={HOUR: 1, DAY: 1}) > 0
    async with scene.visiting(scene.administrator) as browser:
        seen = await get(browser, "/ja/audit")
        assert "佐伯 涼子" in seen
        assert "アクセストークン" in seen
    async with scene.visiting(scene.analyst) as browser:
        page = await get(browser, PAGE)
        (row,) = [one for one in page.split("<tr") if "夜の集計" in one]
        assert 'data-label="最後に使用">令和8年11月24日（火）12:00<' in row
        (which,) = re.findall(r'name="revoke" value="([^"]+)"', page)
        await send(browser, PAGE, ("revoke", which), form=TOKENS)
    after = await asked(scene, stolen, BRIEFS)
    assert after.status_code == 401
    assert "佐伯" not in after.text
