"""The portal's routes: a page is asked and drawn; a form is checked, acted on and answered."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import orjson
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from renkei_schema.errors import Rejected
from renkei_web.callers import check_origin, language_of
from renkei_web.face import face_of
from renkei_web.forms import local_path
from renkei_web.guard import read_body
from renkei_web.portal.acts import ACTS
from renkei_web.portal.addresses import PATHS, address
from renkei_web.portal.asking import Asking, Trouble
from renkei_web.portal.catalogue import LANGUAGES, say
from renkei_web.portal.documents import documents
from renkei_web.portal.form_state import FormState
from renkei_web.portal.pages import HOME, PAGES, Data, Page
from renkei_web.portal.render import STATIC, fragment, render
from renkei_web.portal.sent import Back, Go, Outcome, Part, Seen, Sent
from renkei_web.portal.shell import bare_shell, shell_of

FIELDS_MAX = 1_000
ASSET_SECONDS = 31_536_000

_STATUS = {"NOT_SIGNED_IN": 401, "INTERNAL": 500, "RATE_LIMITED": 429}
_BY_NAME = {page.name: page for page in PAGES}

Handler = Callable[[Request], Awaitable[Response]]


class Assets(StaticFiles):
    """Files of the portal. An address with a mark of their content may be kept for ever."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file."""

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = MutableHeaders(scope=message)
                headers["cache-control"] = f"public, max-age={ASSET_SECONDS}, immutable"
            await send(message)

        marked = scope["query_string"].startswith(b"v=")
        await super().__call__(scope, receive, kept if marked else send)


def add_pages(web: FastAPI) -> Iterable[str]:
    """Add the portal's routes; gives back its documents, which thereby anyone may send."""
    routes: list[BaseRoute] = [
        Mount("/static", Assets(directory=STATIC)),
        Route("/", _choose_language),
    ]
    for lang in LANGUAGES:
        routes += [
            *(_route(lang, page.name, partial(_page, lang, page)) for page in PAGES),
            _route(lang, "inbox_count", partial(_inbox_count, lang)),
            _route(lang, "receipt_json", partial(_receipt_json, lang)),
            Route(f"/{lang}", _choose_language),
            Route(f"/{lang}/{{rest:path}}", partial(_nowhere, lang), methods=["GET", "POST"]),
        ]
    web.router.routes.extend(routes)
    return documents().values()


def _route(lang: str, name: str, handler: Handler) -> Route:
    methods = ["GET", "POST"] if name in ACTS else ["GET"]
    return Route(f"/{lang}/{PATHS[name]}", handler, methods=methods, name=f"{lang}:{name}")


async def _choose_language(request: Request) -> Response:
    lang = request.url.path.strip("/") or language_of(request.headers)
    return RedirectResponse(f"/{lang}/", headers={"vary": "accept-language"}, status_code=307)


async def _page(lang: str, page: Page, request: Request) -> Response:
    """A page, or what became of its form."""
    try:
        if request.method == "POST":
            return await _acted(lang, page, request)
        asking = await Asking.of(request, lang, page.name)
        try:
            return await _shown(asking, page)
        finally:
            await asking.close()
    except Trouble as trouble:
        return _troubled(lang, request, trouble)
    except Rejected as rejected:
        first = rejected.errors[0]
        told = Trouble(first.code.value, first.message, first.message_ja)
        return _troubled(lang, request, told, rejected.status)


async def _shown(
    asking: Asking,
    page: Page,
    form: FormState | None = None,
    *,
    seen: Mapping[str, Any] | None = None,
) -> Response:
    anonymous = asking.caller.viewer.anonymous
    if page.member and anonymous:
        return _to_sign_in(asking.lang, asking.request)
    drawn = HOME if page.name == "front" and not anonymous else page
    data = await asking.ask(drawn.name, drawn.variables(asking))
    if drawn.found and _dig(data, drawn.found) is None:
        return await _not_found(asking, data)
    may = _dig(data, drawn.may) if drawn.may else None
    if may is not None and not may["allowed"]:
        if drawn.instead:
            return RedirectResponse(address(asking.lang, drawn.instead, **asking.path), 303)
        return _may_not(asking, data, may["reason"])
    told = {**data, **drawn.shown(data, asking), **(seen or {})}
    html = render(drawn.name, shell_of(asking, data), told, form)
    refused = form is not None and (form.problems or form.refusal)
    return _html(html, 422 if refused else 200)


async def _acted(lang: str, page: Page, request: Request) -> Response:
    face = face_of(request.scope)
    check_origin(request.headers, face.app.settings)
    body = await read_body(request.headers, request.receive, face.app.settings.body_limit_bytes)
    asking = await Asking.of(request, lang, page.name, arrived_at=await face.app.arrival())
    try:
        if asking.caller.viewer.anonymous:
            return _to_sign_in(lang, request)
        sent = _sent(body)
        if not _same(sent.text("form_token"), asking.form_token):
            raise Trouble(
                "WRONG_ORIGIN",
                say("errors.stale_form", "en", {}),
                say("errors.stale_form", "ja", {}),
            )
        return await _answered(asking, page, await ACTS[page.name](asking, sent))
    finally:
        await asking.close()


async def _answered(asking: Asking, page: Page, outcome: Outcome) -> Response:
    """What a browser is told of what came of a form."""
    match outcome:
        case Go():
            return RedirectResponse(outcome.address(asking.lang), status_code=303)
        case Back():
            return RedirectResponse(_noted(local_path(outcome.path), outcome.done), status_code=303)
        case Part():
            return _html(fragment(outcome.template, asking.lang, outcome.data))
        case Seen():
            return await _shown(asking, page, seen=outcome.data)
        case FormState():
            return await _shown(asking, _BY_NAME[asking.page], outcome)
        case None:
            return await _not_found(asking, await asking.ask("not_found"))


def _trouble(code: str, key: str) -> Trouble:
    return Trouble(code, str(say(key, "en", {})), str(say(key, "ja", {})))


def _same(sent: str, expected: str) -> bool:
    return hmac.compare_digest(sent.encode(), expected.encode())


def _noted(path: str, done: str) -> str:
    """The address with word of what was done, before its anchor."""
    where, _, anchor = path.partition("#")
    if done:
        where += f"{'&' if '?' in where else '?'}done={done}"
    return f"{where}#{anchor}" if anchor else where


def _sent(body: bytes) -> Sent:
    try:
        fields = parse_qs(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX
        )
    except (UnicodeDecodeError, ValueError):
        raise _trouble("BAD_REQUEST", "errors.bad_form") from None
    return Sent(fields)


async def _inbox_count(lang: str, request: Request) -> Response:
    """The number beside the inbox, drawn anew when something has come."""
    asking = await Asking.of(request, lang, "inbox_count")
    try:
        if asking.caller.viewer.anonymous:
            return Response(status_code=204)
        shell = shell_of(asking, await asking.ask("not_found"))
        return _html(fragment("components/inbox_count", lang, {"shell": shell}))
    finally:
        await asking.close()


async def _receipt_json(lang: str, request: Request) -> Response:
    """The signed receipt, as `renkei receipt verify` reads it."""
    asking = await Asking.of(request, lang, "receipt_json")
    try:
        data = await asking.ask("receipt", {"number": asking.path["number"]})
        receipt = _dig(data, "proposal.receipt")
        if receipt is None:
            return await _not_found(asking, data)
        name = f'attachment; filename="{receipt["number"]}.json"'
        return Response(
            orjson.dumps(receipt["document"], option=orjson.OPT_INDENT_2),
            media_type="application/json",
            headers={"content-disposition": name, "cache-control": "no-store"},
        )
    except Trouble as trouble:
        return _troubled(lang, request, trouble)
    finally:
        await asking.close()


async def _nowhere(lang: str, request: Request) -> Response:
    asking = await Asking.of(request, lang, "error")
    try:
        return await _not_found(asking, await asking.ask("not_found"))
    finally:
        await asking.close()


async def _not_found(asking: Asking, data: Data) -> Response:
    """The same page whether something is missing or not for this reader."""
    shell = replace(shell_of(asking, data), page="error", here={})
    return _html(render("not_found", shell, data), 404)


def _may_not(asking: Asking, data: Data, reason: Data) -> Response:
    """Why this reader can't use a page, in the policy's own words."""
    words = {
        "title": say("errors.may_not", asking.lang, {}),
        "words": reason[asking.lang],
        "request_id": "",
    }
    return _html(
        render("error", replace(shell_of(asking, data), page="error", here={}), words), 403
    )


def _troubled(lang: str, request: Request, trouble: Trouble, status: int = 0) -> Response:
    if trouble.code == "NOT_SIGNED_IN":
        return _to_sign_in(lang, request)
    status = status or _STATUS.get(trouble.code, 400)
    data = {
        "title": say("errors.broken" if status >= 500 else "errors.refused", lang, {}),
        "words": trouble.says(lang),
        "request_id": trouble.request_id,
    }
    shell = bare_shell(lang, face_of(request.scope))
    return _html(render("error", shell, data), status)


def _to_sign_in(lang: str, request: Request) -> Response:
    # A form that was sent can't be sent again from there, but its page can be opened.
    query = f"?{request.url.query}" if request.url.query else ""
    wanted = f"{request.url.path}{query}"
    return RedirectResponse(address(lang, "sign_in", next=wanted), status_code=303)


def _html(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status_code=status, headers={"cache-control": "no-store"})


def _dig(data: Data, path: str) -> Any:
    found: Any = data
    for name in path.split("."):
        found = None if found is None else found[name]
    return found
