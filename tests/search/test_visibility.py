"""Who finds what: audience, gates, deny tokens, stale ids, and nothing learned from what is hidden.

The last tests compare two indexes that differ only in documents hidden from the viewer. That there
is something that could leak is shown first: the same documents are found by one who may read them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.search import SearchDocument, SearchHits, SearchQuery
from renkei.search.embedded import EmbeddedSearch
from renkei.text import Text

MakeDocument = Callable[..., SearchDocument]

PUBLIC = frozenset({"public"})
MINE, THEIRS = "org:11111111", "org:22222222"


def asked_by(*tokens: str, affiliations: frozenset[str] = frozenset()) -> SearchQuery:
    return SearchQuery(text="量子", tokens=frozenset(tokens), affiliations=affiliations)


@pytest.mark.parametrize(
    ("audience", "tokens", "found"),
    [
        ({"public"}, {"public"}, True),
        ({"member"}, {"public"}, False),
        ({"member", MINE}, {"public", MINE}, True),
        ({THEIRS}, {"public", MINE}, False),
        ({"public"}, set(), False),
        (set(), {"public", "member", MINE, ""}, False),
    ],
)
async def test_one_token_of_the_audience_is_needed_and_an_empty_audience_is_nobody(
    engine: EmbeddedSearch,
    document: MakeDocument,
    audience: set[str],
    tokens: set[str],
    found: bool,
) -> None:
    made = document("量子計算", audience=frozenset(audience))
    await engine.put([made])
    hits = await engine.search(asked_by(*tokens))
    assert (hits.ids, hits.total) == (((made.id,), 1) if found else ((), 0))


@pytest.mark.parametrize(
    ("gates", "tokens", "found"),
    [
        ([], {"public"}, True),
        ([{"grade:2"}], {"public"}, False),
        ([{"grade:2"}], {"public", "grade:2"}, True),
        ([{"grade:1", "grade:2"}, {"tlp:green"}], {"public", "grade:1"}, False),
        ([{"grade:1", "grade:2"}, {"tlp:green"}], {"public", "grade:1", "tlp:green"}, True),
        ([{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}], {"public", *"abcdef"}, True),
        ([{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}], {"public", *"abcde"}, False),
        ([{"a"}, {"b"}], {"public", "a"}, False),
        ([{"a"}, set()], {"public", "a"}, False),
        ([{"free"}], {"public"}, False),
    ],
)
async def test_one_token_of_every_gate_group_is_needed(
    engine: EmbeddedSearch,
    document: MakeDocument,
    gates: list[set[str]],
    tokens: set[str],
    found: bool,
) -> None:
    made = document("量子計算", gates=tuple(frozenset(group) for group in gates))
    await engine.put([made])
    assert (await engine.search(asked_by(*tokens))).ids == ((made.id,) if found else ())


async def test_a_deny_token_wins_over_every_post_that_a_person_acts_in(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    made = document("量子計算", deny=frozenset({f"not:{THEIRS}"}))
    await engine.put([made])
    other = await engine.search(asked_by("public", affiliations=frozenset({MINE})))
    denied = await engine.search(asked_by("public", affiliations=frozenset({MINE, THEIRS})))
    assert (other.ids, denied.ids) == ((made.id,), ())


async def test_kinds_and_areas_narrow(engine: EmbeddedSearch, document: MakeDocument) -> None:
    call = document("量子計算の公募", kind="call", areas=("A20-QIS", "A20-ADVCOMP"))
    brief = document("量子計算の動向", kind="brief", areas=("A20-SEMI",))
    await engine.put([call, brief])

    async def found(
        kinds: tuple[str, ...] | None = None, areas: tuple[str, ...] | None = None
    ) -> set[UUID]:
        query = SearchQuery(text="量子", tokens=PUBLIC, kinds=kinds, areas=areas)
        return set((await engine.search(query)).ids)

    assert await found(kinds=("brief",)) == {brief.id}
    assert await found(kinds=("brief", "call")) == {brief.id, call.id}
    assert await found(areas=("A20-ADVCOMP",)) == {call.id}
    assert await found(kinds=("brief",), areas=("A20-QIS",)) == set()
    assert await found(kinds=()) == set()


async def test_stale_ids_are_not_found_not_counted_and_teach_nothing(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    stays = document("量子計算の公募")
    stale = [document("量子計算の公募 半導体") for _ in range(5)]
    other = document("半導体の公募")
    await engine.put([stays, other])
    query = SearchQuery(text="量子 半導体", tokens=PUBLIC)
    before = await engine.search(query)
    await engine.put(stale)
    exclude = frozenset(made.id for made in stale)
    lagging = SearchQuery(text="量子 半導体", tokens=PUBLIC, exclude=exclude)
    assert (await engine.search(query)).total == 7
    assert await engine.search(lagging) == before


async def test_with_too_many_stale_ids_the_total_is_withheld(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    made = document("量子計算の公募")
    await engine.put([made])
    exclude = frozenset(UUID(int=number) for number in range(1_001))
    hits = await engine.search(SearchQuery(text="量子", tokens=PUBLIC, exclude=exclude))
    assert (hits.ids, hits.total, hits.degraded) == ((made.id,), None, True)


def test_a_document_that_cannot_be_guarded_is_not_made(document: MakeDocument) -> None:
    with pytest.raises(ValueError, match="7 gate groups"):
        document(gates=tuple(frozenset({str(number)}) for number in range(7)))
    with pytest.raises(ValueError, match="no time zone"):
        document(changed_at=datetime(2026, 11, 24))  # noqa: DTZ001 - the missing zone is the point


def test_only_what_everybody_may_read_teaches(document: MakeDocument) -> None:
    assert document().teaches
    assert not document(audience=frozenset({"member"})).teaches
    assert not document(gates=(frozenset({"grade:2"}),)).teaches
    assert not document(deny=frozenset({f"not:{THEIRS}"})).teaches


WORDS = ("量子", "計算", "半導体", "ドローン", "無人航空機", "審査", "海洋", "AI", "公募")
QUERIES = ("量子", "量子 半導体", "ドローン", "船", "AI 審査", "公募の審査は", "りょうし")
# How a document is hidden from the viewer below, who holds `public` and `org:1…`.
HIDDEN: tuple[dict[str, object], ...] = (
    {"audience": frozenset({THEIRS})},
    {"audience": frozenset()},
    {"gates": (frozenset({"grade:2"}),)},
    {"deny": frozenset({f"not:{MINE}"})},
)
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map("の".join)
days = st.integers(0, 2).map(lambda day: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day))


@st.composite
def documents(draw: st.DrawFn, *, hidden: bool) -> SearchDocument:
    if hidden:
        rule = draw(st.sampled_from(HIDDEN))
    else:
        rule = {"audience": draw(st.sampled_from([PUBLIC, frozenset({MINE})]))}
    return SearchDocument(
        id=draw(st.uuids()),
        kind="call",
        title=Text(draw(texts)),
        body=draw(texts),
        areas=(),
        changed_at=draw(days),
        **{"audience": PUBLIC, "gates": (), "deny": frozenset(), **rule},  # type: ignore[arg-type]  # one of HIDDEN's values each
    )


async def answers(engine: EmbeddedSearch, limit: int) -> list[SearchHits]:
    """What the viewer is told, scores included."""
    found = []
    for text in QUERIES:
        for offset in (0, limit):
            query = SearchQuery(
                text=text,
                tokens=frozenset({"public", MINE}),
                affiliations=frozenset({MINE}),
                limit=limit,
                offset=offset,
            )
            found.append(await engine.search(query))
    return found


@settings(max_examples=40, deadline=None)
@given(
    visible=st.lists(documents(hidden=False), max_size=8, unique_by=lambda made: made.id),
    hidden=st.lists(documents(hidden=True), max_size=12, unique_by=lambda made: made.id),
    removed=st.integers(0, 12),
    limit=st.integers(1, 4),
)
async def test_hidden_documents_change_neither_hits_nor_order_nor_totals(
    visible: list[SearchDocument], hidden: list[SearchDocument], removed: int, limit: int
) -> None:
    """Promises 1b and "Ranking too"; the two worlds differ in segments and deletions as well."""
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        without, with_hidden = EmbeddedSearch(Path(one)), EmbeddedSearch(Path(other))
        await without.put([])
        await without.put(visible)
        await with_hidden.put(hidden[::2])
        await with_hidden.put(visible[1::2])
        await with_hidden.put(hidden[1::2])
        await with_hidden.put(visible[::2])
        await with_hidden.remove([made.id for made in hidden[:removed]])
        if visible:
            assert await answers(with_hidden, limit) == await answers(without, limit)
        else:
            assert all(not hits.hits and not hits.total for hits in await answers(without, limit))


async def test_what_is_hidden_from_one_is_found_by_those_who_may_read_it(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    hidden = [document(f"量子計算 第{number}号", **rule) for number, rule in enumerate(HIDDEN)]
    await engine.put(hidden)
    allowed = await engine.search(
        SearchQuery(text="量子", tokens=frozenset({"public", THEIRS, "grade:2"}))
    )
    viewer = await engine.search(asked_by("public", MINE, affiliations=frozenset({MINE})))
    assert (allowed.total, viewer.total) == (3, 0)


async def test_many_hidden_documents_do_not_make_a_word_common(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    """With statistics over all documents, the first 60 would put the other document first."""
    space = document("宇宙の公募", "海洋")
    ocean = document("海洋の公募", "宇宙")
    await engine.put([space, ocean, *(document("海洋の公募") for _ in range(5))])
    query = SearchQuery(text="宇宙 海洋", tokens=PUBLIC)
    before = await engine.search(query)
    await engine.put([document("宇宙の公募", audience=frozenset({THEIRS})) for _ in range(60)])
    assert await engine.search(query) == before
    await engine.put([document("宇宙の公募") for _ in range(60)])
    after = await engine.search(query)
    assert before.ids[:2] == (space.id, ocean.id)
    assert after.ids[:2] == (ocean.id, space.id)
