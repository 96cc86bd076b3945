"""The engine on Meilisearch, against a stand-in of the server's API over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from renkei.clock import FixedClock
from renkei.search import SearchDocument, SearchHits, SearchQuery, SearchUnavailable
from renkei.search.meilisearch import MeilisearchEngine
from renkei.search.port import MAX_STALE
from support.meilisearch import KEY, Refused, Standin, parse, standin

MakeDocument = Callable[..., SearchDocument]

PUBLIC = frozenset({"public"})
MINE, THEIRS = "org:11111111", "org:22222222"
QUANTUM = SearchQuery(text="量子", tokens=PUBLIC)
AWAY = SearchHits((), None, total_is_exact=False, degraded=True)
NONE = SearchHits((), 0, total_is_exact=True)
# Each would open the filter, were it written into it as it is.
BREAKING = ('x"] OR audience IN ["member', "x\\", '\\"] OR form = "', "x'", '"', "*", "", "\ud800")


@pytest.fixture
def server() -> Iterator[Standin]:
    with standin() as state:
        yield state


@pytest.fixture
def engine(server: Standin) -> MeilisearchEngine:
    return MeilisearchEngine(server.url, KEY)


async def stream(documents: Iterable[SearchDocument]) -> AsyncIterator[SearchDocument]:
    for made in documents:
        yield made


async def found(engine: MeilisearchEngine, text: str = "量子", **asked: object) -> set[UUID]:
    query = SearchQuery(**{"text": text, "tokens": PUBLIC, **asked})  # type: ignore[arg-type]  # by name
    hits = await engine.search(query)
    assert (hits.degraded, hits.total) == (False, len(hits.ids))
    return set(hits.ids)


@pytest.mark.parametrize(
    ("audience", "tokens", "visible"),
    [
        ({"public"}, {"public"}, True),
        ({"member"}, {"public"}, False),
        ({"member", MINE}, {"public", MINE}, True),
        ({THEIRS}, {"public", MINE}, False),
        ({"public"}, set(), False),
        (set(), {"public", "member", MINE, ""}, False),
        ({"post:ａ"}, {"post:a"}, False),
        ({"post:A"}, {"post:a"}, False),
        ({" post:a"}, {"post:a"}, False),
    ],
)
async def test_one_token_of_the_audience_is_needed_and_an_empty_audience_is_nobody(
    engine: MeilisearchEngine,
    document: MakeDocument,
    audience: set[str],
    tokens: set[str],
    visible: bool,
) -> None:
    made = document("量子計算", audience=frozenset(audience))
    await engine.put([made])
    assert await found(engine, tokens=frozenset(tokens)) == ({made.id} if visible else set())


@pytest.mark.parametrize(
    ("gates", "tokens", "visible"),
    [
        ([], {"public"}, True),
        ([{"grade:2"}], {"public"}, False),
        ([{"grade:2"}], {"public", "grade:2"}, True),
        ([{"grade:1", "grade:2"}, {"tlp:green"}], {"public", "grade:1"}, False),
        ([{"grade:1", "grade:2"}, {"tlp:green"}], {"public", "grade:1", "tlp:green"}, True),
        ([{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}], {"public", *"abcdef"}, True),
        ([{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}], {"public", *"abcde"}, False),
        ([{"a"}, set()], {"public", "a"}, False),
        ([{"*"}], {"public"}, False),
        ([{"a"}], {"public", "*"}, False),
    ],
)
async def test_one_token_of_every_gate_group_is_needed(
    engine: MeilisearchEngine,
    document: MakeDocument,
    gates: list[set[str]],
    tokens: set[str],
    visible: bool,
) -> None:
    made = document("量子計算", gates=tuple(frozenset(group) for group in gates))
    await engine.put([made])
    assert await found(engine, tokens=frozenset(tokens)) == ({made.id} if visible else set())


@pytest.mark.parametrize(
    ("affiliations", "visible"),
    [(set(), True), ({THEIRS}, True), ({MINE}, False), ({f"not:{MINE}", THEIRS}, False)],
)
async def test_a_denied_affiliation_hides_it(
    engine: MeilisearchEngine, document: MakeDocument, affiliations: set[str], visible: bool
) -> None:
    made = document("量子計算", deny=frozenset({f"not:{MINE}"}))
    await engine.put([made])
    expected = {made.id} if visible else set()
    assert await found(engine, affiliations=frozenset(affiliations)) == expected


async def test_kinds_areas_and_stale_ids_narrow(
    engine: MeilisearchEngine, document: MakeDocument
) -> None:
    call = document("量子計算", areas=("A01",))
    brief = document("量子計測", kind="brief", areas=("A02", "B 03"))
    await engine.put([call, brief])
    assert await found(engine) == {call.id, brief.id}
    assert await found(engine, kinds=("brief", "event")) == {brief.id}
    assert await found(engine, areas=("B 03",)) == {brief.id}
    assert await found(engine, areas=("a01",)) == set()
    assert await found(engine, kinds=()) == set()
    assert await found(engine, exclude=frozenset({call.id})) == {brief.id}
    stale = frozenset({call.id, *(uuid4() for _ in range(MAX_STALE))})
    hits = await engine.search(SearchQuery(text="量子", tokens=PUBLIC, exclude=stale))
    assert (hits.ids, hits.total, hits.degraded) == ((brief.id,), None, True)


@pytest.mark.parametrize("breaking", BREAKING)
async def test_no_token_breaks_out_of_the_filter(
    engine: MeilisearchEngine, server: Standin, document: MakeDocument, breaking: str
) -> None:
    secret = document("量子計算", audience=frozenset({"member"}), kind="brief")
    own = document("量子計算", audience=frozenset({breaking}), gates=(frozenset({breaking}),))
    await engine.put([secret, own])
    assert await found(engine, tokens=frozenset({breaking})) == {own.id}
    assert await found(engine, kinds=(breaking,), areas=(breaking,)) == set()
    refusing = frozenset({breaking})
    assert await found(engine, tokens=refusing, affiliations=refusing) == {own.id}
    asked = [query["filter"] for request in server.requests for query in request["queries"]]
    assert [text for text in asked if "\\" in text or "'" in text] == []


@pytest.mark.parametrize(
    "text", [*BREAKING, "-量子", '"量子', "の", "・・", "　", "\x00", "🛰" * 999]
)
async def test_odd_texts_are_answered_and_show_nothing_hidden(
    engine: MeilisearchEngine, document: MakeDocument, text: str
) -> None:
    await engine.put([document("量子計算", audience=frozenset({"member"}))])
    assert await engine.search(SearchQuery(text=text, tokens=PUBLIC)) == NONE


async def test_an_empty_text_is_not_everything_and_a_hyphen_excludes_nothing(
    engine: MeilisearchEngine, document: MakeDocument
) -> None:
    made = document("量子計算")
    await engine.put([made])
    assert [await found(engine, text) for text in ("", "-", "－量子", '"')] == [
        *(set(), set(), {made.id}, set())
    ]


def test_the_stand_in_reads_filters_as_the_server_does() -> None:
    matches = parse('kind IN ["a\\"b", "Ｃ"] OR kind = d AND kind NOT IN []', ["kind"])
    assert [matches({"kind": kind}) for kind in ('A"b', "c", "d", "e")] == [True, True, True, False]
    assert parse('kind = "\\\\"', ["kind"])({"kind": "\\"}) is False
    for refused in ('kind = "', "kind IN [", "kind =", "other = a", "kind = a b"):
        with pytest.raises(Refused):
            parse(refused, ["kind"])


async def test_spellings_are_found_through_the_words_and_readings_beside_the_text(
    engine: MeilisearchEngine, document: MakeDocument
) -> None:
    made = document("髙橋𠮷郎による附属設備の打合せ", body="量子センサーの研究。第１２号")
    await engine.put([made])
    texts = ("高橋", "𠮷郎", "打ち合わせ", "りょうし", "量子ｾﾝｻｰ", "12号", "研究について")
    assert [await found(engine, text) for text in texts] == [{made.id}] * len(texts)


async def test_only_ids_and_kinds_come_back_and_every_query_is_japanese(
    engine: MeilisearchEngine, server: Standin, document: MakeDocument
) -> None:
    made = document("量子計算", kind="brief")
    await engine.put([made])
    hits = await engine.search(QUANTUM)
    assert [(hit.id, hit.kind, hit.score > 0) for hit in hits.hits] == [(made.id, "brief", True)]
    queries = server.requests[-1]["queries"]
    assert {tuple(query["attributesToRetrieve"]) for query in queries} == {("id", "kind")}
    assert {tuple(query["locales"]) for query in queries} == {("jpn",)}


async def test_pages_follow_each_other_without_gap_or_overlap(
    engine: MeilisearchEngine, document: MakeDocument
) -> None:
    await engine.put([document("量子計算") for _ in range(7)])
    every = (await engine.search(QUANTUM)).ids

    async def page(offset: int, limit: int) -> tuple[UUID, ...]:
        asked = SearchQuery(text="量子", tokens=PUBLIC, offset=offset, limit=limit)
        return (await engine.search(asked)).ids

    cases = [(0, 3), (3, 3), (6, 3), (2, 4), (5, 1), (0, 0), (-1, 2), (20_000, 3)]
    slices = [every[:3], every[3:6], every[6:], every[2:6], every[5:6], (), every[:2], ()]
    assert [await page(*case) for case in cases] == slices


async def test_a_rebuild_swaps_and_what_changes_meanwhile_is_newer(
    server: Standin, document: MakeDocument
) -> None:
    engine = MeilisearchEngine(server.url, KEY, batch=1)
    old, before, removed, new = (document("量子計算") for _ in range(4))
    await engine.put([old, before, removed])
    assert not await engine.healthy()

    async def rows() -> AsyncIterator[SearchDocument]:
        yield new
        assert await found(engine) == {old.id, before.id, removed.id}
        await engine.put([document("海洋観測", identity=before.id)])
        await engine.remove([removed.id])
        yield before
        yield removed

    assert await engine.replace_all(rows()) == 3
    assert (await found(engine), await found(engine, "海洋")) == ({new.id}, {before.id})
    assert (sorted(server.indexes), await engine.healthy()) == (["renkei"], True)


async def test_one_rebuild_at_a_time_and_elsewhere_changes_wait_for_it(
    server: Standin, document: MakeDocument
) -> None:
    engine, elsewhere = (MeilisearchEngine(server.url, KEY) for _ in range(2))
    late = FixedClock(datetime.now(UTC) + timedelta(minutes=16))
    after_a_kill = MeilisearchEngine(server.url, KEY, clock=late)

    async def rows() -> AsyncIterator[SearchDocument]:
        for refused in (engine.replace_all(stream([])), elsewhere.replace_all(stream([]))):
            with pytest.raises(SearchUnavailable):
                await refused
        with pytest.raises(SearchUnavailable):
            await elsewhere.put([document("量子計算")])
        assert await after_a_kill.replace_all(stream([document("海洋")])) == 1
        raise ConnectionError
        yield

    with pytest.raises(ConnectionError):
        await engine.replace_all(rows())
    assert (await found(engine), len(await found(engine, "海洋"))) == (set(), 1)
    assert sorted(server.indexes) == ["renkei"]


async def test_without_index_settings_key_or_server_searches_are_degraded_and_changes_refused(
    server: Standin, document: MakeDocument, caplog: pytest.LogCaptureFixture
) -> None:
    engine = MeilisearchEngine(server.url, KEY)
    assert (await engine.search(QUANTUM), await engine.healthy()) == (AWAY, False)
    await engine.put([document("量子計算")])
    server.indexes["renkei"].settings.clear()
    assert await engine.search(QUANTUM) == AWAY
    with standin() as gone:
        pass
    for url, key in ((server.url, "wrong"), (gone.url, KEY), ("no address", KEY)):
        away = MeilisearchEngine(url, key)
        assert (await away.search(QUANTUM), await away.healthy()) == (AWAY, False)
        for change in (
            away.put([document()]),
            away.remove([uuid4()]),
            away.replace_all(stream([])),
        ):
            with pytest.raises(SearchUnavailable):
                await change
    assert "量子" not in caplog.text
