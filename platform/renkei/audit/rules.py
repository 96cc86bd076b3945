"""Rules of reading: what leaves an entry, and at what grain the originator may know of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from renkei.access.markings import TLP
from renkei.access.policy.viewer import Viewer

# Posts whose holders decide on or judge what others made: neither by name nor by number.
UNTOLD_ROLES = frozenset({"reviewer", "administrator"})
# The originator learns of its own people's reading alone.
OWN_READERS = "own"


def leaves_entry(tlp: str) -> bool:
    """Whether returning a record of this TLP must leave an entry: above GREEN."""
    return TLP(tlp).strictness > TLP.GREEN.strictness


@dataclass(frozen=True)
class Told:
    """What an originator is told of a reading: the organisation, and the person where it may."""

    organization_id: UUID | None
    person_id: UUID | None


def told_to_originator(
    viewer: Viewer, *, originator_id: UUID | None, met: Collection[str], readers: str = ""
) -> Told | None:
    """The grain at which the originator may know that the viewer read it; None: not at all.

    `met` are the tokens of the audience by which the viewer reads. The originator's own people and
    whoever is named as a person are told by name; others by their organisation. Where `readers` is
    "own", others are not told of: they are who decides on the record.
    """
    if any(post.role in UNTOLD_ROLES for post in viewer.posts):
        return None
    own = originator_id is not None and viewer.works_for(originator_id)
    named = any(token == f"person:{viewer.person_id}" for token in met)
    if own or named:
        return Told(originator_id if own else viewer.organization_id, viewer.person_id)
    if readers == OWN_READERS:
        return None
    return Told(_organization_by(viewer, met), None)


def _organization_by(viewer: Viewer, met: Collection[str]) -> UUID | None:
    """The organisation in whose post the viewer reads; the first one held where no token says."""
    for post in viewer.posts:
        if {f"org:{post.organization_id}", f"post:{post.id}"} & set(met):
            return post.organization_id
    return viewer.organization_id
