"""Why the viewer reads a record, and, for its originator, who can: from its own clauses."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from renkei.access.policy.explain import Standing as KernelStanding
from renkei.access.policy.explain import may_know_audience, who_can_see, why_seen
from renkei.access.store import audience_in, gate_in
from renkei.directory import tables
from renkei_schema.context import Info
from renkei_schema.declare.words import Word, asked, spoken, table_of
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

    @strawberry.field(description="組織。 / The organisation.")
    async def organization(self, info: Info) -> Organization | None:
        """The organisation."""
        found: Organization | None = await self._of(info, tables.Organization, "org", "office")
        return found

    @strawberry.field(description="共有グループ。 / The sharing group.")
    async def sharing_group(self, info: Info) -> SharingGroup | None:
        """The group."""
        found: SharingGroup | None = await self._of(info, tables.SharingGroup, "group")
        return found

    @strawberry.field(description="ポスト。 / The post.")
    async def post(self, info: Info) -> Post | None:
        """The post."""
        found: Post | None = await self._of(info, tables.Post, "post")
        return found

    @strawberry.field(description="人。 / The person.")
    async def person(self, info: Info) -> Person | None:
        """The person."""
        found: Person | None = await self._of(info, tables.Person, "person")
        return found

    async def _of(self, info: Info, model: Any, *kinds: str) -> Any:
        if self.told.whom.value not in kinds:
            return None
        table = table_of(model)
        return await info.context.loaders.record(table, self.told.key, asked(info, table))


async def _clauses(info: Info, root: Any) -> tuple[Any, Any]:
    """Both clauses of a row; one statement for any number of rows."""
    values = root.values

    async def load(pairs: list[tuple[int, int]]) -> list[Any]:
        found = await info.context.reader.clauses({key for pair in pairs for key in pair})
        return [(audience_in(found, a), gate_in(found, g)) for a, g in pairs]

    key = (values["audience_id"], values["gate_id"])
    pair: tuple[Any, Any] = await info.context.loaders.ask("clauses", load, key)
    return pair


def viewer_reads() -> Any:
    """Why this viewer may read the record."""

    async def resolve(root: Any, info: Info) -> Any:
        audience, _ = await _clauses(info, root)
        reader = info.context.reader
        return [Standing(told=one) for one in why_seen(audience, reader.eyes, reader.at)]

    return spoken(
        Word(frozenset({"audience_id", "gate_id"})),
        "あなたが読める理由。 / Why you may read it.",
        resolve,
    )


def audience_of(originator: str) -> Any:
    """Who can see the record: told to the organisation in the column `originator` alone."""

    async def resolve(root: Any, info: Info) -> Any:
        if not may_know_audience(info.context.reader.eyes, root.values[originator]):
            return None
        audience, gate = await _clauses(info, root)
        return [Standing(told=one) for one in who_can_see(audience, gate)]

    return spoken(
        Word(frozenset({"audience_id", "gate_id", originator})),
        "読める人の全体。作成元の組織にだけ示し、ほかにはnull。 / Who can see it; null but for the "
        "originator's own people.",
        resolve,
    )
