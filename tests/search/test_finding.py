"""What a person types and what it finds: spelling, shortness, other names, and broken input."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renkei.search import SearchDocument, SearchQuery
from renkei.search.embedded import EmbeddedSearch

TITLES = (
    "量子計算の誤り訂正",
    "海洋状況把握のための無人航空機",
    "ドローンの群制御",
    "UAV traffic management",
    "造船所の自動化",
    "人工知能の安全性",
    "ＡＩによる審査支援",
    "Train timetables for aircraft maintenance",
    "フュージョンエネルギーの実現",
    "重要鉱物の安定供給",
    "適性評価の運用",
    "経済安全保障推進法",
    "取り扱い注意の文書",
    "髙橋教授と𠮷田教授の研究",
    "サーバーの冷却技術",
    "ヴァイオリンの音響解析",
    "令和の研究",
)

MakeDocument = Callable[..., SearchDocument]
Ask = Callable[[str], Awaitable[list[str]]]


def anyone(text: str) -> SearchQuery:
    """A query of a visitor who has not signed in."""
    return SearchQuery(text=text, tokens=frozenset({"public"}))


@pytest.fixture
async def ask(engine: EmbeddedSearch, document: MakeDocument) -> Ask:
    """Asks the index of `TITLES` and gives the titles found, best first."""
    documents = [document(title) for title in TITLES]
    titles = {made.id: made.title.ja for made in documents}
    await engine.put(documents)

    async def found(text: str) -> list[str]:
        return [titles[identity] for identity in (await engine.search(anyone(text))).ids]

    return found


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("量子", ["量子計算の誤り訂正"]),
        ("りょうし", ["量子計算の誤り訂正"]),
        ("りょうしけ", ["量子計算の誤り訂正"]),
        ("海洋", ["海洋状況把握のための無人航空機"]),
        ("船", ["造船所の自動化"]),
        ("さーば", ["サーバーの冷却技術"]),
        ("ｻｰﾊﾞ", ["サーバーの冷却技術"]),
        ("バイオリン", ["ヴァイオリンの音響解析"]),
        ("取扱い", ["取り扱い注意の文書"]),
        ("高橋", ["髙橋教授と𠮷田教授の研究"]),
        ("吉田", ["髙橋教授と𠮷田教授の研究"]),
        ("經濟安保", ["経済安全保障推進法"]),
        ("maintenance", ["Train timetables for aircraft maintenance"]),
        ("timeta", ["Train timetables for aircraft maintenance"]),
        ("鯨", []),
    ],
)
async def test_short_and_variant_queries_find_their_title_alone(
    ask: Ask, query: str, titles: list[str]
) -> None:
    assert await ask(query) == titles


@pytest.mark.parametrize("query", ["AI", "ＡＩ", "ai", "ａｉ"])
async def test_ai_finds_ai_in_any_width_before_its_other_name_and_never_train(
    ask: Ask, query: str
) -> None:
    assert await ask(query) == ["ＡＩによる審査支援", "人工知能の安全性"]


async def test_a_letter_finds_its_meaning_only_as_a_whole_word(ask: Ask) -> None:
    assert await ask("R") == ["令和の研究"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("経済安保", "経済安全保障推進法"),
        ("ドローン", "海洋状況把握のための無人航空機"),
        ("無人機", "海洋状況把握のための無人航空機"),
        ("核融合", "フュージョンエネルギーの実現"),
        ("レアアース", "重要鉱物の安定供給"),
        ("セキュリティ・クリアランス", "適性評価の運用"),
    ],
)
async def test_the_vectors_of_the_rule_on_synonyms(ask: Ask, query: str, title: str) -> None:
    """R11.4."""
    assert title in await ask(query)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("ドローン", "ドローンの群制御"),
        ("無人航空機", "海洋状況把握のための無人航空機"),
        ("UAV", "UAV traffic management"),
    ],
)
async def test_the_literal_word_comes_before_its_other_names(
    ask: Ask, query: str, first: str
) -> None:
    """R11.3."""
    drones = {"海洋状況把握のための無人航空機", "ドローンの群制御", "UAV traffic management"}
    titles = await ask(query)
    assert (titles[0], set(titles)) == (first, drones)


async def test_a_question_finds_what_answers_it(ask: Ask) -> None:
    assert (await ask("無人航空機で海洋の状況を把握するのはどのような研究ですか？"))[0] == (
        "海洋状況把握のための無人航空機"
    )


async def test_a_hit_in_the_title_comes_before_one_in_the_body(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    in_body = document("公募のお知らせ", "今回の公募では半導体を扱う。")
    in_title = document("半導体の公募", "今回の公募では回路を扱う。")
    await engine.put([in_body, in_title])
    assert (await engine.search(anyone("半導体"))).ids == (in_title.id, in_body.id)


async def test_equal_hits_come_latest_first(engine: EmbeddedSearch, document: MakeDocument) -> None:
    years = [2019, 2026, 2022]
    documents = [
        document("半導体の公募", changed_at=datetime(year, 4, 1, tzinfo=UTC)) for year in years
    ]
    for one in documents:
        await engine.put([one])
    oldest, latest, middle = documents
    assert (await engine.search(anyone("半導体"))).ids == (latest.id, middle.id, oldest.id)


ODD_QUERIES = [
    "",
    "   ",
    "\0",
    "量子\0",
    "\ud800",
    "\udfff量子\ud800",
    "!?()[]{}^~*:\\\"' AND OR NOT +-",
    "。、・「」",
    "👩‍🔬",
    "-" * 1_000,
    "量" * 100_000,
    "a" * 100_000,
    "量子 " * 50_000,
    "\u3099\u3099",
    "０" * 300,
]


@pytest.mark.parametrize("query", ODD_QUERIES, ids=range(len(ODD_QUERIES)))
async def test_odd_queries_are_answered_and_not_degraded(
    ask: Ask, engine: EmbeddedSearch, query: str
) -> None:
    answer = await engine.search(anyone(query))
    assert (answer.degraded, answer.total_is_exact) == (False, True)
    assert answer.total == len(answer.hits)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(st.characters(), max_size=60))
async def test_no_query_raises(ask: Ask, engine: EmbeddedSearch, text: str) -> None:
    assert not (await engine.search(anyone(text))).degraded


async def test_broken_documents_are_indexed_by_what_is_whole_in_them(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    broken = document("量子\0\ud800計算", "x" * 70_000 + "\udfff" + "海洋。" * 20_000)
    await engine.put([broken])
    assert (await engine.search(anyone("量子"))).ids == (broken.id,)
    assert (await engine.search(anyone("海洋"))).ids == (broken.id,)
