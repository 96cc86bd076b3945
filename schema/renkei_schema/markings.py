"""Markings, as the API shows and takes them (TLP 2.0, 機密性, 取扱制限)."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry

from renkei.access.markings import TLP
from renkei_schema.declare.columns import computed
from renkei_schema.enums import valued


@strawberry.enum(name="TLP", description="TLP 2.0の表示。訳さない。 / TLP 2.0, never translated.")
class Tlp(Enum):
    """Labels of TLP 2.0."""

    TLP_CLEAR = valued("CLEAR", description="だれでも。 / Everyone.")
    TLP_GREEN = valued("GREEN", description="会員。 / Signed-in members.")
    TLP_AMBER = valued(
        "AMBER", description="名指しした組織とその顧客。 / Named organisations and their clients."
    )
    TLP_AMBER_STRICT = valued(
        "AMBER+STRICT", description="名指しした組織だけ。 / Named organisations only."
    )
    TLP_RED = valued("RED", description="名指しした人だけ。 / Named persons only.")


@strawberry.type(description="取扱いの表示。 / How a record may be handled.")
class Marking:
    """A record's marking."""

    tlp: Tlp = strawberry.field(description="TLP。 / TLP.")
    label: str = strawberry.field(
        description="表示どおりの文字（TLP:AMBER+STRICT など）。 / The label exactly as shown."
    )
    grade: int = strawberry.field(description="機密性（1または2）。 / Grade, 1 or 2.")
    restrictions: str = strawberry.field(description="取扱制限。 / Handling restrictions.")
    releasable_to: list[str] | None = strawberry.field(
        description="提供できる国（REL TO）。nullなら限らない。 / Releasable to; null: no limit."
    )
    needs_consent: bool = strawberry.field(
        description="守秘に同意した人だけが読める。 / Its readers consented to confidentiality."
    )


def marking() -> Any:
    """The record's marking, from its three columns."""

    def told(
        tlp: str, grade: int, restrictions: str, releasable_to: str, needs_consent: bool
    ) -> Marking:
        return Marking(
            tlp=Tlp(tlp),
            label=TLP(tlp).label,
            grade=grade,
            restrictions=restrictions,
            releasable_to=releasable_to.split() or None,
            needs_consent=needs_consent,
        )

    return computed("取扱いの表示。 / Its marking.", told)


@strawberry.input(description="取扱いの表示。既定はない。 / A marking; there is no default.")
class MarkingInput:
    """A marking as sent."""

    tlp: Tlp | None = strawberry.field(default=None, description="TLP。必須。 / TLP; required.")
    grade: int | None = strawberry.field(
        default=None, description="機密性。必須。 / Grade; required."
    )
    restrictions: str | None = strawberry.field(
        default=None, description="取扱制限。 / Handling restrictions."
    )
    releasable_to: list[str] | None = strawberry.field(
        default=None,
        description="提供できる国（2文字の符号）。書かなければ限らない。 / "
        "Countries it is releasable to, two letters each; left out: no such limit.",
    )
    needs_consent: bool | None = strawberry.field(
        default=None,
        description="読む人に守秘の同意を求める。 / Ask its readers to have consented to "
        "confidentiality.",
    )
