"""Routes for operators and machines: liveness, readiness, figures, the SDL, the public keys."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from renkei_schema.errors import Rejected
from renkei_web.callers import country_of, credential_of, identify
from renkei_web.face import Face, client_ip, face_of

METRICS_SCOPE = "metrics"
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip")


async def alive(request: Request) -> Response:
    """The process answers; says nothing of what it depends on."""
    return JSONResponse({"status": "alive"})


async def ready(request: Request) -> Response:
    """Each dependency by name: `ok`, or what is wrong with it. 503 where one fails."""
    found = await face_of(request.scope).app.ready()
    failing = any(fault is not None for fault in found.values())
    return JSONResponse(
        {
            "status": "not ready" if failing else "ready",
            "dependencies": {name: fault or "ok" for name, fault in found.items()},
        },
        status_code=503 if failing else 200,
    )


async def metrics(request: Request) -> Response:
    """Prometheus figures, to this machine itself or an access token with the scope `metrics`.

    A request that came through a proxy is not from this machine, whatever its address says.
    """
    face = face_of(request.scope)
    if not await _may_measure(face, request):
        return Response(status_code=404)
    return Response(face.metrics.exposed(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def sdl(request: Request) -> Response:
    """The schema in the schema definition language."""
    text = face_of(request.scope).execution.sdl
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"etag": etag})
    return PlainTextResponse(text, headers={"etag": etag})


async def keys(request: Request) -> Response:
    """The public keys with which receipts are checked, old ones kept, as a JSON Web Key Set."""
    return JSONResponse(
        face_of(request.scope).app.keys.published(),
        headers={"cache-control": "public, max-age=300", "access-control-allow-origin": "*"},
    )


ROUTES = (
    Route("/healthz", alive, methods=["GET"]),
    Route("/readyz", ready, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
    Route("/schema.graphql", sdl, methods=["GET"]),
    Route("/.well-known/renkei-keys.json", keys, methods=["GET"]),
)


async def _may_measure(face: Face, request: Request) -> bool:
    headers: Headers = request.headers
    if "authorization" in headers:
        try:
            caller = await identify(face.app.identity, credential_of(headers), country_of(headers))
        except Rejected:
            return False
        return METRICS_SCOPE in (caller.viewer.scopes or ())
    return client_ip(request.scope) in _LOOPBACK and not any(
        name in headers for name in _FORWARDING
    )
