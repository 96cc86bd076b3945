"""Posts by forms: appointed, rotated, deputised and invited to; every refusal at its field."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import select

from renkei.notices.inviting import compose_invitation
from renkei.notices.tables import Delivery
from renkei.reactions import react_once
from support.asking import gid
from web.portal.filling import send
from web.portal.reading import get, links_to_fields, said
from web.portal.scene import ORIGIN, Scene

PASSWORD = "とても長い合言葉をひとつ"


@pytest.fixture
def scene(embedded_scene: Scene) -> Scene:
    """What a form does is the same on every database."""
    return embedded_scene


def posts(scene: Scene) -> str:
    key = scene.keeper.posts[0].organization_id
    return f"/ja/organizations/{gid('Organization', key)}/posts"


def post(scene: Scene) -> str:
    return f"/ja/posts/{gid('Post', scene.firm.posts[0].id)}"


async def test_a_keeper_creates_a_post_that_fits_and_no_other(scene: Scene) -> None:
    async with scene.visiting(scene.keeper) as browser:
        wrong = await send(
            browser, posts(scene), ("act", "create"), form=1, titleJa="審議官", role="MINISTRY"
        )
        assert wrong.status_code == 422
        assert links_to_fields(wrong.text) == ["f-role"]
        made = await send(
            browser, posts(scene), ("act", "create"), form=1, titleJa="髙度観測部 部長", role="FIRM"
        )
        assert said(made.text) == "ポストをつくりました"
        assert "髙度観測部 部長" in made.text
    async with scene.visiting(scene.firm) as browser:
        assert "ポストをつくる" not in await get(browser, posts(scene))


async def test_a_deputy_is_named_by_the_holder_and_ends(scene: Scene) -> None:
    keeper = gid("Person", scene.keeper.person_id or scene.firm.posts[0].id)
    async with scene.visiting(scene.firm) as browser:
        endless = await send(
            browser, post(scene), ("act", "deputy"), form=1, also={"deputy.personId": keeper}
        )
        assert links_to_fields(endless.text) == ["f-deputy-until"]
        filled = {"deputy.personId": keeper, "deputy.until": "2030-01-01T00:00"}
        long = await send(browser, post(scene), ("act", "deputy"), form=1, also=filled)
        assert links_to_fields(long.text) == ["f-deputy-until"]
        filled["deputy.until"] = "2026-12-10T09:00"
        named = await send(browser, post(scene), ("act", "deputy"), form=1, also=filled)
        assert said(named.text) == "代理を置きました。期限が来れば終わります"
        assert "令和8年12月10日（木）09:00" in named.text
        report = await get(browser, f"{post(scene)}/handover")
        assert "管理 薫" in report
        found = re.search(r'name="endDeputy" value="([^"]+)"', named.text)
        assert found is not None
        ended = await send(browser, post(scene), ("endDeputy", found[1]))
        assert said(ended.text) == "代理を終えました。ただちに効きます"


async def test_a_rotation_is_planned_with_ticks_and_choices(scene: Scene) -> None:
    path = posts(scene).replace("/posts", "/rotation")
    both = f"{gid('Post', scene.firm.posts[0].id)} " + gid("Person", scene.firm.person_id)  # type: ignore[arg-type]  # they have one
    async with scene.visiting(scene.keeper) as browser:
        page = await get(browser, path)
        # 0:00 of the next 1 April stands there already.
        assert 'value="2027-04-01T00:00:00"' in page
        nothing = await send(browser, path, ("act", "rotate"))
        assert said(nothing.text).startswith("直すところが")
        planned = await send(browser, path, ("act", "rotate"), leaving=[both])
        assert said(planned.text).startswith("予定に入れました")
        assert "令和9年4月1日（木）00:00" in planned.text


async def test_whoever_has_the_link_makes_an_account_and_has_the_post(scene: Scene) -> None:
    async with scene.visiting(scene.keeper) as browser:
        wrong = await send(
            browser,
            posts(scene),
            ("act", "invite"),
            postId=gid("Post", scene.firm.posts[0].id),
            email="haruka@xn--sagiri-6nf.example.jp",
        )
        assert links_to_fields(wrong.text) == ["f-email"]
        sent = await send(
            browser,
            posts(scene),
            ("act", "invite"),
            postId=gid("Post", scene.firm.posts[0].id),
            email="haruka@asagiri.example.jp",
        )
        assert said(sent.text) == "招待を送ります"
        assert "haruka@asagiri.example.jp" in sent.text
    token = await mailed(scene)
    async with scene.visiting() as browser:
        page = await get(browser, f"/ja/invitation?token={token}")
        assert "haruka@asagiri.example.jp" in page
        for name, password, then in (
            ("湊 遥", "短い", "refused=password"),
            (" ", PASSWORD, "refused=name"),
            ("湊 遥", PASSWORD, "/ja/sign-in"),
            ("湊 遥", PASSWORD, f"/ja/invitation?token={token}"),
        ):
            answer = await browser.post(
                "/invitation",
                data={"token": token, "name": name, "password": password, "lang": "ja"},
                headers={"origin": ORIGIN},
            )
            assert answer.status_code == 303
            assert then in answer.headers["location"]
        over = await get(browser, f"/ja/invitation?token={token}")
        assert "この招待は使えません。" in over
        foreign = await browser.post(
            "/invitation", data={"token": token}, headers={"origin": "https://evil.example"}
        )
        assert foreign.status_code == 403
        signed_in = await browser.post(
            "/sign-in",
            data={"email": "haruka@asagiri.example.jp", "password": PASSWORD},
            headers={"origin": ORIGIN},
        )
        assert isinstance(signed_in, httpx.Response)
        assert "湊 遥" in await get(browser, "/ja/inbox")


async def mailed(scene: Scene) -> str:
    """The token in the invitation's mail."""
    while await react_once(scene.app):
        pass
    async with scene.app.database.writing() as session:
        rows = (await session.execute(select(Delivery))).scalars().all()
    (delivery,) = [row for row in rows if row.invitation_id is not None]
    assert delivery.invitation_id is not None
    mail = await compose_invitation(scene.app, delivery.id, delivery.invitation_id)
    assert mail is not None
    found = re.search(r"/ja/invitation\?token=(\S+)", str(mail.get_content()))
    assert found is not None
    return found[1]
