"""Who may read a brief: derived from its marking, its state and whom it names (R7.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from renkei.access import grants
from renkei.access.marking import marking_of
from renkei.access.markings import MARKING_COLUMNS, Marking, columns_of, stored_marking
from renkei.access.naming import Named, check_named, clauses_for
from renkei.access.policy import clauses
from renkei.access.policy.clauses import Audience, Gate
from renkei.access.store import police
from renkei.briefs import store
from renkei.briefs.rules import BriefStatus
from renkei.briefs.tables import Brief
from renkei.ledger.unit import Unit
from renkei.problems import refuse_if

KIND = "brief"


def makers_of(organization_id: UUID, author_id: UUID) -> tuple[str, str]:
    """The tokens that every audience of a brief has: the originator stays in each of them."""
    return clauses.org(organization_id), clauses.person(author_id)


def once_released(
    brief: Mapping[str, Any], named: Iterable[Mapping[str, Any]]
) -> tuple[Audience, Gate] | None:
    """The clauses that a draft will have from its release on; None where it is no draft.

    `brief` and `named` are rows of the brief and of whom it names, by column.
    """
    if brief["status"] not in {BriefStatus.DRAFT, BriefStatus.IN_REVIEW}:
        return None
    return clauses_for(
        stored_marking(brief),
        makers=makers_of(brief["organization_id"], brief["author_id"]),
        named=[
            Named(one["token"], bool(one["denies"]), one["may_extend"], one["start"], one["until"])
            for one in named
        ],
        opens_at=brief["opens_at"],
    )


# The columns that `once_released` asks for.
DRAFTS_NEED = frozenset({*MARKING_COLUMNS, "status", "organization_id", "author_id", "opens_at"})
NAMES_NEED = frozenset({"token", "denies", "may_extend", "start", "until"})


async def name_readers(
    unit: Unit, brief: Brief, named: Sequence[tuple[tuple[str, ...], Named]], *, by: UUID
) -> None:
    """Name these on the brief, each with the path that it was sent under; clauses follow.

    Refused, all at once: what `check_named` refuses.
    """
    makers = frozenset(makers_of(brief.organization_id, brief.author_id))
    refuse_if(check_named(marking_of(brief), named, makers=makers))
    await grants.name(
        unit,
        kind=KIND,
        record_id=brief.id,
        originator_id=brief.organization_id,
        named=[one for _, one in named],
        by=by,
    )


async def set_marking(unit: Unit, brief: Brief, marking: Marking | None = None) -> None:
    """Set the marking, where one is given, and derive the clauses of the brief and its versions."""
    marking = marking or marking_of(brief)
    for column, value in columns_of(marking).items():
        setattr(brief, column, value)
    audience, gate = clauses_for(
        marking,
        makers=makers_of(brief.organization_id, brief.author_id),
        named=await grants.named_on(unit, brief.id),
        released=brief.status == BriefStatus.RELEASED,
        opens_at=brief.opens_at,
    )
    await police(unit.session, brief, audience, gate)
    await unit.session.flush()
    await store.police_versions(unit.session, brief)
