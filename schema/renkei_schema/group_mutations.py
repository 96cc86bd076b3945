"""Mutations of belonging: sharing groups, further affiliations, consents."""

from __future__ import annotations

from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access import consents
from renkei.access.policy.reach import Reach
from renkei.directory import groups, tables
from renkei.ledger.unit import Unit
from renkei_schema.context import Info
from renkei_schema.declare import loaded
from renkei_schema.directory import Person
from renkei_schema.enums import valued
from renkei_schema.groups import SharingGroup
from renkei_schema.ids import wanted_key
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound, WrongState
from renkei_schema.scalars import KEY

GROUP = "共有グループ。 / The group."
ORGANIZATION = "組織。 / The organisation."
PERSON = "人。 / The person."


@strawberry.enum(description="同意すること。 / What is consented to.")
class ConsentKind(Enum):
    """Consents."""

    CONFIDENTIALITY = valued(
        "confidentiality", description="守秘：取扱制限に従う。 / Confidentiality."
    )


@strawberry.input(description="共有グループをつくる。 / Creates a sharing group.")
class CreateSharingGroupInput:
    """A group as sent."""

    name_ja: str = strawberry.field(description="名前（日本語）。 / Name in Japanese.")
    name_en: str | None = strawberry.field(
        default=None, description="名前（英語）。 / Name in English."
    )
    purpose: str = strawberry.field(default="", description="目的。 / What it is for.")
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="共有グループに組織を加える。 / Takes an organisation in.")
class AddToSharingGroupInput:
    """Who joins."""

    group_id: strawberry.ID = strawberry.field(description=GROUP)
    organization_id: strawberry.ID = strawberry.field(description=ORGANIZATION)
    may_extend: bool = strawberry.field(
        default=False,
        description="さらに組織を加えてよい（管理する組織だけが許せる）。 / It may take further "
        "ones in; the keeper's to give.",
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="共有グループから組織を外す。 / Takes an organisation out.")
class RemoveFromSharingGroupInput:
    """Who leaves."""

    group_id: strawberry.ID = strawberry.field(description=GROUP)
    organization_id: strawberry.ID = strawberry.field(description=ORGANIZATION)
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="ポスト以外の所属。 / An affiliation besides posts.")
class AffiliationInput:
    """Who belongs where."""

    person_id: strawberry.ID = strawberry.field(description=PERSON)
    organization_id: strawberry.ID = strawberry.field(description=ORGANIZATION)
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="同意する、または取り下げる。 / Gives or withdraws a consent.")
class ConsentInput:
    """To what."""

    to: ConsentKind = strawberry.field(description="何に。 / To what.")


@payload
@strawberry.type(description="共有グループをつくった。 / The group was created.")
class SharingGroupCreated:
    """Success."""

    group_id: strawberry.Private[UUID]
    group: SharingGroup | None = loaded(tables.SharingGroup, "group_id", GROUP)


@payload
@strawberry.type(description="共有グループが変わった。ただちに効く。 / The group changed, at once.")
class SharingGroupChanged:
    """Success."""

    group_id: strawberry.Private[UUID]
    group: SharingGroup | None = loaded(tables.SharingGroup, "group_id", GROUP)


@payload
@strawberry.type(description="所属を記録した。 / The affiliation is on record.")
class AffiliationRecorded:
    """Success."""

    person_id: strawberry.Private[UUID]
    person: Person | None = loaded(tables.Person, "person_id", PERSON)


@payload
@strawberry.type(description="所属の記録を終えた。 / The affiliation has ended.")
class AffiliationEnded:
    """Success."""

    person_id: strawberry.Private[UUID]
    person: Person | None = loaded(tables.Person, "person_id", PERSON)


@payload
@strawberry.type(description="同意した。 / The consent is given.")
class ConsentGiven:
    """Success."""

    to: ConsentKind = strawberry.field(description="何に。 / To what.")


@payload
@strawberry.type(
    description="同意を取り下げた。ただちに効く。 / The consent is withdrawn, at once."
)
class ConsentWithdrawn:
    """Success."""

    to: ConsentKind = strawberry.field(description="何に。 / To what.")


CreateSharingGroupResult = Annotated[
    SharingGroupCreated | InvalidInput | NotAllowed,
    strawberry.union(
        "CreateSharingGroupResult", description="createSharingGroupの答え。 / Its answer."
    ),
]
ChangeSharingGroupResult = Annotated[
    SharingGroupChanged | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union(
        "ChangeSharingGroupResult", description="共有グループの変更の答え。 / Its answer."
    ),
]
RecordAffiliationResult = Annotated[
    AffiliationRecorded | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union(
        "RecordAffiliationResult", description="recordAffiliationの答え。 / Its answer."
    ),
]
EndAffiliationResult = Annotated[
    AffiliationEnded | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("EndAffiliationResult", description="endAffiliationの答え。 / Its answer."),
]
GiveConsentResult = Annotated[
    ConsentGiven | InvalidInput | NotAllowed,
    strawberry.union("GiveConsentResult", description="giveConsentの答え。 / Its answer."),
]
WithdrawConsentResult = Annotated[
    ConsentWithdrawn | InvalidInput | NotAllowed | WrongState,
    strawberry.union("WithdrawConsentResult", description="withdrawConsentの答え。 / Its answer."),
]


@strawberry.type
class GroupMutation:
    """Mutations of sharing groups, affiliations and consents."""

    @strawberry.mutation(
        description="共有グループをつくる。まだだれも入っていない。 / Create an empty group."
    )
    async def create_sharing_group(
        self, info: Info, input: Sent[CreateSharingGroupInput]
    ) -> CreateSharingGroupResult:
        """Create a group."""

        async def work(unit: Unit, reach: Reach) -> SharingGroupCreated:
            group = await groups.create_group(
                unit,
                reach,
                name_ja=input.name_ja,
                name_en=input.name_en,
                purpose=input.purpose,
            )
            return SharingGroupCreated(group_id=group.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="共有グループに組織を加える。 / Take an organisation in.")
    async def add_to_sharing_group(
        self, info: Info, input: Sent[AddToSharingGroupInput]
    ) -> ChangeSharingGroupResult:
        """Add an organisation."""

        async def work(unit: Unit, reach: Reach) -> SharingGroupChanged:
            group = await groups.add_to_group(
                unit,
                reach,
                group_id=wanted_key(input.group_id, "SharingGroup"),
                organization_id=wanted_key(input.organization_id, "Organization"),
                may_extend=input.may_extend,
            )
            return SharingGroupChanged(group_id=group.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="共有グループから組織を外す。ただちに読めなくなる。 / Take one out; "
        "what was shared with the group closes to it at once."
    )
    async def remove_from_sharing_group(
        self, info: Info, input: Sent[RemoveFromSharingGroupInput]
    ) -> ChangeSharingGroupResult:
        """Remove an organisation."""

        async def work(unit: Unit, reach: Reach) -> SharingGroupChanged:
            group = await groups.remove_from_group(
                unit,
                reach,
                group_id=wanted_key(input.group_id, "SharingGroup"),
                organization_id=wanted_key(input.organization_id, "Organization"),
            )
            return SharingGroupChanged(group_id=group.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="ポスト以外の所属を記録する。除外とREL TOがこれも見る。 / Record what else one "
        "belongs to; exclusions and REL TO are compared with it."
    )
    async def record_affiliation(
        self, info: Info, input: Sent[AffiliationInput]
    ) -> RecordAffiliationResult:
        """Record an affiliation."""

        async def work(unit: Unit, reach: Reach) -> AffiliationRecorded:
            person_id = wanted_key(input.person_id, "Person")
            organization_id = wanted_key(input.organization_id, "Organization")
            await groups.record_affiliation(
                unit, reach, person_id=person_id, organization_id=organization_id
            )
            return AffiliationRecorded(person_id=person_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="所属の記録を終える（管理者）。 / End an affiliation on record."
    )
    async def end_affiliation(
        self, info: Info, input: Sent[AffiliationInput]
    ) -> EndAffiliationResult:
        """End an affiliation."""

        async def work(unit: Unit, reach: Reach) -> AffiliationEnded:
            person_id = wanted_key(input.person_id, "Person")
            organization_id = wanted_key(input.organization_id, "Organization")
            await groups.end_affiliation(
                unit, reach, person_id=person_id, organization_id=organization_id
            )
            return AffiliationEnded(person_id=person_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="本人が同意する（トークンではできない）。 / Consent, in person; not by a token."
    )
    async def give_consent(self, info: Info, input: Sent[ConsentInput]) -> GiveConsentResult:
        """Give a consent."""

        async def work(unit: Unit, reach: Reach) -> ConsentGiven:
            await consents.give_consent(unit, reach, to=input.to.value)
            return ConsentGiven(to=input.to)

        return await perform(info, work)

    @strawberry.mutation(description="同意を取り下げる。 / Withdraw a consent.")
    async def withdraw_consent(
        self, info: Info, input: Sent[ConsentInput]
    ) -> WithdrawConsentResult:
        """Withdraw a consent."""

        async def work(unit: Unit, reach: Reach) -> ConsentWithdrawn:
            await consents.withdraw_consent(unit, reach, to=input.to.value)
            return ConsentWithdrawn(to=input.to)

        return await perform(info, work)
