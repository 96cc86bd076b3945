"""Organisations, people and posts, as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from renkei.directory import abilities as may
from renkei.directory import holders, tables
from renkei.reading.links import children, through
from renkei.reading.page import By
from renkei.reading.parts import name_of
from renkei_schema.context import Context
from renkei_schema.declare import (
    Ability,
    abilities,
    ability_type,
    answered,
    bilingual,
    can,
    col,
    listed,
    node,
    one,
    part,
    refers,
)
from renkei_schema.declare.words import Place, table_of
from renkei_schema.enums import valued
from renkei_schema.ids import write_id
from renkei_schema.node import Node
from renkei_schema.scalars import Text

EMAIL = name_of(tables.PersonContact.email)


@strawberry.enum(description="組織の種類。 / Kinds of organisations.")
class OrganizationKind(Enum):
    """Kinds of organisations."""

    MINISTRY = valued("MINISTRY", description="府省庁。 / Ministry.")
    AGENCY = valued("AGENCY", description="配分機関。 / Funding agency.")
    RESEARCH = valued("RESEARCH", description="研究機関。 / Research institution.")
    FIRM = valued("FIRM", description="事業者。 / Firm.")
    THINK_TANK = valued("THINK_TANK", description="シンクタンク。 / Think tank.")
    OTHER = valued("OTHER", description="その他。 / Other.")


@strawberry.enum(description="ポストの役割。 / Roles of posts.")
class Role(Enum):
    """Roles of posts."""

    ADMINISTRATOR = valued("administrator", description="管理者。 / Administrator.")
    ORG_ADMINISTRATOR = valued(
        "org-administrator",
        description="組織管理者。自分の組織のポストを管理する。 / Keeps its own organisation's "
        "posts.",
    )
    MINISTRY = valued("ministry", description="府省の担当。 / Ministry officer.")
    AGENCY = valued("agency", description="配分機関の担当。 / Agency officer.")
    RESEARCHER = valued("researcher", description="研究者。 / Researcher.")
    OFFICE = valued("office", description="研究機関の事務担当。 / Institution's research office.")
    FIRM = valued("firm", description="事業者の担当。 / Firm's member.")
    REVIEWER = valued("reviewer", description="審査委員。 / Reviewer.")
    ANALYST = valued("analyst", description="分析官。 / Analyst.")


@strawberry.enum(description="ポストの就き方。 / How a post is held.")
class HoldingKind(Enum):
    """Kinds of holdings."""

    HOLDER = valued("HOLDER", description="本人として。 / As one's own.")
    DEPUTY = valued("DEPUTY", description="代理として。期限がある。 / As a deputy, with an end.")


@strawberry.enum(description="任期がいまどこにあるか。 / Where a term stands now.")
class HoldingState(Enum):
    """States of holdings."""

    PAST = valued("PAST", description="終わった。 / Over.")
    PRESENT = valued("PRESENT", description="いま。 / In force.")
    PLANNED = valued("PLANNED", description="予定。 / Planned.")


@strawberry.type(
    description="ポストに就くこと（過去・現在・予定）。その組織の人と運営の管理者だけに示す。 / "
    "That somebody holds a post: past, present or planned. Told to the organisation's own people."
)
class Holding:
    """A holding, as it is told."""

    told: strawberry.Private[holders.Held]

    @strawberry.field(description="ID。 / Its id.")
    def id(self) -> strawberry.ID:
        """The id."""
        return write_id("Holding", self.told.id)

    @strawberry.field(description="就き方。 / How.")
    def kind(self) -> HoldingKind:
        """The kind."""
        return HoldingKind(self.told.kind.value)

    @strawberry.field(description="過去・現在・予定。 / Past, present or planned.")
    def state(self) -> HoldingState:
        """The state."""
        return HoldingState(self.told.state.value)

    @strawberry.field(description="始まり（この時刻を含む）。 / From then on.")
    def starts_at(self) -> datetime:
        """The beginning."""
        return self.told.start

    @strawberry.field(
        description="終わり（この時刻は含まない）。決まっていなければnull。 / Until then; null: no "
        "end is planned."
    )
    def ends_at(self) -> datetime | None:
        """The end."""
        return self.told.until

    @strawberry.field(description="決めた時刻。 / When it was decided.")
    def appointed_at(self) -> datetime | None:
        """When."""
        return self.told.appointed_at

    @strawberry.field(
        description="終わらせるか、変えられる。 / Whether the viewer may end or change it."
    )
    def viewer_can_end(self) -> bool:
        """Whether the viewer may end it."""
        return self.told.ends

    person: Person | None = refers(
        "就く人。 / Who.", lambda holding: (table_of(tables.Person), holding.told.person_id)
    )
    appointed_by: Person | None = refers(
        "決めた人。 / Who decided it.", lambda holding: _by(holding.told.appointed_by)
    )
    post: Post | None = refers(
        "ポスト。 / The post.", lambda holding: (table_of(tables.Post), holding.told.post_id)
    )


def _by(person_id: UUID | None) -> Place | None:
    return None if person_id is None else (table_of(tables.Person), person_id)


@strawberry.type(
    description="返事を待つ招待。組織管理者だけに示す。 / An invitation that waits, told to who "
    "keeps the organisation's posts."
)
class Invitation:
    """An invitation, as it is told."""

    told: strawberry.Private[tables.Invitation]
    at: strawberry.Private[datetime]

    @strawberry.field(description="ID。 / Its id.")
    def id(self) -> strawberry.ID:
        """The id."""
        return write_id("Invitation", self.told.id)

    @strawberry.field(description="送り先のアドレス。 / The address.")
    def email(self) -> str:
        """The address."""
        return self.told.email

    @strawberry.field(description="招待した時刻。 / When it was made.")
    def invited_at(self) -> datetime:
        """When."""
        return self.told.invited_at

    @strawberry.field(description="リンクの期限。 / Until when its link works.")
    def expires_at(self) -> datetime:
        """The end."""
        return self.told.expires_at

    @strawberry.field(description="期限が過ぎた。送り直せる。 / It has expired; send it again.")
    def expired(self) -> bool:
        """Whether it has expired."""
        return self.told.expires_at <= self.at

    @strawberry.field(
        description="ポストに就く時刻。nullなら受けたとき。 / From when the post is held; null: "
        "from the acceptance on."
    )
    def starts_at(self) -> datetime | None:
        """The beginning."""
        return self.told.start

    @strawberry.field(description="送った回数。 / How often it was sent.")
    def sent(self) -> int:
        """How often."""
        return self.told.round

    post: Post | None = refers(
        "任せるポスト。 / The post offered.",
        lambda invitation: (table_of(tables.Post), invitation.told.post_id),
    )
    invited_by: Person | None = refers(
        "招待した人。 / Who invited.", lambda invitation: _by(invitation.told.invited_by)
    )


async def _holdings(context: Context, rows: list[Mapping[str, Any]]) -> list[list[Holding] | None]:
    posts = [holders.PostFacts(row["id"], row["organization_id"], row["role"]) for row in rows]
    found = await holders.held_in_posts(context.reader, posts)
    told = [found.get(post.id) for post in posts]
    return [None if held is None else [Holding(told=one) for one in held] for held in told]


async def _invitations(
    context: Context, rows: list[Mapping[str, Any]]
) -> list[list[Invitation] | None]:
    found = await holders.invitations_of(context.reader, [row["id"] for row in rows])
    told = [found.get(row["id"]) for row in rows]
    at = context.reader.at
    return [
        None if waiting is None else [Invitation(told=one, at=at) for one in waiting]
        for waiting in told
    ]


@node(tables.Organization)
class Organization(Node):
    """組織（府省庁、配分機関、研究機関、事業者、シンクタンク）。 / An organisation."""

    kind: OrganizationKind = col("種類。 / Its kind.", via=OrganizationKind)
    name: Text | None = bilingual("名称。 / Its name.", "name")
    name_kana: str = col("名称のかな。 / Its name in kana.")
    corporate_number: str | None = col("法人番号（13桁）。 / Corporate number, 13 digits.")
    erad_code: str | None = col("e-Rad研究機関コード。 / e-Rad institution code.")
    country: str | None = col(
        "所在する国（2文字）。分からなければnull。 / Its country, two letters; null if unknown."
    )
    posts: list[Post] = listed(
        children(tables.Post.organization_id), "ポスト。 / Its posts.", By("created_at")
    )
    invitations: list[Invitation] | None = answered(
        "返事を待つ招待。組織管理者でなければnull。 / Invitations that wait; null but for who "
        "keeps its posts.",
        _invitations,
        "id",
    )


@node(tables.Person)
class Person(Node):
    """人。氏名は届け出のとおりに示す。 / A person; the name is shown as typed."""

    name: str = col("氏名。 / The name.")
    name_kana: str = col("氏名のかな。 / The name in kana.")
    name_en: str | None = col("英語表記。 / The name in English.")
    erad_number: str | None = col("e-Rad研究者番号（8桁）。 / e-Rad researcher number, 8 digits.")
    orcid: str | None = col("ORCID iD。 / ORCID iD.")
    email: str | None = part(
        tables.PersonContact.email,
        "メールアドレス。本人と同じ組織の人だけが見られ、ほかにはnull。 / The e-mail address; "
        "null but for the person and their colleagues.",
    )
    posts: list[Post] = listed(
        through(tables.Holding.person_id, tables.Holding.post_id, holders.now),
        "いま就いているポスト（代理を除く）。 / Posts held now, as their own.",
        By("created_at"),
    )


@ability_type
class PostAbilities:
    """このポストにできること。 / What the viewer may do with this post."""

    keep: Ability = can(
        "任じる、任を解く、代理を置く、招待する。 / Appoint, end, name deputies, invite.",
        may.may_keep_posts,
    )


@node(tables.Post)
class Post(Node):
    """ポスト（職）。役割は人ではなくポストに付く。 / A post; the role belongs to it."""

    role: Role = col("役割。 / Its role.", via=Role)
    title: Text | None = bilingual("職名。 / Its title.", "title")
    organization: Organization | None = one(
        tables.Post.organization_id, "属する組織。 / Its organisation."
    )
    holders: list[Person] = listed(
        through(tables.Holding.post_id, tables.Holding.person_id, holders.now),
        "いま就いている人（代理を除く）。 / Who holds it now, as their own.",
        By("name_kana"),
    )
    holdings: list[Holding] | None = answered(
        "過去・現在・予定の担当者と代理。その組織の人と運営の管理者のほかにはnull。 / Past, "
        "present and planned holders and deputies; null but for the organisation's own people.",
        _holdings,
        "id",
        "organization_id",
        "role",
    )
    viewer_can: PostAbilities = abilities(
        "閲覧者にできること。 / What the viewer may do.", PostAbilities
    )
