"""Live answers for simple clients: server-sent events, one connection an operation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

from starlette.types import Receive, Scope

from renkei_schema.context import Context
from renkei_schema.errors import ApiError, Rejected, format_error
from renkei_web.answers import encode
from renkei_web.callers import Caller
from renkei_web.envelope import Field, Outgoing
from renkei_web.execution import Prepared
from renkei_web.face import Face

# A comment this often shows proxies that the stream lives, and finds a sign-in that has ended.
BEAT_SECONDS = 4
_FIELDS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class EventStream:
    """The response to one operation as `text/event-stream`: `next` events, then `complete`."""

    def __init__(
        self,
        face: Face,
        caller: Caller,
        prepared: Prepared,
        context: Context,
        limits: Iterable[Field],
    ) -> None:
        self._face = face
        self._caller = caller
        self._prepared = prepared
        self._context = context
        self._limits = limits

    async def send(self, scope: Scope, receive: Receive, out: Outgoing) -> None:
        """Send events until the operation, the client or the sign-in ends."""
        await out.begin(200, [*_FIELDS, *self._limits])
        gone = asyncio.create_task(_until_gone(receive))
        renew = self._face.renewing(scope, self._caller, self._prepared)
        self._face.metrics.operation(self._prepared.kind.value, "live")
        self._face.metrics.live.inc()
        try:
            events = self._face.execution.events(self._prepared, self._context, renew)
            async with aclosing(self._beating(events, gone)) as payloads:
                async for payload in payloads:
                    text = b":\n\n" if payload is None else _event(payload)
                    await out.write(text, more=True)
            await out.write(b"event: complete\ndata:\n\n")
        finally:
            self._face.metrics.live.dec()
            gone.cancel()
            await self._context.close()

    async def _beating(
        self, events: AsyncGenerator[dict[str, Any]], gone: asyncio.Task[None]
    ) -> AsyncGenerator[dict[str, Any] | None]:
        """The events until the client is gone, with None whenever nothing came for a beat."""
        following: asyncio.Task[dict[str, Any]] | None = None
        try:
            while True:
                following = following or asyncio.ensure_future(anext(events))
                await asyncio.wait(
                    {following, gone}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if gone.done():
                    return
                if not following.done():
                    await self._caller.renewed()
                    yield None
                    continue
                payload = following.result()
                following = None
                yield payload
        except StopAsyncIteration:
            return
        except ApiError as error:
            yield {"errors": [format_error(error)]}
        except Rejected as rejected:
            yield {"errors": rejected.formatted()}
        finally:
            if following is not None:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
            await events.aclose()


def _event(payload: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + encode(payload) + b"\n\n"


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
