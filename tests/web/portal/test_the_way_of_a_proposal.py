"""From a concept to a receipt through the pages alone, on each kind of database."""

from __future__ import annotations

import re

from renkei.proposals.receipts import verify_receipt
from renkei.signing import read_key_set
from web.portal.filling import send
from web.portal.reading import (
    choice,
    forms_before,
    get,
    links_to_fields,
    option,
    said,
    said_missing,
)
from web.portal.scene import Scene

PLAN = ("FEASIBILITY", "CONTENT", "ORGANIZATION", "BUDGET", "SAFETY")


async def test_a_ministry_publishes_a_concept_and_a_call(scene: Scene) -> None:
    async with scene.visiting(scene.funding.ministry) as browser:
        concept = await send(
            browser,
            "/ja/concepts/new",
            titleJa="海中の通信",
            summaryJa="海中で途切れない通信。",
            ministryIds=option(await get(browser, "/ja/concepts/new"), "ministryIds"),
            areas=["A20-ROBO"],
            ceilingYen="１２，０００，０００円",
        )
        assert said(concept.text) == "構想を公開しました"
        new = await get(browser, "/ja/calls/new")
        draft = await send(
            browser,
            "/ja/calls/new",
            ("act", "save"),
            titleJa="海中通信の公募",
            summaryJa="𠮷野と髙橋の公募。",
            bodyJa="本文。\n二行目。",
            conceptId=choice(new, "海中の通信"),
            opensAt="2026-11-24T12:00:00",
            closesAt="2027-01-29T12:00",
            budgetYen="６億",
            areas=["A20-ROBO", "A20-TRANS"],
        )
        assert draft.status_code == 422
        assert links_to_fields(draft.text) == ["f-budgetYen"]
        draft = await send(
            browser,
            "/ja/calls/new",
            ("act", "publish"),
            titleJa="海中通信の公募",
            summaryJa="𠮷野と髙橋の公募。",
            bodyJa="本文。\n二行目。",
            conceptId=choice(new, "海中の通信"),
            opensAt="2026-11-24T12:00:00",
            closesAt="2027-01-29T12:00",
            budgetYen="６００，０００，０００",
            areas=["A20-ROBO", "A20-TRANS"],
        )
        assert said(draft.text).startswith("公開しました")
        assert "令和9年1月29日（金）12:00" in draft.text
        assert "総額 <strong>6億円</strong> 以内" in draft.text
    async with scene.visiting() as anyone:
        assert "海中通信の公募" in (await anyone.get("/ja/calls")).text


async def test_from_a_call_to_a_receipt_that_verifies(scene: Scene) -> None:
    call = f"/ja/calls/{scene.call.code}"
    async with scene.visiting(scene.funding.researcher) as browser:
        editor = await send(
            browser,
            call,
            ("act", "propose"),
            form=forms_before(await get(browser, call), "propose"),
        )
        edit = str(editor.url.path)
        number = edit.split("/")[3]
        assert said_missing(editor.text) == 14
        await send(
            browser,
            edit,
            ("go", "plan"),
            title="止まらない群れ",
            summary="概要。",
            startsOn="2027-04-01",
            endsOn="2029-03-31",
        )
        await send(
            browser,
            f"{edit}?step=plan",
            ("go", "team"),
            also={f"plan__{section}": "書きました。" for section in PLAN},
        )
        found = await send(
            browser,
            f"{edit}?step=team",
            ("act", "find"),
            find="𠮷村",
            members__0__effortPercent="３５％",
            members__0__otherEffortPercent="55",
            budget__0__directYen="1,200,000",
        )
        assert "𠮷村 遥" in found.text
        person = re.search(r'name="add" value="([^"]+)"', found.text)
        assert person is not None
        invited = await send(browser, f"{edit}?step=team", ("add", person[1]))
        assert said(invited.text) == "参加を依頼しました"
        over = await send(
            browser,
            f"{edit}?step=team",
            ("go", "team"),
            members__1__effortPercent="50",
            members__1__otherEffortPercent="５１",
        )
        assert "𠮷村 遥さんのエフォート合計が101%です" in over.text
        assert "#f-members-1-effortPercent" in over.text
        await send(
            browser,
            f"{edit}?step=team",
            ("go", "declarations"),
            members__1__effortPercent="50",
            members__1__otherEffortPercent="50",
        )
        almost = await send(
            browser,
            f"{edit}?step=declarations",
            ("go", "confirm"),
            noOtherFunding="yes",
            confirmIntegrity="yes",
        )
        # Only the partner's consent is missing now, and that is said with a link to its place.
        assert said_missing(almost.text) == 1
        assert "#f-members-1-consent" in almost.text
    async with scene.visiting(scene.funding.partner) as browser:
        path = f"/ja/proposals/{number}"
        agreed = await send(
            browser,
            path,
            ("act", "consent"),
            form=forms_before(await get(browser, path), "consent"),
        )
        assert said(agreed.text) == "参加を承諾しました"
    async with scene.visiting(scene.funding.researcher) as browser:
        handed = await send(browser, f"/ja/proposals/{number}/confirm", ("act", "submit"))
        assert said(handed.text) == "所属機関に提出しました"
        assert "所属機関の承認を待っています" in handed.text
    async with scene.visiting(scene.funding.office) as browser:
        path = f"/ja/proposals/{number}"
        place = forms_before(await get(browser, path), "forward")
        forwarded = await send(browser, path, ("act", "forward"), form=place)
        assert said(forwarded.text) == "承認して提出しました"
        document = (await browser.get(f"{path}/receipt.json")).json()
    published, _ = read_key_set(scene.app.keys.published())
    assert published is not None
    assert verify_receipt(document, published).genuine
