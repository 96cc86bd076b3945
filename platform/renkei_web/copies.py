"""Copies of public answers: their ETag, whether the client's copy still holds, and gzip.

Only what nobody in particular asked for by GET comes here. An answer to somebody signed in mixes
what is theirs with words that another site may have chosen for them: its compressed length would
tell of what is theirs, so it is neither compressed nor kept by anybody.
"""

from __future__ import annotations

import asyncio
import gzip
from functools import lru_cache
from hashlib import sha256

from renkei_web.headers import quality

# gzip has a fixed price of 0.1 ms, as much as the rest of the edge. From 4 KiB of our JSON on it
# saves 2.7 kB and more for that. Level 1 leaves 29 % of 12 kB in 0.15 ms; level 6 leaves 26 % and
# takes twice as long, at 1 MB 20 % against 27 % and three times (docs/decisions/0008-http-edge.md).
GZIP_FROM_BYTES = 4_096
GZIP_LEVEL = 1
# Longer ones take over 1 ms, and are left to a thread: zlib lets the others go on meanwhile.
GZIP_ALONE_BYTES = 131_072
# "no-cache" lets a copy be kept and has us asked before each use: what is public may be closed, a
# call's days run out, and nobody may be shown the state of before. Not "public": these answers
# went to requests without credentials, which a shared cache keeps anyway.
CACHE_CONTROL = b"no-cache"
# All that such an answer hangs on. An ended session is nobody too, and asks from where it asks.
VARY = (
    b"accept, accept-encoding, accept-language, authorization, cookie, renkei-country, "
    b"x-renkei-cost"
)
_TAG_LENGTH = 32
_KEPT, _KEPT_LENGTH = 256, 256


def etag_of(body: bytes, content_type: str, *, zipped: bool) -> str:
    """The strong tag of a representation: of its text, its media type and its coding."""
    found = sha256(content_type.encode() + b"\n" + body).hexdigest()[:_TAG_LENGTH]
    return f'"{found}-gzip"' if zipped else f'"{found}"'


def still_holds(if_none_match: str, etag: str) -> bool:
    """Whether one of the client's copies is this one, compared weakly (RFC 9110, 13.1.2).

    A list that is broken names what it names: tags hold neither quotes nor, ours, commas.
    """
    wanted = if_none_match.strip()
    if wanted == "*":
        return True
    return etag in (one.strip().removeprefix("W/") for one in wanted.split(","))


def takes_gzip(accept_encoding: str | None, length: int) -> bool:
    """Whether a body of this length is sent as gzip to a client with this `Accept-Encoding`."""
    if length < GZIP_FROM_BYTES or accept_encoding is None:
        return False
    return _prefers_gzip(accept_encoding[:_KEPT_LENGTH])


async def zipped(body: bytes) -> bytes:
    """The body as gzip, the same bytes for the same body."""
    if len(body) < GZIP_ALONE_BYTES:
        return gzip.compress(body, GZIP_LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, GZIP_LEVEL, mtime=0)


@lru_cache(_KEPT)
def _prefers_gzip(accept_encoding: str) -> bool:
    """Whether gzip is accepted, and not liked less than the plain body."""
    liked: dict[str, float] = {}
    for wish in accept_encoding.lower().split(","):
        name, *parameters = wish.split(";")
        liked[name.strip()] = quality(parameters)
    rest = liked.get("*", 0.0)
    zipped_at = max(liked.get("gzip", rest), liked.get("x-gzip", 0.0))
    return zipped_at > 0 and zipped_at >= liked.get("identity", 0.0)
