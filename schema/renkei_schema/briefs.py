"""Briefs in the API: reading them, and the mutations that make, release, share and narrow them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access.policy import clauses
from renkei.access.policy.reach import Reach
from renkei.briefs import service, sharing, tables
from renkei.ledger.unit import Unit
from renkei.reading.page import By
from renkei_schema.brief_inputs import (
    CorrectBriefInput,
    DraftBriefInput,
    EditBriefInput,
    EndExclusionsInput,
    RaiseBriefMarkingInput,
    ReleaseBriefInput,
    ShareBriefInput,
)
from renkei_schema.brief_types import Brief, BriefFilter, BriefOrder
from renkei_schema.context import Info
from renkei_schema.declare import Connection, by_key, loaded, pages
from renkei_schema.ids import keys, optional_key, read_id, wanted_key
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.refusals import Conflict, InvalidInput, NotAllowed, NotFound

__all__ = ["Brief", "BriefMutation", "BriefQuery"]


@strawberry.type
class BriefQuery:
    """Queries on briefs."""

    briefs: Connection[Brief] | None = pages(
        tables.Brief,
        "ブリーフのうち、見られるもの。 / Briefs that the viewer may read.",
        filter=BriefFilter,
        order=BriefOrder,
        default=(By("updated_at", down=True),),
    )
    brief: Brief | None = by_key(
        tables.Brief.code,
        "符号からブリーフ。ないものと見られないものは同じくnull。 / "
        "A brief by its code; null whether missing or not for this viewer.",
    )


@payload
@strawberry.type(description="ブリーフの下書きをつくった。 / The brief was drafted.")
class BriefDrafted:
    """Success."""

    brief_id: strawberry.Private[UUID]
    brief: Brief | None = loaded(tables.Brief, "brief_id", "ブリーフ。 / The brief.")


@payload
@strawberry.type(description="ブリーフの下書きを保存した。 / The draft was saved.")
class BriefEdited:
    """Success."""

    brief_id: strawberry.Private[UUID]
    brief: Brief | None = loaded(tables.Brief, "brief_id", "ブリーフ。 / The brief.")


@payload
@strawberry.type(description="ブリーフを公表・共有した。 / The brief was released.")
class BriefReleased:
    """Success."""

    brief_id: strawberry.Private[UUID]
    brief: Brief | None = loaded(tables.Brief, "brief_id", "ブリーフ。 / The brief.")


@payload
@strawberry.type(description="共有先を加えた。 / The brief was shared.")
class BriefShared:
    """Success."""

    brief_id: strawberry.Private[UUID]
    brief: Brief | None = loaded(tables.Brief, "brief_id", "ブリーフ。 / The brief.")


@payload
@strawberry.type(description="訂正版を出した。 / The brief was corrected.")
class BriefCorrected:
    """Success."""

    brief_id: strawberry.Private[UUID]
    brief: Brief | None = loaded(tables.Brief, "brief_id", "ブリーフ。 / The brief.")


@payload
@strawberry.type(description="区分を強めた。 / The brief was narrowed.")
class BriefNarrowed:
    """Success."""

    brief_id: strawberry.Private[UUID]
    brief: Brief | None = loaded(tables.Brief, "brief_id", "ブリーフ。 / The brief.")


@payload
@strawberry.type(description="除外を解いた。 / Somebody is excluded no longer.")
class ExclusionsEnded:
    """Success."""

    brief_id: strawberry.Private[UUID]
    brief: Brief | None = loaded(tables.Brief, "brief_id", "ブリーフ。 / The brief.")


_TOKENS: dict[str, Callable[[UUID], str]] = {
    "Organization": clauses.org,
    "SharingGroup": clauses.group,
    "Post": clauses.post,
    "Person": clauses.person,
}


def _tokens_of(value: str) -> list[str]:
    """The token that an id stands for among readers; none where it is another kind's."""
    found = read_id(value)
    return [_TOKENS[found[0]](found[1])] if found is not None and found[0] in _TOKENS else []


DraftBriefResult = Annotated[
    BriefDrafted | InvalidInput | NotAllowed,
    strawberry.union("DraftBriefResult", description="draftBriefの答え。 / Its answer."),
]
EditBriefResult = Annotated[
    BriefEdited | InvalidInput | NotAllowed | NotFound | Conflict,
    strawberry.union("EditBriefResult", description="editBriefの答え。 / Its answer."),
]
ReleaseBriefResult = Annotated[
    BriefReleased | InvalidInput | NotAllowed | NotFound,
    strawberry.union("ReleaseBriefResult", description="releaseBriefの答え。 / Its answer."),
]
ShareBriefResult = Annotated[
    BriefShared | InvalidInput | NotAllowed | NotFound,
    strawberry.union("ShareBriefResult", description="shareBriefの答え。 / Its answer."),
]
CorrectBriefResult = Annotated[
    BriefCorrected | InvalidInput | NotAllowed | NotFound | Conflict,
    strawberry.union("CorrectBriefResult", description="correctBriefの答え。 / Its answer."),
]
EndExclusionsResult = Annotated[
    ExclusionsEnded | InvalidInput | NotAllowed | NotFound,
    strawberry.union("EndExclusionsResult", description="endExclusionsの答え。 / Its answer."),
]
RaiseBriefMarkingResult = Annotated[
    BriefNarrowed | InvalidInput | NotAllowed | NotFound,
    strawberry.union(
        "RaiseBriefMarkingResult", description="raiseBriefMarkingの答え。 / Its answer."
    ),
]


@strawberry.type
class BriefMutation:
    """Mutations of briefs."""

    @strawberry.mutation(
        description="ブリーフの下書きをつくる（つくった組織だけが見る）。 / "
        "Draft a brief, seen by its makers' organisation alone."
    )
    async def draft_brief(self, info: Info, input: Sent[DraftBriefInput]) -> DraftBriefResult:
        """Draft a brief."""

        async def work(unit: Unit, reach: Reach) -> BriefDrafted:
            brief = await service.draft_brief(
                unit,
                reach,
                draft=input.with_marking(input.marking),
                accept_grade_2=info.context.app.settings.accept_grade_2,
            )
            return BriefDrafted(brief_id=brief.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="ブリーフの下書きを保存する。 / Save a brief's draft.")
    async def edit_brief(self, info: Info, input: Sent[EditBriefInput]) -> EditBriefResult:
        """Save a draft."""

        async def work(unit: Unit, reach: Reach) -> BriefEdited:
            brief = await service.edit_brief(
                unit,
                reach,
                brief_id=wanted_key(input.brief_id, "Brief"),
                based_on=input.version,
                draft=input.with_marking(input.marking),
                accept_grade_2=info.context.app.settings.accept_grade_2,
            )
            return BriefEdited(brief_id=brief.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="ブリーフを公表・共有する。以後は書き換えない。 / Release a brief; it stays."
    )
    async def release_brief(self, info: Info, input: Sent[ReleaseBriefInput]) -> ReleaseBriefResult:
        """Release a brief."""

        async def work(unit: Unit, reach: Reach) -> BriefReleased:
            brief = await service.release_brief(
                unit,
                reach,
                brief_id=wanted_key(input.brief_id, "Brief"),
                reviewer_id=optional_key(input.reviewer_id, "Person"),
                opens_at=input.opens_at,
            )
            return BriefReleased(brief_id=brief.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="共有先を加える。 / Share a brief with more organisations or persons."
    )
    async def share_brief(self, info: Info, input: Sent[ShareBriefInput]) -> ShareBriefResult:
        """Share a brief."""

        async def work(unit: Unit, reach: Reach) -> BriefShared:
            brief = await sharing.share_brief(
                unit,
                reach,
                brief_id=wanted_key(input.brief_id, "Brief"),
                readers=sharing.Readers(
                    organization_ids=keys(input.organization_ids, "Organization"),
                    group_ids=keys(input.group_ids, "SharingGroup"),
                    post_ids=keys(input.post_ids, "Post"),
                    person_ids=keys(input.person_ids, "Person"),
                    may_extend=input.may_extend,
                    start=input.starts_at,
                    until=input.ends_at,
                ),
            )
            return BriefShared(brief_id=brief.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="訂正版を出す。前の版は残る。 / A new version corrects it; the old stays."
    )
    async def correct_brief(self, info: Info, input: Sent[CorrectBriefInput]) -> CorrectBriefResult:
        """Correct a brief."""

        async def work(unit: Unit, reach: Reach) -> BriefCorrected:
            brief = await service.correct_brief(
                unit,
                reach,
                brief_id=wanted_key(input.brief_id, "Brief"),
                based_on=input.version,
                draft=input.with_marking(None),
                note=input.correction_note,
            )
            return BriefCorrected(brief_id=brief.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="区分を強める、または共有先から外す。すべての読者にただちに効く。 / "
        "Raise the marking or take the brief back; at once, for all readers."
    )
    async def raise_brief_marking(
        self, info: Info, input: Sent[RaiseBriefMarkingInput]
    ) -> RaiseBriefMarkingResult:
        """Narrow a brief."""

        async def work(unit: Unit, reach: Reach) -> BriefNarrowed:
            brief = await sharing.narrow_brief(
                unit,
                reach,
                brief_id=wanted_key(input.brief_id, "Brief"),
                tlp=input.marking.tlp.value if input.marking.tlp else None,
                grade=input.marking.grade,
                restrictions=input.marking.restrictions,
                releasable_to=input.marking.releasable_to,
                needs_consent=input.marking.needs_consent,
                withdraw_from=[token for one in input.withdraw_from for token in _tokens_of(one)],
                exclude_organization_ids=keys(input.exclude_organization_ids, "Organization"),
                exclude_person_ids=keys(input.exclude_person_ids, "Person"),
                accept_grade_2=info.context.app.settings.accept_grade_2,
            )
            return BriefNarrowed(brief_id=brief.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="除外を解く。ほかに読める理由があれば読める。 / "
        "Exclude somebody no longer; they read it where something else lets them."
    )
    async def end_exclusions(
        self, info: Info, input: Sent[EndExclusionsInput]
    ) -> EndExclusionsResult:
        """End exclusions."""

        async def work(unit: Unit, reach: Reach) -> ExclusionsEnded:
            brief = await sharing.end_exclusions(
                unit,
                reach,
                brief_id=wanted_key(input.brief_id, "Brief"),
                tokens=[token for one in input.excluded_ids for token in _tokens_of(one)],
            )
            return ExclusionsEnded(brief_id=brief.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)
