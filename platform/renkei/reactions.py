"""The table "fact → what follows", on one screen."""

from __future__ import annotations

REACTIONS: dict[str, tuple[str, ...]] = {
    "call.published": ("search.index", "notices.tell"),
}


def reactions_of(kind: str) -> tuple[str, ...]:
    """What follows from a fact of this kind."""
    return REACTIONS.get(kind, ())
