"""The page of one's own sign-in: password, second step, sessions, access tokens."""

from __future__ import annotations

import re

import pyotp
import pytest

from renkei.clock import FixedClock
from support.signing_in import session_of
from support.world import World
from web.portal.filling import send
from web.portal.reading import get, links_to_fields, said
from web.portal.scene import Scene

PAGE = "/ja/account"
NEW = "新しい馬の電池とホチキス"
# The forms of the page in their order.
PASSWORD, ADDRESS, SECOND_STEP, PASSKEYS, SESSIONS, TOKENS = range(6)


@pytest.fixture
def scene(embedded_scene: Scene) -> Scene:
    """What a form does is the same on every database."""
    return embedded_scene


async def test_a_password_is_changed_and_ends_the_other_sessions(scene: Scene) -> None:
    assert scene.firm.person_id is not None
    other = await session_of(scene.app, scene.firm.person_id)
    async with scene.visiting(scene.firm) as browser:
        short = await send(browser, PAGE, ("act", "password"), form=PASSWORD, password="短い")
        assert short.status_code == 422
        assert links_to_fields(short.text) == ["f-password"]
        assert "短い" not in short.text.partition("<main")[2].partition("12文字")[0]
        done = await send(browser, PAGE, ("act", "password"), form=PASSWORD, password=NEW)
        assert said(done.text).startswith("パスワードを変えました")
    assert await scene.app.identity.by_session(other) is None


async def test_the_second_step_is_set_up_with_a_picture_and_taken_away(scene: Scene) -> None:
    async with scene.visiting(scene.firm) as browser:
        begun = await send(browser, PAGE, ("act", "begin"), form=SECOND_STEP)
        assert '<div class="qr" role="img"' in begun.text
        key = re.findall(r"<code>([A-Z2-7 ]+)</code>", begun.text)[0].replace(" ", "")
        wrong = await send(
            browser, PAGE, ("act", "confirm"), form=SECOND_STEP, shown=begun.text, code="000000"
        )
        assert links_to_fields(wrong.text) == ["f-code"]
        code = pyotp.TOTP(key).at(scene.app.clock.now())
        done = await send(
            browser, PAGE, ("act", "confirm"), form=SECOND_STEP, shown=wrong.text, code=code
        )
        assert len(re.findall(r"<li><code>[2-9A-Z]{5}-[2-9A-Z]{5}</code>", done.text)) == 10
        page = await get(browser, PAGE)
        assert "使っていない予備の番号：10個" in page
        assert key not in page.replace(" ", "")
        removed = await send(browser, PAGE, ("act", "remove"), form=SECOND_STEP)
        assert said(removed.text) == "2段階認証を解除しました"


async def test_sessions_are_seen_and_ended(scene: Scene) -> None:
    assert scene.firm.person_id is not None
    others = [await session_of(scene.app, scene.firm.person_id) for _ in range(3)]
    async with scene.visiting(scene.firm) as browser:
        page = await get(browser, PAGE)
        assert page.count("Mozilla/5.0 (試験)") >= 4
        assert page.count("このセッション") == 1
        ids = re.findall(r'name="end" value="([^"]+)"', page)
        assert len(ids) == 3
        one = await send(browser, PAGE, ("end", ids[0]), form=SESSIONS)
        assert said(one.text) == "セッションを終わらせました"
        gone = await send(browser, PAGE, ("end", ids[0]), form=SESSIONS)
        assert "見つかりません" in gone.text
        rest = await send(browser, PAGE, ("act", "end_others"), form=SESSIONS)
        assert said(rest.text) == "ほかのセッションをすべて終わらせました"
    assert [await scene.app.identity.by_session(one) for one in others] == [None] * 3


async def test_a_token_is_issued_shown_once_and_revoked(scene: Scene) -> None:
    async with scene.visiting(scene.firm) as browser:
        bad = await send(browser, PAGE, ("act", "issue"), form=TOKENS, name=" ", days="400")
        assert links_to_fields(bad.text) == ["f-name", "f-days"]
        issued = await send(
            browser, PAGE, ("act", "issue"), form=TOKENS, name="夜の道具", scopes="calls:write"
        )
        (secret,) = re.findall(r"<code>(rkp_[\w-]+)</code>", issued.text)
        found = await scene.app.identity.by_access_token(secret)
        assert found is not None
        assert found.scopes == frozenset({"calls:write"})
        page = await get(browser, PAGE)
        assert secret not in page
        assert "夜の道具" in page
        (which,) = re.findall(r'name="revoke" value="([^"]+)"', page)
        revoked = await send(browser, PAGE, ("revoke", which), form=TOKENS)
        assert said(revoked.text).startswith("トークンを止めました")
        assert await scene.app.identity.by_access_token(secret) is None


async def test_a_session_left_open_is_asked_for_a_proof_first(scene: Scene) -> None:
    async with scene.visiting(scene.firm) as browser:
        before = await get(browser, PAGE)
        scene.app.clock.advance(minutes=11)  # type: ignore[attr-defined]  # it stands still
        page = await get(browser, PAGE)
        assert "本人確認に進む" in page
        assert "本人確認に進む" not in before
        sent = await send(browser, PAGE, ("act", "begin"), form=SECOND_STEP)
        assert str(sent.url.path) == "/ja/sign-in/again"
        assert 'name="next" value="/ja/account#second-step"' in sent.text
        # To end a session it is enough to be signed in.
        assert (await send(browser, PAGE, ("act", "end_others"), form=SESSIONS)).status_code == 200


async def test_an_administrator_finds_a_person_and_ends_their_sessions(scene: Scene) -> None:
    world = World(scene.app.database, FixedClock(scene.app.clock.now()))
    office = await world.organization("OTHER", "連携運営事務局（架空）")
    administrator = await world.viewer(await world.person("見本 太郎", office, "administrator"))
    target = await world.person("試験 花子", office, "office")
    session = await session_of(scene.app, target)
    async with scene.visiting(scene.firm) as browser:
        refused = await browser.get("/ja/accounts?find=試験")
        assert refused.status_code == 403
    async with scene.visiting(administrator) as browser:
        found = await get(browser, "/ja/accounts?find=試験")
        (where,) = re.findall(r'href="(/ja/accounts\?find=[^"]+)"', found)
        here = where.replace("&amp;", "&")
        page = await get(browser, here)
        assert "Mozilla/5.0 (試験)" in page
        ended = await send(browser, here, ("act", "end"))
        assert said(ended.text) == "セッションをすべて終わらせました"
        assert await scene.app.identity.by_session(session) is None
        off = await send(browser, here, ("act", "disable"))
        assert said(off.text).startswith("アカウントを止めました")
        assert await scene.app.identity.viewer(target) is None
        nobody = await get(browser, "/ja/accounts?person=not-an-id")
        assert "この人にアカウントはありません。" in nobody
