"""Answers over HTTP: the media type that the client wants, the status, and how bytes are made."""

from __future__ import annotations

import json
from enum import Enum
from functools import lru_cache
from typing import Any

import orjson
from starlette.responses import Response

from renkei_schema.errors import ErrorCode, Rejected
from renkei_web.headers import quality

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

    @property
    def content_type(self) -> str:
        """What the answer is declared as."""
        return f"{self.value}; charset=utf-8"


_OFFERED = {
    "application/json": Media.JSON,
    "application/*": Media.JSON,
    "*/*": Media.JSON,
    "application/graphql-response+json": Media.GRAPHQL,
    "text/event-stream": Media.EVENTS,
}
# Clients send a handful of short values; a made-up one must fill no memory.
_KEPT, _KEPT_LENGTH = 256, 256


def chosen_media(accept: str | None) -> Media | None:
    """The media type that the client likes best; JSON where it does not say; None: we have none.

    Of equally liked ones the first named wins, a named one before a wildcard.
    """
    if accept is None:
        return Media.JSON
    return _chosen(accept) if len(accept) <= _KEPT_LENGTH else _chosen.__wrapped__(accept)


@lru_cache(_KEPT)
def _chosen(accept: str) -> Media | None:
    if not accept.strip():
        return Media.JSON
    wishes: list[tuple[float, bool, int, Media]] = []
    for place, wish in enumerate(accept.split(",")):
        name, *parameters = (part.strip().lower() for part in wish.split(";"))
        media = _OFFERED.get(name)
        liked = quality(parameters)
        if media is not None and liked > 0:
            wishes.append((-liked, "*" in name, place, media))
    return min(wishes, key=lambda wish: wish[:3])[3] if wishes else None


def encode(payload: Any) -> bytes:
    """JSON in UTF-8. What orjson can't carry (integers over 64 bits) is written as plain ASCII."""
    try:
        return orjson.dumps(payload)
    except TypeError:
        return json.dumps(payload, separators=(",", ":")).encode()


def answer(payload: Any, media: Media, *, status: int = 200) -> Response:
    """A GraphQL response that is about the request, and kept by no cache."""
    return Response(
        encode(payload),
        status_code=status,
        media_type=media.content_type,
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
