"""Inputs of the directory's mutations."""

from __future__ import annotations

import strawberry

from renkei_schema.directory_types import OrganizationKind, Role
from renkei_schema.scalars import KEY


@strawberry.input(description="組織を登録する。 / Registers an organisation.")
class RegisterOrganizationInput:
    """An organisation as sent."""

    kind: OrganizationKind = strawberry.field(description="種類。 / Its kind.")
    name_ja: str = strawberry.field(description="名称（日本語）。 / Name in Japanese.")
    name_en: str | None = strawberry.field(
        default=None, description="名称（英語）。 / Name in English."
    )
    name_kana: str = strawberry.field(default="", description="名称のかな。 / Name in kana.")
    corporate_number: str | None = strawberry.field(
        default=None,
        description="法人番号（13桁。全角・ハイフン可）。 / Corporate number, 13 digits.",
    )
    erad_code: str | None = strawberry.field(
        default=None, description="e-Rad研究機関コード（10桁）。 / e-Rad institution code."
    )
    country: str | None = strawberry.field(
        default=None, description="所在する国（2文字）。 / Its country, two letters."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="人を登録する。 / Registers a person.")
class RegisterPersonInput:
    """A person as sent."""

    name: str = strawberry.field(
        description="氏名。届け出のとおり（髙・﨑・𠮷も）。 / The name, kept as typed."
    )
    name_kana: str = strawberry.field(default="", description="氏名のかな。 / The name in kana.")
    name_en: str | None = strawberry.field(
        default=None, description="英語表記。 / The name in English."
    )
    erad_number: str | None = strawberry.field(
        default=None, description="e-Rad研究者番号（8桁）。 / e-Rad researcher number, 8 digits."
    )
    orcid: str | None = strawberry.field(
        default=None, description="ORCID iD（URLでもよい）。 / ORCID iD, bare or as its URL."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="ポストをつくる。 / Creates a post.")
class CreatePostInput:
    """A post as sent."""

    organization_id: strawberry.ID = strawberry.field(description="組織。 / The organisation.")
    role: Role = strawberry.field(description="役割。 / Its role.")
    title_ja: str = strawberry.field(description="職名（日本語）。 / Title in Japanese.")
    title_en: str | None = strawberry.field(
        default=None, description="職名（英語）。 / Title in English."
    )
    idempotency_key: strawberry.ID | None = strawberry.field(default=None, description=KEY)
