"""The directory in the API: reading it, and what registers organisations, people and posts."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.directory import service, tables
from renkei.ledger.unit import Unit
from renkei.reading.page import By
from renkei_schema.context import Info
from renkei_schema.declare import Connection, loaded, pages, refers
from renkei_schema.declare.words import Place, table_of
from renkei_schema.directory_filters import (
    OrganizationFilter,
    OrganizationOrder,
    PersonFilter,
    PersonOrder,
)
from renkei_schema.directory_inputs import (
    CreatePostInput,
    RegisterOrganizationInput,
    RegisterPersonInput,
)
from renkei_schema.directory_types import Organization, Person, Post
from renkei_schema.ids import key_of, wanted_key
from renkei_schema.perform import Sent, payload, perform
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound

__all__ = [
    "DirectoryMutation",
    "DirectoryQuery",
    "Organization",
    "Person",
    "Post",
    "by_id",
]

ById = Annotated[strawberry.ID, strawberry.argument(description="ID。 / The id.")]


def by_id(model: Any, type_name: str, description: str) -> Any:
    """On the root: the record of this table behind a global id; null where it is another type's."""
    table = table_of(model)

    def place(_root: object, id: ById) -> Place | None:
        key = key_of(id, type_name)
        return None if key is None else (table, key)

    return refers(description, place)


@strawberry.type
class DirectoryQuery:
    """Queries on the directory."""

    organizations: Connection[Organization] | None = pages(
        tables.Organization,
        "組織。だれでも見られる。 / Organisations; everyone sees them.",
        filter=OrganizationFilter,
        order=OrganizationOrder,
        default=(By("name_kana"),),
    )
    people: Connection[Person] | None = pages(
        tables.Person,
        "人。会員だけが見られる。 / People; members see them.",
        filter=PersonFilter,
        order=PersonOrder,
        default=(By("name_kana"),),
    )
    organization: Organization | None = by_id(
        tables.Organization, "Organization", "IDから組織。 / An organisation by its id."
    )
    person: Person | None = by_id(tables.Person, "Person", "IDから人。 / A person by their id.")
    post: Post | None = by_id(tables.Post, "Post", "IDからポスト。 / A post by its id.")


@payload
@strawberry.type(description="組織を登録した。 / The organisation was registered.")
class OrganizationRegistered:
    """Success."""

    organization_id: strawberry.Private[UUID]
    organization: Organization | None = loaded(
        tables.Organization, "organization_id", "組織。 / The organisation."
    )


@payload
@strawberry.type(description="人を登録した。 / The person was registered.")
class PersonRegistered:
    """Success."""

    person_id: strawberry.Private[UUID]
    person: Person | None = loaded(tables.Person, "person_id", "人。 / The person.")


@payload
@strawberry.type(description="ポストをつくった。 / The post was created.")
class PostCreated:
    """Success."""

    post_id: strawberry.Private[UUID]
    post: Post | None = loaded(tables.Post, "post_id", "ポスト。 / The post.")


RegisterOrganizationResult = Annotated[
    OrganizationRegistered | InvalidInput | NotAllowed,
    strawberry.union(
        "RegisterOrganizationResult", description="registerOrganizationの答え。 / Its answer."
    ),
]
RegisterPersonResult = Annotated[
    PersonRegistered | InvalidInput | NotAllowed,
    strawberry.union("RegisterPersonResult", description="registerPersonの答え。 / Its answer."),
]
CreatePostResult = Annotated[
    PostCreated | InvalidInput | NotAllowed | NotFound,
    strawberry.union("CreatePostResult", description="createPostの答え。 / Its answer."),
]


@strawberry.type
class DirectoryMutation:
    """Mutations of the directory, for administrators."""

    @strawberry.mutation(description="組織を登録する（管理者）。 / Register an organisation.")
    async def register_organization(
        self, info: Info, input: Sent[RegisterOrganizationInput]
    ) -> RegisterOrganizationResult:
        """Register an organisation."""

        async def work(unit: Unit, reach: Reach) -> OrganizationRegistered:
            organization = await service.register_organization(
                unit,
                reach,
                kind=input.kind.value,
                name_ja=input.name_ja,
                name_en=input.name_en,
                name_kana=input.name_kana,
                corporate_number=input.corporate_number,
                erad_code=input.erad_code,
                country=input.country,
            )
            return OrganizationRegistered(organization_id=organization.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="人を登録する（管理者）。 / Register a person.")
    async def register_person(
        self, info: Info, input: Sent[RegisterPersonInput]
    ) -> RegisterPersonResult:
        """Register a person."""

        async def work(unit: Unit, reach: Reach) -> PersonRegistered:
            person = await service.register_person(
                unit,
                reach,
                name=input.name,
                name_kana=input.name_kana,
                name_en=input.name_en,
                erad_number=input.erad_number,
                orcid=input.orcid,
            )
            return PersonRegistered(person_id=person.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)

    @strawberry.mutation(description="ポストをつくる（組織管理者・管理者）。 / Create a post.")
    async def create_post(self, info: Info, input: Sent[CreatePostInput]) -> CreatePostResult:
        """Create a post."""

        async def work(unit: Unit, reach: Reach) -> PostCreated:
            post = await service.create_post(
                unit,
                reach,
                organization_id=wanted_key(input.organization_id, "Organization"),
                role=input.role.value,
                title_ja=input.title_ja,
                title_en=input.title_en,
            )
            return PostCreated(post_id=post.id)

        return await perform(info, work, key=input.idempotency_key, sent=input)
