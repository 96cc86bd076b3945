"""Rows of following and telling: follows, notices in the inbox, deliveries by other channels."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from renkei.access.tables import Policed
from renkei.database.columns import key, ref


class Follow(Policed, table=True):
    """A person's subscription to one area, call or brief. Exactly one of the three is set."""

    __table_args__ = (
        UniqueConstraint("person_id", "area_id"),
        UniqueConstraint("person_id", "call_id"),
        UniqueConstraint("person_id", "brief_id"),
        {
            "info": {
                "personal": "person_id",
                "parents": ("area_id", "call_id", "brief_id"),
                "pointer": True,
            }
        },
    )

    id: UUID = key()
    # Found by the person, and so not by its clause: no index of its own.
    audience_id: int = Field(foreign_key="clause.id", nullable=False)
    person_id: UUID = Field(foreign_key="person.id")
    area_id: UUID | None = ref("area.id", default=None)
    call_id: UUID | None = ref("call.id", default=None)
    brief_id: UUID | None = ref("brief.id", default=None)
    by_email: bool = True
    created_at: datetime


class Notice(Policed, table=True):
    """One fact told to one person, exactly once. Visible only while its subject is."""

    __table_args__ = (
        UniqueConstraint("person_id", "fact_id"),
        Index("ix_notice_inbox", "person_id", "created_at", "id"),
        {
            "info": {
                "personal": "person_id",
                "parents": ("call_id", "brief_id", "proposal_id", "post_id", "alarm_id"),
                "pointer": True,
            }
        },
    )

    id: UUID = key()
    audience_id: int = Field(foreign_key="clause.id", nullable=False)
    person_id: UUID = Field(foreign_key="person.id")
    fact_id: int = ref("fact.id")
    kind: str
    # Why the person got it: "area", "call", "brief" (a follow), or "role".
    reason: str
    call_id: UUID | None = ref("call.id", default=None)
    brief_id: UUID | None = ref("brief.id", default=None)
    proposal_id: UUID | None = ref("proposal.id", default=None)
    post_id: UUID | None = ref("post.id", default=None)
    alarm_id: UUID | None = ref("reading_alarm.id", default=None)
    created_at: datetime
    read_at: datetime | None = None


class Delivery(SQLModel, table=True):
    """A notice, a letter about an account, or an invitation, on its way by another channel.

    At least once, with a stable id (its own key). Exactly one of the three is set.
    """

    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        Index("ix_delivery_claim", "state", "not_before"),
    )

    id: UUID = key()
    notice_id: UUID | None = ref("notice.id", default=None)
    letter_id: UUID | None = ref("account_letter.id", default=None, unique=True)
    invitation_id: UUID | None = ref("invitation.id", default=None)
    channel: str
    state: str = "pending"
    not_before: datetime
    lease_until: datetime | None = None
    attempts: int = 0
    error: str = ""
    sent_at: datetime | None = None
