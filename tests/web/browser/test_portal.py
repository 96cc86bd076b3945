"""The portal as people use it: by keyboard, without scripts, and live."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

import pytest
from playwright.async_api import Error, Page, expect

from renkei.reactions import react_once
from web.browser.conftest import Portal

pytestmark = pytest.mark.browser


async def tab_to(page: Page, name: str, *, at_most: int = 120) -> None:
    """Press Tab until the control with this name has the focus."""
    for _ in range(at_most):
        await page.keyboard.press("Tab")
        focused = await asked(
            page,
            """() => { const one = document.activeElement;
                return one.getAttribute('aria-label') || one.labels?.[0]?.innerText
                    || one.innerText || '' }""",
        )
        if name in focused:
            return
    pytest.fail(f"no control named {name} within {at_most} steps")


async def asked(page: Page, script: str) -> str:
    """What the page answers; asked again where a page that was on its way took its place."""
    for _ in range(20):
        with suppress(Error):
            return str(await page.evaluate(script))
        await asyncio.sleep(0.1)
    pytest.fail("the page never stood still")


async def until(page: Page, condition: str) -> None:
    """Wait for a condition; Playwright's own way of waiting is code that our pages forbid."""
    for _ in range(200):
        # Between two pages there is none to ask.
        with suppress(Error):
            if await page.evaluate(condition):
                return
        await asyncio.sleep(0.05)
    pytest.fail(f"{condition} did not come true")


async def enter(page: Page) -> None:
    """Press Enter and wait for the page that it leads to."""
    await page.evaluate("window.left = true")
    await page.keyboard.press("Enter")
    await until(page, "!window.left && document.readyState === 'complete'")


async def test_from_search_to_submission_by_keyboard_alone(portal: Portal) -> None:
    page = await portal.visit(portal.scene.funding.researcher)
    await page.goto("/ja/search")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip-link"
    await page.keyboard.press("Enter")
    await tab_to(page, "探すことば")
    await page.keyboard.type("無人機")
    await enter(page)
    await tab_to(page, "小型無人機の自律制御")
    await enter(page)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("小型無人機の自律制御")
    await tab_to(page, "フォロー")
    await enter(page)
    await expect(page.locator(".flash")).to_have_text("フォローしました")
    # After an act the focus is where it is told.
    assert "flash" in await page.evaluate("document.activeElement.className")
    await page.goto(f"/ja/proposals/{portal.scene.draft.number}/edit?step=declarations")
    await tab_to(page, "確認へ進む")
    await enter(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("提案書の確認")
    await tab_to(page, "所属機関に提出する")
    await enter(page)
    await expect(page.locator(".flash")).to_have_text("所属機関に提出しました")


async def test_what_has_the_focus_can_be_seen(portal: Portal) -> None:
    page = await portal.visit()
    await page.goto("/ja/calls")
    for _ in range(12):
        await page.keyboard.press("Tab")
        outline = await page.evaluate(
            """() => { const seen = getComputedStyle(document.activeElement);
                return [seen.outlineStyle, parseFloat(seen.outlineWidth)] }"""
        )
        assert outline == ["solid", 4]


async def test_the_main_tasks_without_scripts(portal: Portal) -> None:
    page = await portal.visit(portal.scene.funding.researcher, scripts=False)
    await page.goto("/ja/")
    await page.locator("header .menu summary").first.click()
    await page.get_by_role("link", name="わたしの提案").click()
    await page.goto("/ja/search")
    await page.get_by_label("公募・ブリーフ・組織を探すことば").fill("ドローン")
    await page.get_by_role("button", name="検索", exact=True).click()
    await page.get_by_role("link", name="小型無人機の自律制御").first.click()
    await page.get_by_role("button", name="提案書をつくる").click()
    await page.get_by_label("研究開発課題名").fill("スクリプトなしの提案")
    await page.get_by_role("button", name="次へ").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("スクリプトなしの提案")
    await page.get_by_role("link", name="English").first.click()
    await expect(page.get_by_role("heading", level=2).first).to_have_text(
        "Needed before you can hand it in"
    )


async def test_a_notice_shows_at_once_where_somebody_looks(portal: Portal) -> None:
    scene = portal.scene
    page = await portal.visit(scene.firm)
    await page.goto("/ja/inbox")
    badge = page.locator("header .count-badge")
    before = int(await badge.inner_text())
    # The page has begun to listen when its request for events is open.
    await page.wait_for_timeout(1_000)
    await scene.funding.call(title_ja="いま公開された公募")
    while await react_once(scene.app):
        pass
    await expect(badge).to_have_text(str(before + 1), timeout=5_000)


async def test_a_draft_saves_itself_while_one_writes(portal: Portal) -> None:
    page = await portal.visit(portal.scene.funding.researcher)
    await page.clock.install()
    await page.goto(f"/ja/proposals/{portal.scene.draft.number}/edit")
    version = int(await page.locator("#version").input_value())
    await page.get_by_label("研究開発課題名").fill("書いているあいだに保存")
    await page.clock.run_for(21_000)
    saved = page.locator("[data-saved-version]")
    await expect(saved).to_have_attribute("data-saved-version", str(version + 1))
    await expect(page.locator("#version")).to_have_value(str(version + 1))
    await page.get_by_role("button", name="次へ").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("書いているあいだに保存")


async def test_the_countdown_moves_and_never_says_more_than_there_is(portal: Portal) -> None:
    page = await portal.visit()
    await page.clock.install()
    await page.goto(f"/ja/calls/{portal.scene.call.code}")
    countdown = page.locator("[data-countdown]")
    shown = re.sub(r"\s", "", await countdown.inner_text())
    assert shown in {"65日0時間0分", "64日23時間59分"}
    await page.clock.run_for(61_000)
    later = re.sub(r"\s", "", await countdown.inner_text())
    assert later in {"64日23時間58分", "64日23時間59分"}


async def test_menus_open_and_close(portal: Portal) -> None:
    page = await portal.visit(portal.scene.funding.ministry, width=360)
    await page.goto("/ja/")
    menu = page.locator("details.menu.only-narrow")
    await menu.locator("summary").click()
    await expect(menu.get_by_role("link", name="技術領域")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(menu.get_by_role("link", name="技術領域")).to_be_hidden()
