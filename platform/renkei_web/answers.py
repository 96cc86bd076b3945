"""Answers over HTTP: the media type that the client wants, the status, and how bytes are made."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

import orjson
from starlette.responses import Response

from renkei_schema.errors import ErrorCode, Rejected

# In the older media type these are answers about the document, so the request itself went well.
_ABOUT_THE_DOCUMENT = frozenset(
    {
        ErrorCode.BAD_DOCUMENT,
        ErrorCode.BAD_VARIABLES,
        ErrorCode.LIMIT_EXCEEDED,
        ErrorCode.INTROSPECTION_OFF,
    }
)


class Media(Enum):
    """The ways in which an answer can be sent."""

    JSON = "application/json"
    GRAPHQL = "application/graphql-response+json"
    EVENTS = "text/event-stream"


_OFFERED = {
    "application/json": Media.JSON,
    "application/*": Media.JSON,
    "*/*": Media.JSON,
    "application/graphql-response+json": Media.GRAPHQL,
    "text/event-stream": Media.EVENTS,
}


def chosen_media(accept: str | None) -> Media | None:
    """The media type that the client likes best; JSON where it does not say; None: we have none.

    Of equally liked ones the first named wins, a named one before a wildcard.
    """
    if not accept or not accept.strip():
        return Media.JSON
    wishes: list[tuple[float, bool, int, Media]] = []
    for place, wish in enumerate(accept.split(",")):
        name, *parameters = (part.strip().lower() for part in wish.split(";"))
        media = _OFFERED.get(name)
        quality = _quality(parameters)
        if media is not None and quality > 0:
            wishes.append((-quality, "*" in name, place, media))
    return min(wishes, key=lambda wish: wish[:3])[3] if wishes else None


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def encode(payload: Any) -> bytes:
    """JSON in UTF-8. What orjson can't carry (integers over 64 bits) is written as plain ASCII."""
    try:
        return orjson.dumps(payload)
    except TypeError:
        return json.dumps(payload, separators=(",", ":")).encode()


def answer(payload: Any, media: Media, *, status: int = 200) -> Response:
    """A GraphQL response."""
    return Response(
        encode(payload),
        status_code=status,
        media_type=f"{media.value}; charset=utf-8",
        headers={"cache-control": "no-store", "vary": "accept, authorization, cookie"},
    )


def rejection(rejected: Rejected, media: Media) -> Response:
    """The response to a request that was refused before anything was executed."""
    about_the_document = all(error.code in _ABOUT_THE_DOCUMENT for error in rejected.errors)
    status = 200 if media is Media.JSON and about_the_document else rejected.status
    shown = Media.JSON if media is Media.EVENTS else media
    response = answer({"errors": rejected.formatted()}, shown, status=status)
    if status == 401:
        response.headers["www-authenticate"] = 'Bearer realm="Renkei"'
    elif status == 405:
        response.headers["allow"] = "GET, POST"
    return response
