"""Why the viewer reads a record, and, for its originator, who can: from its own clauses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from renkei.access.policy.explain import Standing as KernelStanding
from renkei.access.policy.explain import may_know_audience, who_can_see, why_seen
from renkei.access.store import audience_in, gate_in
from renkei.directory import tables
from renkei_schema.context import Context
from renkei_schema.declare.links import answered, refers
from renkei_schema.declare.words import Place, table_of
from renkei_schema.directory import Organization, Person, Post
from renkei_schema.enums import valued
from renkei_schema.groups import SharingGroup


@strawberry.enum(description="だれのことか。 / Whom it speaks of.")
class Whom(Enum):
    """What a standing speaks of."""

    EVERYONE = valued("public", description="だれでも。 / Everyone.")
    MEMBERS = valued("member", description="会員。 / Signed-in members.")
    ORGANIZATION = valued("org", description="組織の人。 / People of an organisation.")
    OFFICE = valued("office", description="組織の事務部門。 / An organisation's research office.")
    GROUP = valued("group", description="共有グループ。 / A sharing group.")
    POST = valued("post", description="ポストに就く人。 / Whoever holds a post.")
    PERSON = valued("person", description="人。 / A person.")
    AT_HOME_IN = valued("home", description="組織のある国。 / Where their organisations stand.")
    COMING_FROM = valued("from", description="要求の発信国。 / Where the request comes from.")
    CONSENTED_TO = valued("consent", description="同意したこと。 / What they consented to.")
    STEPPED_UP = valued("stepped-up", description="本人確認のやり直し。 / Signed in again now.")
    ADMINISTRATORS = valued("administrator", description="管理者。 / Administrators.")


@strawberry.enum(description="どう効くか。 / What it does.")
class StandingEffect(Enum):
    """Effects of a standing."""

    READS = valued("READS", description="読める。 / They may read.")
    EXCLUDED = valued("EXCLUDED", description="除かれている。 / They are excluded.")
    ASKED = valued("ASKED", description="読む人すべてに求める。 / Asked of every reader.")


@strawberry.type(description="だれが読めるかの一項。 / One part of who may read.")
class Standing:
    """A token of a record's clauses, in words."""

    told: strawberry.Private[KernelStanding]

    @strawberry.field(description="だれのことか。 / Whom it speaks of.")
    def whom(self) -> Whom:
        """Whom."""
        return Whom(self.told.whom.value)

    @strawberry.field(description="どう効くか。 / What it does.")
    def effect(self) -> StandingEffect:
        """The effect."""
        return StandingEffect(self.told.effect.value)

    @strawberry.field(description="国や同意の名前。ほかでは空。 / A country or consent, or empty.")
    def name(self) -> str:
        """The name."""
        return self.told.name

    @strawberry.field(
        description="求める条件の組。組ごとに一つ満たせばよい。 / Of each group of what is asked, "
        "one is enough."
    )
    def group(self) -> int:
        """The group."""
        return self.told.group

    @strawberry.field(description="この時刻から。nullなら初めから。 / From then on; null: always.")
    def starts_at(self) -> datetime | None:
        """The beginning."""
        return self.told.start

    @strawberry.field(description="この時刻まで。nullなら終わりなし。 / Until then; null: no end.")
    def ends_at(self) -> datetime | None:
        """The end."""
        return self.told.until

    @strawberry.field(description="さらに共有してよい。 / They may share it further.")
    def may_extend(self) -> bool:
        """The right to extend."""
        return self.told.may_extend

    organization: Organization | None = refers(
        "組織。 / The organisation.",
        lambda standing: _place(standing, tables.Organization, "org", "office"),
    )
    sharing_group: SharingGroup | None = refers(
        "共有グループ。 / The sharing group.",
        lambda standing: _place(standing, tables.SharingGroup, "group"),
    )
    post: Post | None = refers(
        "ポスト。 / The post.", lambda standing: _place(standing, tables.Post, "post")
    )
    person: Person | None = refers(
        "人。 / The person.", lambda standing: _place(standing, tables.Person, "person")
    )


def _place(standing: Standing, model: Any, *kinds: str) -> Place | None:
    """Where the record stands that the standing names, if it is one of these kinds."""
    key = standing.told.key
    return (table_of(model), key) if key and standing.told.whom.value in kinds else None


def viewer_reads() -> Any:
    """Why this viewer may read the record."""

    async def answers(context: Context, rows: list[Mapping[str, Any]]) -> list[list[Standing]]:
        reader = context.reader
        found = await reader.clauses({row["audience_id"] for row in rows})
        reasons = [
            why_seen(audience_in(found, row["audience_id"]), reader.eyes, reader.at) for row in rows
        ]
        return [[Standing(told=one) for one in each] for each in reasons]

    return answered("あなたが読める理由。 / Why you may read it.", answers, "audience_id")


def audience_of(originator: str) -> Any:
    """Who can see the record: told to the organisation in the column `originator` alone."""

    async def answers(
        context: Context, rows: list[Mapping[str, Any]]
    ) -> list[list[Standing] | None]:
        eyes = context.reader.eyes
        told = [may_know_audience(eyes, row[originator]) for row in rows]
        asked_of = [row for row, may in zip(rows, told, strict=True) if may]
        pairs = [(row["audience_id"], row["gate_id"]) for row in asked_of]
        found = await context.reader.clauses({key for pair in pairs for key in pair})

        def standings(row: Mapping[str, Any]) -> list[Standing]:
            audience = audience_in(found, row["audience_id"])
            return [
                Standing(told=one) for one in who_can_see(audience, gate_in(found, row["gate_id"]))
            ]

        return [standings(row) if may else None for row, may in zip(rows, told, strict=True)]

    return answered(
        "読める人の全体。作成元の組織にだけ示し、ほかにはnull。 / Who can see it; null but for the "
        "originator's own people.",
        answers,
        "audience_id",
        "gate_id",
        originator,
    )
