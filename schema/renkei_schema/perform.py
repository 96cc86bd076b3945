"""How a mutation runs: one unit of work, one answer; the same key, the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
import strawberry
from sqlalchemy.exc import IntegrityError

from renkei.access.idempotency import claim_key, keep_answer
from renkei.access.policy.reach import Reach, reach_of
from renkei.ledger.unit import Unit
from renkei.problems import Refusal
from renkei_schema.context import Info
from renkei_schema.errors import not_signed_in
from renkei_schema.refusals import answer_of

Answer = TypeVar("Answer")
Input = TypeVar("Input")
# The one argument of every mutation.
Sent = Annotated[Input, strawberry.argument(description="送る内容。 / What is sent.")]
Work = Callable[[Unit, Reach], Awaitable[Answer]]


async def perform(
    info: Info, work: Work[Answer], *, key: str | None = None, sent: Any = None
) -> Answer | Any:
    """Run a use case for a signed-in viewer and answer with its result or its refusal.

    `work` gets the unit and what the viewer meets in its transaction, and returns the payload.
    With `key` (the input's `idempotencyKey`) a repetition of the same input gets the first answer;
    another input under the same key is refused.
    """
    context = info.context
    if context.viewer.anonymous:
        raise not_signed_in()
    try:
        try:
            return await _once(info, work, key, sent)
        except IntegrityError:
            # A twin came first: the second try finds what it wrote, and answers or refuses by it.
            return await _once(info, work, key, sent)
    except Refusal as refusal:
        return answer_of(refusal)
    finally:
        await context.renew()


async def _once(info: Info, work: Work[Answer], key: str | None, sent: Any) -> Answer | Any:
    context = info.context
    async with context.app.unit(at=context.arrived_at) as unit:
        reach = await reach_of(unit.session, context.viewer, unit.at)
        person_id = context.viewer.person_id
        if key is None or person_id is None:
            return await work(unit, reach)
        request = hashlib.sha256(_canonical([info.field_name, sent])).hexdigest()
        known = await claim_key(unit, person_id, key, request)
        if known is not None:
            return _rebuilt(known)
        answer = await work(unit, reach)
        await keep_answer(unit, person_id, key, _stored(answer))
        return answer


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    if hasattr(value, "__strawberry_definition__"):
        return strawberry.asdict(value)
    return repr(value)


# Payloads that can be kept, by name. Their fields are keys, texts and numbers.
PAYLOADS: dict[str, type[Any]] = {}


def payload(cls: type[Any]) -> type[Any]:
    """Register a success type, so that its answer can be given again."""
    PAYLOADS[cls.__name__] = cls
    return cls


def _stored(answer: Any) -> dict[str, Any]:
    values = {
        name: {"uuid": str(value)} if isinstance(value, UUID) else value
        for name, value in vars(answer).items()
        if not name.startswith("_")
    }
    return {"type": type(answer).__name__, "values": values}


def _rebuilt(kept: dict[str, Any]) -> Any:
    values = {
        name: UUID(value["uuid"]) if isinstance(value, dict) and set(value) == {"uuid"} else value
        for name, value in kept["values"].items()
    }
    return PAYLOADS[kept["type"]](**values)
