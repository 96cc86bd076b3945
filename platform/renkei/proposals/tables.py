"""Rows of a proposal: the draft, its consortium and budget, the receipt."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from renkei.access.tables import Marked, Policed
from renkei.database.columns import json_field, key, ref, version

PARENT = {"parents": ("proposal_id",)}


class Proposal(Marked, table=True):
    """A proposal. Its number is random, so that it counts nothing."""

    # Who decides on it reads it too, and is told to nobody: the originator sees its own readers.
    __table_args__ = (
        Index("ix_proposal_of_call", "call_id", "updated_at", "id"),
        {"info": {"originator": "lead_organization_id", "readers": "own", "seen_by_few": True}},
    )

    id: UUID = key()
    number: str = Field(unique=True)
    call_id: UUID = ref("call.id", index=False)
    lead_organization_id: UUID = ref("organization.id")
    pi_person_id: UUID = ref("person.id")
    status: str = Field(index=True)
    title: str = ""
    summary: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    # The sections of the plan by their code (R3.6): free text each.
    plan: dict[str, Any] = json_field()
    returned_reason: str = ""
    created_at: datetime
    updated_at: datetime = Field(index=True)
    handed_in_at: datetime | None = None
    submitted_at: datetime | None = None
    version: int = version()


class ProposalDisclosure(Policed, table=True):
    """What the investigator discloses (R3.10, R5.1): a part of the proposal.

    Seen by the person, their institution's office and, once submitted, the agency (R5.3): neither
    by partners nor by reviewers.
    """

    __tablename__ = "proposal_disclosure"
    __table_args__ = ({"info": {**PARENT, "part_of": "proposal_id"}},)

    id: UUID = key()
    proposal_id: UUID = ref("proposal.id", unique=True)
    declarations: dict[str, Any] = json_field()


class ProposalMember(Policed, table=True):
    """One person of the consortium, in one organisation, with effort in integer percent."""

    __tablename__ = "proposal_member"
    __table_args__ = (UniqueConstraint("proposal_id", "person_id"), {"info": PARENT})

    id: UUID = key()
    proposal_id: UUID = ref("proposal.id")
    person_id: UUID = ref("person.id")
    organization_id: UUID = ref("organization.id")
    is_pi: bool = False
    effort_percent: int | None = None
    other_effort_percent: int | None = None
    consent: str = "asked"
    consented_at: datetime | None = None
    position: int = 0


class BudgetLine(Policed, table=True):
    """Direct costs of one organisation in one fiscal year, integer yen."""

    __tablename__ = "budget_line"
    __table_args__ = (
        UniqueConstraint("proposal_id", "organization_id", "fiscal_year"),
        {"info": PARENT},
    )

    id: UUID = key()
    proposal_id: UUID = ref("proposal.id")
    organization_id: UUID = ref("organization.id")
    fiscal_year: int
    direct_yen: int = Field(sa_type=BigInteger)


class Receipt(Marked, table=True):
    """The proof of a submission: signed, verified offline against the published keys."""

    __table_args__ = ({"info": {**PARENT, "readers": "own"}},)

    id: UUID = key()
    number: str = Field(unique=True)
    proposal_id: UUID = ref("proposal.id", unique=True)
    submitted_at: datetime
    sha256: str
    document: dict[str, Any] = json_field()


class ReceiptContent(Policed, table=True):
    """All that was handed in, whose SHA-256 the receipt names: a part, seen as disclosures are."""

    __tablename__ = "receipt_content"
    __table_args__ = ({"info": {"part_of": "receipt_id", "parents": ("receipt_id",)}},)

    id: UUID = key()
    receipt_id: UUID = ref("receipt.id", unique=True)
    content: dict[str, Any] = json_field()
