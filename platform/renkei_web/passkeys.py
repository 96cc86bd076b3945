"""Signing in and proving it again by a passkey: what it is asked, and the form with its answer.

The page's script fetches what the passkey is asked (JSON), and sends its answer in the page's form:
from there on it is as with a password.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from renkei.identity.rules import CHALLENGE_WITHIN
from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_web.answers import Media, rejection
from renkei_web.callers import COOKIE, check_origin, cookie_of
from renkei_web.face import face_of
from renkei_web.forms import local_path, onward, origin_of, read_form, refused
from renkei_web.sessions import forget, remember, signed_in

# Ties what a passkey is asked to the browser that asked, while nobody is signed in.
ASKED = "renkei_passkey"


async def ask(request: Request) -> Response:
    """What any passkey of this site is asked; 429 where too many were asked for, or none can be."""
    face = face_of(request.scope)
    settings = face.app.settings
    try:
        check_origin(request.headers, settings)
        before = cookie_of(request.headers, ASKED)
        asked = await face.app.passkeys.ask(before, origin_of(request))
        if asked is None:
            raise Rejected([_not_now()])
    except Rejected as rejected:
        return rejection(rejected, Media.JSON)
    response = _options(asked.options)
    remember(response, settings, ASKED, asked.secret, int(CHALLENGE_WITHIN.total_seconds()))
    return response


async def sign_in(request: Request) -> Response:
    """Open a session for a passkey's answer. Refuses without telling what was wrong."""
    face = face_of(request.scope)
    form: dict[str, str] = {}
    try:
        form = await read_form(request, face.app.settings)
        secret = cookie_of(request.headers, ASKED) or ""
        found = await face.app.passkeys.sign_in(
            secret, form.get("credential", ""), origin_of(request)
        )
        if found is None:
            raise Rejected([_refused()])
    except Rejected as rejected:
        return refused(request, rejected, local_path(form.get("next")))
    response = await signed_in(request, face, found.secret, form)
    forget(response, ASKED)
    return response


async def ask_again(request: Request) -> Response:
    """What the passkeys of whoever is signed in are asked; 429 where they have none."""
    face = face_of(request.scope)
    try:
        check_origin(request.headers, face.app.settings)
        secret = cookie_of(request.headers, COOKIE) or ""
        options = await face.app.passkeys.ask_again(secret, origin_of(request))
        if options is None:
            raise Rejected([_not_now()])
    except Rejected as rejected:
        return rejection(rejected, Media.JSON)
    return _options(options)


async def prove_again(request: Request) -> Response:
    """Prove by a passkey that the session is still with its owner. 401 where that fails."""
    face = face_of(request.scope)
    form: dict[str, str] = {}
    try:
        form = await read_form(request, face.app.settings)
        secret = cookie_of(request.headers, COOKIE) or ""
        answer = form.get("credential", "")
        if not await face.app.passkeys.prove_again(secret, answer, origin_of(request)):
            raise Rejected([_refused()])
    except Rejected as rejected:
        return refused(request, rejected, local_path(form.get("next")), "sign-in/again")
    return onward(request, local_path(form.get("next")))


ROUTES = (
    Route("/sign-in/passkey/options", ask, methods=["POST"]),
    Route("/sign-in/passkey", sign_in, methods=["POST"]),
    Route("/sign-in/again/passkey/options", ask_again, methods=["POST"]),
    Route("/sign-in/again/passkey", prove_again, methods=["POST"]),
)


def _options(options: str) -> Response:
    return Response(options, media_type="application/json", headers={"cache-control": "no-store"})


def _not_now() -> ApiError:
    return ApiError(
        ErrorCode.RATE_LIMITED,
        "No passkey can be asked for now.",
        "いまはパスキーを使えません。",
        status=429,
    )


def _refused() -> ApiError:
    return ApiError(
        ErrorCode.NOT_SIGNED_IN,
        "The passkey could not be verified, is too late, or there were too many tries.",
        "パスキーを確認できないか、時間が過ぎたか、試した回数が多すぎます。",
        status=401,
    )
