"""The application: routes, what happens at start and stop, and what surrounds every answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import strawberry
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from renkei.app import App
from renkei.settings import Settings
from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_web import explorer, invitations, mails, operations, passkeys, recovery, sessions
from renkei_web.answers import Media, rejection
from renkei_web.documents import TrustedDocuments
from renkei_web.envelope import Envelope, page
from renkei_web.execution import Execution
from renkei_web.face import Face
from renkei_web.graphql_http import GraphqlEndpoint
from renkei_web.metrics import Metrics
from renkei_web.rates import Rates
from renkei_web.warming import warm

OpenApp = Callable[[Settings], AbstractAsyncContextManager[App]]
AddPages = Callable[[FastAPI], Iterable[str]]

_WORDS = {
    404: ("Not found", "見つかりません"),
    405: ("Method not allowed", "このメソッドは使えません"),
}


class Web(FastAPI):
    """FastAPI, with `/graphql` in front of its middleware and its router.

    `state.face` and `state.graphql` are there from the server's start to its stop.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, one socket, or the start and stop of the server."""
        if scope["type"] != "lifespan" and scope["path"] == "/graphql":
            await self.state.graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    settings: Settings,
    *,
    schema: strawberry.Schema,
    open_app: OpenApp = App.opened,
    add_pages: AddPages | None = None,
    ready: Callable[[Execution], None] = warm,
) -> Web:
    """The web face of a deployment.

    `add_pages` adds the portal's routes and gives back its documents, which thereby are trusted.
    The kernel's app is opened when the server starts and closed when it stops. `ready` makes the
    documents ready before the first request: all of them, unless few will be asked for.
    """
    metrics = Metrics()
    https = settings.public_url.startswith("https:")
    trusted = TrustedDocuments()

    @asynccontextmanager
    async def lifespan(web: FastAPI) -> AsyncIterator[None]:
        async with open_app(settings) as app:
            execution = Execution(schema, trusted, settings)
            ready(execution)
            metrics.watch(execution.plans)
            web.state.face = Face(
                app=app,
                execution=execution,
                rates=Rates(app.clock, settings.rate_per_minute),
                metrics=metrics,
            )
            web.state.graphql = GraphqlEndpoint(web.state.face, https=https)
            yield

    web = Web(
        title="Renkei",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        exception_handlers={HTTPException: _unfound},
    )
    web.add_middleware(Envelope, metrics=metrics, https=https)
    web.router.routes.extend(
        [
            Route("/graphql/", _to_graphql, methods=["GET", "POST"]),
            *operations.ROUTES,
            *explorer.ROUTES,
            *sessions.ROUTES,
            *passkeys.ROUTES,
            *recovery.ROUTES,
            *invitations.ROUTES,
            *mails.ROUTES,
        ]
    )
    if add_pages is not None:
        for source in add_pages(web):
            trusted.register(source)
    return web


async def _to_graphql(request: Request) -> Response:
    """The address with a slash too many, as the router sends on from those of its own routes."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/graphql{query}", status_code=307)


async def _unfound(request: Request, error: Exception) -> Response:
    """What no route answers: a plain page for people, coded JSON for programs."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    title, title_ja = _WORDS.get(status, ("The request failed", "処理できませんでした"))
    if "text/html" in request.headers.get("accept", ""):
        return page(status, title, title_ja, f"({status})", f"（{status}）")
    code = ErrorCode.METHOD_NOT_ALLOWED if status == 405 else ErrorCode.BAD_REQUEST
    return rejection(
        Rejected([ApiError(code, f"{title}.", f"{title_ja}。", status=status)]), Media.GRAPHQL
    )
