"""How organisations and people are narrowed and ordered."""

from __future__ import annotations

from enum import Enum

import strawberry

from renkei.reading.page import By
from renkei_schema.declare import among, contains, filters
from renkei_schema.directory_types import EMAIL, OrganizationKind
from renkei_schema.enums import valued
from renkei_schema.scalars import Direction


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
