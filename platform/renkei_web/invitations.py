"""Accepting an invitation without an account: the form of the portal's page `/…/invitation`.

Whoever sends it has the link of the mail, and sets the password of the account that comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from renkei.app import App
from renkei.directory.invitations import accept_as_new, open_invitation
from renkei.directory.service import check_names
from renkei.identity.rules import check_password
from renkei.identity.secrets import hash_password
from renkei.problems import InvalidInput, NotFound, Refusal
from renkei_schema.errors import Rejected
from renkei_web.answers import Media, rejection
from renkei_web.face import face_of
from renkei_web.forms import read_form


async def accept(request: Request) -> Response:
    """Make the account and take the post; then on to signing in, with the new password."""
    app = face_of(request.scope).app
    try:
        form = await read_form(request, app.settings)
    except Rejected as rejected:
        return rejection(rejected, Media.GRAPHQL)
    lang = "en" if form.get("lang") == "en" else "ja"
    try:
        refused = await _accepted(app, form)
    except NotFound:
        # The page itself says that the link is over.
        refused = ""
    except InvalidInput:
        refused = "name"
    except Refusal:
        refused = "state"
    if refused is None:
        return _to(f"/{lang}/sign-in?{urlencode({'next': f'/{lang}/'})}")
    query = {"token": form.get("token", ""), **({"refused": refused} if refused else {})}
    return _to(f"/{lang}/invitation?{urlencode(query)}")


async def _accepted(app: App, form: Mapping[str, str]) -> str | None:
    """What is wrong with the form; None where it was accepted. Raises what the use case refuses.

    The link is looked at before the password is hashed: without one, nobody can make us work.
    """
    token, password = form.get("token", ""), form.get("password", "")
    name, name_kana, name_en = (form.get(one, "") for one in ("name", "nameKana", "nameEn"))
    async with app.unit() as unit:
        email = (await open_invitation(unit, token)).email
    if check_names(name, name_kana, name_en):
        return "name"
    if check_password(("password",), password, email=email):
        return "password"
    hashed = await hash_password(password)
    async with app.unit() as unit:
        await accept_as_new(
            unit,
            token=token,
            name=name,
            name_kana=name_kana,
            name_en=name_en,
            password_hash=hashed,
        )
    return None


def _to(path: str) -> Response:
    return RedirectResponse(path, status_code=303, headers={"cache-control": "no-store"})


ROUTES = (Route("/invitation", accept, methods=["POST"]),)
