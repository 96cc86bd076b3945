"""Technology areas, goods, services and sectors: versioned lists, as the API shows them."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from renkei.areas import tables
from renkei.areas.rules import wording_label
from renkei.calls.tables import CallArea
from renkei.reading.links import children, through
from renkei.reading.page import PAGE_MAX, By, Page
from renkei_schema.declare import (
    Connection,
    among,
    bilingual,
    col,
    computed,
    contains,
    filters,
    found,
    listed,
    node,
    one,
    page,
    pages,
)
from renkei_schema.declare.filters import exactly
from renkei_schema.enums import valued
from renkei_schema.filters import CallFilter, CallOrder
from renkei_schema.node import Node
from renkei_schema.scalars import Direction, Text

if TYPE_CHECKING:
    from renkei_schema.calls import Call


@strawberry.enum(description="文言の確かさ。 / How sure the wording is.")
class Confidence(Enum):
    """Whether an item was read in a public source."""

    VERIFIED = valued("verified", description="公開資料で読んだ。 / Read in a public source.")
    UNCONFIRMED_LIKELY = valued(
        "unconfirmed-likely", description="未確認（おそらく正しい）。 / Unconfirmed, likely."
    )
    UNCONFIRMED_DOUBTFUL = valued(
        "unconfirmed-doubtful", description="未確認（疑いあり）。 / Unconfirmed, doubtful."
    )


@node(tables.AreaList)
class AreaList(Node):
    """一覧のひとつの版。 / One version of one list."""

    code: str = col("一覧の符号。 / The list's code.")
    version: str = col("版。 / Its version.")
    name: Text | None = bilingual("名称。 / Its name.", "name")
    effective_from: date | None = col("適用の始まり。 / In effect from.")
    effective_to: date | None = col("適用の終わり（その日は含まない）。 / In effect until.")
    areas: list[Area] = listed(
        children(tables.Area.list_id), "項目（並び順）。 / Its rows in order.", By("position")
    )


@node(tables.Area)
class Area(Node):
    """技術領域・物資・役務・業種など、版のある一覧の一項目。 / One row of a versioned list."""

    code: str = col("符号（私たちが付けたもの）。 / Our code, not the government's.")
    list_code: str = col("一覧の符号。 / The list's code.")
    list_version: str = col("一覧の版。 / The list's version.")
    name: Text | None = bilingual("名称。 / Its name.", "name")
    position: int = col("一覧の中の順番。 / Its place in the list.")
    confidence: Confidence = col("文言の確かさ。 / How sure the wording is.", via=Confidence)
    wording_note: Text | None = computed(
        "文言が未確認のときの但し書き。 / What to show where the wording is unconfirmed.",
        wording_label,
        via=lambda note: Text(ja=note.ja, en=note.en),
    )
    source: str = col("出典。 / Where it was read.")
    effective_from: date | None = col("適用の始まり。 / In effect from.")
    effective_to: date | None = col("適用の終わり（その日は含まない）。 / In effect until.")
    area_list: AreaList | None = one(tables.Area.list_id, "属する一覧。 / The list it is in.")
    parent: Area | None = one(tables.Area.parent_id, "上位の項目。 / The row above it.")
    parts: list[Area] = listed(
        children(tables.Area.parent_id), "下位の項目。 / The rows below it.", By("position")
    )
    corresponds: list[Area] = listed(
        through(tables.AreaMapping.from_area_id, tables.AreaMapping.to_area_id),
        "ほかの一覧で対応する項目。対応付けは私たちの判断。 / "
        "Rows of other lists that correspond; the mapping is our judgement.",
        By("list_code"),
        By("position"),
    )
    calls: Connection[Annotated[Call, strawberry.lazy("renkei_schema.calls")]] = page(
        through(CallArea.area_id, CallArea.call_id),
        "この領域の公募。 / Calls in this area.",
        filter=CallFilter,
        order=CallOrder,
        default=(By("closes_at"),),
    )


@filters
class AreaFilter:
    """領域の絞り込み。 / Narrows areas."""

    lists: list[str] | None = among("list_code", "一覧の符号。 / Codes of lists.")
    codes: list[str] | None = among("code", "符号。 / Codes.")
    text: str | None = contains("name_ja", "name_en", description="名称に含む。 / In the name.")


IN_ORDER = (By("list_code"), By("list_version"), By("position"))


@strawberry.enum(description="領域の並べ方。 / What areas are ordered by.")
class AreaOrderField(Enum):
    """Columns that areas can be ordered by."""

    POSITION = valued("position", description="並び順。 / Place in the list.")
    CODE = valued("code", description="符号。 / Code.")
    NAME = valued("name_ja", description="名称。 / Name.")


@strawberry.input(description="領域の並び順。 / The order of areas.")
class AreaOrder:
    """An order of areas."""

    field: AreaOrderField = strawberry.field(description="並べる項目。 / What to order by.")
    direction: Direction = strawberry.field(
        default=Direction.ASC, description="向き。 / The direction."
    )

    def by(self) -> By:
        """The order's step."""
        return By(self.field.value, self.direction is Direction.DESC)


def _askable(code: str) -> str:
    """A code that a database can be asked for; one with other letters is nobody's."""
    return code if code.isascii() and code.isprintable() else ""


def _newest(
    code: Annotated[str, strawberry.argument(description="符号。 / The row's code.")],
    list: Annotated[
        str | None,
        strawberry.argument(description="一覧の符号。 / The list's code, where two share a code."),
    ] = None,
) -> Page:
    """The row of this code in the newest version of its list."""
    asked = {"code": code, "list_code": list}
    where = [
        exactly(column, _askable(value)) for column, value in asked.items() if value is not None
    ]
    return Page(size=1, order=(By("list_version", down=True),), where=tuple(where))


# There are some ten versions of lists.
_EVERY = Page(size=PAGE_MAX, order=(By("code"), By("version", down=True)))


@strawberry.type
class AreaQuery:
    """Queries on the lists."""

    areas: Connection[Area] | None = pages(
        tables.Area,
        "領域・物資・業種など（一覧ごとの順）。 / Rows of the lists, list by list in their order.",
        filter=AreaFilter,
        order=AreaOrder,
        default=IN_ORDER,
    )
    area: Area | None = found(
        tables.Area,
        "符号から（一覧の最新の版）。 / By code, in the newest version of its list.",
        _newest,
        single=True,
    )
    area_lists: list[AreaList] = found(
        tables.AreaList, "一覧とその版。 / The lists and their versions.", lambda: _EVERY
    )
