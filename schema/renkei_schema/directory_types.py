"""Organisations, people and posts, as the API shows them."""

from __future__ import annotations

from enum import Enum

import strawberry

from renkei.directory import tables
from renkei.reading.links import children, through
from renkei.reading.page import By
from renkei.reading.parts import name_of
from renkei_schema.declare import (
    among,
    bilingual,
    col,
    contains,
    filters,
    listed,
    node,
    one,
    part,
)
from renkei_schema.enums import valued
from renkei_schema.node import Node
from renkei_schema.scalars import Direction, Text

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
    MINISTRY = valued("ministry", description="府省の担当。 / Ministry officer.")
    AGENCY = valued("agency", description="配分機関の担当。 / Agency officer.")
    RESEARCHER = valued("researcher", description="研究者。 / Researcher.")
    OFFICE = valued("office", description="研究機関の事務担当。 / Institution's research office.")
    FIRM = valued("firm", description="事業者の担当。 / Firm's member.")
    REVIEWER = valued("reviewer", description="審査委員。 / Reviewer.")
    ANALYST = valued("analyst", description="分析官。 / Analyst.")


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
        through(tables.Holding.person_id, tables.Holding.post_id),
        "就いたことのあるポスト。 / Posts held, past ones included.",
        By("created_at"),
    )


@node(tables.Post)
class Post(Node):
    """ポスト（職）。役割は人ではなくポストに付く。 / A post; the role belongs to it."""

    role: Role = col("役割。 / Its role.", via=Role)
    title: Text | None = bilingual("職名。 / Its title.", "title")
    organization: Organization | None = one(
        tables.Post.organization_id, "属する組織。 / Its organisation."
    )


@filters
class OrganizationFilter:
    """組織の絞り込み。 / Narrows organisations."""

    kinds: list[OrganizationKind] | None = among("kind", "種類のどれか。 / One of these kinds.")
    corporate_numbers: list[str] | None = among(
        "corporate_number", "法人番号。 / Corporate numbers."
    )
    text: str | None = contains(
        "name_ja", "name_kana", "name_en", description="名称に含む。 / In the name."
    )


@filters
class PersonFilter:
    """人の絞り込み。 / Narrows people."""

    erad_numbers: list[str] | None = among("erad_number", "e-Rad番号。 / e-Rad numbers.")
    emails: list[str] | None = among(
        EMAIL, "メールアドレス。見られるものだけが当たる。 / Addresses, where the viewer sees them."
    )
    text: str | None = contains(
        "name", "name_kana", "name_en", description="氏名に含む。 / In the name."
    )


@strawberry.enum(description="組織の並べ方。 / What organisations are ordered by.")
class OrganizationOrderField(Enum):
    """Columns that organisations can be ordered by."""

    NAME = valued("name_kana", description="名称のかな。 / Name in kana.")
    CREATED_AT = valued("created_at", description="登録。 / Registration.")


@strawberry.input(description="組織の並び順。 / The order of organisations.")
class OrganizationOrder:
    """An order of organisations."""

    field: OrganizationOrderField = strawberry.field(description="並べる項目。 / What to order by.")
    direction: Direction = strawberry.field(
        default=Direction.ASC, description="向き。 / The direction."
    )

    def by(self) -> By:
        """The order's step."""
        return By(self.field.value, self.direction is Direction.DESC)


@strawberry.enum(description="人の並べ方。 / What people are ordered by.")
class PersonOrderField(Enum):
    """Columns that people can be ordered by."""

    NAME = valued("name_kana", description="氏名のかな。 / Name in kana.")
    EMAIL = valued(EMAIL, description="メールアドレス。 / E-mail; hidden ones are empty.")
    CREATED_AT = valued("created_at", description="登録。 / Registration.")


@strawberry.input(description="人の並び順。 / The order of people.")
class PersonOrder:
    """An order of people."""

    field: PersonOrderField = strawberry.field(description="並べる項目。 / What to order by.")
    direction: Direction = strawberry.field(
        default=Direction.ASC, description="向き。 / The direction."
    )

    def by(self) -> By:
        """The order's step."""
        return By(self.field.value, self.direction is Direction.DESC)
