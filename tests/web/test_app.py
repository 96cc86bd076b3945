"""What surrounds the API: operators' routes, the explorer, headers, and the one exit for bugs."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import httpx
import pytest

from renkei.access.policy.viewer import Viewer
from renkei_web import explorer
from web.toy import SCHEMA, Toy

CSP = (
    "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)


def test_health_and_readiness_name_each_dependency(toy: Toy, anyone: httpx.Client) -> None:
    assert anyone.get("/healthz").json() == {"status": "alive"}
    toy.app.faults = {"database": None, "search": None}
    ready = anyone.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "dependencies": {"database": "ok", "search": "ok"}},
    )
    toy.app.faults["search"] = "the index does not answer"
    ready = anyone.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        503,
        {
            "status": "not ready",
            "dependencies": {"database": "ok", "search": "the index does not answer"},
        },
    )


def test_figures_are_for_this_machine_or_a_token_with_the_scope(
    toy: Toy, client: httpx.Client, anyone: httpx.Client
) -> None:
    client.post("/graphql", json={"query": "{ me }"})
    figures = anyone.get("/metrics").text
    assert 'renkei_graphql_operations_total{kind="query",outcome="ok"}' in figures
    assert 'endpoint="GraphqlEndpoint",method="POST",status="200"' in figures
    assert anyone.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 404
    assert client.get("/metrics").status_code == 404
    for scopes, status in ((frozenset({"metrics"}), 200), (frozenset({"read"}), 404)):
        toy.app.identity.tokens["rkp_prometheus"] = Viewer(
            person_id=toy.app.identity.person_id, scopes=scopes
        )
        response = anyone.get("/metrics", headers={"authorization": "Bearer rkp_prometheus"})
        assert response.status_code == status


def test_the_sdl_and_the_public_keys_are_open_to_all(anyone: httpx.Client) -> None:
    sdl = anyone.get("/schema.graphql")
    assert sdl.text == SCHEMA.as_str() + "\n"
    again = anyone.get("/schema.graphql", headers={"if-none-match": sdl.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert anyone.get("/.well-known/renkei-keys.json").json() == {"keys": [{"kid": "2026"}]}


@pytest.mark.parametrize("path", ["/healthz", "/graphql", "/schema.graphql", "/nowhere", "/boom"])
def test_every_answer_carries_the_security_headers(anyone: httpx.Client, path: str) -> None:
    headers = anyone.get(path).headers
    assert {
        name: headers[name]
        for name in (
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "x-frame-options",
        )
    } == {
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
    }
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])
    assert headers["cache-control"] in {"no-cache", "no-store"}
    assert "server" not in headers


def test_the_explorer_is_our_own_files_under_its_own_policy(anyone: httpx.Client) -> None:
    page = anyone.get("/graphiql")
    assert page.status_code == 200
    assert "'unsafe-inline'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert [name for name in named if not name.startswith(("/graphiql/", "data:"))] == []
    for name in named:
        if name.startswith("/graphiql/"):
            assert anyone.get(name).status_code == 200
    for name in ("VENDORED.md", "..%2Fapp.py", "index.html%00"):
        assert anyone.get(f"/graphiql/{name}").status_code == 404


def test_vendored_files_are_those_that_the_list_names() -> None:
    listed = dict(
        re.findall(r"\| `([^`]+)` \|.*`([0-9a-f]{64})` \|", _read(explorer.FOLDER / "VENDORED.md"))
    )
    assert {
        name: hashlib.sha256((explorer.FOLDER / name).read_bytes()).hexdigest() for name in listed
    } == listed
    assert explorer.ASSETS - set(listed) == {"page.css", "start.js"}


def test_a_bug_in_a_route_shows_no_more_than_its_id(anyone: httpx.Client) -> None:
    program = anyone.get("/boom")
    assert (program.status_code, program.json()["errors"][0]["extensions"]["requestId"]) == (
        500,
        program.headers["x-request-id"],
    )
    person = anyone.get("/boom", headers={"accept": "text/html"})
    assert person.status_code == 500
    assert "エラーが起きました" in person.text
    assert person.headers["x-request-id"] in person.text
    for response in (program, person):
        assert "hunter2" not in response.text
        assert "Traceback" not in response.text


def test_what_is_not_there_is_said_in_both_languages(anyone: httpx.Client) -> None:
    page = anyone.get("/nowhere", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "見つかりません" in page.text
    assert "Not found" in page.text
    error = anyone.get("/nowhere").json()["errors"][0]
    assert (error["message"], error["extensions"]["messageJa"]) == (
        "Not found.",
        "見つかりません。",
    )


def test_a_slash_too_many_leads_to_the_api(client: httpx.Client) -> None:
    sent = client.post("/graphql/?a=b", json={"query": "{ __typename }"})
    assert (sent.status_code, sent.headers["location"]) == (307, "/graphql?a=b")
    answered = client.post("/graphql/", json={"query": "{ __typename }"}, follow_redirects=True)
    assert answered.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_pages_that_load_from_elsewhere_are_off(anyone: httpx.Client, path: str) -> None:
    assert anyone.get(path).status_code == 404
    assert anyone.get("/openapi.json").status_code == 200


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
