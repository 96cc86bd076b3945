"""Search, as the API shows it: what was found, why, and how sure the count is."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Annotated, Any

import strawberry

from renkei.language.highlight import highlight
from renkei.problems import refuse_if
from renkei.reading.page import PAGE_DEFAULT, PAGE_MAX
from renkei.reading.record import Record
from renkei.search.finding import find
from renkei.search.port import SearchQuery
from renkei.text import check_text
from renkei_schema.areas import Area
from renkei_schema.briefs import Brief
from renkei_schema.calls import Call
from renkei_schema.context import Context
from renkei_schema.declare import PageInfo, answered, refers, rooted
from renkei_schema.declare.pages import size_problems
from renkei_schema.declare.words import source_of
from renkei_schema.directory import Organization, Person
from renkei_schema.enums import valued

QUERY_MAX = 1_000
SNIPPET = 120
# What a snippet of each kind is cut from, besides the title.
SNIPPETS = {
    "call": ("title_ja", "summary_ja", "body_ja"),
    "brief": ("title_ja", "summary_ja"),
    "area": ("name_ja",),
    "organization": ("name_ja",),
    "person": ("name",),
}


@strawberry.enum(description="検索の対象。 / What is searched.")
class SearchKind(Enum):
    """Kinds of hits."""

    CALL = valued("call", description="公募。 / Calls.")
    BRIEF = valued("brief", description="ブリーフ。 / Briefs.")
    AREA = valued("area", description="領域。 / Areas.")
    ORGANIZATION = valued("organization", description="組織。 / Organisations.")
    PERSON = valued("person", description="人。 / People.")


SearchItem = Annotated[
    Call | Brief | Area | Organization | Person,
    strawberry.union("SearchItem", description="見つかったもの。 / What was found."),
]
TYPES: dict[str, Any] = {
    "call": Call,
    "brief": Brief,
    "area": Area,
    "organization": Organization,
    "person": Person,
}


@strawberry.type(description="文の一部。印の有無つき。 / A piece of text, marked or not.")
class Piece:
    """A piece of a snippet."""

    text: str = strawberry.field(description="文字。 / The letters.")
    marked: bool = strawberry.field(description="語に当たった。 / It answers the query.")


async def _snippets(context: Context, hits: list[SearchHit]) -> list[list[Piece]]:
    """A snippet of each hit; cutting takes an analysis of the text, so it is not done here."""

    def cut() -> list[list[Piece]]:
        return [snippet(hit.record, hit.query) for hit in hits]

    return await asyncio.to_thread(cut)


@strawberry.type(description="検索の一件。 / One hit.")
class SearchHit:
    """A hit."""

    record: strawberry.Private[Record]
    query: strawberry.Private[str]
    cursor: str = strawberry.field(description="位置。 / Its cursor.")
    item: SearchItem = refers(
        "見つかったもの。 / What was found.",
        lambda hit: (source_of(TYPES[hit.record.table]), hit.record.id),
    )
    snippet: list[Piece] = answered(
        "当たった箇所の抜き書き。 / A snippet around what answers the query.", _snippets
    )


@strawberry.type(description="検索の結果。 / The result of a search.")
class SearchResults:
    """A page of hits."""

    hits: list[SearchHit] = strawberry.field(description="よい順の一件ずつ。 / Hits, best first.")
    page_info: PageInfo = strawberry.field(description="続きの有無。 / Whether more follow.")
    total_count: int | None = strawberry.field(
        description="見られるものの総数。分からないときはnull。 / How many; null if unknown."
    )
    total_is_exact: bool = strawberry.field(
        description="総数が正確。偽なら「以上」。 / Exact, or at least as many."
    )
    degraded: bool = strawberry.field(
        description="検索の仕組みが不調で、欠けがありうる。 / The engine is ailing; hits may lack."
    )


async def _search(
    context: Context,
    text: Annotated[str, strawberry.argument(description="探す語や文。 / Words or a sentence.")],
    kinds: Annotated[
        list[SearchKind] | None, strawberry.argument(description="対象。 / Kinds of hits.")
    ] = None,
    areas: Annotated[
        list[str] | None, strawberry.argument(description="領域の符号。 / Codes of areas.")
    ] = None,
    first: Annotated[
        int | None, strawberry.argument(description="件数（1〜100）。 / How many, 1 to 100.")
    ] = None,
    after: Annotated[
        str | None, strawberry.argument(description="この位置より後。 / After this cursor.")
    ] = None,
) -> SearchResults:
    """Search; of a hit only what its snippet is cut from is read here."""
    refuse_if(
        check_text(("text",), text, limit=QUERY_MAX, required=False) + size_problems("first", first)
    )
    reader = context.reader
    name = f"search:{text}:{sorted(k.value for k in kinds or ())}:{sorted(areas or ())}"
    offset = 0
    if after is not None:
        (place,) = reader.cursors.read(("after",), name, after)
        offset = place + 1
    wanted = [kind.value for kind in kinds] if kinds else list(TYPES)
    found = await find(
        context.app.search,
        reader,
        SearchQuery(
            text=text,
            tokens=context.viewer.tokens,
            affiliations=context.viewer.affiliations,
            kinds=tuple(wanted),
            areas=tuple(areas) if areas else None,
            limit=min(first or PAGE_DEFAULT, PAGE_MAX),
            offset=offset,
        ),
        {kind: (source_of(TYPES[kind]), frozenset(SNIPPETS[kind])) for kind in wanted},
    )
    cursors = [reader.cursors.write(name, (place,)) for place in found.places]
    return SearchResults(
        hits=[
            SearchHit(record=record, query=text, cursor=cursor)
            for record, cursor in zip(found.records, cursors, strict=True)
        ],
        page_info=PageInfo(
            has_next_page=found.more,
            has_previous_page=offset > 0,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        total_count=found.total,
        total_is_exact=found.total_is_exact,
        degraded=found.degraded,
    )


@strawberry.type
class SearchQueries:
    """The search."""

    search: SearchResults | None = rooted(
        "検索する。見られるものだけが、よい順に返る。 / Search what the viewer may see.", _search
    )


def snippet(record: Record, query: str) -> list[Piece]:
    """The first place that answers the query, with some text around it; the text is the row's."""
    first_text = ""
    for column in SNIPPETS[record.table]:
        text = record.values[column] or ""
        if column.startswith("title") or not text:
            continue
        first_text = first_text or text
        spans = highlight(text, query)
        if spans:
            return _cut(text, spans)
    return [Piece(text=first_text[:SNIPPET], marked=False)] if first_text else []


def _cut(text: str, spans: list[tuple[int, int]]) -> list[Piece]:
    start = max(0, spans[0][0] - SNIPPET // 4)
    end = min(len(text), start + SNIPPET)
    pieces: list[Piece] = []
    place = start
    for begin, stop in spans:
        if begin >= end:
            break
        if begin > place:
            pieces.append(Piece(text=text[place:begin], marked=False))
        pieces.append(Piece(text=text[begin : min(stop, end)], marked=True))
        place = min(stop, end)
    if place < end:
        pieces.append(Piece(text=text[place:end], marked=False))
    return pieces
