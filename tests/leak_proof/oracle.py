"""The policy once more, in plain Python over plain dicts, written from docs/policy.md alone.

Nothing of the product is imported here: what the product decides is compared with this. A world is
the dict that `worlds.py` draws; a viewer names a person (or nobody) and the facts of one request.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict

World = Mapping[str, Any]
Record = Mapping[str, Any]


def no_facts() -> dict[str, Any]:
    """A world in which nothing is there yet."""
    return {
        "organizations": {},
        "posts": {},
        "holdings": [],
        "affiliations": [],
        "consents": [],
        "group_members": [],
        "records": {},
    }


class Viewer(TypedDict):
    """Who asks, and what is known of their request."""

    person: str | None
    country: str | None
    stepped_up: bool


def _lasts(row: Mapping[str, Any], at: datetime) -> bool:
    """From its start (inclusive) until its end (exclusive); an open end is for ever."""
    since, until = row.get("since"), row.get("until")
    return (since is None or since <= at) and (until is None or at < until)


def _groups_of(world: World, organizations: Iterable[str], at: datetime) -> set[str]:
    within = set(organizations)
    return {
        f"group:{row['group']}"
        for row in world["group_members"]
        if row["organization"] in within and _lasts(row, at)
    }


def tokens(world: World, viewer: Viewer, at: datetime) -> set[str]:
    """What the viewer holds at that instant."""
    held = {"public"}
    if viewer["country"] is not None:
        held.add(f"from:{viewer['country']}")
    person = viewer["person"]
    if person is None:
        return held
    held |= {"member", f"person:{person}"}
    if viewer["stepped_up"]:
        held.add("stepped-up")
    organizations = set()
    for holding in world["holdings"]:
        if holding["person"] == person and _lasts(holding, at):
            post = world["posts"][holding["post"]]
            organizations.add(post["organization"])
            held |= {f"post:{holding['post']}", f"org:{post['organization']}"}
            if post["role"] == "office":
                held.add(f"office:{post['organization']}")
            if post["role"] == "org-administrator":
                # No token of the policy: who keeps the posts is told of its invitations.
                held.add(f"org-administrator:{post['organization']}")
            if post["role"] == "administrator":
                held.add("administrator")
    held |= _groups_of(world, organizations, at)
    held |= {
        f"consent:{row['consent']}"
        for row in world["consents"]
        if row["person"] == person and _lasts(row, at)
    }
    beside = {a["organization"] for a in world["affiliations"] if _belongs(a, person, at)}
    homes = {world["organizations"][key]["country"] for key in organizations | beside}
    if len(homes) == 1 and None not in homes:
        held.add(f"home:{homes.pop()}")
    return held


def _belongs(affiliation: Mapping[str, Any], person: str, at: datetime) -> bool:
    return affiliation["person"] == person and _lasts(affiliation, at)


def affiliations(world: World, viewer: Viewer, at: datetime) -> set[str]:
    """All that the viewer belongs to, also where it gives no token: denials are held against it."""
    person = viewer["person"]
    if person is None:
        return set()
    posts = {h["post"] for h in world["holdings"] if h["person"] == person and _lasts(h, at)}
    organizations = {world["posts"][post]["organization"] for post in posts}
    organizations |= {a["organization"] for a in world["affiliations"] if _belongs(a, person, at)}
    of_posts = {f"post:{post}" for post in posts} | {f"org:{key}" for key in organizations}
    return {f"person:{person}"} | of_posts | _groups_of(world, organizations, at)


class Oracle:
    """What one viewer may see of one world at one instant."""

    def __init__(self, world: World, viewer: Viewer, at: datetime) -> None:
        self.world, self.at = world, at
        self.held = tokens(world, viewer, at)
        self.belongs = affiliations(world, viewer, at)
        self._known: dict[str, bool] = {}

    def _any(self, entries: Iterable[Mapping[str, Any]]) -> bool:
        return any(e["token"] in self.held and _lasts(e, self.at) for e in entries)

    def meets(self, record: Record) -> bool:
        """Whether the record's own two clauses are met."""
        if self.belongs & set(record["deny"]):
            return False
        return self._any(record["audience"]) and all(self._any(group) for group in record["gate"])

    def sees(self, key: str) -> bool:
        """Whether the record, the part or the link is there for this viewer.

        What has no clauses of its own (a link, a list that everybody reads) is as visible as all
        that it stands on: a child on its parents, a part on its record, a link on both its ends.
        """
        if key not in self._known:
            record = self.world["records"][key]
            self._known[key] = (record["audience"] is None or self.meets(record)) and all(
                self.sees(on) for on in record["stands_on"]
            )
        return self._known[key]
