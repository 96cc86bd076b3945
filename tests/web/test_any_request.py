"""Whatever a client sends: a coded answer in both languages, never a 5xx and never a trace."""

from __future__ import annotations

import asyncio
import gzip
import json
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from renkei_web.documents import document_id
from web.toy import TRUSTED, Toy
from web.wire import Answered, Fields, ask_raw

EXAMPLES = 300
JSON = (b"content-type", b"application/json")
GOOD: dict[str, Any] = {
    "query": "query Q($t: String!, $n: Int) {echo(text: $t) calls(first: $n) {nodes {title}}}",
    "operationName": "Q",
    "variables": {"t": "髙𠮷", "n": 3},
    "extensions": {},
}
REGISTERED = {"documentId": document_id(TRUSTED), "variables": {"n": 2}}
MEMBERS = ("query", "documentId", "operationName", "variables", "extensions", "あ")
# What JSON can't write but a client can.
ODD = (
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5_000,
    b"-" + b"9" * 400,
    b"1." + b"0" * 500,
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\\u0000"',
    b'"\x00"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b"[" * 60 + b"]" * 60,
    b"[" * 2_000,
    b'{"a":1,"a":2}',
    b"[" + b"0," * 60_000 + b"0]",
    b"\xef\xbb\xbf{}",
    b"01",
    b"'x'",
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
DOCUMENTS = st.sampled_from(
    [
        GOOD["query"],
        "{ me }",
        "{ calls(first: 0) { nodes { title } } }",
        "{ bug hidden form }",
        "query($n: [Int!]!) { strict(size: $n) }",
        'mutation { rename(title: "x") }',
        "{ " + "me " * 500 + "}",
        "{" * 500,
        "#",
        "",
        TRUSTED,
    ]
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Members of right and wrong types, now and then one that is no JSON at all."""
    value: dict[str, Any] = dict(draw(st.sampled_from([GOOD, REGISTERED, {}])))
    if draw(st.booleans()):
        value["query"] = draw(DOCUMENTS)
    for name in draw(st.lists(st.sampled_from(MEMBERS), max_size=2)):
        value[name] = draw(VALUES)
    body = json.dumps(value, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    if draw(st.booleans()):
        odd, member = draw(st.sampled_from(ODD)), draw(st.sampled_from(MEMBERS)).encode()
        body = body[:-1] + b',"' + member + b'":' + odd + b"}"
    return body


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good request with pieces cut out, doubled or overwritten."""
    random = Random(draw(st.integers(0, 2**32)))
    body = bytearray(draw(requests()))
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(body) + 1)
        length = random.randrange(20)
        body[at : at + length] = random.choice(
            (b"", bytes(body[at : at + length]) * 2, random.randbytes(3), random.choice(ODD)[:99])
        )
    return bytes(body)


BODIES = st.one_of(
    requests(),
    damaged(),
    st.binary(max_size=60),
    requests().map(gzip.compress),
    requests().map(lambda body: b"[" + body + b"," + body + b"]"),
    requests().map(lambda body: body.decode("utf-8", "replace").encode("utf-16")),
)
PARAMETERS = [
    *("%7Bme%7D", "%7B", "null", "%5B%5D", "%FF", "", "%7B%22n%22%3A3%7D", "9" * 999),
    document_id(TRUSTED),
]
RAW = st.binary(max_size=12).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b""))
FIELDS: st.SearchStrategy[list[tuple[bytes, bytes]]] = st.lists(
    st.one_of(
        *(
            st.tuples(st.just(name.encode()), st.sampled_from(values) | RAW)
            for name, values in {
                "accept": [b"*/*", b"application/json;q=0", b"application/graphql-response+json"],
                "accept-encoding": [b"gzip", b"gzip;q=x", b"*;q=0"],
                "accept-language": [b"en", b",;q=,", b"\xff"],
                "authorization": [b"Bearer rkp_demo", b"Bearer", b"Bearer \x00", b"Basic YTpi"],
                "content-encoding": [b"gzip", b"identity", b"br, gzip"],
                "content-length": [b"-1", b"9" * 400, b"1e3", b"0x10", b"\xb2"],
                "content-type": [
                    b"application/json",
                    b"text/plain",
                    b"application/json; charset=\xff",
                ],
                "cookie": [b"renkei_session=rks_x", b"renkei_session", b"=;=;,", b'a="'],
                "host": [b"renkei.example", b"["],
                "if-none-match": [b"*", b'W/"x", "', b'"' * 99],
                "origin": [b"null", b"http://[", b"http://127.0.0.1:8000"],
                "renkei-country": [b"JP", b"\xc3\xa4"],
                "sec-fetch-site": [b"cross-site", b"same-origin"],
                "x-renkei-cost": [b"1", b"2"],
            }.items()
        )
    ),
    max_size=6,
)
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    # The server is started once for all examples, and keeps nothing of them.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(answered: Answered) -> None:
    assert 200 <= answered.status < 500
    shown = answered.body.decode()
    assert not any(word in shown for word in ("Traceback", 'File "', "postgresql://"))
    assert len(answered.fields["x-request-id"]) == 32
    if answered.status == 304:
        assert answered.body == b""
        return
    if answered.fields["content-type"].startswith("text/event-stream"):
        return
    if answered.fields.get("content-encoding") == "gzip":
        shown = gzip.decompress(answered.body).decode()
    payload = json.loads(shown)
    assert payload.keys() <= {"data", "errors", "extensions"}
    assert "data" in payload or payload["errors"]
    for error in payload.get("errors", ()):
        assert error["message"]
        assert error["extensions"]["code"]
        assert error["extensions"]["messageJa"]


@bounded
@given(body=BODIES, fields=FIELDS, whole=st.booleans())
@example(body=b"null", fields=[], whole=True)
@example(body=b"", fields=[], whole=True)
@example(body=b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), fields=[], whole=True)
def test_any_body_is_answered_with_a_code(
    toy: Toy, body: bytes, fields: Fields, whole: bool
) -> None:
    toy.person()
    sent = fields if any(name == b"content-type" for name, _ in fields) else [*fields, JSON]
    parts = [body] if whole else [body[:7], b"", body[7:]]
    check(asyncio.run(ask_raw(toy.web, fields=sent, body=parts)))


@bounded
@given(
    query=st.one_of(
        st.binary(max_size=40).map(lambda raw: raw.replace(b"#", b"")),
        st.lists(
            st.tuples(
                st.sampled_from(["query", "documentId", "variables", "extensions", "%ff", "%00"]),
                st.sampled_from(PARAMETERS),
            ).map("=".join),
            max_size=5,
        ).map(lambda pairs: "&".join(pairs).encode()),
    ),
    fields=FIELDS,
)
def test_any_address_is_answered_with_a_code(toy: Toy, query: bytes, fields: Fields) -> None:
    toy.person()
    check(asyncio.run(ask_raw(toy.web, method="GET", fields=fields, query=query)))


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "get", "X" * 9])
def test_any_other_method_is_refused(toy: Toy, method: str) -> None:
    answered = asyncio.run(
        ask_raw(toy.web, method=method, fields=[JSON], body=[b'{"query":"{me}"}'])
    )
    assert (answered.status, answered.fields["allow"]) == (405, "GET, POST")
    check(answered)


@pytest.mark.parametrize(
    ("doubled", "status"),
    [
        ([(b"content-type", b"application/json"), (b"content-type", b"text/plain")], 415),
        ([JSON, (b"authorization", b"Bearer rkp_demo"), (b"authorization", b"Bearer x")], 401),
        ([JSON, (b"content-encoding", b"identity"), (b"content-encoding", b"gzip")], 415),
    ],
)
def test_a_field_that_comes_twice_is_not_picked_from(
    toy: Toy, doubled: Fields, status: int
) -> None:
    toy.person()
    body = [json.dumps(GOOD).encode()]
    assert asyncio.run(ask_raw(toy.web, fields=doubled, body=body)).status == status


def test_after_all_that_a_light_query_is_answered(toy: Toy) -> None:
    fields = [JSON, *((name.encode(), value.encode()) for name, value in toy.person().items())]
    answered = asyncio.run(ask_raw(toy.web, fields=fields, body=[b'{"query":"{me}"}']))
    assert json.loads(answered.body) == {"data": {"me": str(toy.app.identity.person_id)}}
