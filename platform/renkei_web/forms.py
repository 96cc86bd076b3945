"""Small forms outside the portal: read with care, and answered to browsers and programs alike."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from renkei.identity.secrets import DEVICE_PREFIX, new_secret
from renkei.identity.sessions import Origin
from renkei.settings import Settings
from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_web.answers import Media, rejection
from renkei_web.callers import check_origin, cookie_of, language_of
from renkei_web.face import client_ip
from renkei_web.guard import read_body

FORM_BYTES = 16_384
# By it a browser is known again, whoever signs in with it.
DEVICE = "renkei_device"
_FORM = "application/x-www-form-urlencoded"


def local_path(value: str | None) -> str:
    """`value` where it is a path on this site, else the front page: never another site."""
    if not value or not value.startswith("/") or value[1:2] in {"/", "\\"}:
        return "/"
    if any(ord(letter) < 33 or letter == "\\" or ord(letter) == 127 for letter in value):
        return "/"
    parts = urlsplit(value)
    return value if not parts.scheme and not parts.netloc else "/"


async def read_form(request: Request, settings: Settings) -> dict[str, str]:
    """The fields of a small form of our own site. Raises `Rejected`."""
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


def origin_of(request: Request) -> Origin:
    """From where the request comes, as far as it tells."""
    return Origin(
        client_ip(request.scope), request.headers.get("user-agent", ""), device_of(request)
    )


def device_of(request: Request) -> str:
    """The secret by which this browser is known again; a new one where it brings none."""
    if not hasattr(request.state, "device"):
        kept = cookie_of(request.headers, DEVICE)
        request.state.device = kept or new_secret(DEVICE_PREFIX)
    return str(request.state.device)


def onward(request: Request, path: str) -> Response:
    """It is done: a browser goes on to this page, a program is told so by 204."""
    if is_browser(request.headers):
        return RedirectResponse(path, status_code=303, headers={"cache-control": "no-store"})
    return Response(status_code=204, headers={"cache-control": "no-store"})


def refused(
    request: Request, rejected: Rejected, next_path: str = "/", page: str = "sign-in"
) -> Response:
    """A browser goes back to the form's page, which says why; a program gets the refusal."""
    if is_browser(request.headers):
        wanted = {"next": next_path} if next_path != "/" else {}
        query = urlencode({"refused": rejected.errors[0].code.value, **wanted})
        lang = language_of(request.headers)
        return RedirectResponse(f"/{lang}/{page}?{query}", status_code=303)
    return rejection(rejected, Media.GRAPHQL)


def is_browser(headers: Headers) -> bool:
    """Whether a person looks at the answer."""
    return "text/html" in headers.get("accept", "")
