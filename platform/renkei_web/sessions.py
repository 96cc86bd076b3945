"""Signing in and out with a form, and the cookie that holds the session.

The pages of it are the portal's; here is what their forms are sent to. A browser is sent on to a
page, a program gets 204 or the refusal as JSON. Where there is a second step, a program gets 202
and the secret that is to come back with the code; a browser keeps it in a cookie.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from renkei.identity.rules import DEVICE_KEPT, SECOND_STEP_WITHIN
from renkei.identity.sign_ins import CodeWanted
from renkei.problems import NotFound
from renkei.settings import Settings
from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_web.callers import COOKIE, check_origin, cookie_of, language_of
from renkei_web.face import Face, face_of
from renkei_web.forms import (
    DEVICE,
    device_of,
    is_browser,
    local_path,
    onward,
    origin_of,
    read_form,
    refused,
)

# Between the two steps of signing in.
SECOND_STEP = "renkei_second_step"
_FORM = "application/x-www-form-urlencoded"


async def sign_in_page(request: Request) -> Response:
    """Send on to the portal's sign-in page in the reader's language."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{language_of(request.headers)}/sign-in{query}", status_code=307)


async def sign_in(request: Request) -> Response:
    """Open a session for an address and its password. Refuses without telling which was wrong."""
    face = face_of(request.scope)
    form: dict[str, str] = {}
    try:
        form = await read_form(request, face.app.settings)
        found = await face.app.sign_ins.sign_in(
            form.get("email", ""), form.get("password", ""), origin_of(request)
        )
        if found is None:
            raise Rejected([_wrong()])
    except Rejected as rejected:
        return refused(request, rejected, local_path(form.get("next")))
    if isinstance(found, CodeWanted):
        return _code_wanted(request, face.app.settings, found, local_path(form.get("next")))
    return await signed_in(request, face, found.secret, form)


async def second_step(request: Request) -> Response:
    """Open a session for the code of the second step. Refuses a wrong one, or one too late."""
    face = face_of(request.scope)
    form: dict[str, str] = {}
    try:
        form = await read_form(request, face.app.settings)
        wanted = form.get("secondStep") or cookie_of(request.headers, SECOND_STEP) or ""
        found = await face.app.sign_ins.second_step(
            wanted, form.get("code", ""), origin_of(request)
        )
        if found is None:
            raise Rejected([_wrong_code()])
    except Rejected as rejected:
        return refused(request, rejected, local_path(form.get("next")), "sign-in/code")
    response = await signed_in(request, face, found.secret, form)
    forget(response, SECOND_STEP)
    return response


async def prove_again(request: Request) -> Response:
    """Prove that the session is still with its owner: by a code, or where there is no second step
    by the password. 401 where that fails."""
    face = face_of(request.scope)
    form: dict[str, str] = {}
    try:
        form = await read_form(request, face.app.settings)
        secret = cookie_of(request.headers, COOKIE) or ""
        proof = form.get("proof", "")
        if not await face.app.sign_ins.prove_again(secret, proof, origin_of(request)):
            raise Rejected([_not_proved()])
    except Rejected as rejected:
        return refused(request, rejected, local_path(form.get("next")), "sign-in/again")
    return onward(request, local_path(form.get("next")))


async def demo_sign_in(request: Request) -> Response:
    """Open a session of a demo role with one click; 404 outside the demo and for unknown roles."""
    face = face_of(request.scope)
    if not face.app.settings.demo:
        return Response(status_code=404)
    try:
        form = await read_form(request, face.app.settings)
        token = await face.app.sign_ins.demo(form.get("role", ""), origin_of(request))
    except NotFound:
        return Response(status_code=404)
    except Rejected as rejected:
        return refused(request, rejected)
    return await signed_in(request, face, token, form)


async def sign_out(request: Request) -> Response:
    """End the session at once and everywhere, and drop the cookie."""
    face = face_of(request.scope)
    try:
        check_origin(request.headers, face.app.settings)
    except Rejected as rejected:
        return refused(request, rejected)
    secret = cookie_of(request.headers, COOKIE)
    if secret is not None:
        await face.app.sign_ins.sign_out(secret)
    response = onward(request, "/")
    forget(response, COOKIE)
    return response


ROUTES = (
    Route("/sign-in", sign_in_page, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-in/code", second_step, methods=["POST"]),
    Route("/sign-in/again", prove_again, methods=["POST"]),
    Route("/sign-in/demo", demo_sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
)


async def signed_in(request: Request, face: Face, token: str, form: dict[str, str]) -> Response:
    """Go on as whoever has just signed in, by a new session's secret."""
    before = cookie_of(request.headers, COOKIE)
    if before is not None:
        # A session from before signing in, planted or left over, must not go on beside it.
        await face.app.sign_ins.sign_out(before)
    settings = face.app.settings
    response = onward(request, local_path(form.get("next")))
    remember(response, settings, COOKIE, token, settings.session_hours * 3600)
    remember(response, settings, DEVICE, device_of(request), int(DEVICE_KEPT.total_seconds()))
    return response


def _code_wanted(
    request: Request, settings: Settings, found: CodeWanted, next_path: str
) -> Response:
    if not is_browser(request.headers):
        return JSONResponse(
            {"secondStep": found.secret}, status_code=202, headers={"cache-control": "no-store"}
        )
    wanted = f"?{urlencode({'next': next_path})}" if next_path != "/" else ""
    response = onward(request, f"/{language_of(request.headers)}/sign-in/code{wanted}")
    seconds = int(SECOND_STEP_WITHIN.total_seconds())
    remember(response, settings, SECOND_STEP, found.secret, seconds)
    return response


def remember(response: Response, settings: Settings, name: str, secret: str, seconds: int) -> None:
    """Have the browser keep a secret, out of reach of scripts and other sites."""
    response.set_cookie(
        name,
        secret,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https:"),
    )


def forget(response: Response, name: str) -> None:
    """Have the browser drop a secret."""
    response.delete_cookie(name, path="/", httponly=True, samesite="lax")


def _wrong() -> ApiError:
    return ApiError(
        ErrorCode.NOT_SIGNED_IN,
        "The address and the password don't match, or there were too many tries. "
        "Wait 15 minutes and try again.",
        "メールアドレスとパスワードが一致しないか、試した回数が多すぎます。"
        "15分ほど待ってからお試しください。",
        status=401,
    )


def _wrong_code() -> ApiError:
    return ApiError(
        ErrorCode.NOT_SIGNED_IN,
        "The code does not match, is too late, or there were too many tries.",
        "番号が一致しないか、時間が過ぎたか、試した回数が多すぎます。",
        status=401,
    )


def _not_proved() -> ApiError:
    return ApiError(
        ErrorCode.NOT_SIGNED_IN,
        "That did not prove that it is you, or there were too many tries.",
        "本人であることを確認できないか、試した回数が多すぎます。",
        status=401,
    )
