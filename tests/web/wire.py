"""Requests at the level of ASGI: fields and bodies as they are on the wire, tidied by no client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

Fields = Sequence[tuple[bytes, bytes]]


@dataclass
class Answered:
    """What came back."""

    status: int
    fields: dict[str, str]
    body: bytes
    events: list[float]


async def ask_raw(
    web: ASGIApp,
    *,
    method: str = "POST",
    fields: Fields = (),
    body: Iterable[bytes | float] = (b"",),
    query: bytes = b"",
) -> Answered:
    """Send one request to `/graphql`. A number in `body` waits so many seconds before what follows.

    `events` tells when each part of the body was taken, in `time.monotonic()`.
    """
    found = Answered(0, {}, b"", [])
    left = list(body)
    loop = asyncio.get_running_loop()

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        part = left.pop(0)
        if not isinstance(part, bytes):
            await asyncio.sleep(part)
            part = left.pop(0)
            assert isinstance(part, bytes)
        found.events.append(loop.time())
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            found.status = message["status"]
            found.fields = {
                name.decode("latin-1"): value.decode("latin-1")
                for name, value in message["headers"]
            }
        else:
            found.body += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": query,
        "headers": list(fields),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await web(scope, receive, send)
    return found
