"""Consents: given and withdrawn in person; what one opened closes at once, its record stays."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.clauses import CONFIDENTIALITY
from renkei.access.policy.reach import Reach
from renkei.access.tables import ConsentRecord
from renkei.ledger.unit import Unit
from renkei.problems import NotAllowed, Problem, WrongState, refuse_if

KINDS = (CONFIDENTIALITY,)


async def give_consent(unit: Unit, reach: Reach, *, to: str) -> str:
    """Consent in person. Giving it again changes nothing.

    Refused: by means of an access token, since a program consents to nothing; an unknown consent.
    """
    person_id = _in_person(reach)
    _check(to)
    if not await _in_force(unit, person_id, to):
        unit.session.add(ConsentRecord(person_id=person_id, to=to, given_at=unit.at))
        await unit.session.flush()
        await unit.record("consent.given", person_id, actor=reach.viewer.actor, to=to)
    return to


async def withdraw_consent(unit: Unit, reach: Reach, *, to: str) -> str:
    """Withdraw a consent in person. Refused: where there is none in force."""
    person_id = _in_person(reach)
    _check(to)
    given = await _in_force(unit, person_id, to)
    if not given:
        raise WrongState("There is no such consent in force.", "有効な同意がありません。")
    for one in given:
        one.withdrawn_at = unit.at
        unit.session.add(one)
    await unit.record("consent.withdrawn", person_id, actor=reach.viewer.actor, to=to)
    return to


def _in_person(reach: Reach) -> UUID:
    if reach.viewer.person_id is None or reach.viewer.scopes is not None:
        raise NotAllowed(
            "Sign in to consent; a token can't do it for you.",
            "同意にはサインインが要ります。トークンではできません。",
        )
    return reach.viewer.person_id


def _check(to: str) -> None:
    if to not in KINDS:
        known = ", ".join(KINDS)
        refuse_if(
            [
                Problem(
                    ("to",),
                    "UNKNOWN_CONSENT",
                    f"Unknown consent. One of: {known}.",
                    f"同意の種類が正しくありません。次のどれかです：{known}",
                )
            ]
        )


async def _in_force(unit: Unit, person_id: UUID, to: str) -> Sequence[ConsentRecord]:
    query = select(ConsentRecord).where(
        col(ConsentRecord.person_id) == person_id,
        col(ConsentRecord.to) == to,
        col(ConsentRecord.withdrawn_at).is_(None),
    )
    return (await unit.session.execute(query)).scalars().all()
