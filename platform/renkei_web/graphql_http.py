"""`/graphql` over HTTP, as the GraphQL over HTTP specification says, behind the guard.

Served in front of the framework's middleware and router: what they do for every other address is
done here in plain words, for a quarter of the time (docs/decisions/0008-http-edge.md).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from graphql import OperationType
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_web import copies
from renkei_web.answers import Media, chosen_media, rejection
from renkei_web.callers import check_origin, country_of, credential_of, identify
from renkei_web.envelope import Field, Outgoing, bug, named, security_headers
from renkei_web.execution import Prepared
from renkei_web.face import Face
from renkei_web.graphql_sse import EventStream
from renkei_web.graphql_ws import Socket
from renkei_web.guard import (
    Asked,
    asked_by_get,
    asked_of,
    check_media_type,
    read_body,
)
from renkei_web.headers import headers_of
from renkei_web.rates import RateExceeded
from renkei_web.strict_json import parse_json

COST_HEADER = "x-renkei-cost"
_CONTENT_TYPES = {media: media.content_type.encode() for media in Media}
_NOT_KEPT = (
    (b"cache-control", b"no-store"),
    (b"vary", b"accept, authorization, cookie"),
)


_Reply = tuple[int, list[Field], bytes]


class GraphqlEndpoint:
    """The one address of the API: requests, event streams and sockets."""

    def __init__(self, face: Face, *, https: bool) -> None:
        self._face = face
        self._around = [
            (name.encode(), value.encode()) for name, value in security_headers(https=https).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket, whatever happens inside."""
        request_id = named(scope)
        if scope["type"] == "websocket":
            await Socket(self._face, scope, receive, send).serve()
            return
        started = time.perf_counter()
        out = Outgoing(send, self._around, request_id)
        try:
            await self._serve(scope, receive, out)
        except ClientDisconnect:
            pass
        except Exception:  # noqa: BLE001 - the one exit: logged with its id, masked for the client
            masked = bug(scope, request_id, headers_of(scope).get("accept", ""))
            if not out.status:
                await out.whole(masked)
        finally:
            took = time.perf_counter() - started
            self._face.metrics.answered(scope["method"], type(self).__name__, out.status, took)

    async def _serve(self, scope: Scope, receive: Receive, out: Outgoing) -> None:
        media = chosen_media(headers_of(scope).get("accept"))
        try:
            found = await _respond(self._face, scope, receive, media)
        except Rejected as rejected:
            self._face.metrics.operation("unknown", "rejected")
            await out.whole(_refusal(rejected, media or Media.JSON))
            return
        if isinstance(found, EventStream):
            await found.send(scope, receive, out)
            return
        status, fields, body = found
        await out.begin(status, fields)
        await out.write(body)


async def _respond(
    face: Face, scope: Scope, receive: Receive, media: Media | None
) -> _Reply | EventStream:
    if media is None:
        raise Rejected([_not_acceptable()])
    headers, method = headers_of(scope), scope["method"]
    asked, complete = await _asked(face, scope, receive)
    credential = credential_of(headers)
    if credential.kind == "session":
        check_origin(headers, face.app.settings)
    caller = await identify(face.app.identity, credential, country_of(headers))
    prepared = face.execution.prepare(asked, anonymous=caller.viewer.anonymous)
    _check_kind(prepared, method, media)
    spent = face.spend(caller, scope, prepared.cost)
    limits = spent.fields if spent else []
    face.metrics.cost.observe(prepared.cost)
    arrived_at = await face.arrived_at(prepared, complete)
    context = face.context(scope, caller.viewer, arrived_at, trusted=prepared.trusted)
    if media is Media.EVENTS:
        return EventStream(face, caller, prepared, context, limits)
    try:
        answer = await face.execution.answer(prepared, context)
    finally:
        await context.close()
    face.metrics.operation(prepared.kind.value, answer.outcome)
    body = answer.data
    if headers.get(COST_HEADER) == "1":
        body = _with_cost(body, prepared.cost, face.execution.limits.nodes)
    if method == "GET" and caller.viewer.anonymous and answer.outcome == "ok":
        return await _public(headers, media, body, limits)
    return 200, _fields(media, body, [*_NOT_KEPT, *limits]), body


def _fields(media: Media, body: bytes, more: Iterable[Field]) -> list[Field]:
    return [
        (b"content-type", _CONTENT_TYPES[media]),
        (b"content-length", b"%d" % len(body)),
        *more,
    ]


def _with_cost(body: bytes, nodes: int, allowed: int) -> bytes:
    """The body, an object that is never empty, with what it cost beside its data."""
    cost = b'"cost":{"nodes":%d,"allowed":%d}' % (nodes, allowed)
    return body[:-1] + b',"extensions":{' + cost + b"}}"


async def _public(
    headers: Mapping[str, str], media: Media, body: bytes, limits: list[Field]
) -> _Reply:
    """What anybody would be answered: with its tag, compressed, or only that it is unchanged."""
    zipped = copies.takes_gzip(headers.get("accept-encoding"), len(body))
    etag = copies.etag_of(body, media.value, zipped=zipped)
    fields: list[Field] = [
        (b"etag", etag.encode()),
        (b"cache-control", copies.CACHE_CONTROL),
        (b"vary", copies.VARY),
        *limits,
    ]
    known = headers.get("if-none-match")
    if known is not None and copies.still_holds(known, etag):
        return 304, fields, b""
    if zipped:
        fields.append((b"content-encoding", b"gzip"))
        body = await copies.zipped(body)
    return 200, _fields(media, body, fields), body


def _refusal(rejected: Rejected, media: Media) -> Response:
    refusal = rejection(rejected, media)
    if isinstance(rejected, RateExceeded):
        refusal.raw_headers.extend(rejected.fields)
    return refusal


async def _asked(face: Face, scope: Scope, receive: Receive) -> tuple[Asked, float]:
    """The request, and when all of it was here in `time.monotonic()`: before any work on it."""
    if scope["method"] == "GET":
        return asked_by_get(scope["query_string"]), time.monotonic()
    if scope["method"] != "POST":
        raise Rejected(
            [_not_this_method("Use POST, or GET for queries.", "POSTを使ってください。")]
        )
    headers = headers_of(scope)
    check_media_type(headers)
    body = await read_body(headers, receive, face.app.settings.body_limit_bytes)
    complete = time.monotonic()
    return asked_of(parse_json(body)), complete


def _check_kind(prepared: Prepared, method: str, media: Media) -> None:
    if prepared.kind is OperationType.MUTATION and method == "GET":
        raise Rejected(
            [
                _not_this_method(
                    "GET is for queries only; send mutations by POST.",
                    "GETは照会だけに使えます。変更はPOSTで送ってください。",
                )
            ]
        )
    if prepared.kind is OperationType.SUBSCRIPTION and media is not Media.EVENTS:
        raise Rejected(
            [
                ApiError(
                    ErrorCode.BAD_REQUEST,
                    "Subscriptions need a WebSocket, or Accept: text/event-stream.",
                    "購読はWebSocketかAccept: text/event-streamで受け取ってください。",
                    status=406,
                )
            ]
        )


def _not_this_method(message: str, message_ja: str) -> ApiError:
    return ApiError(ErrorCode.METHOD_NOT_ALLOWED, message, message_ja, status=405)


def _not_acceptable() -> ApiError:
    return ApiError(
        ErrorCode.BAD_REQUEST,
        "Accept one of application/graphql-response+json, application/json, text/event-stream.",
        "Acceptにはapplication/graphql-response+json、application/json、"
        "text/event-streamのいずれかを指定してください。",
        status=406,
    )
