"""Who is told of what: one table, read as a policy. Who is named must also see the subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Subject(StrEnum):
    """What a notice is about."""

    CALL = "call"
    BRIEF = "brief"
    PROPOSAL = "proposal"
    POST = "post"
    # Of bulk reading.
    ALARM = "alarm"


class Circle(StrEnum):
    """Groups of people around a subject."""

    # Who follows the call or the brief itself.
    FOLLOWERS = "followers"
    # Who follows one of its areas, or an area above one of them.
    AREA_FOLLOWERS = "area-followers"
    # Who holds a post in an organisation that the brief is shared with.
    SHARED = "shared"
    # The organisations and persons that the fact itself names as newly shared with.
    NEWLY_SHARED = "newly-shared"
    # The team of every proposal to the call that is not withdrawn (R3.3: every drafter).
    DRAFTERS = "drafters"
    # The principal investigator; the whole team; the person whom the fact names as invited.
    INVESTIGATOR = "investigator"
    TEAM = "team"
    INVITED = "invited"
    # The research office of the lead institution.
    OFFICE = "office"
    # The person whom the fact names; and who holds the post now, as a deputy too.
    NAMED = "named"
    HOLDERS = "holders"
    # Whoever holds a post as administrator.
    ADMINISTRATORS = "administrators"


class Reason(StrEnum):
    """Why a person got a notice."""

    AREA = "area"
    CALL = "call"
    BRIEF = "brief"
    ROLE = "role"


@dataclass(frozen=True)
class Telling:
    """Whom a fact is told to. Who did it is not told, unless `actor_too` (a confirmation)."""

    subject: Subject
    circles: tuple[Circle, ...]
    actor_too: bool = False


TELLINGS: dict[str, Telling] = {
    "call.published": Telling(Subject.CALL, (Circle.FOLLOWERS, Circle.AREA_FOLLOWERS)),
    "call.deadline_extended": Telling(
        Subject.CALL, (Circle.FOLLOWERS, Circle.DRAFTERS, Circle.AREA_FOLLOWERS)
    ),
    "call.cancelled": Telling(
        Subject.CALL, (Circle.FOLLOWERS, Circle.DRAFTERS, Circle.AREA_FOLLOWERS)
    ),
    "call.closing_soon": Telling(Subject.CALL, (Circle.FOLLOWERS, Circle.DRAFTERS)),
    "brief.released": Telling(
        Subject.BRIEF, (Circle.FOLLOWERS, Circle.SHARED, Circle.AREA_FOLLOWERS)
    ),
    "brief.shared": Telling(Subject.BRIEF, (Circle.NEWLY_SHARED,)),
    # R10.2: the readers of the version before.
    "brief.corrected": Telling(Subject.BRIEF, (Circle.FOLLOWERS, Circle.SHARED)),
    "proposal.partner_invited": Telling(Subject.PROPOSAL, (Circle.INVITED,)),
    "proposal.consent_given": Telling(Subject.PROPOSAL, (Circle.INVESTIGATOR,)),
    "proposal.consent_declined": Telling(Subject.PROPOSAL, (Circle.INVESTIGATOR,)),
    "proposal.handed_in": Telling(Subject.PROPOSAL, (Circle.OFFICE,)),
    "proposal.returned": Telling(Subject.PROPOSAL, (Circle.INVESTIGATOR,)),
    "proposal.submitted": Telling(Subject.PROPOSAL, (Circle.TEAM,), actor_too=True),
    # By the clock, mostly: what was planned has begun. It leads to the handover report.
    "post.taken_up": Telling(Subject.POST, (Circle.NAMED,), actor_too=True),
    "deputy.named": Telling(Subject.POST, (Circle.NAMED, Circle.HOLDERS)),
    "deputy.ending_soon": Telling(Subject.POST, (Circle.NAMED, Circle.HOLDERS)),
    "deputy.ended": Telling(Subject.POST, (Circle.NAMED, Circle.HOLDERS)),
    "audit.bulk_reading": Telling(Subject.ALARM, (Circle.ADMINISTRATORS,)),
}


def reason_of(circle: Circle, subject: Subject) -> Reason:
    """What a member of the circle is told as the reason."""
    if circle is Circle.FOLLOWERS:
        return Reason(subject.value)
    return Reason.AREA if circle is Circle.AREA_FOLLOWERS else Reason.ROLE


# Days before the deadline at which followers and drafters are reminded.
REMINDER_DAYS = (7, 3, 1)


# Days before a deputy's term ends at which both are reminded: time to name one anew.
DEPUTY_REMINDER_DAYS = 3


def reminder_due(*, published_at: datetime, closes_at: datetime, now: datetime) -> int | None:
    """The reminder that is due now, in days before the deadline; None where none is.

    Only the nearest one: whoever was away for a week gets one reminder, not three. A call that was
    published later than that many days before its deadline never had this reminder to give.
    """
    if now >= closes_at:
        return None
    passed = [days for days in REMINDER_DAYS if closes_at - timedelta(days=days) <= now]
    if not passed:
        return None
    nearest = min(passed)
    return nearest if closes_at - timedelta(days=nearest) >= published_at else None
