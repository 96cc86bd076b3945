"""Idempotency keys: a double submit is one submit (promises, 16). Keys are per person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from renkei.access.tables import Idempotency
from renkei.ledger.unit import Unit
from renkei.problems import InvalidInput, Problem, refuse_if
from renkei.text import check_text

KEY_MAX = 200
PATH = ("idempotency_key",)


async def claim_key(
    unit: Unit, person_id: UUID, key: str, request_hash: str
) -> dict[str, Any] | None:
    """The answer given before under this key; None where the key is new, and now taken.

    Refused where the key was used for another input. A twin in parallel waits for the first to end,
    then fails on the unique key: the caller tries again and finds the answer.
    """
    refuse_if(check_text(PATH, key, limit=KEY_MAX))
    query = select(Idempotency).where(
        col(Idempotency.person_id) == person_id, col(Idempotency.idempotency_key) == key
    )
    known = (await unit.session.execute(query)).scalar()
    if known is None:
        unit.session.add(
            Idempotency(
                person_id=person_id, idempotency_key=key, request_hash=request_hash, at=unit.at
            )
        )
        await unit.session.flush()
        return None
    if known.request_hash != request_hash:
        raise InvalidInput(
            problems=[
                Problem(
                    PATH,
                    "KEY_REUSED",
                    "This idempotency key was used for another input.",
                    "このキーは、別の内容で使われています。",
                )
            ]
        )
    return known.answer


async def keep_answer(unit: Unit, person_id: UUID, key: str, answer: dict[str, Any]) -> None:
    """Keep the answer under the key, in the transaction that the answer is about."""
    await unit.session.execute(
        update(Idempotency)
        .where(col(Idempotency.person_id) == person_id, col(Idempotency.idempotency_key) == key)
        .values(answer=answer)
    )
