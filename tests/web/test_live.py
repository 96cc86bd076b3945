"""Live answers over real sockets and event streams: the protocol, who may listen, how it ends."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from renkei.access.policy.viewer import Viewer
from renkei_web import graphql_sse, graphql_ws
from renkei_web.documents import document_id
from web.toy import TRUSTED, TRUSTED_LIVE, Toy, toy_server, toy_settings

PROTOCOL = Subprotocol("graphql-transport-ws")
TICKS = "subscription { ticks { title } }"


class Talk:
    """One socket, spoken to in the protocol's messages."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire

    def say(self, **message: Any) -> None:
        self.wire.send(json.dumps(message))

    def hear(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self.wire.recv(timeout=15)))

    def init(self, payload: dict[str, Any] | None = None) -> None:
        self.say(type="connection_init", **({"payload": payload} if payload else {}))
        assert self.hear() == {"type": "connection_ack"}

    def subscribe(self, name: str, query: str = TICKS, **more: Any) -> None:
        self.say(type="subscribe", id=name, payload={"query": query, **more})

    def ending(self) -> tuple[int, str]:
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 - skips what came before
            while True:
                self.wire.recv(timeout=15)
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code, closed.value.rcvd.reason


@contextmanager
def socket(toy: Toy, origin: str | None = None, **headers: str) -> Iterator[Talk]:
    with connect(
        toy.ws_url,
        subprotocols=[PROTOCOL],
        origin=Origin(origin) if origin else None,
        additional_headers=headers,
    ) as wire:
        yield Talk(wire)


@pytest.fixture
def talk(toy: Toy) -> Iterator[Talk]:
    """An initialised connection of a signed-in person."""
    with socket(toy, **toy.person()) as opened:
        opened.init()
        yield opened
    toy.until(lambda: toy.app.listening == 0)


def tick(toy: Toy, listeners: int = 1) -> None:
    toy.until(lambda: toy.app.listening >= listeners)
    toy.app.ticks += 1


def code(message: dict[str, Any]) -> str:
    found: str = message["payload"][0]["extensions"]["code"]
    return found


# --- sockets -----------------------------------------------------------------------------------


def test_events_come_until_the_client_has_enough(toy: Toy, talk: Talk) -> None:
    toy.app.ticks = 2
    talk.subscribe("a")
    for number in (1, 2):
        assert talk.hear() == {
            "id": "a",
            "type": "next",
            "payload": {"data": {"ticks": {"title": f"第{number}報"}}},
        }
    talk.say(type="complete", id="a")
    toy.until(lambda: toy.app.listening == 0)
    talk.say(type="ping")
    assert talk.hear() == {"type": "pong"}


def test_queries_and_mutations_go_over_the_socket_too(talk: Talk) -> None:
    talk.subscribe("q", "query($t: String!) { echo(text: $t) }", variables={"t": "髙"})
    assert talk.hear()["payload"] == {"data": {"echo": "髙"}}
    assert talk.hear() == {"id": "q", "type": "complete"}
    talk.subscribe("q", 'mutation { rename(title: "𠮷") }')
    assert talk.hear()["payload"] == {"data": {"rename": "𠮷"}}


def test_bad_documents_are_answered_with_an_error(talk: Talk) -> None:
    for query, expected in (
        ("{", "BAD_DOCUMENT"),
        ("{ nothing }", "BAD_DOCUMENT"),
        ("query($t: String!) { echo(text: $t) }", "BAD_VARIABLES"),
        ("{ calls(first: 101) { nodes { title } } }", "LIMIT_EXCEEDED"),
    ):
        talk.subscribe("e", query)
        message = talk.hear()
        assert (message["id"], message["type"], code(message)) == ("e", "error", expected)


def test_a_bug_in_the_source_of_events_is_masked(talk: Talk) -> None:
    talk.subscribe("b", "subscription { breaking { title } }")
    assert talk.hear()["payload"] == {"data": {"breaking": {"title": "前"}}}
    masked = talk.hear()["payload"]["errors"][0]
    assert masked["extensions"]["code"] == "INTERNAL"
    assert "secret" not in json.dumps(masked)
    assert talk.hear() == {"id": "b", "type": "complete"}


def test_ten_operations_at_a_time(toy: Toy, talk: Talk) -> None:
    toy.app.ticks = 0
    for number in range(11):
        talk.subscribe(str(number))
    message = talk.hear()
    assert (message["id"], message["type"], code(message)) == ("10", "error", "LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    ("messages", "ending"),
    [
        (["{"], 4400),
        (['"x"'], 4400),
        (['{"type":"subscribe","id":"a","payload":{"query":"{me}"}}'], 4401),
        (['{"type":"connection_init","payload":{"token":"gone"}}'], 4403),
        (['{"type":"connection_init","payload":{"authorization":"Basic x"}}'], 4403),
        (['{"type":"connection_init"}', '{"type":"connection_init"}'], 4429),
        (['{"type":"connection_init"}', '{"type":"start"}'], 4400),
        (['{"type":"connection_init"}', '{"type":"subscribe"}'], 4400),
        (['{"type":"connection_init"}', '{"type":"subscribe","id":"a","payload":[]}'], 4400),
        (['{"type":"connection_init"}', "[" * 10_000], 4400),
    ],
)
def test_what_the_protocol_forbids_ends_the_connection(
    toy: Toy, messages: list[str], ending: int
) -> None:
    with socket(toy) as talk:
        for message in messages:
            talk.wire.send(message)
        assert talk.ending()[0] == ending


def test_an_id_in_use_ends_the_connection(talk: Talk) -> None:
    talk.subscribe("a")
    talk.subscribe("a")
    assert talk.ending() == (4409, "Subscriber for a already exists")


def test_bytes_and_long_messages_end_the_connection(toy: Toy) -> None:
    with socket(toy) as talk:
        talk.wire.send(b'{"type":"connection_init"}')
        assert talk.ending()[0] == 4400
    with socket(toy) as talk:
        talk.wire.send(" " * 1_048_577)
        assert talk.ending()[0] == 1009


def test_other_protocols_are_not_spoken(toy: Toy) -> None:
    with connect(toy.ws_url, subprotocols=[Subprotocol("graphql-ws")]) as wire:
        assert Talk(wire).ending() == (4406, "Subprotocol not acceptable")


def test_another_sites_page_gets_no_socket(toy: Toy) -> None:
    with pytest.raises(InvalidStatus) as refused, socket(toy, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403
    with socket(toy, origin=toy.url) as talk:
        talk.init()


def test_a_cookie_or_a_token_in_the_first_message_signs_in(toy: Toy) -> None:
    toy.app.identity.sessions["rks_ws"] = Viewer(person_id=toy.app.identity.person_id)
    toy.person("rkp_ws")
    me = {"data": {"me": str(toy.app.identity.person_id)}}
    for headers, payload in (
        ({"Cookie": "renkei_session=rks_ws"}, None),
        ({}, {"token": "rkp_ws"}),
        ({}, {"authorization": "Bearer rkp_ws"}),
    ):
        with socket(toy, **headers) as talk:
            talk.init(payload)
            talk.subscribe("m", "{ me }")
            assert talk.hear()["payload"] == me


def test_anonymous_sockets_carry_registered_documents_only(toy: Toy) -> None:
    with socket(toy) as talk:
        talk.init()
        talk.subscribe("a", "{ me }")
        assert code(talk.hear()) == "DOCUMENT_NOT_TRUSTED"
        talk.say(
            type="subscribe",
            id="b",
            payload={"documentId": document_id(TRUSTED), "variables": {"n": 1}},
        )
        assert talk.hear()["payload"]["data"]["calls"]["nodes"] == [{"title": "髙𠮷の公募"}]


def test_who_listens_is_asked_again_for_each_event(toy: Toy, talk: Talk) -> None:
    """The sign-in ends between two events: the second one is never sent."""
    toy.app.ticks = 1
    talk.subscribe("a")
    assert talk.hear()["payload"]["data"] == {"ticks": {"title": "第1報"}}
    del toy.app.identity.tokens["rkp_demo"]
    tick(toy)
    refused = talk.hear()["payload"]
    assert "data" not in refused
    assert refused["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


def test_a_socket_closes_within_five_seconds_of_signing_out(toy: Toy) -> None:
    with socket(toy, **toy.person("rkp_leaving")) as talk:
        talk.init()
        talk.subscribe("a")
        toy.until(lambda: toy.app.listening == 1)
        del toy.app.identity.tokens["rkp_leaving"]
        assert talk.ending() == (4403, "Forbidden")
    assert graphql_ws.RECHECK_SECONDS < 5
    toy.until(lambda: toy.app.listening == 0)


def test_a_socket_whose_owner_cannot_be_checked_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql_ws, "RECHECK_SECONDS", 0.1)
    with toy_server(toy_settings(tmp_path)) as toy, socket(toy, **toy.person()) as talk:
        talk.init()
        talk.subscribe("a")
        toy.until(lambda: toy.app.listening == 1)
        toy.app.identity.broken = True
        assert talk.ending() == (1011, "Internal error")


def test_silent_sockets_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql_ws, "INIT_SECONDS", 0.2)
    monkeypatch.setattr(graphql_ws, "RECHECK_SECONDS", 0.1)
    monkeypatch.setattr(graphql_ws, "IDLE_SECONDS", 0.3)
    with toy_server(toy_settings(tmp_path)) as toy:
        with socket(toy) as talk:
            assert talk.ending() == (4408, "Connection initialisation timeout")
        with socket(toy) as talk:
            talk.init()
            assert talk.ending() == (1000, "Idle")


def test_a_client_that_vanishes_leaves_nothing_behind(toy: Toy) -> None:
    with socket(toy, **toy.person()) as talk:
        talk.init()
        talk.subscribe("a")
        toy.until(lambda: toy.app.listening == 1)
        talk.wire.socket.close()
    toy.until(lambda: toy.app.listening == 0)


# --- event streams -----------------------------------------------------------------------------


def blocks(response: httpx.Response) -> Iterator[str]:
    waiting = ""
    for chunk in response.iter_text():
        waiting += chunk
        while "\n\n" in waiting:
            block, waiting = waiting.split("\n\n", 1)
            yield block


def stream(client: httpx.Client, body: dict[str, Any]) -> Any:
    return client.stream("POST", "/graphql", json=body, headers={"accept": "text/event-stream"})


def test_a_subscription_streams_events(toy: Toy, client: httpx.Client) -> None:
    toy.app.ticks = 2
    with stream(client, {"query": TICKS}) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        heard = blocks(response)
        for number in (1, 2):
            kind, data = next(heard).split("\n")
            assert (kind, json.loads(data.removeprefix("data: "))) == (
                "event: next",
                {"data": {"ticks": {"title": f"第{number}報"}}},
            )
    toy.until(lambda: toy.app.listening == 0)


def test_a_query_streams_once_and_completes(client: httpx.Client) -> None:
    with stream(client, {"query": "{ __typename }"}) as response:
        assert list(blocks(response)) == [
            'event: next\ndata: {"data":{"__typename":"Query"}}',
            "event: complete\ndata:",
        ]


def test_a_bug_in_a_streams_source_is_masked_and_completes(client: httpx.Client) -> None:
    with stream(client, {"query": "subscription { breaking { title } }"}) as response:
        first, second, last = list(blocks(response))
    assert "前" in first
    assert '"code":"INTERNAL"' in second
    assert "secret" not in second
    assert last == "event: complete\ndata:"


def test_what_is_refused_before_it_starts_is_plain_json(client: httpx.Client) -> None:
    with stream(client, {"query": "{ nothing }"}) as response:
        response.read()
        assert (response.status_code, response.headers["content-type"]) == (
            400,
            "application/json; charset=utf-8",
        )


def test_subscriptions_need_a_live_transport(client: httpx.Client) -> None:
    response = client.post("/graphql", json={"query": TICKS})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (
        406,
        "BAD_REQUEST",
    )


def test_an_event_source_of_a_browser_listens_by_get(toy: Toy, anyone: httpx.Client) -> None:
    toy.app.ticks = 1
    with anyone.stream(
        "GET",
        "/graphql",
        params={"documentId": document_id(TRUSTED_LIVE)},
        headers={"accept": "text/event-stream"},
    ) as response:
        assert "第1報" in next(blocks(response))
    toy.until(lambda: toy.app.listening == 0)


def test_a_stream_beats_and_ends_with_the_sign_in(
    toy: Toy, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql_sse, "BEAT_SECONDS", 0.1)
    toy.app.ticks = 0
    person = toy.person(f"rkp_{uuid4()}")
    with httpx.Client(base_url=toy.url, headers=person) as leaving:
        with stream(leaving, {"query": TICKS}) as response:
            heard = blocks(response)
            assert next(heard) == ":"
            toy.app.identity.tokens.clear()
            rest = [block for block in heard if block != ":"]
        assert '"code":"NOT_SIGNED_IN"' in rest[0]
        assert rest[1:] == ["event: complete\ndata:"]
    toy.until(lambda: toy.app.listening == 0)


def test_the_server_stops_while_people_listen(tmp_path: Path) -> None:
    with toy_server(toy_settings(tmp_path)) as toy, socket(toy, **toy.person()) as talk:
        talk.init()
        talk.subscribe("a")
        toy.until(lambda: toy.app.listening == 1)
        started = time.monotonic()
    assert time.monotonic() - started < 10
