"""Bad input over HTTP on the whole deployment: each gets its own clear refusal, none a 500."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from web.portal.scene import ORIGIN, Scene

JSON = {"content-type": "application/json", "accept": "application/json", "origin": ORIGIN}
REFUSED = """__typename ... on Refusal { code message messageJa }
  ... on InvalidInput { problems { path code message messageJa } }"""


async def ask(
    browser: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None
) -> httpx.Response:
    return await browser.post(
        "/graphql",
        json={"query": query, "variables": variables or {}},
        headers={"accept": "application/json", "origin": ORIGIN},
    )


async def problems(
    browser: httpx.AsyncClient, mutation: str, sent: dict[str, Any]
) -> list[tuple[str, str]]:
    """What is wrong with an input: path and code of each problem, words in both languages."""
    kind = mutation[0].upper() + mutation[1:] + "Input"
    query = f"mutation ($i: {kind}!) {{ {mutation}(input: $i) {{ {REFUSED} }} }}"
    response = await ask(browser, query, {"i": sent})
    assert response.status_code == 200, response.text
    answer = response.json()["data"][mutation]
    assert answer["__typename"] == "InvalidInput", answer
    assert all(one["message"] and one["messageJa"] for one in answer["problems"])
    return [(".".join(one["path"]), one["code"]) for one in answer["problems"]]


def call_input(**changes: Any) -> dict[str, Any]:
    """A call as sent, with what is wrong about it."""
    good = {
        "titleJa": "題",
        "summaryJa": "概要",
        "bodyJa": "本文",
        "opensAt": "2027-01-01T00:00:00+09:00",
        "closesAt": "2027-02-01T12:00:00+09:00",
        "areas": ["A20-ROBO"],
    }
    return {**good, **changes}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"titleJa": "あ" * 100_000}, ("titleJa", "TOO_LONG")),
        ({"bodyJa": "文\x00字"}, ("bodyJa", "CONTROL_CHARACTER")),
        ({"areas": ["A20-ROBO", "A99-NAI"]}, ("areas.1", "UNKNOWN_AREA")),
        ({"closesAt": "2026-12-31T12:00:00+09:00"}, ("closesAt", "END_BEFORE_START")),
    ],
)
async def test_a_call_with_one_thing_wrong(
    embedded_scene: Scene, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    async with embedded_scene.visiting(embedded_scene.funding.ministry) as ministry:
        lists = "{ concepts(first: 1) { nodes { id } } }"
        concept = (await ask(ministry, lists)).json()["data"]["concepts"]["nodes"][0]["id"]
        sent = call_input(conceptId=concept, **changes)
        assert await problems(ministry, "draftCall", sent) == [expected]


@pytest.mark.parametrize(
    ("marking", "path"),
    [({}, "marking.tlp"), ({"grade": 1}, "marking.tlp"), ({"tlp": "TLP_AMBER"}, "marking.grade")],
)
async def test_a_brief_without_a_whole_marking(
    embedded_scene: Scene, marking: dict[str, Any], path: str
) -> None:
    sent = {
        "kind": "SUPPLY_CHAIN_RISK",
        "titleJa": "題",
        "informationDate": "2026-11-20",
        "marking": marking,
    }
    async with embedded_scene.visiting(embedded_scene.analyst) as analyst:
        assert path in [found for found, _ in await problems(analyst, "draftBrief", sent)]


async def test_a_marking_that_does_not_exist(embedded_scene: Scene) -> None:
    sent = {"kind": "SUPPLY_CHAIN_RISK", "titleJa": "題", "informationDate": "2026-11-20"}
    query = "mutation ($i: DraftBriefInput!) { draftBrief(input: $i) { __typename } }"
    async with embedded_scene.visiting(embedded_scene.analyst) as analyst:
        response = await ask(analyst, query, {"i": {**sent, "marking": {"tlp": "TLP_WHITE"}}})
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_VARIABLES"
    assert "TLP_WHITE" in error["message"]


async def test_a_body_of_10_mb_is_refused_before_it_is_parsed(embedded_scene: Scene) -> None:
    async with embedded_scene.visiting(embedded_scene.analyst) as analyst:
        response = await analyst.post(
            "/graphql",
            content=b'{"query":"' + b"x" * 10_000_000 + b'"}',
            headers=JSON,
        )
    assert response.status_code == 413
    assert "1,048,576" in response.text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [('after: "でたらめ"', "after"), ("first: 100000", "first"), ("first: 0", "first")],
)
async def test_a_page_that_cannot_be(embedded_scene: Scene, arguments: str, told: str) -> None:
    query = f"{{ calls({arguments}) {{ totalCount }} }}"
    async with embedded_scene.visiting(embedded_scene.analyst) as analyst:
        (error,) = (await ask(analyst, query)).json()["errors"]
    assert error["extensions"]["code"] in {"INVALID_INPUT", "LIMIT_EXCEEDED"}
    assert error["extensions"]["messageJa"]
    assert told in str(error)


async def test_half_a_surrogate_pair(embedded_scene: Scene) -> None:
    body = b'{"query":"query ($t: String!) { search(text: $t) { totalCount } }",'
    async with embedded_scene.visiting(embedded_scene.analyst) as analyst:
        response = await analyst.post(
            "/graphql",
            content=body + b'"variables":{"t":"\\ud800"}}',
            headers=JSON,
        )
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["messageJa"]
