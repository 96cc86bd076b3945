"""Mutations of the funding side: programmes, R&D concepts, calls."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.calls import rules, service, tables
from renkei.calls.service import ConceptDraft
from renkei.ledger.unit import Unit
from renkei_schema.call_inputs import (
    CancelCallInput,
    CreateProgrammeInput,
    DraftCallInput,
    EditCallInput,
    ExtendDeadlineInput,
    PublishCallInput,
    PublishConceptInput,
)
from renkei_schema.calls import Call, Concept, Programme
from renkei_schema.context import Info
from renkei_schema.declare import loaded
from renkei_schema.ids import key_of, wanted_key
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.refusals import Conflict, InvalidInput, NotAllowed, NotFound, WrongState


@payload
@strawberry.type(description="制度をつくった。 / The programme was created.")
class ProgrammeCreated:
    """Success."""

    programme_id: strawberry.Private[UUID]
    programme: Programme | None = loaded(
        tables.Programme, "programme_id", "つくった制度。 / The programme."
    )


@payload
@strawberry.type(description="研究開発構想を公開した。 / The concept was published.")
class ConceptPublished:
    """Success."""

    concept_id: strawberry.Private[UUID]
    concept: Concept | None = loaded(tables.Concept, "concept_id", "公開した構想。 / The concept.")


@payload
@strawberry.type(description="公募の下書きをつくった。 / The call was drafted.")
class CallDrafted:
    """Success."""

    call_id: strawberry.Private[UUID]
    call: Call | None = loaded(tables.Call, "call_id", "公募。 / The call.")


@payload
@strawberry.type(description="公募の下書きを保存した。 / The call's draft was saved.")
class CallEdited:
    """Success."""

    call_id: strawberry.Private[UUID]
    call: Call | None = loaded(tables.Call, "call_id", "公募。 / The call.")


@payload
@strawberry.type(description="公募を公開した。 / The call was published.")
class CallPublished:
    """Success."""

    call_id: strawberry.Private[UUID]
    call: Call | None = loaded(tables.Call, "call_id", "公募。 / The call.")


@payload
@strawberry.type(description="締切を延ばした。 / The deadline was extended.")
class DeadlineExtended:
    """Success."""

    call_id: strawberry.Private[UUID]
    call: Call | None = loaded(tables.Call, "call_id", "公募。 / The call.")


@payload
@strawberry.type(description="公募を中止した。 / The call was cancelled.")
class CallCancelled:
    """Success."""

    call_id: strawberry.Private[UUID]
    call: Call | None = loaded(tables.Call, "call_id", "公募。 / The call.")


CreateProgrammeResult = Annotated[
    ProgrammeCreated | InvalidInput | NotAllowed,
    strawberry.union("CreateProgrammeResult", description="createProgrammeの答え。 / Its answer."),
]
PublishConceptResult = Annotated[
    ConceptPublished | InvalidInput | NotAllowed,
    strawberry.union("PublishConceptResult", description="publishConceptの答え。 / Its answer."),
]
DraftCallResult = Annotated[
    CallDrafted | InvalidInput | NotAllowed | NotFound,
    strawberry.union("DraftCallResult", description="draftCallの答え。 / Its answer."),
]
EditCallResult = Annotated[
    CallEdited | InvalidInput | NotAllowed | NotFound | Conflict,
    strawberry.union("EditCallResult", description="editCallの答え。 / Its answer."),
]
PublishCallResult = Annotated[
    CallPublished | InvalidInput | NotAllowed | NotFound,
    strawberry.union("PublishCallResult", description="publishCallの答え。 / Its answer."),
]
ExtendDeadlineResult = Annotated[
    DeadlineExtended | InvalidInput | NotAllowed | NotFound | Conflict,
    strawberry.union("ExtendDeadlineResult", description="extendDeadlineの答え。 / Its answer."),
]
CancelCallResult = Annotated[
    CallCancelled | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("CancelCallResult", description="cancelCallの答え。 / Its answer."),
]


@strawberry.type
class CallMutation:
    """Mutations of programmes, concepts and calls."""

    @strawberry.mutation(description="制度をつくる。 / Create a programme.")
    async def create_programme(
        self, info: Info, input: Sent[CreateProgrammeInput]
    ) -> CreateProgrammeResult:
        """Create a programme of the viewer's organisation."""

        async def work(unit: Unit, reach: Reach) -> ProgrammeCreated:
            programme = await service.create_programme(
                unit,
                reach,
                kind=rules.ProgrammeKind(input.kind.value),
                title_ja=input.title_ja,
                title_en=input.title_en,
                summary_ja=input.summary_ja,
                summary_en=input.summary_en,
            )
            return ProgrammeCreated(programme_id=programme.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="研究開発構想を公開する。 / Publish an R&D concept.")
    async def publish_concept(
        self, info: Info, input: Sent[PublishConceptInput]
    ) -> PublishConceptResult:
        """Publish a concept."""
        draft = ConceptDraft(
            programme_id=key_of(input.programme_id, "Programme"),
            type=rules.ConceptType(input.type.value),
            title_ja=input.title_ja,
            title_en=input.title_en,
            summary_ja=input.summary_ja,
            summary_en=input.summary_en,
            ceiling_yen=input.ceiling_yen,
            ministry_ids=[wanted_key(value, "Organization") for value in input.ministry_ids],
            agency_id=key_of(input.agency_id, "Organization"),
            areas=input.areas,
        )

        async def work(unit: Unit, reach: Reach) -> ConceptPublished:
            concept = await service.publish_concept(unit, reach, draft=draft)
            return ConceptPublished(concept_id=concept.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="公募の下書きをつくる。 / Draft a call.")
    async def draft_call(self, info: Info, input: Sent[DraftCallInput]) -> DraftCallResult:
        """Draft a call."""

        async def work(unit: Unit, reach: Reach) -> CallDrafted:
            call = await service.draft_call(unit, reach, draft=input.kernel())
            return CallDrafted(call_id=call.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="公募の下書きを保存する。 / Save a call's draft.")
    async def edit_call(self, info: Info, input: Sent[EditCallInput]) -> EditCallResult:
        """Save a call's draft."""

        async def work(unit: Unit, reach: Reach) -> CallEdited:
            call = await service.edit_call(
                unit,
                reach,
                call_id=wanted_key(input.call_id, "Call"),
                based_on=input.version,
                draft=input.kernel(),
            )
            return CallEdited(call_id=call.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="公募を公開する（TLP:CLEAR）。 / Publish a call, TLP:CLEAR.")
    async def publish_call(self, info: Info, input: Sent[PublishCallInput]) -> PublishCallResult:
        """Publish a call."""

        async def work(unit: Unit, reach: Reach) -> CallPublished:
            key = wanted_key(input.call_id, "Call")
            call = await service.publish_call(unit, reach, call_id=key)
            return CallPublished(call_id=call.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="締切を延ばす（短くはできない）。 / Extend a deadline; never cut."
    )
    async def extend_deadline(
        self, info: Info, input: Sent[ExtendDeadlineInput]
    ) -> ExtendDeadlineResult:
        """Extend a deadline."""

        async def work(unit: Unit, reach: Reach) -> DeadlineExtended:
            call = await service.extend_deadline(
                unit,
                reach,
                call_id=wanted_key(input.call_id, "Call"),
                closes_at=input.closes_at,
                based_on=input.version,
            )
            return DeadlineExtended(call_id=call.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="公募を中止する。 / Cancel a call.")
    async def cancel_call(self, info: Info, input: Sent[CancelCallInput]) -> CancelCallResult:
        """Cancel a call."""

        async def work(unit: Unit, reach: Reach) -> CallCancelled:
            key = wanted_key(input.call_id, "Call")
            call = await service.cancel_call(unit, reach, call_id=key)
            return CallCancelled(call_id=call.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)
