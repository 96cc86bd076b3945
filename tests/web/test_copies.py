"""Public answers by GET: their tags, 304, gzip, and that nothing signed-in is ever one of them."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from renkei.access.policy.viewer import Viewer
from renkei_web import copies
from renkei_web.documents import document_id
from renkei_web.execution import Answer, Execution
from web.toy import TRUSTED, Toy

PLAIN = {"accept-encoding": "identity"}
GRAPHQL = "application/graphql-response+json"
VARY = (
    "accept, accept-encoding, accept-language, authorization, cookie, renkei-country, x-renkei-cost"
)


def get(client: httpx.Client, variables: str = '{"n":1}', **headers: str) -> httpx.Response:
    return client.get(
        "/graphql",
        params={"documentId": document_id(TRUSTED), "variables": variables},
        headers=PLAIN | headers,
    )


@contextmanager
def answering(data: bytes, outcome: str = "ok") -> Iterator[None]:
    """Every execution answers with these bytes."""

    async def fixed(*_: object) -> Answer:
        return Answer(data, outcome)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Execution, "answer", fixed)
        yield


def test_a_public_answer_has_a_tag_and_is_asked_for_again_each_time(anyone: httpx.Client) -> None:
    first = get(anyone)
    assert (first.status_code, first.headers["cache-control"], first.headers["vary"]) == (
        200,
        "no-cache",
        VARY,
    )
    assert first.headers["etag"].startswith('"')
    again = get(anyone, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    shared = ("etag", "cache-control", "vary", "content-security-policy", "x-content-type-options")
    assert {name: again.headers[name] for name in shared} == {
        name: first.headers[name] for name in shared
    }
    assert "content-type" not in again.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


def test_the_next_request_on_the_same_connection_is_answered(anyone: httpx.Client) -> None:
    etag = get(anyone).headers["etag"]
    assert [
        get(anyone, **headers).status_code
        for headers in ({"if-none-match": etag}, {}, {"if-none-match": etag}, {})
    ] == [304, 200, 304, 200]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("*", 304),
        ("W/{etag}", 304),
        ('"other", {etag}', 304),
        ('"other" ,W/{etag}', 304),
        ('"other"', 200),
        ('W/"other", "x"', 200),
        ("{bare}", 200),
        ("", 200),
        ('"', 200),
    ],
)
def test_lists_and_weak_tags_are_compared_as_the_rfc_says(
    anyone: httpx.Client, sent: str, status: int
) -> None:
    etag = get(anyone).headers["etag"]
    wanted = sent.format(etag=etag, bare=etag.strip('"'))
    assert get(anyone, **{"if-none-match": wanted}).status_code == status


def test_what_differs_has_another_tag(anyone: httpx.Client) -> None:
    answers = [
        get(anyone),
        get(anyone, '{"n":2}'),
        get(anyone, accept=GRAPHQL),
        get(anyone, **{"x-renkei-cost": "1"}),
    ]
    assert len({one.headers["etag"] for one in answers}) == len(answers)
    for one in answers[1:]:
        known = {"if-none-match": one.headers["etag"]}
        assert get(anyone, **known).status_code == 200


def test_whoever_is_signed_in_gets_no_tag_and_nothing_compressed(toy: Toy) -> None:
    toy.app.identity.sessions["rks_copy"] = Viewer(person_id=toy.app.identity.person_id)
    cookie = {"cookie": "renkei_session=rks_copy"}
    large = b'{"data":{"text":"' + b"a" * 50_000 + b'"}}'
    with httpx.Client(base_url=toy.url) as client, answering(large):
        etag = get(client).headers["etag"]
        known = {"if-none-match": f"{etag}, *", "accept-encoding": "gzip"}
        for who in (toy.person(), cookie):
            response = get(client, **who, **known)
            assert (response.status_code, response.content) == (200, large)
            assert response.headers["cache-control"] == "no-store"
            assert not {"etag", "content-encoding"} & set(response.headers)


def test_posts_errors_and_streams_get_no_tag(anyone: httpx.Client) -> None:
    by_post = anyone.post("/graphql", json={"documentId": document_id(TRUSTED)})
    refused = get(anyone, '{"n":0}')
    stream = get(anyone, accept="text/event-stream")
    with answering(b'{"data":null,"errors":[]}' + b" " * 9_000, "errors"):
        failed = get(anyone, **{"accept-encoding": "gzip"})
    for response in (by_post, refused, stream, failed):
        assert response.headers["cache-control"] == "no-store"
        assert not {"etag", "content-encoding"} & set(response.headers)


def test_no_error_of_a_conditional_request_is_hidden_by_304(anyone: httpx.Client) -> None:
    for variables, status in (('{"n":0}', 200), ("{", 400)):
        response = get(anyone, variables, **{"if-none-match": "*"})
        assert response.status_code == status
        assert response.json()["errors"]


@pytest.mark.parametrize(
    ("accepts", "zipped"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("x-gzip", True),
        ("identity;q=0.5, gzip;q=0.5", True),
        ("gzip;q=0.5, identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("gzip;q=x", False),
        ("br", False),
        ("", False),
        ("gzip;" + "q=0;" * 999, False),
    ],
)
def test_gzip_is_sent_to_who_takes_it(anyone: httpx.Client, accepts: str, zipped: bool) -> None:
    large = json.dumps({"data": {"text": "量子コンピューター" * 999}}, ensure_ascii=False).encode()
    with answering(large):
        response = get(anyone, **{"accept-encoding": accepts})
        plain = get(anyone)
    assert response.content == large
    assert response.headers["vary"] == VARY
    assert (response.headers.get("content-encoding") == "gzip") is zipped
    assert (response.headers["etag"] == plain.headers["etag"]) is not zipped
    assert (int(response.headers["content-length"]) < len(large) / 9) is zipped
    known = {"if-none-match": response.headers["etag"], "accept-encoding": accepts}
    with answering(large):
        assert get(anyone, **known).status_code == 304


def test_small_bodies_are_sent_as_they_are(anyone: httpx.Client) -> None:
    for length, coding in ((copies.GZIP_FROM_BYTES - 1, None), (copies.GZIP_FROM_BYTES, "gzip")):
        body = b'{"data":' + b" " * (length - 11) + b"{}}"
        assert len(body) == length
        with answering(body):
            response = get(anyone, **{"accept-encoding": "gzip"})
        assert (response.headers.get("content-encoding"), response.content) == (coding, body)


def test_a_body_is_zipped_alike_in_a_thread_and_outside() -> None:
    long = b"x" * copies.GZIP_ALONE_BYTES
    assert gzip.decompress(asyncio.run(copies.zipped(long))) == long
    assert asyncio.run(copies.zipped(long)) == gzip.compress(long, copies.GZIP_LEVEL, mtime=0)
