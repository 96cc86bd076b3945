"""Passkeys as people use them, with Chromium's virtual device: added, signing in, proving again."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from web.browser.conftest import Portal
from web.browser.test_accessibility import breaches

pytestmark = pytest.mark.browser

NAME = "研究室のノートPC"


async def device_of(page: Page) -> tuple[Any, str]:
    """A virtual device in this page that verifies its owner; its session, and its id."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    made = await session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


async def sign_out(page: Page) -> None:
    """Be nobody again."""
    await page.context.clear_cookies()


async def test_a_passkey_is_added_signs_in_and_proves_again(portal: Portal) -> None:
    scene = portal.scene
    portal.expects_refusals = True
    page = await portal.visit(scene.firm)
    session, device = await device_of(page)
    await page.goto("/ja/account")
    await page.get_by_role("button", name="パスキーを追加する").click()
    form = page.locator("form[data-passkey]")
    await form.get_by_role("textbox").fill(NAME)
    naming = await breaches(page)
    await form.get_by_role("button").click()
    await expect(page.locator(".flash")).to_have_text("パスキーを登録しました。次から使えます")
    await expect(page.get_by_role("row", name=NAME)).to_contain_text("まだ使われていません")
    # The device has one by now, and is not given a second.
    await page.get_by_role("button", name="パスキーを追加する").click()
    await form.get_by_role("textbox").fill("もう一つ")
    await form.get_by_role("button").click()
    await expect(
        page.get_by_text("この端末には、あなたのパスキーがすでにあります。")
    ).to_be_visible()
    await sign_out(page)
    # Offered in the address field; this browser's virtual person picks the one that there is.
    await page.goto("/ja/sign-in?next=/ja/account")
    await expect(page).to_have_url(f"{portal.url}/ja/account")
    await expect(page.get_by_role("row", name="このセッション")).to_contain_text("パスキー")
    await sign_out(page)
    # A browser that offers nothing there has the button.
    await page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
    # Its owner does not show a finger at first: they are told, and may try again.
    await session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False}
    )
    await page.goto("/ja/sign-in?next=/ja/account")
    await page.get_by_role("button", name="パスキーでログインする").click()
    await expect(page.get_by_text("取りやめたか、時間が過ぎたか", exact=False)).to_be_visible()
    failed = await breaches(page)
    await session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True}
    )
    await page.get_by_role("button", name="パスキーでログインする").click()
    await expect(page).to_have_url(f"{portal.url}/ja/account")
    await expect(page.get_by_role("row", name="このセッション")).to_contain_text("パスキー")
    scene.app.clock.advance(minutes=11)  # type: ignore[attr-defined]  # it stands still
    await page.reload()
    await page.get_by_role("link", name="本人確認に進む").click()
    await page.get_by_role("button", name="パスキーで確認する").click()
    await expect(page).to_have_url(f"{portal.url}/ja/account")
    await expect(page.get_by_role("link", name="本人確認に進む")).to_have_count(0)
    assert [naming, failed] == [[], []]


async def test_without_scripts_or_by_another_name_the_page_says_so(portal: Portal) -> None:
    page = await portal.visit(scripts=False)
    await page.goto("/ja/sign-in")
    await expect(page.get_by_text("パスキーを使うには、対応したブラウザーと")).to_be_visible()
    await expect(page.get_by_role("button", name="パスキーでログインする")).to_be_hidden()
    page = await portal.visit()
    await page.goto(f"{portal.url.replace('localhost', '127.0.0.1')}/ja/sign-in")
    await expect(page.get_by_role("link", name=portal.url)).to_be_visible()
    await expect(page.get_by_role("button", name="パスキーでログインする")).to_be_hidden()
