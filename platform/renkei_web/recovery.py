"""A new password for whoever has lost theirs, by a mail to their address."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from renkei.problems import InvalidInput, NotFound, Problem
from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_web.answers import Media, rejection
from renkei_web.callers import language_of
from renkei_web.face import face_of
from renkei_web.forms import is_browser, onward, origin_of, read_form, refused


async def ask_recovery(request: Request) -> Response:
    """Send the way to a new password to an address. The answer is the same for every address."""
    face = face_of(request.scope)
    try:
        form = await read_form(request, face.app.settings)
    except Rejected as rejected:
        return refused(request, rejected, page="recover")
    await face.app.sign_ins.ask_recovery(form.get("email", ""), origin_of(request))
    return onward(request, f"/{language_of(request.headers)}/recover?sent=yes")


async def recover(request: Request) -> Response:
    """Set a new password by a mail's secret, then sign in. 404 for a secret that is no good."""
    face = face_of(request.scope)
    lang = language_of(request.headers)
    try:
        form = await read_form(request, face.app.settings)
    except Rejected as rejected:
        return refused(request, rejected, page="recover")
    secret = form.get("secret", "")
    try:
        await face.app.sign_ins.recover(secret, form.get("password", ""))
    except NotFound:
        return _unrecovered(request, "recover?refused=NOT_FOUND")
    except InvalidInput as refusal:
        problem = refusal.problems[0]
        query = urlencode({"secret": secret, "refused": problem.code})
        return _unrecovered(request, f"recover/set?{query}", problem)
    return onward(request, f"/{lang}/sign-in?done=recovered")


def _unrecovered(request: Request, page: str, problem: Problem | None = None) -> Response:
    if is_browser(request.headers):
        return RedirectResponse(f"/{language_of(request.headers)}/{page}", status_code=303)
    told = problem or NotFound()
    error = ApiError(
        ErrorCode.BAD_REQUEST, told.message, told.message_ja, status=400 if problem else 404
    )
    return rejection(Rejected([error]), Media.GRAPHQL)


ROUTES = (
    Route("/recover", ask_recovery, methods=["POST"]),
    Route("/recover/set", recover, methods=["POST"]),
)
