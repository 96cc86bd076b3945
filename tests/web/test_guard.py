"""Attacks on what stands before the parser: each refused with a code, none with a 500."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from typing import Any

import httpx
import pytest

from renkei_web import guard
from web.toy import Toy
from web.wire import ask_raw

JSON = {"content-type": "application/json"}


def post(client: httpx.Client, body: bytes, **headers: str) -> httpx.Response:
    return client.post("/graphql", content=body, headers={**JSON, **headers})


def refusal(response: httpx.Response) -> tuple[int, str, str]:
    assert "data" not in response.json()
    error = response.json()["errors"][0]
    assert error["extensions"]["messageJa"]
    assert len(error["message"]) <= 200
    return response.status_code, error["extensions"]["code"], error["message"]


def nested(depth: int) -> bytes:
    inner = "[" * depth + "]" * depth
    return f'{{"query":"{{me}}","variables":{{"a":{inner}}}}}'.encode()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The body is not valid JSON (line 1, column 1)."),
        (b"null", "The body must be a JSON object."),
        (b'"{me}"', "The body must be a JSON object."),
        (b"7", "The body must be a JSON object."),
        (b"{}", "Send either query or documentId."),
        (b'{"query":null}', "Send either query or documentId."),
        (b'{"query":7}', "query must be a string."),
        (b'{"query":"{me}","variables":[]}', "variables must be an object."),
        (b'{"query":"{me}","variables":"{}"}', "variables must be an object."),
        (b'{"query":"{me}","extensions":0}', "extensions must be an object."),
        (b'{"query":"{me}","operationName":{}}', "operationName must be a string."),
        (b'{"query":"{me}","query":"{bug}"}', "The name 'query' occurs twice."),
        (b'[{"query":"{me}"}]', "Batching is not supported: send one request at a time."),
        (b'{"query":"\xff"}', "The body is not valid UTF-8."),
        ('{"query":"{me}"}'.encode("utf-16"), "The body is not valid UTF-8."),
        (b'{"query":"{me}","variables":{"n":NaN}}', "NaN is not a number."),
        (b'{"query":"{me}","variables":{"n":1e999}}', "1e999 is not a number."),
        (
            b'{"query":"{me}","variables":{"n":' + b"9" * 401 + b"}}",
            "A number has 401 digits; 400 are allowed.",
        ),
        (nested(49), "The JSON is nested deeper than 50."),
        (nested(24_000), "The JSON is nested deeper than 50."),
        (nested(100_000), "The JSON has 100,003 values; 50,000 are allowed."),
        (
            b'{"query":"{me}","variables":{"a":[' + b"[]," * 300_000 + b"[]]}}",
            "The JSON has 600,005 values; 50,000 are allowed.",
        ),
        (b"[" * 51 + b'"\\' * 400_000, "The JSON is nested deeper than 50."),
        (b"[" * 51, "The JSON is nested deeper than 50."),
        (b'{"a":"' + b"[" * 51 + b'",', "The body is not valid JSON (line 1, column 60)."),
        (
            b'{"query":"{me}","variables":{"input":{"title":"a\\ud83d"}}}',
            "Half of a surrogate pair in variables.input.title: the text was damaged on its way.",
        ),
        (
            b'{"query":"{me}","variables":{"names":["\\uDC00"]}}',
            "Half of a surrogate pair in variables.names.0: the text was damaged on its way.",
        ),
        (
            b'{"query":"{me}","variables":{"\\ud800":1}}',
            "Half of a surrogate pair in variables: the text was damaged on its way.",
        ),
        (
            b'{"query":"{me}\\ud800"}',
            "Half of a surrogate pair in query: the text was damaged on its way.",
        ),
        (
            b'{"documentId":"sha256:ABC"}',
            "documentId must be sha256: and 64 lower-case hexadecimal digits.",
        ),
        (
            b'{"query":"{me}","documentId":"sha256:' + b"0" * 64 + b'"}',
            "Send either query or documentId.",
        ),
    ],
)
def test_what_is_no_plain_request_is_a_bad_request(
    client: httpx.Client, body: bytes, message: str
) -> None:
    assert refusal(post(client, body)) == (400, "BAD_REQUEST", message)


def test_the_path_of_a_broken_text_is_told(client: httpx.Client) -> None:
    response = post(client, b'{"query":"{me}","variables":{"input":{"title":"\\ud800"}}}')
    assert response.json()["errors"][0]["extensions"]["path"] == ["variables", "input", "title"]


@pytest.mark.parametrize("depth", [1, 48])
def test_json_up_to_the_depth_is_read(client: httpx.Client, depth: int) -> None:
    assert post(client, nested(depth)).status_code == 200


@pytest.mark.parametrize("text", ["NUL\x00の後", "髙橋𠮷野", "﨑", "①～㈱", "😀", "\u2028", "﻿BOM"])
def test_whole_texts_reach_the_kernel_as_they_were_typed(client: httpx.Client, text: str) -> None:
    for escaped in (True, False):
        body = json.dumps(
            {"query": "query($t:String!){echo(text:$t)}", "variables": {"t": text}},
            ensure_ascii=escaped,
        ).encode()
        assert post(client, body).json() == {"data": {"echo": text}}


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json; charset=shift_jis"},
        {"content-type": "application/json-seq"},
        {"content-type": ""},
    ],
)
def test_only_json_in_utf8_is_read(client: httpx.Client, headers: dict[str, str]) -> None:
    status, code, _ = refusal(post(client, b'{"query":"{me}"}', **headers))
    assert (status, code) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_compressed_body_is_refused_unread(client: httpx.Client) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert refusal(post(client, bomb, **{"content-encoding": "gzip"})) == (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "Compressed bodies are not accepted.",
    )


def test_a_body_of_10_mb_is_refused_and_the_limit_named(client: httpx.Client) -> None:
    body = b'{"query":"{me}","variables":{"t":"' + b"a" * 10_000_000 + b'"}}'
    response = post(client, body)
    assert refusal(response) == (
        413,
        "BODY_TOO_LARGE",
        "The body is larger than 1,048,576 bytes.",
    )
    assert response.json()["errors"][0]["extensions"]["messageJa"] == (
        "本文は1,048,576バイトまでです。"
    )


def test_a_body_that_grows_past_the_limit_is_refused_before_it_ends(toy: Toy) -> None:
    """The client sends chunks and never the last one; the answer comes all the same."""
    with socket.create_connection(("127.0.0.1", toy.port), timeout=20) as wire:
        wire.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: renkei\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(17):
            wire.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        assert wire.recv(65_536).startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_does_not_end_is_given_up(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    fields = [(b"content-type", b"application/json")]
    late = await ask_raw(toy.web, fields=fields, body=[b"{", 0.2, b"}"])
    assert (late.status, json.loads(late.body)["errors"][0]["message"]) == (
        408,
        "The body took longer than 0.05 seconds.",
    )
    monkeypatch.setattr(guard, "BODY_SECONDS", 60)
    stopped = asyncio.ensure_future(ask_raw(toy.web, fields=fields, body=[b"{", 60.0, b"}"]))
    await asyncio.sleep(0.05)
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped


def test_a_body_is_refused_by_its_declared_length_alone(toy: Toy) -> None:
    with socket.create_connection(("127.0.0.1", toy.port), timeout=20) as wire:
        wire.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: renkei\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1048577\r\n\r\n"
        )
        assert wire.recv(65_536).startswith(b"HTTP/1.1 413 ")


def test_a_body_of_exactly_the_limit_is_read(client: httpx.Client) -> None:
    start, end = b'{"query":"query($t:String!){echo(text:$t)}","variables":{"t":"', b'"}}'
    body = start + b"a" * (1_048_576 - len(start) - len(end)) + end
    assert post(client, body).status_code == 200
    assert post(client, body + b" ").status_code == 413


@pytest.mark.parametrize(
    "query",
    [b"query=%FF", b"query=%7Bme%7D&query=%7Bme%7D", b"query=%7Bme%7D&variables=%7B", b""],
)
def test_addresses_are_read_as_strictly_as_bodies(client: httpx.Client, query: bytes) -> None:
    response = client.get("/graphql?" + query.decode())
    assert refusal(response)[:2] == (400, "BAD_REQUEST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_named_in_allow(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


def test_no_attack_reaches_the_resolvers(toy: Toy, client: httpx.Client) -> None:
    """After all of the above, a light query is answered as before."""
    answer: dict[str, Any] = post(client, b'{"query":"{me}"}').json()
    assert answer == {"data": {"me": str(toy.app.identity.person_id)}}
