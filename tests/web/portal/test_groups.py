"""Sharing groups and consents: made, filled and left by forms; every refusal at its field."""

from __future__ import annotations

import pytest

from support.asking import gid
from web.portal.filling import send
from web.portal.markup import Page
from web.portal.reading import get, links_to_fields, said
from web.portal.scene import Scene


@pytest.fixture
def scene(embedded_scene: Scene) -> Scene:
    """What a form does is the same on every database."""
    return embedded_scene


def buttons(html: str, name: str) -> list[str]:
    """What the buttons under this name say."""
    return [
        " ".join(one.text.split())
        for one in Page.read(html).of("button")
        if one.attributes.get("name") == name
    ]


async def test_a_group_is_made_empty_then_filled_and_emptied(scene: Scene) -> None:
    firm = gid("Organization", scene.firm.posts[0].organization_id)
    async with scene.visiting(scene.analyst) as browser:
        nameless = await send(browser, "/ja/groups/new", ("act", "create"), nameJa=" ")
        assert nameless.status_code == 422
        assert links_to_fields(nameless.text) == ["f-nameJa"]
        made = await send(
            browser, "/ja/groups/new", ("act", "create"), nameJa="𠮷野の会", purpose="髙度な材料"
        )
        assert said(made.text).startswith("共有グループをつくりました")
        assert "まだどの組織も入っていません。" in made.text
        here = str(made.url.path)
        added = await send(browser, f"{here}?find=朝霧", ("add", firm), form=0, mayExtend="yes")
        assert said(added.text).startswith("加えました")
        assert "読む・組織を加える" in added.text
        again = await send(browser, f"{here}?find=朝霧", ("add", firm), form=1)
        assert said(again.text) == "すでにこのグループに入っています。"
    async with scene.visiting(scene.firm) as browser:
        assert "𠮷野の会" in await get(browser, "/ja/groups")
        # The right that it was given is to take others in, and never to take out or to pass it on.
        theirs = await get(browser, f"{here}?find=東雲")
        assert buttons(theirs, "add") == ["加える 東雲工業大学（架空）"]
        assert buttons(theirs, "remove") == []
        assert 'name="mayExtend"' not in theirs
        left = await send(browser, here, ("leave", firm))
        assert (said(left.text)[:6], str(left.url.path)) == ("外しました。", "/ja/groups")
        assert "𠮷野の会" not in left.text
        assert (await browser.get(here)).status_code == 404


async def test_a_group_is_nobodys_to_see_from_outside(scene: Scene) -> None:
    path = f"groups/{gid('SharingGroup', scene.group.id)}"
    async with scene.visiting(scene.firm) as browser:
        assert "磁石の供給網を見る会" not in await get(browser, "/ja/groups")
        hidden = await browser.get(f"/ja/{path}")
        missing = await browser.get("/ja/groups/not-an-id")
        assert (hidden.status_code, missing.status_code) == (404, 404)
        refused = await browser.get("/en/groups/new")
        assert refused.status_code == 403
        assert "keeps sharing groups" in refused.text


async def test_a_consent_is_given_and_withdrawn(scene: Scene) -> None:
    async with scene.visiting(scene.firm) as browser:
        assert buttons(await get(browser, "/ja/consents"), "give") == ["同意する"]
        given = await send(browser, "/ja/consents", ("give", "CONFIDENTIALITY"))
        assert said(given.text) == "同意しました"
        assert "同意しています" in given.text
        withdrawn = await send(browser, "/ja/consents", ("withdraw", "CONFIDENTIALITY"))
        assert said(withdrawn.text).startswith("同意を取り下げました")
        late = await send(browser, "/en/consents", ("withdraw", "CONFIDENTIALITY"))
        assert said(late.text) == "There is no such consent in force."
