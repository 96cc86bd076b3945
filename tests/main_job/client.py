"""A client of the API as anyone could write it: HTTP, a token or a cookie, a live subscription."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

Answer = TypeVar("Answer")


class Client:
    """One person at the API."""

    def __init__(self, url: str, *, token: str | None = None, role: str | None = None) -> None:
        self.url = url
        self._token = token
        self._http = httpx.Client(base_url=url, timeout=30, headers={"Origin": url})
        if token is not None:
            self._http.headers["Authorization"] = f"Bearer {token}"
        if role is not None:
            self._http.post("/sign-in/demo", data={"role": role})
            assert "renkei_session" in self._http.cookies, "the sign-in gave no session"

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def post(self, document: str, **variables: Any) -> httpx.Response:
        """The raw response to a document."""
        return self._http.post("/graphql", json={"query": document, "variables": variables})

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data; an error ends the play."""
        answer = self.post(document, **variables).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def do(self, mutation: str, sent: dict[str, Any], selection: str) -> dict[str, Any]:
        """The answer of a mutation, whichever of its types it is."""
        kind = mutation[0].upper() + mutation[1:] + "Input"
        document = f"""
        mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ __typename {selection}
          ... on Refusal {{ code message messageJa }}
          ... on InvalidInput {{ problems {{ path code message messageJa }} }} }} }}"""
        answer: dict[str, Any] = self.ask(document, input=sent)[mutation]
        return answer

    def live(self) -> Live:
        """The live inbox."""
        assert self._token is not None
        return Live(self.url, self._token)


class Live:
    """A `noticeArrived` subscription: events with the time at which they came."""

    def __init__(self, url: str, token: str) -> None:
        self._stack = ExitStack()
        self._socket = self._stack.enter_context(
            connect(
                url.replace("http", "ws", 1) + "/graphql",
                subprotocols=[Subprotocol("graphql-transport-ws")],
                origin=Origin(url),
            )
        )
        self._say(type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert json.loads(self._socket.recv(10))["type"] == "connection_ack"
        self._say(
            id="1",
            type="subscribe",
            payload={"query": "subscription { noticeArrived { kind call { code } } }"},
        )
        self.events: list[tuple[float, dict[str, Any]]] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _say(self, **message: Any) -> None:
        self._socket.send(json.dumps(message))

    def _listen(self) -> None:
        for raw in self._socket:
            message = json.loads(raw)
            if message["type"] == "ping":
                self._say(type="pong")
            if message["type"] == "next":
                self.events.append((time.monotonic(), message["payload"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stack.close()


def until(
    what: str, look: Callable[[], Answer | None], *, seconds: float = 20.0, pause: float = 0.05
) -> Answer:
    """What `look` gives once it gives something; the play ends where it never does."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(pause)
