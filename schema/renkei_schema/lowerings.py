"""Mutations that lower a brief's marking: one person proposes, a second one decides (R7.7)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.access.tables import Lowering as LoweringTable
from renkei.briefs import lowering
from renkei.ledger.unit import Unit
from renkei_schema.brief_inputs import DecideLoweringInput, ProposeLoweringInput
from renkei_schema.context import Info
from renkei_schema.declare import loaded
from renkei_schema.ids import wanted_key
from renkei_schema.lowering_types import Lowering
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.refusals import Conflict, InvalidInput, NotAllowed, NotFound, WrongState

LOWERING = "申請。 / The proposal."


@payload
@strawberry.type(
    description="緩和を申請した。まだ何も変わらない。 / Proposed; nothing changed yet."
)
class LoweringProposed:
    """Success."""

    lowering_id: strawberry.Private[UUID]
    lowering: Lowering | None = loaded(LoweringTable, "lowering_id", LOWERING)


@payload
@strawberry.type(description="緩和の申請を決めた。 / The proposal was decided.")
class LoweringDecided:
    """Success."""

    lowering_id: strawberry.Private[UUID]
    lowering: Lowering | None = loaded(LoweringTable, "lowering_id", LOWERING)


ProposeLoweringResult = Annotated[
    LoweringProposed | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("ProposeLoweringResult", description="proposeLoweringの答え。 / Its answer."),
]
DecideLoweringResult = Annotated[
    LoweringDecided | InvalidInput | NotAllowed | NotFound | WrongState | Conflict,
    strawberry.union("DecideLoweringResult", description="decideLoweringの答え。 / Its answer."),
]


@strawberry.type
class LoweringMutation:
    """Mutations of lowerings."""

    @strawberry.mutation(
        description="区分の緩和を申請する（作成元だけ）。 / Propose to lower a marking."
    )
    async def propose_lowering(
        self, info: Info, input: Sent[ProposeLoweringInput]
    ) -> ProposeLoweringResult:
        """Propose a lowering."""

        async def work(unit: Unit, reach: Reach) -> LoweringProposed:
            marking = input.marking
            row = await lowering.propose_lowering(
                unit,
                reach,
                brief_id=wanted_key(input.brief_id, "Brief"),
                reason=input.reason,
                tlp=marking.tlp.value if marking.tlp else None,
                grade=marking.grade,
                restrictions=marking.restrictions,
                releasable_to=marking.releasable_to,
                needs_consent=marking.needs_consent,
                accept_grade_2=info.context.app.settings.accept_grade_2,
            )
            return LoweringProposed(lowering_id=row.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="緩和の申請を、別の人として承認する。または取り下げる。 / Approve a lowering "
        "as the second person, or decline it."
    )
    async def decide_lowering(
        self, info: Info, input: Sent[DecideLoweringInput]
    ) -> DecideLoweringResult:
        """Decide a lowering."""

        async def work(unit: Unit, reach: Reach) -> LoweringDecided:
            row = await lowering.decide_lowering(
                unit,
                reach,
                lowering_id=wanted_key(input.lowering_id, "Lowering"),
                approve=input.approve,
            )
            return LoweringDecided(lowering_id=row.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)
