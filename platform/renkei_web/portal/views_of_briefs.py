"""What pages show of who reads a brief: the API's standings in words, and choices to share with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from renkei_web.portal import formatting
from renkei_web.portal.catalogue import say, term, terms

Standing = Mapping[str, Any]

# Why one reads, by what one holds; each fills in the name of what it was shared with.
_WHY = {
    "EVERYONE": "brief.why_everyone",
    "MEMBERS": "brief.why_members",
    "ORGANIZATION": "brief.why_organization",
    "OFFICE": "brief.why_office",
    "GROUP": "brief.why_group",
    "POST": "brief.why_post",
    "PERSON": "brief.why_person",
}
# What is asked of every reader besides; each fills in the country.
_ASKED = {
    "MEMBERS": "brief_access.asks_members",
    "AT_HOME_IN": "brief_access.asks_home",
    "COMING_FROM": "brief_access.asks_from",
    "CONSENTED_TO": "brief_access.asks_consent",
    "STEPPED_UP": "brief_access.asks_stepped_up",
}


class Reader(NamedTuple):
    """One who may read, or is excluded: what sort, its name, since and until when.

    `id` is empty for whom nothing can be taken back from: everyone, and who made it.
    """

    kind: str
    name: str
    id: str
    starts_at: str | None
    ends_at: str | None
    may_extend: bool
    made_it: bool


def why_read(brief: Mapping[str, Any], lang: str) -> list[str]:
    """Why the viewer reads it, in sentences; nothing about anybody else."""
    return [_why(standing, brief, lang) for standing in brief["viewerReads"]]


def abilities_of(brief: Mapping[str, Any], lang: str) -> dict[str, list[str]]:
    """What the viewer may do with it: under "" what is allowed, under each reason what is not."""
    found: dict[str, list[str]] = {"": []}
    for name, words in terms("brief_ability", lang):
        may = brief["viewerCan"][name]
        reason = "" if may["allowed"] else formatting.plain(may["reason"], lang)
        found.setdefault(reason, []).append(words)
    return found


def access_of(brief: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Who reads (a draft: once it is released), who is excluded, what is asked of all.

    None where the viewer isn't told.
    """
    audience: Sequence[Standing] | None = brief["audienceOnceReleased"] or brief["audience"]
    if audience is None:
        return {"readers": None, "excluded": [], "asked": []}
    groups: dict[int, list[str]] = {}
    for standing in audience:
        if standing["effect"] == "ASKED":
            groups.setdefault(standing["group"], []).append(_asked(standing, lang))
    return {
        "readers": [_reader(one, brief, lang) for one in audience if one["effect"] == "READS"],
        "excluded": [_reader(one, brief, lang) for one in audience if one["effect"] == "EXCLUDED"],
        "asked": list(groups.values()),
    }


def readings_of(edges: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Readings, the latest first; what one reader read time after time is one line with a count."""
    found: list[dict[str, Any]] = []
    for edge in edges:
        reading = edge["node"]
        same = found and all(found[-1][key] == reading[key] for key in ("organization", "person"))
        if same:
            found[-1]["times"] += 1
        else:
            found.append({**reading, "times": 1})
    return found


def post_options(edges: Sequence[Mapping[str, Any]], lang: str) -> list[tuple[str, str]]:
    """The posts of some organisations as a form's choices."""
    return [
        (post["id"], _beside(edge["node"], post, lang))
        for edge in edges
        for post in edge["node"]["posts"]
    ]


def _reader(standing: Standing, brief: Mapping[str, Any], lang: str) -> Reader:
    made_it = _made_it(standing, brief)
    record = _record(standing)
    return Reader(
        kind=term("whom", standing["whom"], lang),
        name=_name(standing, lang),
        id="" if made_it or record is None else record["id"],
        starts_at=standing["startsAt"],
        ends_at=standing["endsAt"],
        may_extend=standing["mayExtend"],
        made_it=made_it,
    )


def _made_it(standing: Standing, brief: Mapping[str, Any]) -> bool:
    record = _record(standing)
    makers = {one["id"] for one in (brief["organization"], brief["author"]) if one is not None}
    return record is not None and record["id"] in makers


def _record(standing: Standing) -> Mapping[str, Any] | None:
    for link in ("organization", "sharingGroup", "post", "person"):
        if standing[link] is not None:
            found: Mapping[str, Any] = standing[link]
            return found
    return None


def _name(standing: Standing, lang: str) -> str:
    record = _record(standing)
    if record is None:
        return standing["name"] or ""
    if standing["person"] is not None:
        return formatting.person_name(record, lang)
    if standing["post"] is not None:
        return _beside(record["organization"], record, lang)
    return formatting.text(record["name"], lang)


def _beside(organization: Mapping[str, Any] | None, post: Mapping[str, Any], lang: str) -> str:
    """A post with its organisation: `鳴瀬精機 調達部長`."""
    where = formatting.plain(organization["name"], lang) if organization else ""
    return f"{where} {formatting.plain(post['title'], lang)}".strip()


def _why(standing: Standing, brief: Mapping[str, Any], lang: str) -> str:
    if _made_it(standing, brief):
        key = "brief.why_author" if standing["person"] else "brief.why_maker"
    else:
        key = _WHY[standing["whom"]]
    return say(key, lang, {"name": _name(standing, lang)})


def _asked(standing: Standing, lang: str) -> str:
    return say(_ASKED[standing["whom"]], lang, {"name": standing["name"]})
