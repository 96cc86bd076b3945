"""Mutations on who holds which post: appointing, leaving, rotations, deputies."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.directory import deputies, holdings, tables
from renkei.directory.rotations import Line, rotate
from renkei.ledger.unit import Unit
from renkei_schema.context import Info
from renkei_schema.declare import loaded
from renkei_schema.directory_types import Organization, Person, Post
from renkei_schema.ids import key_of, wanted_key
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.post_inputs import (
    AppointToPostInput,
    ChangeAppointmentInput,
    EndAppointmentInput,
    EndDeputyInput,
    NameDeputyInput,
    RotatePostsInput,
    RotationLineInput,
)
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound, WrongState

POST = "ポスト。 / The post."
PERSON = "人。 / The person."


@payload
@strawberry.type(description="ポストに任じた。 / They were appointed.")
class PersonAppointed:
    """Success."""

    post_id: strawberry.Private[UUID]
    person_id: strawberry.Private[UUID]
    post: Post | None = loaded(tables.Post, "post_id", POST)
    person: Person | None = loaded(tables.Person, "person_id", PERSON)


@payload
@strawberry.type(description="任を解いた。 / They left the post.")
class AppointmentEnded:
    """Success."""

    post_id: strawberry.Private[UUID]
    person_id: strawberry.Private[UUID]
    post: Post | None = loaded(tables.Post, "post_id", POST)
    person: Person | None = loaded(tables.Person, "person_id", PERSON)


@payload
@strawberry.type(description="任命の予定を変えた。 / What was planned is changed.")
class AppointmentChanged:
    """Success."""

    post_id: strawberry.Private[UUID]
    post: Post | None = loaded(tables.Post, "post_id", POST)


@payload
@strawberry.type(description="人事異動を予定に入れた。 / The rotation is planned.")
class RotationPlanned:
    """Success."""

    organization_id: strawberry.Private[UUID]
    organization: Organization | None = loaded(
        tables.Organization, "organization_id", "組織。 / The organisation."
    )
    lines: int = strawberry.field(description="行数。 / How many lines it has.")


@payload
@strawberry.type(description="代理を置いた。 / The deputy is named.")
class DeputyNamed:
    """Success."""

    post_id: strawberry.Private[UUID]
    person_id: strawberry.Private[UUID]
    post: Post | None = loaded(tables.Post, "post_id", POST)
    person: Person | None = loaded(tables.Person, "person_id", "代理。 / The deputy.")


@payload
@strawberry.type(description="代理を終えた。ただちに効く。 / Ended, at once.")
class DeputyEnded:
    """Success."""

    post_id: strawberry.Private[UUID]
    post: Post | None = loaded(tables.Post, "post_id", POST)


AppointToPostResult = Annotated[
    PersonAppointed | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("AppointToPostResult", description="appointToPostの答え。 / Its answer."),
]
EndAppointmentResult = Annotated[
    AppointmentEnded | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("EndAppointmentResult", description="endAppointmentの答え。 / Its answer."),
]
ChangeAppointmentResult = Annotated[
    AppointmentChanged | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union(
        "ChangeAppointmentResult", description="changeAppointmentの答え。 / Its answer."
    ),
]
RotatePostsResult = Annotated[
    RotationPlanned | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("RotatePostsResult", description="rotatePostsの答え。 / Its answer."),
]
NameDeputyResult = Annotated[
    DeputyNamed | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("NameDeputyResult", description="nameDeputyの答え。 / Its answer."),
]
EndDeputyResult = Annotated[
    DeputyEnded | InvalidInput | NotAllowed | NotFound | WrongState,
    strawberry.union("EndDeputyResult", description="endDeputyの答え。 / Its answer."),
]


@strawberry.type
class PostMutation:
    """Mutations on who holds which post, for those who keep the organisation's posts."""

    @strawberry.mutation(
        description="人をポストに任じる（組織管理者・管理者）。 / Appoint a person to a post."
    )
    async def appoint_to_post(
        self, info: Info, input: Sent[AppointToPostInput]
    ) -> AppointToPostResult:
        """Appoint a person."""

        async def work(unit: Unit, reach: Reach) -> PersonAppointed:
            holding = await holdings.appoint(
                unit,
                reach,
                post_id=wanted_key(input.post_id, "Post"),
                person_id=wanted_key(input.person_id, "Person"),
                start=input.start,
                until=input.until,
            )
            return PersonAppointed(post_id=holding.post_id, person_id=holding.person_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="任を解く。いますぐか、先の時刻に（組織管理者・管理者）。 / End an "
        "appointment, now or at an instant to come."
    )
    async def end_appointment(
        self, info: Info, input: Sent[EndAppointmentInput]
    ) -> EndAppointmentResult:
        """End an appointment."""

        async def work(unit: Unit, reach: Reach) -> AppointmentEnded:
            holding = await holdings.leave_post(
                unit,
                reach,
                post_id=wanted_key(input.post_id, "Post"),
                person_id=wanted_key(input.person_id, "Person"),
                at=input.at,
            )
            return AppointmentEnded(post_id=holding.post_id, person_id=holding.person_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="任命の予定を変える。始まったものは終わりだけ（組織管理者・管理者）。 / Change "
        "what is planned of an appointment; of one that has begun, its end."
    )
    async def change_appointment(
        self, info: Info, input: Sent[ChangeAppointmentInput]
    ) -> ChangeAppointmentResult:
        """Change an appointment."""

        async def work(unit: Unit, reach: Reach) -> AppointmentChanged:
            holding = await holdings.change_holding(
                unit,
                reach,
                holding_id=wanted_key(input.holding_id, "Holding"),
                start=input.start,
                until=input.until,
            )
            return AppointmentChanged(post_id=holding.post_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="人事異動（辞令案）をまとめて予定に入れる。一行でも不備があれば何も変えない。"
        " / Plan a rotation as a whole; where one line can't be, nothing is changed."
    )
    async def rotate_posts(self, info: Info, input: Sent[RotatePostsInput]) -> RotatePostsResult:
        """Plan a rotation."""

        async def work(unit: Unit, reach: Reach) -> RotationPlanned:
            key = wanted_key(input.organization_id, "Organization")
            made = await rotate(
                unit,
                reach,
                organization_id=key,
                takes_effect_at=input.takes_effect_at,
                leaving=[_line(one) for one in input.leaving],
                appointing=[_line(one) for one in input.appointing],
            )
            return RotationPlanned(organization_id=key, lines=len(made))

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="代理を置く（ポストの本人・組織管理者）。期限が来れば自然に終わる。 / Name a "
        "deputy; it ends by itself."
    )
    async def name_deputy(self, info: Info, input: Sent[NameDeputyInput]) -> NameDeputyResult:
        """Name a deputy."""

        async def work(unit: Unit, reach: Reach) -> DeputyNamed:
            holding = await deputies.name_deputy(
                unit,
                reach,
                post_id=wanted_key(input.post_id, "Post"),
                person_id=wanted_key(input.person_id, "Person"),
                start=input.start,
                until=input.until,
            )
            return DeputyNamed(post_id=holding.post_id, person_id=holding.person_id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(
        description="代理を終える（ポストの本人・代理・組織管理者）。 / End a deputy's term, now."
    )
    async def end_deputy(self, info: Info, input: Sent[EndDeputyInput]) -> EndDeputyResult:
        """End a deputy's term."""

        async def work(unit: Unit, reach: Reach) -> DeputyEnded:
            key = wanted_key(input.holding_id, "Holding")
            return DeputyEnded(post_id=await deputies.end_deputy(unit, reach, holding_id=key))

        return await perform(info, work, key=input.idempotency_key, sent=input)


def _line(line: RotationLineInput) -> Line:
    return Line(key_of(line.post_id, "Post"), key_of(line.person_id, "Person"))
