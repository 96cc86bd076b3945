"""Drawing what a world is made of: keys, canaries, instants, and clauses of every kind of token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
# Words that hidden and visible texts share, so that they compete for every search.
WORDS = ("量子", "ドローン", "磁石", "半導体", "海洋")
COUNTRIES = ("JP", "US", None)

Entry = dict[str, Any]


def key_of(rng: Random) -> UUID:
    """A random key that the seed decides."""
    return UUID(int=rng.getrandbits(128), version=4)


def canary(key: UUID, column: str) -> str:
    """A text that stands nowhere else: found in an answer, it names the row that it came from."""
    return f"k{key.hex[:12]}{column.replace('_', '')[:6]}"


def text(rng: Random, key: UUID, column: str) -> str:
    """A Japanese text with the row's canary in it."""
    return f"{rng.choice(WORDS)}と{rng.choice(WORDS)} {canary(key, column)}"


def instant(rng: Random, days: int = 20) -> datetime:
    """An instant around now."""
    return NOW + timedelta(minutes=rng.randint(-days * 1440, days * 1440))


def lasting(rng: Random) -> dict[str, datetime | None]:
    """From when until when something holds: mostly for ever, sometimes not yet or no more."""
    since = instant(rng, 2) if rng.random() < 0.3 else NOW - timedelta(days=900)
    until = instant(rng, 2) if rng.random() < 0.3 else None
    return {"since": since, "until": until}


def timed(rng: Random, token: str) -> Entry:
    """A token of a clause; in one of four for a time only."""
    if rng.random() < 0.75:
        return {"token": token, "since": None, "until": None}
    return {
        "token": token,
        "since": instant(rng, 2) if rng.random() < 0.6 else None,
        "until": instant(rng, 2) if rng.random() < 0.6 else None,
    }


def clauses(rng: Random, pool: list[str], *, open_share: float) -> dict[str, Any]:
    """Two clauses: open to all in `open_share` of the cases, else any that the policy knows.

    `pool` are the tokens of this world's organisations, people, posts, groups and the rest.
    """
    if rng.random() < open_share:
        token = rng.choice(("public", "member"))
        return {"audience": [timed_never(token)], "deny": [], "gate": []}
    size = rng.choice((0, 1, 1, 2, 3))
    audience = {token: timed(rng, token) for token in rng.sample(pool, size)}
    deniable = [t for t in pool if t.partition(":")[0] in {"org", "person", "post", "group"}]
    deny = rng.sample(deniable, 1) if rng.random() < 0.25 else []
    gate = []
    if rng.random() < 0.35:
        for _ in range(rng.choice((1, 1, 2))):
            tokens = rng.sample(pool, rng.choice((0, 1, 2, 3))) + ["member"] * (rng.random() < 0.5)
            gate.append([timed(rng, token) for token in dict.fromkeys(tokens)])
    return {"audience": list(audience.values()), "deny": deny, "gate": gate}


def timed_never(token: str) -> Entry:
    """A token that always holds."""
    return {"token": token, "since": None, "until": None}
