"""`/graphql` over HTTP, as the GraphQL over HTTP specification says, behind the guard."""

from __future__ import annotations

from datetime import datetime

from graphql import OperationType
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_web.answers import Media, answer, chosen_media, rejection
from renkei_web.callers import check_origin, credential_of, identify, request_of
from renkei_web.execution import Prepared
from renkei_web.face import Face, face_of
from renkei_web.graphql_sse import EventStream
from renkei_web.graphql_ws import Socket
from renkei_web.guard import (
    Asked,
    asked_by_get,
    asked_of,
    check_media_type,
    parse_json,
    read_body,
)
from renkei_web.rates import RateExceeded

COST_HEADER = "x-renkei-cost"


class GraphqlEndpoint:
    """The one address of the API: requests, event streams and sockets."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        face = face_of(scope)
        if scope["type"] == "websocket":
            await Socket(face, scope, receive, send).serve()
            return
        media = chosen_media(Headers(scope=scope).get("accept"))
        try:
            response = await _respond(face, scope, receive, media)
        except Rejected as rejected:
            face.metrics.operations.labels("unknown", "rejected").inc()
            refusal = rejection(rejected, media or Media.JSON)
            if isinstance(rejected, RateExceeded):
                refusal.headers.update(rejected.headers)
            response = refusal
        except ClientDisconnect:
            return
        await response(scope, receive, send)


async def _respond(face: Face, scope: Scope, receive: Receive, media: Media | None) -> ASGIApp:
    if media is None:
        raise Rejected([_not_acceptable()])
    headers = Headers(scope=scope)
    asked, arrived_at = await _asked(face, scope, receive)
    credential = credential_of(headers)
    if credential.kind == "session":
        check_origin(headers, face.app.settings)
    caller = await identify(face.app.identity, credential, request_of(headers))
    prepared = face.execution.prepare(asked, anonymous=caller.viewer.anonymous)
    _check_kind(prepared, scope["method"], media)
    spent = face.spend(caller, scope, prepared.cost)
    limits = spent.headers if spent else {}
    face.metrics.cost.observe(prepared.cost)
    context = face.context(scope, caller.viewer, arrived_at, trusted=prepared.trusted)
    if media is Media.EVENTS:
        return EventStream(face, caller, prepared, context, limits)
    try:
        payload = await face.execution.execute(prepared, context)
    finally:
        await context.close()
    outcome = "errors" if "errors" in payload else "ok"
    face.metrics.operations.labels(prepared.kind.value, outcome).inc()
    if headers.get(COST_HEADER) == "1":
        payload["extensions"] = {
            "cost": {"nodes": prepared.cost, "allowed": face.execution.limits.nodes}
        }
    response = answer(payload, media)
    response.headers.update(limits)
    return response


async def _asked(face: Face, scope: Scope, receive: Receive) -> tuple[Asked, datetime]:
    """The request, and the instant that counts: taken once all of it is here, before any work."""
    if scope["method"] == "GET":
        return asked_by_get(scope["query_string"]), face.app.clock.now()
    if scope["method"] != "POST":
        raise Rejected(
            [_not_this_method("Use POST, or GET for queries.", "POSTを使ってください。")]
        )
    headers = Headers(scope=scope)
    check_media_type(headers)
    body = await read_body(headers, receive, face.app.settings.body_limit_bytes)
    arrived_at = await face.app.arrival()
    return asked_of(parse_json(body)), arrived_at


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
