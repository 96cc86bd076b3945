"""GraphQL over HTTP: identity, language, rates and introspection."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from renkei.access.policy.viewer import Viewer
from renkei_web.documents import document_id
from web.asking import ask, first_error
from web.toy import TRUSTED, Toy, toy_server, toy_settings

GRAPHQL = "application/graphql-response+json"
TYPENAME = "{ __typename }"
COERCE_FAILURE = {"query": "query C($t: String!) { echo(text: $t) }", "variables": {"t": None}}
TYPE_BY_NAME = "query T($name: String!) { __type(name: $name) { name } }"

# --- who asks ----------------------------------------------------------------------------------


def test_a_token_and_a_cookie_are_the_same_person(toy: Toy, client: httpx.Client) -> None:
    toy.app.identity.sessions["rks_a"] = Viewer(person_id=toy.app.identity.person_id)
    me = {"data": {"me": str(toy.app.identity.person_id)}}
    assert ask(client, "{ me }").json() == me
    with httpx.Client(base_url=toy.url, cookies={"renkei_session": "rks_a"}) as browser:
        assert ask(browser, "{ me }").json() == me
        assert ask(browser, "{ me }", origin=toy.url).json() == me
        for origin in ("https://evil.example", "null", "http://127.0.0.1:1", "http://["):
            response = ask(browser, "{ me }", origin=origin)
            assert (response.status_code, first_error(response)["extensions"]["code"]) == (
                403,
                "WRONG_ORIGIN",
            )
        assert ask(browser, "{ me }", **{"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_token_needs_no_origin_and_wins_over_a_cookie(toy: Toy) -> None:
    other = uuid4()
    toy.app.identity.tokens["rkp_other"] = Viewer(person_id=other)
    toy.app.identity.sessions["rks_b"] = Viewer(person_id=toy.app.identity.person_id)
    with httpx.Client(base_url=toy.url, cookies={"renkei_session": "rks_b"}) as browser:
        response = ask(
            browser, "{ me }", authorization="Bearer rkp_other", origin="https://app.example"
        )
    assert response.json() == {"data": {"me": str(other)}}


@pytest.mark.parametrize("value", ["Bearer gone", "Bearer", "Basic YTpi", "Bearer \u00e9"])
def test_a_token_that_is_none_is_refused(anyone: httpx.Client, value: str) -> None:
    response = anyone.post(
        "/graphql",
        json={"documentId": document_id(TRUSTED)},
        headers=[(b"authorization", value.encode("latin-1"))],
    )
    assert (response.status_code, first_error(response)["extensions"]["code"]) == (
        401,
        "NOT_SIGNED_IN",
    )


def test_a_stale_cookie_is_nobody(toy: Toy) -> None:
    with httpx.Client(base_url=toy.url, cookies={"renkei_session": "rks_gone"}) as browser:
        assert browser.post("/graphql", json={"documentId": document_id(TRUSTED)}).json()["data"]
        assert ask(browser, "{ me }").status_code == 401


@pytest.mark.parametrize(
    ("accept", "language"), [("en-GB, ja;q=0.5", "en"), ("fr, ja", "ja"), ("fr", "ja"), ("", "ja")]
)
def test_the_language_is_the_clients(client: httpx.Client, accept: str, language: str) -> None:
    response = ask(client, "{ language }", **{"accept-language": accept})
    assert response.json() == {"data": {"language": language}}


def test_answers_are_kept_by_no_cache(client: httpx.Client) -> None:
    headers = ask(client, "{ me }").headers
    assert (headers["cache-control"], headers["vary"]) == (
        "no-store",
        "accept, authorization, cookie",
    )


# --- rates and introspection -------------------------------------------------------------------


def test_a_viewer_spends_cost_units_by_the_minute(tmp_path: Path) -> None:
    ten = "{ calls(first: 10) { nodes { title } } }"
    with (
        toy_server(toy_settings(tmp_path, rate_per_minute=25)) as toy,
        httpx.Client(base_url=toy.url, headers=toy.person()) as client,
    ):
        spent = [ask(client, ten) for _ in range(3)]
        assert [(one.status_code, one.headers["ratelimit"]) for one in spent] == [
            (200, '"viewer";r=15;t=24'),
            (200, '"viewer";r=5;t=48'),
            (429, '"viewer";r=5;t=48'),
        ]
        assert spent[2].headers["ratelimit-policy"] == '"viewer";q=25;w=60'
        assert spent[2].headers["retry-after"] == "12"
        assert first_error(spent[2])["extensions"]["code"] == "RATE_LIMITED"
        other = toy.person("rkp_other")
        assert ask(client, ten, **other).status_code == 200
        toy.app.clock.advance(seconds=12)
        assert ask(client, ten).status_code == 200
        assert ask(client, "{ me }").status_code == 429


def test_introspection_is_off_unless_allowed(tmp_path: Path) -> None:
    settings = toy_settings(tmp_path, demo=False, introspection=None)
    with (
        toy_server(settings) as toy,
        httpx.Client(base_url=toy.url, headers=toy.person()) as client,
    ):
        for query in ("{ __schema { types { name } } }", '{ __type(name: "Call") { name } }'):
            response = ask(client, query, accept=GRAPHQL)
            assert (response.status_code, first_error(response)["extensions"]["code"]) == (
                400,
                "INTROSPECTION_OFF",
            )
        assert ask(client, "{ __typename }").status_code == 200
        assert client.get("/graphiql").status_code == 404
        assert client.get("/graphiql/start.js").status_code == 404
        assert client.get("/schema.graphql").status_code == 200
        assert client.post("/sign-in/demo", data={"role": "researcher"}).status_code == 404
