"""Who a request comes from: an access token, a session cookie, or nobody. And from which site."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.settings import Settings
from renkei.viewers import Identity
from renkei_schema.errors import ApiError, ErrorCode, Rejected, not_signed_in

COOKIE = "renkei_session"
# The country that the request comes from, as whoever sends it declares: ISO 3166-1 alpha-2.
COUNTRY_HEADER = "renkei-country"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Credential:
    """What the request proves itself with."""

    kind: Literal["none", "session", "token"]
    secret: str = ""


@dataclass(frozen=True)
class Caller:
    """Who asks, and how that can be asked again for each live event."""

    identity: Identity
    credential: Credential
    viewer: Viewer

    async def renewed(self) -> Viewer:
        """The viewer as they are now. Raises `ApiError` where session or token have ended."""
        if self.viewer.anonymous:
            return self.viewer
        viewer = await _viewer(self.identity, self.credential)
        if viewer is None:
            raise not_signed_in()
        return coming(viewer, self.viewer.request.country)

    def rate_key(self, ip: str) -> str:
        """Whose bucket it is: the token's, the person's, or the address's where nobody is known."""
        if self.credential.kind == "token":
            return "token:" + hashlib.sha256(self.credential.secret.encode()).hexdigest()
        return f"person:{self.viewer.person_id}" if not self.viewer.anonymous else f"ip:{ip}"


def credential_of(headers: Mapping[str, str]) -> Credential:
    """The access token if one is sent, else the session cookie, else none.

    Raises `Rejected` for an Authorization header that holds no bearer token: falling back to the
    cookie would act as somebody else than the client meant.
    """
    authorization = headers.get("authorization")
    if authorization is not None:
        return bearer(authorization)
    secret = cookie_of(headers, COOKIE)
    return Credential("session", secret) if secret else Credential("none")


def bearer(authorization: str) -> Credential:
    """The access token of `Bearer …`. Raises `Rejected`."""
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Rejected([not_signed_in()])
    return Credential("token", secret.strip())


def cookie_of(headers: Mapping[str, str], wanted: str) -> str | None:
    """The value of this cookie, if one is sent; of several the last.

    Read by hand: the standard library's reader takes ten times as long, and drops every cookie
    over one that is oddly written.
    """
    sent = headers.get("cookie")
    if sent is None or wanted not in sent:
        return None
    found = ""
    for cookie in sent.split(";"):
        name, _, value = cookie.partition("=")
        if name.strip() == wanted:
            found = value.strip()
    return found or None


def country_of(headers: Mapping[str, str]) -> str | None:
    """The country that the request declares. One that is none is unknown, and opens nothing.

    Whatever is read here changes what is answered: `copies.VARY` names it.
    """
    declared = headers.get(COUNTRY_HEADER, "").strip().upper()
    return declared if re.fullmatch("[A-Z]{2}", declared) else None


def coming(viewer: Viewer, country: str | None) -> Viewer:
    """The viewer whose request was declared to come from this country."""
    if viewer.request.country == country:
        return viewer
    return viewer.asking(replace(viewer.request, country=country))


async def identify(identity: Identity, credential: Credential, country: str | None) -> Caller:
    """Who it is. A stale cookie is nobody; a stale token is refused, for its client must know."""
    viewer = await _viewer(identity, credential)
    if viewer is None and credential.kind == "token":
        raise Rejected([not_signed_in()])
    return Caller(identity, credential, coming(viewer or ANONYMOUS, country))


async def _viewer(identity: Identity, credential: Credential) -> Viewer | None:
    if credential.kind == "token":
        return await identity.by_access_token(credential.secret)
    if credential.kind == "session":
        return await identity.by_session(credential.secret)
    return ANONYMOUS


def check_origin(headers: Mapping[str, str], settings: Settings) -> None:
    """Refuse what another site's page sends. Programs that are no browsers name no origin.

    Our own origin is that of `RENKEI_PUBLIC_URL`; on the machine itself also the loopback address
    and port that the browser asked for.
    """
    origin = headers.get("origin")
    if origin is None:
        own = headers.get("sec-fetch-site", "none") in {"same-origin", "none"}
    else:
        own = _is_ours(origin, headers.get("host", ""), settings.public_url)
    if not own:
        raise Rejected(
            [
                ApiError(
                    ErrorCode.WRONG_ORIGIN,
                    "The request comes from another site.",
                    "ほかのサイトからの要求は受け付けません。",
                    status=403,
                )
            ]
        )


def _is_ours(origin: str, host: str, public_url: str) -> bool:
    try:
        asked, public = urlsplit(origin), urlsplit(public_url)
        if (asked.scheme, asked.netloc.lower()) == (public.scheme, public.netloc.lower()):
            return True
        return asked.hostname in _LOOPBACK and asked.netloc.lower() == host.lower()
    except ValueError:
        return False


def language_of(headers: Mapping[str, str]) -> str:
    """ "ja" or "en", whichever Accept-Language names first; Japanese where it names neither."""
    for wish in headers.get("accept-language", "").lower().split(","):
        name = wish.split(";")[0].strip()[:2]
        if name in {"ja", "en"}:
            return name
    return "ja"
