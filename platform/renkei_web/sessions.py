"""Signing in and out with a form, and the cookie that holds the session.

The page at `/sign-in` is the portal's; here is what its forms are sent to. A browser is sent on to
a page, a program gets 204 or the refusal as JSON.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from renkei.problems import NotFound
from renkei.settings import Settings
from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_web.answers import Media, rejection
from renkei_web.callers import COOKIE, check_origin, language_of, session_cookie
from renkei_web.face import Face, client_ip, face_of
from renkei_web.guard import read_body

FORM_BYTES = 16_384
_FORM = "application/x-www-form-urlencoded"


def local_path(value: str | None) -> str:
    """`value` where it is a path on this site, else the front page: never another site."""
    if not value or not value.startswith("/") or value[1:2] in {"/", "\\"}:
        return "/"
    if any(ord(letter) < 33 or letter == "\\" or ord(letter) == 127 for letter in value):
        return "/"
    parts = urlsplit(value)
    return value if not parts.scheme and not parts.netloc else "/"


async def sign_in_page(request: Request) -> Response:
    """Send on to the portal's sign-in page in the reader's language."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{language_of(request.headers)}/sign-in{query}", status_code=307)


async def sign_in(request: Request) -> Response:
    """Open a session for an address and its password. Refuses without telling which was wrong."""
    face = face_of(request.scope)
    form: dict[str, str] = {}
    try:
        form = await _form(request, face.app.settings)
        token = await face.app.identity.sign_in(
            form.get("email", ""), form.get("password", ""), ip=client_ip(request.scope)
        )
        if token is None:
            raise Rejected([_wrong()])
    except Rejected as rejected:
        return _refused(request, rejected, local_path(form.get("next")))
    return await _signed_in(request, face, token, form)


async def demo_sign_in(request: Request) -> Response:
    """Open a session of a demo role with one click; 404 outside the demo and for unknown roles."""
    face = face_of(request.scope)
    if not face.app.settings.demo:
        return Response(status_code=404)
    try:
        form = await _form(request, face.app.settings)
        token = await face.app.identity.demo_sign_in(form.get("role", ""))
    except NotFound:
        return Response(status_code=404)
    except Rejected as rejected:
        return _refused(request, rejected)
    return await _signed_in(request, face, token, form)


async def sign_out(request: Request) -> Response:
    """End the session at once and everywhere, and drop the cookie."""
    face = face_of(request.scope)
    try:
        check_origin(request.headers, face.app.settings)
    except Rejected as rejected:
        return _refused(request, rejected)
    secret = session_cookie(request.headers)
    if secret is not None:
        await face.app.identity.sign_out(secret)
    response = _onward(request, "/")
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response


ROUTES = (
    Route("/sign-in", sign_in_page, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-in/demo", demo_sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
)


async def _form(request: Request, settings: Settings) -> dict[str, str]:
    check_origin(request.headers, settings)
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media != _FORM or "content-encoding" in request.headers:
        raise Rejected(
            [
                ApiError(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    f"Send a form as {_FORM}.",
                    f"フォームは{_FORM}で送ってください。",
                    status=415,
                )
            ]
        )
    body = await read_body(request.headers, request.receive, FORM_BYTES)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20
        )
    except (UnicodeDecodeError, ValueError):
        raise Rejected(
            [
                ApiError(
                    ErrorCode.BAD_REQUEST,
                    "The form is not valid UTF-8.",
                    "フォームが正しいUTF-8ではありません。",
                )
            ]
        ) from None
    return dict(pairs)


async def _signed_in(request: Request, face: Face, token: str, form: dict[str, str]) -> Response:
    before = session_cookie(request.headers)
    if before is not None:
        # A session from before signing in, planted or left over, must not go on beside it.
        await face.app.identity.sign_out(before)
    settings = face.app.settings
    response = _onward(request, local_path(form.get("next")))
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_hours * 3600,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https:"),
    )
    return response


def _onward(request: Request, path: str) -> Response:
    if _is_browser(request.headers):
        return RedirectResponse(path, status_code=303, headers={"cache-control": "no-store"})
    return Response(status_code=204, headers={"cache-control": "no-store"})


def _refused(request: Request, rejected: Rejected, onward: str = "/") -> Response:
    if _is_browser(request.headers):
        wanted = {"next": onward} if onward != "/" else {}
        query = urlencode({"refused": rejected.errors[0].code.value, **wanted})
        lang = language_of(request.headers)
        return RedirectResponse(f"/{lang}/sign-in?{query}", status_code=303)
    return rejection(rejected, Media.GRAPHQL)


def _is_browser(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def _wrong() -> ApiError:
    return ApiError(
        ErrorCode.NOT_SIGNED_IN,
        "The address and the password don't match, or there were too many tries. "
        "Wait 15 minutes and try again.",
        "メールアドレスとパスワードが一致しないか、試した回数が多すぎます。"
        "15分ほど待ってからお試しください。",
        status=401,
    )
