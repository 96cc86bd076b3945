"""Rules of reading: what leaves an entry, and at what grain the originator may know of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from renkei.access.markings import TLP
from renkei.access.policy.viewer import Viewer
from renkei.problems import Problem
from renkei.text import Text, check_text

# Posts whose holders decide on or judge what others made: neither by name nor by number.
UNTOLD_ROLES = frozenset({"reviewer", "administrator"})
_WITHOUT_ENTRY = frozenset(tlp.value for tlp in TLP if tlp.strictness <= TLP.GREEN.strictness)
# The originator learns of its own people's reading alone.
OWN_READERS = "own"
# Who may answer for reading with another's eyes, and how much they say of why.
GLASS_BREAKER = "administrator"
REASON_MAX = 500


def leaves_entry(tlp: str) -> bool:
    """Whether returning a record of this TLP must leave an entry: above GREEN.

    A label that is none leaves one too.
    """
    return tlp not in _WITHOUT_ENTRY


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


def tokens_that_tell(viewer: Viewer, *, originator_id: UUID | None, readers: str) -> frozenset[str]:
    """The viewer's tokens of which it matters whether they read by them; often none."""
    untold = any(post.role in UNTOLD_ROLES for post in viewer.posts)
    if untold or originator_id is None or viewer.works_for(originator_id):
        return frozenset()
    if readers == OWN_READERS:
        return frozenset({f"person:{viewer.person_id}"}) & viewer.tokens
    return viewer.tokens


def _organization_by(viewer: Viewer, met: Collection[str]) -> UUID | None:
    """The organisation in whose post the viewer reads; the first one held where no token says."""
    for post in viewer.posts:
        if {f"org:{post.organization_id}", f"post:{post.id}"} & set(met):
            return post.organization_id
    return viewer.organization_id


def alarm_title(span: str, records: int) -> Text:
    """What an alarm is called: how many records in which span, and not which."""
    hour = span == "hour"
    return Text(
        f"{'1時間' if hour else '24時間'}に{records:,}件の閲覧",
        f"{records:,} records read within {'an hour' if hour else '24 hours'}",
    )


def check_break_glass(
    *, as_person: UUID | None, by: Viewer, confirmed_by: Viewer, reason: str
) -> list[Problem]:
    """The problems of reading with a person's eyes: it takes two others, and a reason (R8.5).

    Both hold a post as administrator now. They are two persons, and neither is the one read as:
    whoever reads as themselves signs in, and nobody confirms what is done in their own name. None
    stands for a person who is not looked for yet.
    """
    problems = check_text(("reason",), reason, limit=REASON_MAX)
    for path, viewer in (("by", by), ("confirmed_by", confirmed_by)):
        if viewer.post_as(GLASS_BREAKER) is None:
            problems.append(
                Problem(
                    (path,),
                    "NOT_AN_ADMINISTRATOR",
                    "This person holds no post as administrator now.",
                    "この人は、いま管理者のポストに就いていません。",
                )
            )
        if viewer.person_id == as_person:
            problems.append(
                Problem(
                    (path,),
                    "IN_OWN_NAME",
                    "This is the person to read as; two others are needed.",
                    "読まれる本人です。ほかの二人が必要です。",
                )
            )
    if by.person_id == confirmed_by.person_id:
        problems.append(
            Problem(
                ("confirmed_by",),
                "SECOND_PERSON_NEEDED",
                "A second person has to confirm it, and this is the first one again.",
                "確認する人は、行う人とは別の人でなければなりません。",
            )
        )
    return problems
