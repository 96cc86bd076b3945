"""What forms do, and every refusal with the field that it is about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from web.portal.filling import Filled, Form, send
from web.portal.markup import Page
from web.portal.reading import choice, choice_box, forms_before, get, links_to_fields, said
from web.portal.scene import ORIGIN, Scene


@pytest.fixture
def scene(embedded_scene: Scene) -> Scene:
    """What a form does is the same on every database."""
    return embedded_scene


async def test_a_call_is_told_all_that_is_wrong_and_keeps_what_was_typed(scene: Scene) -> None:
    async with scene.visiting(scene.funding.ministry) as browser:
        refused = await send(
            browser,
            f"/en/calls/{scene.draft_call.code}/edit",
            ("act", "save"),
            titleJa="題" * 100_000,
            summaryJa="",
            closesAt="2026-11-01T12:00",
            areas=["A20-NOPE"],
        )
        assert refused.status_code == 422
        assert links_to_fields(refused.text) == [
            "f-titleJa",
            "f-summaryJa",
            "f-closesAt",
            "f-areas",
        ]
        assert "題" * 1_000 in refused.text
        assert 'aria-invalid="true"' in refused.text


async def test_a_deadline_is_extended_and_never_brought_forward(scene: Scene) -> None:
    path = f"/ja/calls/{scene.call.code}"
    async with scene.visiting(scene.funding.ministry) as browser:
        page = await browser.get(path)
        place = forms_before(page.text, "extend")
        earlier = await send(
            browser, path, ("act", "extend"), form=place, closesAt="2026-12-01T12:00"
        )
        assert earlier.status_code == 422
        assert links_to_fields(earlier.text) == ["f-closesAt"]
        later = await send(
            browser, path, ("act", "extend"), form=place, closesAt="2027-02-26T12:00"
        )
        assert said(later.text).startswith("締切を延ばしました")
        assert "令和9年2月26日（金）12:00" in later.text


async def test_the_office_returns_a_proposal_with_a_reason(scene: Scene) -> None:
    path = f"/ja/proposals/{scene.waiting.number}"
    async with scene.visiting(scene.funding.office) as browser:
        place = forms_before(await get(browser, path), "return")
        silent = await send(browser, path, ("act", "return"), form=place)
        assert links_to_fields(silent.text) == ["f-reason"]
        returned = await send(
            browser, path, ("act", "return"), form=place, reason="予算の内訳が要ります。"
        )
        assert said(returned.text) == "差し戻しました"
    async with scene.visiting(scene.funding.researcher) as browser:
        editor = await get(browser, f"{path}/edit")
        assert "予算の内訳が要ります。" in editor
        assert "差戻し" in await get(browser, "/ja/proposals")


async def test_at_the_deadline_it_is_too_late_and_the_draft_is_untouched(scene: Scene) -> None:
    path = f"/ja/proposals/{scene.draft.number}/confirm"
    scene.funding.world.clock.at = scene.call.closes_at - timedelta(seconds=1)
    async with scene.visiting(scene.funding.researcher) as browser:
        form = Form(await get(browser, path), 0)
        scene.funding.world.clock.at = scene.call.closes_at
        late = await browser.post(path, data=dict(form.fields) | {"act": "submit"})
        assert late.status_code == 422
        assert "下書きはそのまま残っています" in said(late.text)
        # The page offers no button any more, and says why; the draft is as it was.
        assert 'value="submit"' not in await get(browser, path)
        assert "締切を過ぎたため" in await get(browser, path)
        kept = await get(browser, f"/ja/proposals/{scene.draft.number}/edit")
        assert f'name="version" id="version" value="{scene.draft.version}"' in kept


async def test_a_second_window_does_not_overwrite_the_first(scene: Scene) -> None:
    path = f"/ja/proposals/{scene.draft.number}/edit"
    async with scene.visiting(scene.funding.researcher) as browser:
        first = await send(browser, path, ("go", "basics"), title="一つめの窓")
        assert said(first.text) == "保存しました"
        second = await send(
            browser, path, ("go", "basics"), title="二つめの窓", version=str(scene.draft.version)
        )
        assert second.status_code == 422
        assert "ほかの人が先に保存しました" in said(second.text)
        assert 'value="二つめの窓"' in second.text
        assert 'value="一つめの窓"' in await get(browser, path)


async def test_a_draft_saves_itself_and_says_so(scene: Scene) -> None:
    path = f"/ja/proposals/{scene.draft.number}/edit"
    async with scene.visiting(scene.funding.researcher) as browser:
        saved = await send(browser, path, headers={"hx-request": "true"}, title="自動で")
        assert "12:00:00 に保存しました" in saved.text
        assert f'data-saved-version="{scene.draft.version + 1}"' in saved.text
        refused = await send(browser, path, headers={"hx-request": "true"}, endsOn="2020-01-01")
        assert "まだ保存できていません" in refused.text
        assert "終了日は、開始日より後にします" in refused.text


async def test_a_brief_is_drafted_shared_and_released(scene: Scene) -> None:
    async with scene.visiting(scene.analyst) as browser:
        new = await get(browser, "/ja/briefs/new")
        fields: dict[str, Filled] = {
            "kind": "ANALYSIS",
            "titleJa": "髙速通信の供給網",
            "summaryJa": "要旨。",
            "bodyJa": "分析。",
            "informationDate": "2026-10-31",
            "areas": ["A20-ROBO"],
            "sources__0__title": "統計",
            "sources__0__type": "統計",
            "sources__0__publisher": "見本統計局",
            "sources__0__date": "2026-10-01",
            "sources__0__reliability": "A",
            "judgements__0__statementJa": "二割下がる。",
            "judgements__0__likelihood": "LIKELY",
            "judgements__0__confidence": "LOW",
            "judgements__0__sources": "１",
        }
        unmarked = await send(browser, "/ja/briefs/new", ("act", "save"), also=fields)
        assert unmarked.status_code == 422
        assert {"f-marking-tlp", "f-marking-grade"} <= set(links_to_fields(unmarked.text))
        assert 'value="髙速通信の供給網"' in unmarked.text
        draft = await send(
            browser,
            "/ja/briefs/new",
            ("act", "save"),
            also=fields,
            marking__tlp="TLP_AMBER_STRICT",
            marking__grade="1",
        )
        assert said(draft.text) == "保存しました"
        edit = str(draft.url.path)
        early = await send(browser, edit, ("act", "release"))
        assert links_to_fields(early.text) == ["f-reviewerId"]
        released = await send(
            browser,
            edit,
            ("act", "release"),
            reviewerId=choice(new, "水無瀬 薫 総合戦略研究所（架空）"),
            organizationIds=[
                choice_box(new, f"{name}（架空）") for name in ("東雲工業大学", "見本省")
            ],
        )
        assert said(released.text).startswith("公開しました")
        code = str(released.url.path).split("/")[-1]
    async with scene.visiting(scene.funding.researcher) as browser:
        seen = await browser.get(f"/ja/briefs/{code}")
        assert "TLP:AMBER+STRICT" in seen.text
        # Why one reads it oneself is told; who else does is not.
        assert "「東雲工業大学（架空）」に共有されているので、読めます" in seen.text
        assert "見本省" not in seen.text.split("<main")[1]
    async with scene.visiting(scene.firm) as browser:
        assert (await browser.get(f"/ja/briefs/{code}")).status_code == 404
        assert "髙速通信の供給網" not in await get(browser, "/ja/briefs")


async def test_following_and_stopping_lead_back_to_where_one_was(scene: Scene) -> None:
    page = "/ja/areas/A20-TRANS"
    async with scene.visiting(scene.firm) as browser:
        on = await send(browser, page, ("act", "start"))
        assert (said(on.text), str(on.url.path)) == ("フォローしました", page)
        assert "フォロー中" in on.text
        off = await send(browser, page, ("act", "stop"))
        assert said(off.text) == "フォローをやめました"
        mute = await send(browser, "/ja/follows", ("act", "email-off"))
        assert "受信箱だけ" in mute.text


async def test_a_notice_is_read_on_the_way_to_its_subject(scene: Scene) -> None:
    async with scene.visiting(scene.firm) as browser:
        inbox = await get(browser, "/ja/inbox")
        unread = inbox.count('class="notice unread"')
        assert unread > 1
        opened = await send(browser, "/ja/inbox", form=1)
        assert str(opened.url.path).split("/")[2] in {"calls", "briefs"}
        assert (await get(browser, "/ja/inbox")).count('class="notice unread"') == unread - 1
        cleared = await send(browser, "/ja/inbox", ("act", "read-all"))
        assert said(cleared.text) == "すべて既読にしました"
        assert 'class="notice unread"' not in cleared.text


@pytest.mark.parametrize(
    ("headers", "typed", "status"),
    [
        ({"origin": "https://evil.example"}, {}, 403),
        ({"sec-fetch-site": "cross-site"}, {}, 403),
        ({"origin": ORIGIN}, {"form_token": "guessed"}, 400),
        ({"origin": ORIGIN}, {"form_token": ""}, 400),
        ({"origin": ORIGIN}, {"form_token": "髙"}, 400),
        ({"origin": ORIGIN}, {}, 303),
    ],
)
async def test_only_our_own_forms_of_this_sign_in_count(
    scene: Scene, headers: dict[str, str], typed: dict[str, str], status: int
) -> None:
    async with scene.visiting(scene.firm) as browser:
        answer = await send(
            browser,
            "/ja/areas/A20-TRANS",
            ("act", "start"),
            follow=False,
            headers=headers,
            also=typed,
        )
        assert answer.status_code == status
        follows = await get(browser, "/ja/follows")
    assert ("輸送技術" in follows.split("<main")[1]) == (status == 303)


async def test_what_no_form_sends_gets_a_page_and_not_a_stack_trace(scene: Scene) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with scene.visiting(scene.firm) as browser:
        too_large = await browser.post(
            "/ja/follows", content=b"a=" + b"b" * 10_000_000, headers=form
        )
        broken = await browser.post("/ja/follows", content=b"a=%ff", headers=form)
        many = await browser.post("/ja/follows", content=b"a=1&" * 2_000, headers=form)
    assert [too_large.status_code, broken.status_code, many.status_code] == [413, 400, 400]
    for answer in (too_large, broken, many):
        assert Page.read(answer.text).problems == []


async def test_control_characters_are_refused_at_their_field(scene: Scene) -> None:
    async with scene.visiting(scene.funding.researcher) as browser:
        refused = await send(
            browser,
            f"/ja/proposals/{scene.draft.number}/edit",
            ("go", "basics"),
            title="群れ\x00",
        )
    assert refused.status_code == 422
    assert links_to_fields(refused.text) == ["f-title"]
