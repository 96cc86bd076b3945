"""Every page, for everyone, in both languages: there or not, well-formed, no inline code."""

from __future__ import annotations

import asyncio

import pytest

from support.asking import gid
from web.portal.markup import Page
from web.portal.scene import Scene

LANGUAGES = ("ja", "en")


def addresses(scene: Scene) -> dict[str, str]:
    """Where every page is, by its name and state."""
    return {
        "front": "",
        "front forecast": "?status=forecast",
        "search": "search?q=無人機",
        "search nothing": "search?q=ありえない語",
        "search unasked": "search",
        "areas": "areas",
        "area": "areas/A20-ROBO",
        "programmes": "programmes",
        "concept_new": "concepts/new",
        "calls": "calls",
        "calls closed": "calls?status=closed&areas=A20-ROBO",
        "call_new": "calls/new",
        "call": f"calls/{scene.call.code}",
        "call_edit": f"calls/{scene.draft_call.code}/edit",
        "proposals": "proposals",
        "proposal draft": f"proposals/{scene.draft.number}",
        "proposal fresh": f"proposals/{scene.fresh.number}",
        "proposal waiting": f"proposals/{scene.waiting.number}",
        "proposal submitted": f"proposals/{scene.submitted.number}",
        "edit basics": f"proposals/{scene.fresh.number}/edit",
        "edit plan": f"proposals/{scene.fresh.number}/edit?step=plan",
        "edit team": f"proposals/{scene.draft.number}/edit?step=team&find=𠮷",
        "edit declarations": f"proposals/{scene.fresh.number}/edit?step=declarations",
        "confirm": f"proposals/{scene.draft.number}/confirm",
        "confirm fresh": f"proposals/{scene.fresh.number}/confirm",
        "receipt": f"proposals/{scene.submitted.number}/receipt",
        "briefs": "briefs",
        "brief_new": "briefs/new",
        "brief": f"briefs/{scene.brief.code}",
        "brief public": f"briefs/{scene.public_brief.code}",
        "brief_edit": f"briefs/{scene.brief_draft.code}/edit",
        "brief access": f"briefs/{scene.brief.code}/access",
        "brief access draft": f"briefs/{scene.brief_draft.code}/access?find=大学",
        "brief preview": f"briefs/{scene.brief.code}/preview",
        "groups": "groups",
        "group_new": "groups/new",
        "group": f"groups/{gid('SharingGroup', scene.group.id)}",
        "group finding": f"groups/{gid('SharingGroup', scene.group.id)}?find=大学",
        "consents": "consents",
        "account": "account",
        "account address": "account/address?secret=rk1_x",
        "accounts": "accounts?find=髙",
        "prove again": "sign-in/again?next=/ja/account",
        "prove again refused": "sign-in/again?refused=NOT_SIGNED_IN",
        "audit": "audit",
        "inbox": "inbox",
        "inbox unread": "inbox?unread=yes",
        "follows": "follows",
        "posts": f"organizations/{gid('Organization', scene.firm.posts[0].organization_id)}/posts",
        "rotation": (
            f"organizations/{gid('Organization', scene.firm.posts[0].organization_id)}/rotation"
        ),
        "post": f"posts/{gid('Post', scene.firm.posts[0].id)}",
        "handover": f"posts/{gid('Post', scene.firm.posts[0].id)}/handover",
        "invitation over": "invitation?token=rki_over",
        "invitation refused": "invitation?token=rki_over&refused=password",
        "organizations": "organizations?text=大学&kinds=RESEARCH",
        "sign_in": "sign-in?next=/ja/inbox",
        "sign_in refused": "sign-in?refused=NOT_SIGNED_IN",
        "sign_in code": "sign-in/code?next=/ja/inbox",
        "sign_in code refused": "sign-in/code?refused=NOT_SIGNED_IN",
        "recover": "recover",
        "recover sent": "recover?sent=yes",
        "recover no good": "recover?refused=NOT_FOUND",
        "recover set": "recover/set?secret=rk1_x&refused=TOO_SHORT",
        "help": "help",
        "accessibility": "accessibility",
        "nowhere": "no/such/page",
    }


OPEN_TO_ALL = {
    "front", "front forecast", "search", "search nothing", "search unasked", "areas", "area",
    "programmes", "calls", "calls closed", "call", "briefs", "brief public", "organizations",
    "sign_in", "sign_in refused", "sign_in code", "sign_in code refused", "recover",
    "recover sent", "recover no good", "recover set", "help", "accessibility", "invitation over",
    "invitation refused",
}  # fmt: skip
MEMBERS = OPEN_TO_ALL | {
    "proposals", "inbox", "inbox unread", "follows", "groups", "consents", "account",
    "account address", "prove again", "prove again refused", "posts", "post",
}  # fmt: skip
GROUP = {"group", "group finding"}
RESEARCHER = MEMBERS | GROUP | {
    "proposal draft", "proposal fresh", "proposal waiting", "proposal submitted", "edit basics",
    "edit plan", "edit team", "edit declarations", "confirm", "confirm fresh", "receipt", "brief",
}  # fmt: skip
# Which pages each of them can use; all the others they are sent from, refused, or never find.
USABLE: dict[str, set[str]] = {
    "anonymous": OPEN_TO_ALL,
    "researcher": RESEARCHER,
    "partner": MEMBERS | {"proposal draft", "proposal fresh", "proposal waiting",
                          "proposal submitted", "receipt"},
    "office": MEMBERS | GROUP | {"proposal draft", "proposal fresh", "proposal waiting",
                         "proposal submitted", "receipt", "brief"},
    "ministry": MEMBERS | {"concept_new", "call_new", "call_edit", "proposal submitted", "receipt",
                           "brief", "brief_new", "group_new"},
    "analyst": MEMBERS | GROUP | {"group_new", "brief", "brief_new", "brief_edit", "brief access",
                                  "brief access draft", "brief preview"},
    "firm": MEMBERS | {"handover"},
    "keeper": MEMBERS | {"handover", "rotation"},
    # As anybody of the ministry's besides: an administrator's post opens nothing that is shared.
    "administrator": MEMBERS | {"audit", "accounts", "handover", "rotation",
                                "proposal submitted", "receipt", "brief"},
}  # fmt: skip


@pytest.mark.parametrize("who", USABLE)
async def test_every_page_is_there_for_whom_it_is_and_as_it_should_be(
    embedded_scene: Scene, who: str
) -> None:
    await everywhere(embedded_scene, who)


async def test_every_page_is_there_on_each_kind_of_database(scene: Scene) -> None:
    await everywhere(scene, "researcher")


async def everywhere(scene: Scene, who: str) -> None:
    """Look at every page in both languages: which can be used, and what is wrong with any."""
    pages = addresses(scene)
    usable, problems = set(), {}
    async with scene.visiting(scene.people()[who]) as browser:
        for name, path in pages.items():
            for lang in LANGUAGES:
                answer = await browser.get(f"/{lang}/{path}")
                assert answer.status_code in {200, 303, 403, 404}, (name, answer.text[:400])
                if answer.status_code == 303:
                    continue
                if answer.status_code == 200:
                    usable.add(name)
                page = Page.read(answer.text)
                assert page.elements[0].attributes["lang"] == lang
                if page.problems:
                    problems[f"{lang} {name}"] = page.problems
    assert problems == {}
    assert usable == USABLE[who]


async def test_what_is_hidden_and_what_is_missing_look_the_same(scene: Scene) -> None:
    async with scene.visiting(scene.firm) as browser:
        hidden = await browser.get(f"/ja/briefs/{scene.brief.code}")
        missing = await browser.get("/ja/briefs/B000-0000-0000")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert strip(hidden.text) == strip(missing.text)


def strip(html: str) -> str:
    """The page without what is new in every page: the key of its forms."""
    return "\n".join(line for line in html.splitlines() if 'name="key"' not in line)


async def test_who_is_not_signed_in_is_led_there_and_back(scene: Scene) -> None:
    async with scene.visiting() as browser:
        asked = await browser.get("/ja/inbox?unread=yes")
        signed_in = await browser.get(asked.headers["location"])
    assert asked.headers["location"] == "/ja/sign-in?next=%2Fja%2Finbox%3Funread%3Dyes"
    hidden = {e.attributes.get("value") for e in Page.read(signed_in.text).of("input")}
    assert "/ja/inbox?unread=yes" in hidden


@pytest.mark.parametrize(
    ("asked", "accepted", "led_to"),
    [("/", "en-GB,ja;q=0.5", "/en/"), ("/", "fr", "/ja/"), ("/en", "ja", "/en/")],
)
async def test_the_front_page_speaks_the_readers_language(
    scene: Scene, asked: str, accepted: str, led_to: str
) -> None:
    async with scene.visiting() as browser:
        answer = await browser.get(asked, headers={"accept-language": accepted})
    assert (answer.status_code, answer.headers["location"]) == (307, led_to)


async def test_the_language_switch_leads_to_the_same_page(scene: Scene) -> None:
    async with scene.visiting() as browser:
        answer = await browser.get("/ja/search?q=ドローン&areas=A20-ROBO&areas=A20-TRANS")
    switch = [e for e in Page.read(answer.text).of("a") if e.attributes.get("hreflang") == "en"]
    assert {e.attributes["href"] for e in switch} == {
        "/en/search?q=%E3%83%89%E3%83%AD%E3%83%BC%E3%83%B3&areas=A20-ROBO&areas=A20-TRANS"
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("calls?after=bogus", 400),
        ("search?q=%00", 400),
        ("search?q=" + "あ" * 5_000, 200),
        ("areas/%00", 404),
        ("organizations/not-an-id", 404),
        ("calls?areas=NO-SUCH-AREA", 200),
        ("help?done=no-such-act", 200),
    ],
)
async def test_a_strange_address_gets_a_page_of_its_own(
    scene: Scene, path: str, status: int
) -> None:
    async with scene.visiting() as browser:
        answer = await browser.get(f"/ja/{path}")
    assert answer.status_code == status
    assert Page.read(answer.text).problems == []


async def test_assets_may_be_kept_for_ever_and_pages_never(scene: Scene) -> None:
    async with scene.visiting() as browser:
        page = await browser.get("/ja/")
        sheet = next(e for e in Page.read(page.text).of("link") if "v=" in e.attributes["href"])
        asset, bare = await asyncio.gather(
            browser.get(sheet.attributes["href"]), browser.get("/static/base.css")
        )
    assert page.headers["cache-control"] == "no-store"
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert bare.headers["cache-control"] != asset.headers["cache-control"]
    assert "default-src 'self'" in page.headers["content-security-policy"]


async def test_the_audit_is_shown_to_administrators_and_is_nowhere_for_others(
    scene: Scene,
) -> None:
    async with scene.visiting(scene.administrator) as browser:
        page = (await browser.get("/ja/audit")).text
        assert "1時間に301件の閲覧" in page
        assert "朝比奈 涼" in page
        assert "ブリーフ 300" in page
        assert "封印済み" in page
        # No title of what was read, and no number of rows.
        assert scene.brief.title_ja not in page
        english = (await browser.get("/en/audit")).text
        assert "301 records read within an hour" in english
        # The inbox leads there.
        inbox = (await browser.get("/ja/inbox")).text
        assert "閲覧の数が目安を超えました" in inbox
        assert "/ja/audit" in inbox
    for other in (scene.firm, scene.funding.ministry, scene.analyst):
        async with scene.visiting(other) as browser:
            hidden = await browser.get("/ja/audit")
            missing = await browser.get("/ja/no-such-page")
            assert hidden.status_code == missing.status_code == 404
            assert "/ja/audit" not in (await browser.get("/ja/")).text
