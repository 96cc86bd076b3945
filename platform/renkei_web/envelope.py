"""Around every answer: a request id, security headers, figures, and the one exit for exceptions."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from secrets import token_hex

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from renkei_schema.errors import format_error, internal_error
from renkei_web.answers import Media, answer
from renkei_web.metrics import Metrics

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)

_log = structlog.get_logger("renkei.web")
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
Field = tuple[bytes, bytes]
_PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><title>{title_ja} / {title}</title></head>
<body><h1>{title_ja}</h1><p>{text_ja}</p><h1 lang="en">{title}</h1><p lang="en">{text}</p></body>
</html>
"""


def page(status: int, title: str, title_ja: str, text: str, text_ja: str) -> Response:
    """A plain page in both languages, for when the portal can't draw one."""
    shown = {
        name: escape(value)
        for name, value in (
            ("title", title),
            ("title_ja", title_ja),
            ("text", text),
            ("text_ja", text_ja),
        )
    }
    return HTMLResponse(_PAGE.format(**shown), status_code=status)


def security_headers(*, https: bool) -> dict[str, str]:
    """The fields that every answer carries, unless it has its own."""
    return _HEADERS | ({"strict-transport-security": "max-age=31536000"} if https else {})


def named(scope: Scope) -> str:
    """Give the request the id under which it is logged."""
    request_id = token_hex(16)
    scope.setdefault("state", {})["request_id"] = request_id
    return request_id


@dataclass(slots=True)
class Outgoing:
    """One answer on its way, written without a framework: `around` is put around each.

    `status` is 0 until the answer has begun.
    """

    send: Send
    around: Iterable[Field]
    request_id: str
    status: int = 0

    async def begin(self, status: int, fields: Iterable[Field]) -> None:
        """Send status and fields."""
        self.status = status
        own = (b"x-request-id", self.request_id.encode())
        headers = [*fields, *self.around, own]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, body: bytes, *, more: bool = False) -> None:
        """Send a part of the body, or the last one."""
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def whole(self, response: Response) -> None:
        """Send a response that was put together with the framework's words: refusals, mostly."""
        await self.begin(response.status_code, response.raw_headers)
        await self.write(bytes(response.body))


class Envelope:
    """The outermost layer. What a route raises is logged under the request id and never shown."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, https: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._headers = {**security_headers(https=https), "cache-control": "no-cache"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, whatever happens inside."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = named(scope)
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except Exception:  # noqa: BLE001 - the one exit: logged with its id, masked for the client
            masked = bug(scope, request_id, Headers(scope=scope).get("accept", ""))
            if not status:
                await masked(scope, receive, dressed)
        finally:
            took = time.perf_counter() - started
            self._metrics.answered(scope["method"], _endpoint_name(scope), status, took)


def bug(scope: Scope, request_id: str, accept: str) -> Response:
    """The answer after an exception, while that is handled: logged under the id, never shown."""
    _log.exception("web.internal_error", request_id=request_id, path=scope["path"])
    error = internal_error(request_id)
    if "text/html" in accept:
        return page(
            500, "Something went wrong", "エラーが起きました", error.message, error.message_ja
        )
    return answer({"errors": [format_error(error)]}, Media.JSON, status=500)


def _endpoint_name(scope: Scope) -> str:
    """The function or class that answered; never the path, which a client can make up."""
    endpoint = scope.get("endpoint")
    return "none" if endpoint is None else getattr(endpoint, "__name__", type(endpoint).__name__)
