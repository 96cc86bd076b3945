"""GraphiQL, served from our own files; 404 unless introspection is allowed."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from renkei_web.face import face_of

FOLDER = Path(__file__).parent / "graphiql"
ASSETS = frozenset(
    {
        "graphiql.min.css",
        "graphiql.min.js",
        "page.css",
        "react-dom.production.min.js",
        "react.production.min.js",
        "start.js",
    }
)
# The editor sets styles in place and carries its fonts as data; it loads nothing from elsewhere.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)


async def explorer(request: Request) -> Response:
    """The page, or one of its files."""
    name = request.path_params.get("name", "index.html")
    allowed = face_of(request.scope).app.settings.introspection_allowed
    if not allowed or name not in ASSETS | {"index.html"}:
        return Response(status_code=404)
    return FileResponse(FOLDER / name, headers={"content-security-policy": POLICY})


ROUTES = (
    Route("/graphiql", explorer, methods=["GET"]),
    Route("/graphiql/{name}", explorer, methods=["GET"]),
)
