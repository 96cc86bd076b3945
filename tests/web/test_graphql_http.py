"""GraphQL over HTTP: the specification's demands (in the order of its public audits), documents,
identity, masking and rates."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from structlog.testing import capture_logs

from renkei_web.answers import Media, chosen_media
from renkei_web.documents import DocumentCache, KnownDocument, document_id
from web.asking import ask, first_error
from web.toy import TRUSTED, Toy

GRAPHQL = "application/graphql-response+json"
TYPENAME = "{ __typename }"
COERCE_FAILURE = {"query": "query C($t: String!) { echo(text: $t) }", "variables": {"t": None}}
TYPE_BY_NAME = "query T($name: String!) { __type(name: $name) { name } }"


# --- the audits --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (GRAPHQL, GRAPHQL),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        (None, "application/json"),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.1, application/json", "application/json"),
        (f"application/json; charset=utf-8, {GRAPHQL}", "application/json"),
        ("*/*, application/graphql-response+json", GRAPHQL),
    ],
)
def test_the_media_type_is_negotiated(
    client: httpx.Client, accept: str | None, answered: str
) -> None:
    request = client.build_request("POST", "/graphql", json={"query": TYPENAME})
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    response = client.send(request)
    assert (response.status_code, response.headers["content-type"]) == (
        200,
        f"{answered}; charset=utf-8",
    )
    assert json.loads(response.content.decode("utf-8")) == {"data": {"__typename": "Query"}}


def test_what_we_cannot_send_is_not_acceptable(client: httpx.Client) -> None:
    response = ask(client, TYPENAME, accept="text/html")
    assert (response.status_code, first_error(response)["extensions"]["code"]) == (
        406,
        "BAD_REQUEST",
    )
    assert chosen_media("text/html, application/json;q=0") is None
    assert chosen_media("application/json;q=x, text/event-stream;q=0.2") is Media.EVENTS


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_utf8_is_read_and_assumed(client: httpx.Client, content_type: str) -> None:
    body = json.dumps({"query": '{ __type(name: "走🏃泳🏊") { name } }'}, ensure_ascii=False)
    response = client.post(
        "/graphql", content=body.encode(), headers={"content-type": content_type}
    )
    assert (response.status_code, response.json()) == (200, {"data": {"__type": None}})


def test_get_answers_queries(client: httpx.Client) -> None:
    response = client.get("/graphql", params={"query": TYPENAME})
    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})


def test_get_runs_no_mutation(client: httpx.Client) -> None:
    for accept in (GRAPHQL, "application/json"):
        response = client.get(
            "/graphql",
            params={"query": 'mutation { rename(title: "x") }'},
            headers={"accept": accept},
        )
        assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
@pytest.mark.parametrize("parameter", ["variables", "operationName", "extensions"])
def test_optional_parameters_may_be_null(client: httpx.Client, accept: str, parameter: str) -> None:
    response = client.post(
        "/graphql", json={"query": TYPENAME, parameter: None}, headers={"accept": accept}
    )
    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
def test_operation_name_variables_and_extensions_are_read(
    client: httpx.Client, accept: str
) -> None:
    body = {
        "query": TYPE_BY_NAME + " query Other { __typename }",
        "operationName": "T",
        "variables": {"name": "Call"},
        "extensions": {"some": "value"},
    }
    response = client.post("/graphql", json=body, headers={"accept": accept})
    assert (response.status_code, response.json()) == (
        200,
        {"data": {"__type": {"name": "Call"}}},
    )


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
def test_variables_in_an_address_are_json(client: httpx.Client, accept: str) -> None:
    query = urlencode({"query": TYPE_BY_NAME, "variables": '{"name":"Call"}'})
    response = client.get(f"/graphql?{query}", headers={"accept": accept})
    assert response.json() == {"data": {"__type": {"name": "Call"}}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "BAD_DOCUMENT"),
        ({"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}, "BAD_DOCUMENT"),
        ({"query": "{ nothing }"}, "BAD_DOCUMENT"),
        ({"query": "fragment A on Query { me }"}, "BAD_DOCUMENT"),
        ({"query": "query A { me } query B { me }"}, "BAD_DOCUMENT"),
        ({"query": "query A { me }", "operationName": "B\u0000"}, "BAD_DOCUMENT"),
        (COERCE_FAILURE, "BAD_VARIABLES"),
        ({"query": "{ calls(first: 0) { nodes { title } } }"}, "LIMIT_EXCEEDED"),
    ],
)
def test_a_bad_document_is_400_and_for_the_older_media_type_200(
    client: httpx.Client, body: dict[str, Any], code: str
) -> None:
    for accept, status in ((GRAPHQL, 400), ("application/json", 200)):
        response = client.post("/graphql", json=body, headers={"accept": accept})
        assert (response.status_code, first_error(response)["extensions"]["code"]) == (
            status,
            code,
        )
        assert "data" not in response.json()


# --- documents ---------------------------------------------------------------------------------


def test_anonymous_clients_send_registered_documents_only(anyone: httpx.Client) -> None:
    for response in (ask(anyone, "{ me }"), ask(anyone, "{")):
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Bearer realm="Renkei"'
        assert first_error(response)["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
    answer = {"data": {"calls": {"nodes": [{"title": "髙𠮷の公募"}]}}}
    by_id = anyone.post(
        "/graphql", json={"documentId": document_id(TRUSTED), "variables": {"n": 1}}
    )
    assert (by_id.status_code, by_id.json()) == (200, answer)
    by_get = anyone.get(
        "/graphql", params={"documentId": document_id(TRUSTED), "variables": '{"n":1}'}
    )
    assert by_get.json() == answer
    assert ask(anyone, TRUSTED, {"n": 1}).json() == answer


def test_a_registered_document_is_weighed_with_its_variables_too(anyone: httpx.Client) -> None:
    body = {"documentId": document_id(TRUSTED), "variables": {"n": 100_000}}
    response = anyone.post("/graphql", json=body)
    error = first_error(response)
    assert error == {
        "message": "first of calls must be 1 to 100; 100,000 was asked for.",
        "locations": [{"line": 1, "column": 26}],
        "extensions": {
            "code": "LIMIT_EXCEEDED",
            "messageJa": "callsのfirstは1から100までです（指定は100,000）。",
            "limit": "first",
            "allowed": 100,
            "asked": 100_000,
            "field": "calls",
        },
    }


def test_an_unknown_document_id_is_told_as_such(anyone: httpx.Client) -> None:
    response = anyone.post("/graphql", json={"documentId": "sha256:" + "0" * 64})
    assert (response.status_code, first_error(response)["extensions"]["code"]) == (
        404,
        "DOCUMENT_NOT_KNOWN",
    )


def test_valid_documents_are_kept_within_a_bound(client: httpx.Client, toy: Toy) -> None:
    cache = toy.web.state.face.execution.cache
    before = len(cache)
    for _ in range(3):
        ask(client, "query Kept { me }")
        ask(client, "query Invalid { nothing }")
    assert len(cache) == before + 1
    small = DocumentCache(characters=100)
    for number in range(10):
        small.put(str(number), KnownDocument(document=None, characters=25))  # type: ignore[arg-type]  # the tree is not looked at
    small.put("long", KnownDocument(document=None, characters=26))  # type: ignore[arg-type]  # same
    assert (len(small), small.get("0"), small.get("long")) == (4, None, None)


def test_the_cost_is_told_on_request(client: httpx.Client) -> None:
    response = ask(client, "{ calls(first: 7) { nodes { title } } }", **{"x-renkei-cost": "1"})
    assert response.json()["extensions"] == {"cost": {"nodes": 7, "allowed": 20_000}}
    assert "extensions" not in ask(client, "{ me }").json()


@pytest.mark.parametrize(
    "source",
    [
        "{" + "".join(f"a{n}: me " for n in range(31)) + "}",
        "{ ...F0 }"
        + "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(100))
        + "fragment F100 on Query { me }",
        "{ ...A } fragment A on Query { ...A }",
        "{" * 3_000,
        "{ me" + " @include(if: true)" * 61 + " }",
        "{ me " + "# x\n" * 4_001 + "}",
        "query(" + "$a: Int " * 1_300 + ") { me }",
        "{ echo(text: " + "[" * 1_900 + "]" * 1_900 + ") }",
        "{ " + "me " * 4_000 + "}",
        "{ calls { " + "... on CallConnection { nodes { title } } " * 190 + "} }",
    ],
)
def test_heavy_documents_are_refused_and_the_next_query_is_answered(
    client: httpx.Client, source: str
) -> None:
    response = ask(client, source, accept=GRAPHQL)
    assert response.status_code == 400
    assert first_error(response)["extensions"]["code"] in {"LIMIT_EXCEEDED", "BAD_DOCUMENT"}
    assert ask(client, "{ __typename }").status_code == 200


# --- what goes wrong inside --------------------------------------------------------------------


def test_a_bug_is_masked_and_logged_under_the_request_id(client: httpx.Client) -> None:
    with capture_logs() as logs:
        response = ask(client, "{ bug }")
    request_id = response.headers["x-request-id"]
    assert (response.status_code, response.json()) == (
        200,
        {
            "data": {"bug": None},
            "errors": [
                {
                    "message": f"Internal error. Request id: {request_id}",
                    "path": ["bug"],
                    "extensions": {
                        "code": "INTERNAL",
                        "messageJa": f"内部エラーが起きました。お問い合わせ番号：{request_id}",
                        "requestId": request_id,
                    },
                }
            ],
        },
    )
    (entry,) = logs
    assert (entry["event"], entry["request_id"]) == ("graphql.internal_error", request_id)
    assert str(entry["exc_info"][1]) == "postgresql://renkei:secret@db/renkei"


def test_a_value_that_does_not_fit_its_type_is_not_quoted(client: httpx.Client) -> None:
    response = ask(client, "{ huge }")
    assert first_error(response)["extensions"]["code"] == "INTERNAL"
    assert str(2**40) not in response.text


def test_the_kernels_refusals_keep_their_words(client: httpx.Client) -> None:
    hidden = first_error(ask(client, "{ hidden }"))
    assert (hidden["extensions"]["code"], hidden["extensions"]["refusal"]) == (
        "REFUSED",
        "NOT_FOUND",
    )
    form = first_error(ask(client, "{ form }"))
    assert form["extensions"]["problems"] == [
        {"path": ["title"], "code": "REQUIRED", "message": "Needed.", "messageJa": "必須です。"}
    ]


def test_a_wrong_argument_found_late_is_the_clients(client: httpx.Client) -> None:
    response = ask(client, "query($n: Int) { strict(size: $n) }", {"n": None})
    assert first_error(response)["extensions"]["code"] == "BAD_VARIABLES"


def test_messages_are_short_and_guess_no_names(client: httpx.Client) -> None:
    guessed = first_error(ask(client, "{ call { title } }"))
    assert guessed["message"] == "Cannot query field 'call' on type 'Query'."
    long = first_error(ask(client, "query($t: Int!) { strict(size: $t) }", {"t": "長" * 5_000}))
    assert (len(long["message"]), len(long["extensions"]["messageJa"])) == (200, 200)
