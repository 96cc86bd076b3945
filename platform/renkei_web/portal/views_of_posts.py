"""What the pages of posts show besides the answer: who can be chosen, and what the reader may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from renkei_web.portal import formatting

Data = Mapping[str, Any]


def post_options(posts: Iterable[Data], lang: str) -> list[tuple[str, str]]:
    """Posts as a form's choices."""
    return [(post["id"], formatting.plain(post["title"], lang)) for post in posts]


def people_of(posts: Iterable[Data], lang: str) -> list[tuple[str, str]]:
    """The organisation's people, of now and planned, each once: who can be appointed."""
    found: dict[str, str] = {}
    for post in posts:
        held = [
            one["person"]
            for one in post["holdings"] or ()
            if one["person"] and one["state"] != "PAST" and one["kind"] == "HOLDER"
        ]
        for person in (*post["holders"], *held):
            found.setdefault(person["id"], str(formatting.person_name(person, lang)))
    return sorted(found.items(), key=lambda one: one[1])


def post_shown(data: Data, lang: str) -> dict[str, Any]:
    """Who can be chosen for a post, and whether the reader names deputies and reads its report."""
    post = data["post"]
    held = [
        one for one in data["viewer"]["posts"] if one["post"] and one["post"]["id"] == post["id"]
    ]
    keeps = post["viewerCan"]["keep"]["allowed"]
    return {
        "people": people_of(post["organization"]["posts"], lang),
        "deputises": keeps or any(not one["deputy"] for one in held),
        "reads_handover": keeps or bool(held),
    }
