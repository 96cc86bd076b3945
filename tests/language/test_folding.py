"""Two spellings of one word fold to the same form (R11.1); nothing typed makes folding fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.language.folding import (
    fold,
    is_hiragana,
    normalise,
    trace_folded,
    trace_normalised,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＩ", "AI"),
        ("ai", "ＡＩ"),
        ("ﾄﾞﾛｰﾝ", "ドローン"),
        ("どろーん", "ドローン"),
        ("サーバ", "サーバー"),
        ("e‐Rad", "e-Rad"),
        ("１２３", "123"),
        ("ヴァイオリン", "バイオリン"),
        ("ディーゼル", "ジーゼル"),
        ("ティーム", "チーム"),
        ("ハードウェア", "ハードウエア"),
        ("セキュリティ・クリアランス", "セキュリティクリアランス"),
        ("經濟安全保障", "経済安全保障"),
        ("髙橋", "高橋"),
        ("𠮷田", "吉田"),
        ("渡邊", "渡辺"),
        ("か\u3099", "が"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_two_spellings_are_one_word(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("はし", "ばし"), ("量子", "量産"), ("AI", "IA"), ("病院", "美容院")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_normalised_text_keeps_katakana_and_long_vowels_for_sudachi() -> None:
    assert normalise("ﾄﾞﾛｰﾝノ研究費、１億円\0\ud800終") == "ドローンノ研究費、1億円  終"


def test_only_kana_may_be_a_reading() -> None:
    assert [is_hiragana(fold(word)) for word in ("りょうし", "ドローン", "量子", "ai", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@given(st.text(alphabet=st.characters(), max_size=60))
def test_folding_takes_any_string_and_is_stable(text: str) -> None:
    assert fold(normalise(text)) == fold(text)
    fold(text).encode()


def test_a_traced_text_knows_where_each_character_came_from() -> None:
    source = "次の㈱ﾄﾞﾛｰﾝ社"
    normalised = trace_normalised(source)
    assert normalised.text == "次の(株)ドローン社"
    assert source[slice(*normalised.span(5, 9))] == "ﾄﾞﾛｰﾝ"
    kana = trace_folded(normalised)
    assert kana.text == "次の(株)どろん社"
    assert source[slice(*kana.span(5, 8))] == "ﾄﾞﾛｰﾝ"


@given(st.text(max_size=60))
def test_traces_stay_inside_the_source(text: str) -> None:
    for traced in (trace_normalised(text), trace_folded(trace_normalised(text))):
        assert len(traced.text) == len(traced.begins) == len(traced.ends)
        assert all(
            0 <= begin < end <= len(text)
            for begin, end in zip(traced.begins, traced.ends, strict=True)
        )
