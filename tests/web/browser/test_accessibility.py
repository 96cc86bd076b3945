"""Every page in a browser: axe's WCAG 2.2 AA rules, and no sideways scrolling at 320 pixels."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from importlib.resources import files
from typing import Any

import pytest
from playwright.async_api import Error, Page, expect

from web.browser.conftest import DESKTOP, PHONE, Portal
from web.portal.test_pages import USABLE, addresses

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Who looks at a page: the first of these who can use it.
LOOKERS = ("researcher", "ministry", "analyst", "administrator", "anonymous")


def pages_of(portal: Portal, who: str) -> dict[str, str]:
    """The pages that this one looks at; together they look at every page there is."""
    earlier = set().union(*(USABLE[one] for one in LOOKERS[: LOOKERS.index(who)]))
    mine = USABLE[who] - earlier
    return {name: path for name, path in addresses(portal.scene).items() if name in mine}


async def breaches(page: Page) -> list[str]:
    """What axe finds against the rules, with the first place of each.

    Asked again where a page that was still on its way took the place of the one that was asked.
    """
    for _ in range(20):
        with suppress(Error):
            # Pages forbid code from elsewhere; the browser's own tools may run it all the same.
            await page.evaluate(AXE)
            found: list[dict[str, Any]] = await page.evaluate(
                "rules => axe.run({runOnly: rules}).then(found => found.violations)", RULES
            )
            return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
        await asyncio.sleep(0.2)
    pytest.fail("the page never stood still")


async def test_axe_finds_nothing_on_any_page(portal: Portal) -> None:
    found = {}
    for who in LOOKERS:
        page = await portal.visit(portal.scene.people()[who])
        for name, path in pages_of(portal, who).items():
            await page.goto(f"/ja/{path}")
            if problems := await breaches(page):
                found[name] = problems
    assert found == {}


async def test_axe_would_find_something(portal: Portal) -> None:
    page = await portal.visit()
    await page.goto("/ja/help")
    await page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert [one.split(":")[0] for one in await breaches(page)] == ["label"]


async def test_axe_finds_nothing_on_what_stands_out(portal: Portal) -> None:
    """Not found, a refused form, an open menu, an opened reason of a notice."""
    portal.expects_refusals = True
    page = await portal.visit(portal.scene.funding.researcher)
    await page.goto(f"/en/proposals/{portal.scene.draft.number}/edit?step=team")
    await page.locator("input[name$='effortPercent']").first.fill("many")
    await page.get_by_role("button", name="Next").click()
    await expect(page.locator(".errors")).to_be_focused()
    refused = await breaches(page)
    await page.locator("header .menu summary").first.click()
    menu = await breaches(page)
    await page.goto("/ja/inbox")
    await page.locator(".why summary").first.click()
    opened = await breaches(page)
    missing = await page.goto("/ja/no/such/page")
    assert missing is not None
    assert missing.status == 404
    assert [refused, menu, opened, await breaches(page)] == [[], [], [], []]


async def test_no_page_scrolls_sideways_on_a_small_phone(portal: Portal) -> None:
    wide = {}
    for who in LOOKERS:
        page = await portal.visit(portal.scene.people()[who], width=PHONE)
        for name, path in pages_of(portal, who).items():
            for lang in ("ja", "en"):
                await page.goto(f"/{lang}/{path}")
                width = await page.evaluate("document.documentElement.scrollWidth")
                if width > PHONE:
                    wide[f"{lang} {name}"] = width
    assert wide == {}


async def test_targets_are_48_pixels_high_or_stand_in_text(portal: Portal) -> None:
    page = await portal.visit(portal.scene.funding.researcher, width=DESKTOP)
    await page.goto(f"/ja/proposals/{portal.scene.draft.number}/edit?step=basics")
    heights = await page.evaluate(
        """() => [...document.querySelectorAll('.button, input.input, select.input, summary')]
            .map(one => Math.round(one.getBoundingClientRect().height)).filter(high => high > 0)"""
    )
    assert len(heights) > 6
    assert min(heights) >= 48
