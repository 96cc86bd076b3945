"""The shipped glossary: what a term is also called, and where a name must stand alone (R11.3)."""

from __future__ import annotations

from itertools import combinations

import pytest

from renkei.language import analyse, concepts, fingerprint, mentions


def _concepts(text: str) -> set[str]:
    return {concepts()[mention.concept].term_ja for mention in mentions(analyse(text))}


def test_every_line_has_a_term_a_reading_and_an_english_term() -> None:
    assert len(concepts()) == 136
    assert all(concept.term_ja and concept.reading and concept.terms_en for concept in concepts())
    assert all(concept.whole_words <= set(concept.names) for concept in concepts())
    assert len(fingerprint()) == 16


def test_every_name_is_recognised_when_it_stands_alone() -> None:
    missed = [
        (concept.term_ja, name)
        for concept in concepts()
        for name in concept.names
        if concept.term_ja not in _concepts(name)
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("経済安保", "経済安全保障推進法の運用"),
        ("ドローン", "無人航空機の飛行"),
        ("無人機", "無人航空機の飛行"),
        ("核融合", "フュージョンエネルギーの実現"),
        ("レアアース", "重要鉱物の安定供給"),
        ("セキュリティ・クリアランス", "適性評価の実施"),
        ("セキュリティクリアランス", "適性評価の実施"),
    ],
)
def test_the_vectors_of_the_rule(query: str, text: str) -> None:
    assert _concepts(query) & _concepts(text)


@pytest.mark.parametrize(
    ("one", "other"), list(combinations(["無人機", "ドローン", "無人航空機", "UAV"], 2))
)
def test_all_names_of_the_unmanned_aircraft_are_one_concept(one: str, other: str) -> None:
    assert "無人機" in _concepts(one) & _concepts(other)


@pytest.mark.parametrize(
    ("text", "concept", "found"),
    [
        ("国道Ｒ８号線", "令和", False),
        ("R 8", "令和", True),
        ("Research", "令和", False),
        ("IC設計", "半導体", True),
        ("ICT活用", "半導体", False),
        ("解くべき課題は", "研究開発課題", True),
        ("課題解決型", "研究開発課題", False),
        ("代表者が申請する", "研究代表者", True),
        ("法人代表者印", "研究代表者", False),
        ("SGホールディングス", "ステージゲート", True),
        ("SGDsの達成", "ステージゲート", False),
    ],
)
def test_ambiguous_names_count_only_as_whole_words(text: str, concept: str, found: bool) -> None:
    assert (concept in _concepts(text)) is found


def test_a_name_ends_where_a_word_ends() -> None:
    assert "量子" not in _concepts("度量子午線")
    assert "人工知能" not in _concepts("train the aircraft")


def test_english_names_are_found_across_white_space() -> None:
    assert "研究セキュリティ" in _concepts("On research\nsecurity in Japan")
