"""Who reads a brief, without scripts: shared, looked at through other eyes, excluded, lowered."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from web.browser.conftest import Portal
from web.browser.test_accessibility import breaches

pytestmark = pytest.mark.browser

FIRM = "朝霧アビオニクス株式会社（架空）"


async def look_as_the_firm(page: Page) -> None:
    """From the page of access to the preview, and through the firm's eyes."""
    await page.get_by_role("link", name="ほかの組織からの見え方").click()
    await page.get_by_label(FIRM).check()
    await page.get_by_role("button", name="この組織として見る").click()


async def test_the_whole_life_of_a_sharing(portal: Portal) -> None:
    scene = portal.scene
    page = await portal.visit(scene.analyst, scripts=False)
    await page.goto(f"/ja/briefs/{scene.brief.code}")
    await page.get_by_role("link", name="読める人と取扱い").click()
    await look_as_the_firm(page)
    await expect(page.locator(".callout")).to_contain_text("あることも伝わりません")
    await page.get_by_role("link", name="読める人と取扱い").click()
    await page.get_by_label("組織・グループ・人の名前").fill("朝霧")
    await page.get_by_role("button", name="さがす").click()
    await page.locator("#f-organizationIds").get_by_label(FIRM).check()
    await page.get_by_role("button", name="共有する", exact=True).click()
    await expect(page.locator(".flash")).to_have_text("共有しました")
    await expect(page.get_by_role("row", name=FIRM)).to_contain_text("読む")
    await look_as_the_firm(page)
    await expect(page.locator(".callout")).to_contain_text("下のように見えます")
    await page.get_by_role("link", name="読める人と取扱い").click()
    await page.get_by_role("button", name=f"共有先から外す {FIRM}").click()
    await expect(page.locator(".flash")).to_have_text("共有先から外しました。もう読めません")
    await page.locator("summary", has_text="除く組織").click()
    await page.locator("#f-excludeOrganizationIds").get_by_label(FIRM).check()
    await page.get_by_role("button", name="除く", exact=True).click()
    await expect(page.locator(".flash")).to_contain_text("除きました")
    await page.locator("summary", has_text="緩和を申請する").click()
    await page.locator("#f-lower-marking-tlp").select_option("TLP_GREEN")
    await page.get_by_label("理由").fill("公開資料だけになったため。")
    await page.get_by_role("button", name="申請する", exact=True).click()
    await expect(page.locator(".flash")).to_contain_text("緩和を申請しました")
    second = await portal.visit(scene.colleague, scripts=False)
    await second.goto(f"/ja/briefs/{scene.brief.code}/access")
    await second.get_by_role("button", name="承認して緩める").click()
    await expect(second.locator(".marking-banner")).to_contain_text("TLP:GREEN")
    # Every member reads it now, but for whom it excludes.
    await look_as_the_firm(second)
    await expect(second.locator(".callout")).to_contain_text("あることも伝わりません")


async def test_axe_finds_nothing_on_what_is_folded_refused_or_previewed(portal: Portal) -> None:
    portal.expects_refusals = True
    scene = portal.scene
    page = await portal.visit(scene.analyst)
    await page.goto(f"/ja/briefs/{scene.brief.code}/access")
    await page.get_by_text("強める", exact=True).click()
    await page.locator("#f-marking-releasableTo").fill("日本")
    await page.get_by_role("button", name="強めて、すぐに効かせる").click()
    await expect(page.locator(".errors")).to_be_focused()
    await page.evaluate("document.querySelectorAll('.fold').forEach(one => { one.open = true })")
    refused = await breaches(page)
    await page.goto(f"/ja/briefs/{scene.brief.code}/preview")
    await page.get_by_label("東雲工業大学（架空）").check()
    await page.get_by_role("button", name="この組織として見る").click()
    await expect(page.locator(".callout")).to_contain_text("下のように見えます")
    previewed = await breaches(page)
    await page.goto(f"/ja/briefs/{scene.brief.code}")
    await page.locator(".why summary").click()
    assert [refused, previewed, await breaches(page)] == [[], [], []]
