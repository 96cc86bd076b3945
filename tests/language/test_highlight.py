"""What is marked in a snippet: places in the text as it is stored."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.language import highlight

TEXT = "ﾄﾞﾛｰﾝと無人航空機の取扱い。量子コンピューターを髙橋がTrainでＡＩ研究、船で造船。"


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("ドローン", ["ﾄﾞﾛｰﾝ", "無人航空機"]),
        ("どろーん", ["ﾄﾞﾛｰﾝ", "無人航空機"]),
        ("UAV", ["ﾄﾞﾛｰﾝ", "無人航空機"]),
        ("取り扱い", ["取扱い"]),
        ("りょうし", ["量子"]),
        ("量子　AI", ["量子コンピューター", "ＡＩ"]),
        ("高橋", ["髙橋"]),
        ("AI", ["ＡＩ"]),
        ("コンピュ", ["コンピュ"]),
        ("船", ["船", "船"]),
        ("量子コンピュータとは何ですか", ["量子コンピューター"]),
        ("半導体", []),
        ("", []),
        ("。、・", []),
    ],
)
def test_what_answers_the_query_is_marked(query: str, marked: list[str]) -> None:
    assert [TEXT[begin:end] for begin, end in highlight(TEXT, query)] == marked


def test_marks_are_in_order_and_never_overlap() -> None:
    spans = highlight(TEXT * 3, "無人航空機 航空 ドローン 量子")
    assert spans == sorted(spans)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(spans))


@given(st.text(st.characters(), max_size=80), st.text(st.characters(), max_size=30))
def test_any_text_and_any_query_give_spans_inside_the_text(text: str, query: str) -> None:
    assert all(0 <= begin < end <= len(text) for begin, end in highlight(text, query))


def test_broken_and_endless_queries_mark_nothing_wrong() -> None:
    assert highlight("船\0\ud800船", "\0\udfff") == []
    assert highlight("量子", "量" * 100_000) == []
