"""Live answers over a WebSocket: the `graphql-transport-ws` protocol and no other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from starlette.types import Receive, Scope, Send

from renkei_schema.errors import (
    ApiError,
    ErrorCode,
    Rejected,
    format_error,
    internal_error,
)
from renkei_web.answers import encode
from renkei_web.callers import (
    Caller,
    bearer,
    check_origin,
    country_of,
    credential_of,
    identify,
)
from renkei_web.face import Face, request_id
from renkei_web.guard import asked_of
from renkei_web.headers import headers_of
from renkei_web.strict_json import parse_json

PROTOCOL = "graphql-transport-ws"
SUBSCRIPTIONS_MAX = 10
INIT_SECONDS = 10
RECHECK_SECONDS = 4
IDLE_SECONDS = 120

_log = structlog.get_logger("renkei.web")


class _Closed(Exception):  # noqa: N818 - an ending that the protocol names, not a failure
    """The connection ends with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass
class Socket:
    """One connection. Who is connected is asked again for each event and every few seconds."""

    face: Face
    scope: Scope
    receive: Receive
    send: Send
    caller: Caller | None = None
    operations: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    active_at: float = 0.0
    ended: bool = False

    async def serve(self) -> None:
        """Serve until either side ends it."""
        headers = headers_of(self.scope)
        await self.receive()
        try:
            check_origin(headers, self.face.app.settings)
        except Rejected:
            # Closing before accepting answers the handshake with 403.
            await self.send({"type": "websocket.close", "code": 4403})
            return
        offered = PROTOCOL in self.scope.get("subprotocols", [])
        await self.send({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
        watch = asyncio.create_task(self._watch())
        try:
            if not offered:
                raise _Closed(4406, "Subprotocol not acceptable")
            await self._converse(headers)
        except _Closed as closed:
            await self._close(closed.code, closed.reason)
        finally:
            tasks = [watch, *self.operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _converse(self, headers: Mapping[str, str]) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                message = await self._message()
                while message is not None and message["type"] in {"ping", "pong"}:
                    await self._handle_ping(message)
                    message = await self._message()
        except TimeoutError:
            raise _Closed(4408, "Connection initialisation timeout") from None
        if message is None:
            return
        if message["type"] != "connection_init":
            raise _Closed(4401, "Unauthorized")
        await self._init(message.get("payload"), headers)
        while (message := await self._message()) is not None:
            await self._handle(message)

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                task = self.operations.pop(_id_of(message), None)
                if task is not None:
                    task.cancel()
            case "ping" | "pong":
                await self._handle_ping(message)
            case "connection_init":
                raise _Closed(4429, "Too many initialisation requests")
            case _:
                raise _Closed(4400, "Unknown message type")

    async def _handle_ping(self, message: dict[str, Any]) -> None:
        if message["type"] == "ping":
            await self._say({"type": "pong"})

    async def _message(self) -> dict[str, Any] | None:
        """The next message; None where the client has gone."""
        frame = await self.receive()
        if frame["type"] == "websocket.disconnect":
            self.ended = True
            return None
        self.active_at = asyncio.get_running_loop().time()
        text = frame.get("text")
        if text is None:
            raise _Closed(4400, "Messages must be text")
        body = text.encode("utf-8", "surrogatepass")
        if len(body) > self.face.app.settings.body_limit_bytes:
            raise _Closed(1009, "Message too big")
        try:
            message = parse_json(body)
        except Rejected as rejected:
            raise _Closed(4400, rejected.errors[0].message[:120]) from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise _Closed(4400, "Not a message of this protocol")
        return message

    async def _init(self, payload: object, headers: Mapping[str, str]) -> None:
        """Take the token of the payload (`authorization` or `token`), else header or cookie."""
        given = payload if isinstance(payload, dict) else {}
        authorization = given.get("authorization", given.get("Authorization"))
        if authorization is None and given.get("token") is not None:
            authorization = f"Bearer {given['token']}"
        try:
            credential = (
                credential_of(headers) if authorization is None else bearer(str(authorization))
            )
            self.caller = await identify(self.face.app.identity, credential, country_of(headers))
        except Rejected:
            raise _Closed(4403, "Forbidden") from None
        await self._say({"type": "connection_ack"})

    async def _subscribe(self, message: dict[str, Any]) -> None:
        complete = time.monotonic()
        operation_id = _id_of(message)
        if operation_id in self.operations:
            raise _Closed(4409, f"Subscriber for {operation_id[:60]} already exists")
        if not isinstance(message.get("payload"), dict):
            raise _Closed(4400, "The payload must be an object")
        if len(self.operations) >= SUBSCRIPTIONS_MAX:
            await self._refuse(operation_id, [format_error(_too_many())])
            return
        task = asyncio.create_task(self._run(operation_id, message["payload"], complete))
        self.operations[operation_id] = task

    async def _run(self, operation_id: str, payload: dict[str, Any], complete: float) -> None:
        try:
            await self._answer(operation_id, payload, complete)
        except ApiError as error:
            await self._refuse(operation_id, [format_error(error)])
        except Rejected as rejected:
            await self._refuse(operation_id, rejected.formatted())
        except Exception:  # noqa: BLE001 - the one exit: logged, masked, and the socket lives on
            shown = request_id(self.scope)
            _log.exception("web.internal_error", request_id=shown)
            await self._refuse(operation_id, [format_error(internal_error(shown))])
        else:
            self.operations.pop(operation_id, None)
            await self._say({"id": operation_id, "type": "complete"})

    async def _answer(self, operation_id: str, payload: dict[str, Any], complete: float) -> None:
        assert self.caller is not None
        viewer = await self.caller.renewed()
        execution = self.face.execution
        prepared = execution.prepare(asked_of(payload), anonymous=viewer.anonymous)
        self.face.spend(self.caller, self.scope, prepared.cost)
        self.face.metrics.cost.observe(prepared.cost)
        self.face.metrics.operation(prepared.kind.value, "live")
        arrived_at = await self.face.arrived_at(prepared, complete)
        context = self.face.context(self.scope, viewer, arrived_at, trusted=prepared.trusted)
        renew = self.face.renewing(self.scope, self.caller, prepared)
        self.face.metrics.live.inc()
        try:
            async with aclosing(execution.events(prepared, context, renew)) as events:
                async for event in events:
                    await self._say({"id": operation_id, "type": "next", "payload": event})
        finally:
            self.face.metrics.live.dec()
            await context.close()

    async def _watch(self) -> None:
        """Close the connection when its sign-in ends, or when nothing happens on it."""
        loop = asyncio.get_running_loop()
        self.active_at = loop.time()
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            try:
                if self.caller is not None:
                    await self.caller.renewed()
            except ApiError:
                await self._close(4403, "Forbidden")
                return
            except Exception:  # noqa: BLE001 - who can't be checked is not served on
                _log.exception("web.internal_error", request_id=request_id(self.scope))
                await self._close(1011, "Internal error")
                return
            if self.operations:
                self.active_at = loop.time()
            elif loop.time() - self.active_at > IDLE_SECONDS:
                await self._close(1000, "Idle")
                return

    async def _refuse(self, operation_id: str, errors: list[dict[str, Any]]) -> None:
        if self.operations.get(operation_id) is asyncio.current_task():
            del self.operations[operation_id]
        await self._say({"id": operation_id, "type": "error", "payload": errors})

    async def _say(self, message: dict[str, Any]) -> None:
        if not self.ended:
            # The client may be gone before its disconnect is read; there is nobody to tell then.
            with suppress(OSError):
                await self.send({"type": "websocket.send", "text": encode(message).decode()})

    async def _close(self, code: int, reason: str) -> None:
        if not self.ended:
            self.ended = True
            with suppress(OSError):
                await self.send({"type": "websocket.close", "code": code, "reason": reason})


def _id_of(message: dict[str, Any]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not found:
        raise _Closed(4400, "The message needs an id")
    return found


def _too_many() -> ApiError:
    return ApiError(
        ErrorCode.LIMIT_EXCEEDED,
        f"At most {SUBSCRIPTIONS_MAX} operations at a time on one connection.",
        f"1つの接続で同時に使える操作は{SUBSCRIPTIONS_MAX}件までです。",
        facts={"limit": "subscriptions", "allowed": SUBSCRIPTIONS_MAX},
    )
