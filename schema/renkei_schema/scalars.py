"""Scalars and small values that every noun uses."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, NewType

import strawberry

from renkei.text import Text as KernelText
from renkei_schema.enums import valued

KEY = (
    "同じキーの再送には最初の答えを返す。 / A repetition under the same key gets the first answer."
)

Yen = NewType("Yen", int)
# What every JSON reader keeps exactly; a noun's rules set what it takes.
YEN_MAX = 2**53 - 1


def _read_yen(value: object) -> int:
    """An integer as sent; no text, no fraction, nothing that a reader would round."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > YEN_MAX:
        raise ValueError(f"Yen takes an integer of at most {YEN_MAX}.")
    return value


YEN = strawberry.scalar(
    name="Yen",
    description="整数の円。32ビットを超えうる。 / Integer Japanese yen; may exceed 32 bits.",
    serialize=int,
    parse_value=_read_yen,
)


def _read_instant(value: object) -> datetime:
    """An instant with its offset; without one it would be another in each country."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        if instant is not None and instant.utcoffset() is not None:
            instant.astimezone(UTC)
            return instant
    except (ValueError, OverflowError):
        pass
    raise ValueError("DateTime takes an instant with its offset, as 2026-11-24T12:00:00+09:00.")


INSTANT = strawberry.scalar(
    name="DateTime",
    description="時差つきの日時（ISO 8601）。 / An instant with its offset (ISO 8601).",
    serialize=datetime.isoformat,
    parse_value=_read_instant,
)


@strawberry.enum(description="言語。 / Language.")
class Lang(Enum):
    """The product's two languages."""

    JA = valued("ja", description="日本語。 / Japanese.")
    EN = valued("en", description="英語。 / English.")


@strawberry.enum(description="並びの向き。 / Direction of an order.")
class Direction(Enum):
    """Up or down."""

    ASC = valued("ASC", description="小さい順・古い順。 / Ascending.")
    DESC = valued("DESC", description="大きい順・新しい順。 / Descending.")


@strawberry.type(
    description="二つの言語の文章。 / A text in both languages; English may be missing."
)
class Text:
    """Bilingual text."""

    ja: str = strawberry.field(description="日本語の文。 / The Japanese text.")
    en: str | None = strawberry.field(description="英語の文。 / The English text.")

    @strawberry.field(
        description="指定した言語の文。なければもう一方。 / "
        "The text in that language, or in the other one where it is missing."
    )
    def text(
        self,
        lang: Annotated[Lang, strawberry.argument(description="言語。 / The language.")] = Lang.JA,
    ) -> str:
        """The text in `lang`."""
        return KernelText(self.ja, self.en).text(lang.value)


@strawberry.input(description="二つの言語の文章。 / A text in both languages.")
class TextInput:
    """Bilingual input; Japanese is required, English is not."""

    ja: str = strawberry.field(description="日本語。 / Japanese.")
    en: str | None = strawberry.field(default=None, description="英語。 / English.")

    def kernel(self) -> KernelText:
        """The kernel's value."""
        return KernelText(self.ja, self.en)


@strawberry.input(
    description="時刻の範囲（始めを含み、終わりを含まない）。 / "
    "A range of instants: `from` is included, `until` is not."
)
class InstantRange:
    """A half-open range of instants."""

    from_: datetime | None = strawberry.field(
        default=None, name="from", description="この時刻から。 / From this instant on."
    )
    until: datetime | None = strawberry.field(
        default=None, description="この時刻より前。 / Before this instant."
    )
