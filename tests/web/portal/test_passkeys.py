"""Passkeys over HTTP: added on the account's page, signing in, proving again, taken away."""

from __future__ import annotations

import html
import json
import re

import httpx
import pytest

from renkei.clock import FixedClock
from renkei.identity import passkeys
from support.authenticator import PRESENT, SEEN, SoftwarePasskey
from support.world import World
from web.portal.filling import send
from web.portal.reading import get, links_to_fields, said
from web.portal.scene import ORIGIN, Scene

PAGE = "/ja/account"
# The forms of the account's page: where there is no passkey, and where there are some.
ADD_FIRST = 3
ROWS, RENAME, ADD_MORE = 3, 4, 5
NAME = "研究室のノートPC"


@pytest.fixture
def scene(embedded_scene: Scene) -> Scene:
    """What a form does is the same on every database."""
    return embedded_scene


def options_in(page: str) -> str:
    """What the page's script would make a passkey with."""
    found = re.search(r'name="options" value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


async def added(browser: httpx.AsyncClient) -> SoftwarePasskey:
    """Add the first passkey as the page and its script do."""
    begun = await send(browser, PAGE, ("act", "begin_passkey"), form=ADD_FIRST)
    options = options_in(begun.text)
    made = SoftwarePasskey.made_for(options, ORIGIN)
    done = await send(
        browser,
        PAGE,
        ("act", "add_passkey"),
        form=ADD_FIRST,
        shown=begun.text,
        passkey_name=NAME,
        credential=made.registration(options),
    )
    assert said(done.text) == "パスキーを登録しました。次から使えます"
    return made


async def entered(
    browser: httpx.AsyncClient, made: SoftwarePasskey, flags: int = SEEN
) -> httpx.Response:
    """Sign in as the page and its script do."""
    asked = await browser.post("/sign-in/passkey/options")
    assert asked.headers["content-type"] == "application/json"
    form = {"credential": made.assertion(asked.text, flags=flags), "next": "/ja/inbox"}
    return await browser.post("/sign-in/passkey", data=form)


async def test_a_passkey_is_added_renamed_and_removed(scene: Scene) -> None:
    async with scene.visiting(scene.firm) as browser:
        begun = await send(browser, PAGE, ("act", "begin_passkey"), form=ADD_FIRST)
        options = options_in(begun.text)
        answer = SoftwarePasskey.made_for(options, ORIGIN).registration(options, flags=PRESENT)
        refused = await send(
            browser,
            PAGE,
            ("act", "add_passkey"),
            form=ADD_FIRST,
            shown=begun.text,
            passkey_name=NAME,
            credential=answer,
        )
        assert refused.status_code == 422
        assert links_to_fields(refused.text) == ["f-passkey_name"]
        assert options_in(refused.text) == options
        await added(browser)
        page = await get(browser, PAGE)
        assert (NAME in page, "端末のあいだで同期できる" in page) == (True, True)
        bad = await send(browser, PAGE, ("act", "rename_passkey"), form=RENAME, new_name=" ")
        assert links_to_fields(bad.text) == ["f-new_name"]
        renamed = await send(
            browser, PAGE, ("act", "rename_passkey"), form=RENAME, new_name="自宅のPC<b>"
        )
        assert said(renamed.text) == "パスキーの名前を変えました"
        assert "自宅のPC&lt;b&gt;" in renamed.text
        (which,) = re.findall(r'name="remove_passkey" value="([^"]+)"', renamed.text)
        # The account has no password: it is the last way in.
        kept = await send(browser, PAGE, ("remove_passkey", which), form=ROWS)
        assert "ログインする方法がなくなります" in said(kept.text)


async def test_signing_in_opens_a_new_session_and_every_refusal_is_one_answer(scene: Scene) -> None:
    async with scene.visiting(scene.firm) as browser:
        made = await added(browser)
        before = browser.cookies["renkei_session"]
        page = await get(browser, "/ja/sign-in")
        assert 'autocomplete="username webauthn"' in page
        done = await entered(browser, made)
        assert (done.status_code, done.headers["location"]) == (303, "/ja/inbox")
        # What was signed in before, planted or left over, does not go on beside it.
        assert await scene.app.identity.by_session(before) is None
    async with scene.visiting() as browser:
        asked = await browser.post("/sign-in/passkey/options")
        cookie = asked.headers["set-cookie"].split("; ")
        assert cookie[0].startswith("renkei_passkey=rk1_")
        assert cookie[1:] == ["HttpOnly", "Max-Age=300", "Path=/", "SameSite=lax"]
        assert asked.headers["cache-control"] == "no-store"
        done = await entered(browser, made)
        assert (done.status_code, "renkei_passkey" in browser.cookies) == (303, False)
        viewer = await scene.app.identity.by_session(browser.cookies["renkei_session"])
        assert viewer is not None
        assert viewer.person_id == scene.firm.person_id
        assert '<td role="cell" data-label="方法">パスキー</td>' in await get(browser, PAGE)
    stranger = SoftwarePasskey(made.site, made.origin, made.owner)
    async with scene.visiting() as browser:
        for passkey, flags in ((made, PRESENT), (stranger, SEEN)):
            refused = await entered(browser, passkey, flags=flags)
            assert refused.headers["location"] == (
                "/ja/sign-in?refused=NOT_SIGNED_IN&next=%2Fja%2Finbox"
            )
        programs = [
            await browser.post(path, data=data, headers={"accept": "application/json"})
            for path in ("/sign-in/passkey", "/sign-in/again/passkey")
            for data in ({"next": "/"}, {"credential": "{}"}, {"credential": "でたらめ"})
        ]
    assert {(one.status_code, one.content) for one in programs} == {(401, programs[0].content)}
    assert "renkei_session" not in browser.cookies


async def test_a_session_left_open_is_proved_by_a_passkey(scene: Scene) -> None:
    async with scene.visiting(scene.firm) as browser:
        none = await browser.post("/sign-in/again/passkey/options")
        assert none.status_code == 429
        assert "パスキーで確認する" not in await get(browser, "/ja/sign-in/again")
        made = await added(browser)
        scene.app.clock.advance(minutes=11)  # type: ignore[attr-defined]  # it stands still
        sent = await send(browser, PAGE, ("act", "begin_passkey"), form=ADD_MORE)
        assert str(sent.url.path) == "/ja/sign-in/again"
        assert 'name="next" value="/ja/account#passkeys"' in sent.text
        assert "パスキーで確認する" in sent.text
        asked = await browser.post("/sign-in/again/passkey/options")
        assert len(json.loads(asked.text)["allowCredentials"]) == 1
        wrong = {"credential": made.assertion(asked.text, flags=PRESENT), "next": PAGE}
        refused = await browser.post("/sign-in/again/passkey", data=wrong)
        assert refused.headers["location"] == (
            "/ja/sign-in/again?refused=NOT_SIGNED_IN&next=%2Fja%2Faccount"
        )
        asked = await browser.post("/sign-in/again/passkey/options")
        right = {"credential": made.assertion(asked.text), "next": PAGE}
        done = await browser.post("/sign-in/again/passkey", data=right)
        assert (done.status_code, done.headers["location"]) == (303, PAGE)
        assert "本人確認に進む" not in await get(browser, PAGE)


async def test_an_administrator_takes_away_what_stood_on_a_lost_device(scene: Scene) -> None:
    assert scene.firm.person_id is not None
    world = World(scene.app.database, FixedClock(scene.app.clock.now()))
    office = await world.organization("OTHER", "連携運営事務局（架空）")
    administrator = await world.viewer(await world.person("見本 次郎", office, "administrator"))
    async with scene.visiting(scene.firm) as browser:
        made = await added(browser)
    async with scene.visiting(administrator) as browser:
        found = await get(browser, "/ja/accounts?find=朝比奈")
        (where,) = re.findall(r'href="(/ja/accounts\?find=[^"]+)"', found)
        here = html.unescape(where)
        assert "パスキー：1個" in await get(browser, here)
        done = await send(browser, here, ("act", "passkeys"))
        assert said(done.text) == "パスキーをすべて外しました"
        assert "パスキー：" not in done.text
    async with scene.app.database.reading() as connection:
        assert await passkeys.count_of(connection, scene.firm.person_id) == 0
    async with scene.visiting() as browser:
        assert "refused" in (await entered(browser, made)).headers["location"]
