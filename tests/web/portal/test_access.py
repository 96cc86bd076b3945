"""Who reads a brief, changed by forms: shared, taken back, excluded, raised, lowered by two."""

from __future__ import annotations

import httpx
import pytest

from renkei.access.policy.viewer import Viewer
from support.asking import gid
from web.portal.filling import Filled, Form, send
from web.portal.markup import Page
from web.portal.reading import forms_before, get, links_to_fields, said
from web.portal.scene import Scene

WAITS = "取扱区分の緩和が、あなたの承認を待っています"


@pytest.fixture
def scene(embedded_scene: Scene) -> Scene:
    """What a form does is the same on every database."""
    return embedded_scene


def brief_of(scene: Scene) -> str:
    """Where the shared brief is."""
    return f"/ja/briefs/{scene.brief.code}"


def organization(viewer: Viewer) -> str:
    """The id of the organisation that the viewer acts for."""
    return gid("Organization", viewer.posts[0].organization_id)


def person(viewer: Viewer) -> str:
    """The id of the viewer as a person."""
    assert viewer.person_id is not None
    return gid("Person", viewer.person_id)


async def act(browser: httpx.AsyncClient, path: str, what: str, **typed: Filled) -> httpx.Response:
    """Fill in the form whose button says `what`, and press it."""
    place = forms_before(await get(browser, path), what)
    return await send(browser, path, ("act", what), form=place, also=typed)


async def status(scene: Scene, viewer: Viewer, path: str) -> int:
    """What the viewer gets there."""
    async with scene.visiting(viewer) as browser:
        return (await browser.get(path)).status_code


async def test_sharing_names_each_kind_of_reader_for_a_time(scene: Scene) -> None:
    path = f"{brief_of(scene)}/access"
    async with scene.visiting(scene.analyst) as browser:
        nobody = await act(browser, path, "share")
        assert links_to_fields(nobody.text) == ["f-organizationIds"]
        backwards = await act(
            browser,
            path,
            "share",
            personIds=[person(scene.firm)],
            startsAt="2026-12-02T12:00",
            endsAt="2026-12-01T12:00",
        )
        assert links_to_fields(backwards.text) == ["f-personIds"]
        assert 'value="2026-12-01T12:00"' in backwards.text
        shared = await act(
            browser,
            path,
            "share",
            personIds=[person(scene.firm)],
            groupIds=[gid("SharingGroup", scene.group.id)],
            postIds=[gid("Post", scene.funding.partner.posts[0].id)],
            mayExtend="yes",
            endsAt="２０２６-12-01 12:00",
        )
        assert said(shared.text) == "共有しました"
        rows = readers(shared.text)
    until = "令和8年12月1日（火）12:00まで"
    assert rows["朝比奈 涼 人"] == (until, "読む・さらに共有する")
    assert rows["磁石の供給網を見る会 共有グループ"] == (until, "読む・さらに共有する")
    assert rows["北斗大学（架空） 職 職"] == (until, "読む・さらに共有する")
    assert rows["総合戦略研究所（架空） 組織"] == ("期限なし", "つくった組織・著者")


def readers(html: str) -> dict[str, tuple[str, str]]:
    """The table of who can see it: for when and with which right, by name and kind."""
    rows: dict[str, tuple[str, str]] = {}
    table = html.partition('id="readers"')[2].partition("</table>")[0]
    cells = [
        " ".join(one.text.split())
        for one in Page.read(f"<html lang=ja><title>t</title><h1>t</h1><table>{table}").elements
        if one.tag in {"th", "td"} and one.attributes.get("role") != "columnheader"
    ]
    for start in range(0, len(cells), 4):
        rows[cells[start]] = (cells[start + 1], cells[start + 2])
    return rows


async def test_who_was_given_the_right_shares_further_and_learns_of_nobody(scene: Scene) -> None:
    path = f"{brief_of(scene)}/access"
    async with scene.visiting(scene.analyst) as browser:
        await act(browser, path, "share", organizationIds=[organization(scene.firm)], mayExtend="y")
    async with scene.visiting(scene.firm) as browser:
        page = await get(browser, brief_of(scene))
        assert "「朝霧アビオニクス株式会社（架空）」に共有されているので、読めます" in page
        assert "さらに共有する" in page
        theirs = (await get(browser, path)).partition("<main")[2].partition("</main")[0]
        for hidden in ("だれが読めるか", "読んだ人", "緩和の申請", "取扱区分", 'name="mayExtend"'):
            assert hidden not in theirs
        more = await act(
            browser, path, "share", organizationIds=[organization(scene.funding.partner)]
        )
        assert said(more.text) == "共有しました"
        assert (await browser.get(f"{brief_of(scene)}/preview")).status_code == 404
    assert await status(scene, scene.funding.partner, brief_of(scene)) == 200
    async with scene.visiting(scene.funding.partner) as browser:
        # Who reads without that right is sent to where the same can be read.
        assert (await browser.get(path)).headers["location"] == brief_of(scene)


async def test_taking_back_and_excluding_close_it_at_once(scene: Scene) -> None:
    path = f"{brief_of(scene)}/access"
    ministry, office = scene.funding.ministry, scene.funding.office
    assert await status(scene, ministry, brief_of(scene)) == 200
    async with scene.visiting(scene.analyst) as browser:
        back = await send(browser, path, ("withdraw", organization(ministry)))
        assert said(back.text).startswith("共有先から外しました")
        own = await act(
            browser, path, "exclude", excludeOrganizationIds=[organization(scene.analyst)]
        )
        assert links_to_fields(own.text) == ["f-excludeOrganizationIds"]
        out = await act(browser, path, "exclude", excludePersonIds=[person(office)])
        assert said(out.text).startswith("除きました")
        assert "除いた相手" in out.text
        assert await status(scene, ministry, brief_of(scene)) == 404
        assert await status(scene, office, brief_of(scene)) == 404
        assert await status(scene, scene.funding.researcher, brief_of(scene)) == 200
        button = person(office)
        place = forms_before(out.text, button)
        again = await send(browser, path, ("readmit", button), form=place)
        assert said(again.text).startswith("除外を解きました")
        assert "除いた相手" not in again.text
    # The office reads it again by its organisation, as before.
    assert await status(scene, office, brief_of(scene)) == 200


async def test_a_marking_is_raised_at_once_and_never_lowered_that_way(scene: Scene) -> None:
    path = f"{brief_of(scene)}/access"
    async with scene.visiting(scene.analyst) as browser:
        wrong = await act(browser, path, "raise", marking__releasableTo="日本")
        assert links_to_fields(wrong.text) == ["f-marking-releasableTo"]
        # Nobody here has said where they stand: the originator would lock themselves out.
        locked = await act(browser, path, "raise", marking__releasableTo="ＪＰ、us")
        assert links_to_fields(locked.text) == ["f-marking"]
        laxer = await act(browser, path, "raise", marking__tlp="TLP_GREEN")
        assert said(laxer.text).startswith("区分を緩めるには、作成元の別の人の承認が要ります")
        raised = await act(browser, path, "raise", marking__tlp="TLP_RED")
        assert said(raised.text).startswith("取扱区分を変えました")
        organizations = await act(
            browser, path, "share", organizationIds=[organization(scene.firm)]
        )
        assert links_to_fields(organizations.text) == ["f-organizationIds"]
    assert await status(scene, scene.funding.researcher, brief_of(scene)) == 404


async def test_a_lowering_needs_a_reason_and_a_second_person(scene: Scene) -> None:
    path = f"{brief_of(scene)}/access"
    async with scene.visiting(scene.analyst) as browser:
        silent = await act(browser, path, "lower", lower__marking__tlp="TLP_GREEN")
        assert links_to_fields(silent.text) == ["f-lower-reason"]
        same = await act(browser, path, "lower", lower__reason="理由")
        assert links_to_fields(same.text) == ["f-lower-marking"]
        asked = {"lower__marking__tlp": "TLP_GREEN", "lower__reason": "公開資料"}
        proposed = await act(browser, path, "lower", **asked)
        assert said(proposed.text).startswith("緩和を申請しました")
        assert 'name="approve"' not in proposed.text
        assert "承認は、申請した人とは別の人が行います。" in proposed.text
        # One at a time, and nobody is told to approve their own.
        assert 'value="lower"' not in proposed.text
        assert WAITS not in await get(browser, "/ja/")
    assert await status(scene, scene.firm, brief_of(scene)) == 404
    async with scene.visiting(scene.colleague) as browser:
        assert WAITS in await get(browser, "/ja/")
        assert WAITS in await get(browser, brief_of(scene))
        page = await get(browser, path)
        (button,) = [
            one.attributes["value"]
            for one in Page.read(page).of("button")
            if one.attributes.get("name") == "approve"
        ]
        place = forms_before(page, button)
        approved = await send(browser, path, ("approve", button), form=place)
        assert said(approved.text).startswith("承認しました")
        late = await send(browser, path, ("decline", button))
        assert late.status_code == 422
        assert said(late.text) == "すでに決まっています。"
        assert WAITS not in await get(browser, "/ja/")
    assert await status(scene, scene.firm, brief_of(scene)) == 200


async def test_the_originator_sees_who_read_and_nobody_else_does(scene: Scene) -> None:
    async with scene.visiting(scene.funding.researcher) as browser:
        for _ in range(2):
            page = await get(browser, brief_of(scene))
    assert "読んだ人" not in page
    async with scene.visiting(scene.analyst) as browser:
        shown = (await get(browser, f"{brief_of(scene)}/access")).partition('id="readings"')[2]
        assert "東雲工業大学（架空）の人" in shown
        assert '<td role="cell" class="number" data-label="回数">2</td>' in shown
        again = (await get(browser, f"{brief_of(scene)}/access")).partition('id="readings"')[2]
    # Its own people are told by name, and this page too is a reading.
    assert "佐伯 涼子" in again


async def test_the_preview_shows_what_another_organisation_sees(scene: Scene) -> None:
    path = f"{brief_of(scene)}/preview"
    async with scene.visiting(scene.analyst) as browser:
        unchosen = await act(browser, path, "preview")
        assert links_to_fields(unchosen.text) == ["f-organizationId"]
        sees = await act(
            browser, path, "preview", organizationId=organization(scene.funding.researcher)
        )
        shown = sees.text.partition("<main")[2]
        assert "「東雲工業大学（架空）」の人からの見え方です" in shown
        assert "代替の調達先は、年度中に1つ以上増える。" in shown
        assert "「東雲工業大学（架空）」に共有されているので、読めます" in shown
        # What stands around it is the viewer's own again.
        assert "佐伯 涼子" in sees.text.partition("<main")[0]
        nothing = await act(browser, path, "preview", organizationId=organization(scene.firm))
        assert "あることも伝わりません" in nothing.text
        assert "代替の調達先" not in nothing.text
        assert Page.read(nothing.text).problems == []


async def test_a_draft_keeps_its_whole_marking_when_it_is_saved(scene: Scene) -> None:
    edit = f"/ja/briefs/{scene.brief_draft.code}/edit"
    async with scene.visiting(scene.analyst) as browser:
        await send(browser, "/ja/consents", ("give", "CONFIDENTIALITY"))
        marked = await send(browser, edit, ("act", "save"), marking__needsConsent="yes")
        assert said(marked.text) == "保存しました"
        saved = await send(browser, edit, ("act", "save"))
        assert said(saved.text) == "保存しました"
    assert ("marking.needsConsent", "yes") in Form(saved.text, 0).fields
