"""Who read a record, as its originator may know; and the audience preview."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.audit import tables
from renkei.directory.tables import Organization as OrganizationTable
from renkei.ledger.unit import Unit
from renkei.previews import preview_audience
from renkei_schema.context import Info
from renkei_schema.declare import col, loaded, node, one, refers
from renkei_schema.directory import Organization, Person
from renkei_schema.ids import key_of, wanted_key
from renkei_schema.node import TABLES, Node, record_of
from renkei_schema.perform import Sent, perform
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound


@node(tables.Reading)
class Reading(Node):
    """だれが読んだか。作成元が知ってよい粒度で示す。 / A reading, at the grain that the originator
    may know: by person, or by organisation alone."""

    at: datetime = col("読んだ時刻。 / When.")
    organization: Organization | None = one(
        tables.Reading.organization_id, "読んだ人の組織。 / The reader's organisation."
    )
    person: Person | None = one(
        tables.Reading.person_id,
        "読んだ人。組織だけ知ってよいときはnull。 / Who; null where only the organisation is told.",
    )


@strawberry.input(
    description="ほかの組織からどう見えるかを確かめる。記録に残る。 / Looks at a record through "
    "another organisation's eyes; it goes on record."
)
class PreviewAudienceInput:
    """What to look at, and as whom."""

    record_id: strawberry.ID = strawberry.field(description="見るもの。 / What to look at.")
    organization_id: strawberry.ID = strawberry.field(
        description="その組織の人として。 / As a member of this organisation."
    )


@strawberry.type(
    description="その組織の人からの見え方。自分にも見えるものだけ。 / How it looks to them, as far "
    "as one sees it oneself."
)
class AudiencePreviewed:
    """What is asked below is read through both pairs of eyes."""

    organization_id: strawberry.Private[UUID]
    record_id: strawberry.Private[strawberry.ID]
    organization: Organization | None = loaded(
        OrganizationTable, "organization_id", "組織。 / The organisation."
    )
    record: Node | None = refers(
        "見えるもの。その組織に見えないときはnull。 / The record; null where they see nothing.",
        lambda previewed: record_of(previewed.record_id),
    )


PreviewAudienceResult = Annotated[
    AudiencePreviewed | InvalidInput | NotAllowed | NotFound,
    strawberry.union("PreviewAudienceResult", description="previewAudienceの答え。 / Its answer."),
]


@strawberry.type
class PreviewMutation:
    """The audience preview: it changes nothing but the record of having been made."""

    @strawberry.mutation(
        description="ほかの組織からの見え方を確かめる（作成元だけ）。 / See a record as another "
        "organisation would; for its originator."
    )
    async def preview_audience(
        self, info: Info, input: Sent[PreviewAudienceInput]
    ) -> PreviewAudienceResult:
        """Preview a record's audience."""
        source = record_of(input.record_id)

        async def work(unit: Unit, reach: Reach) -> AudiencePreviewed:
            # An id of nothing is looked for like any other, and not found.
            table, key = source or (TABLES["Brief"], wanted_key(input.record_id, "Brief"))
            organization_id = key_of(input.organization_id, "Organization")
            eyes = await preview_audience(
                unit, reach, table=table, record_id=key, organization_id=organization_id
            )
            info.context.within = eyes
            assert organization_id is not None  # an unknown one was refused
            return AudiencePreviewed(organization_id=organization_id, record_id=input.record_id)

        return await perform(info, work)
