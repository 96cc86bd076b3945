"""The shared Sudachi pass: shortest units, dictionary forms, readings, from any thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from renkei.language import Token, analyse, grams, kana_grams, kanji, reading_grams


def _surfaces(tokens: tuple[Token, ...]) -> list[str]:
    return [token.surface for token in tokens]


def test_compounds_are_cut_into_their_shortest_units() -> None:
    assert _surfaces(analyse("経済安全保障重要技術")) == [
        "経済",
        "安全",
        "保障",
        "重要",
        "技術",
    ]


def test_spellings_of_one_word_have_one_dictionary_form() -> None:
    words = {analyse(spelling)[0].word for spelling in ("取扱い", "取り扱い", "取扱")}
    assert words == {"取り扱い"}


def test_readings_are_folded_kana_and_none_is_made_up_for_letters_and_digits() -> None:
    readings = [(token.surface, token.reading) for token in analyse("量子ＡＩ２０２６年")]
    assert readings == [("量子", "りようし"), ("ai", ""), ("2026", ""), ("年", "ねん")]


def test_particles_and_signs_carry_no_meaning() -> None:
    content = [token.surface for token in analyse("船の、運航は？") if token.content]
    assert content == ["船", "運航"]


def test_places_refer_to_the_normalised_text_however_long_it_is() -> None:
    text = "半導体の研究。" * 9_000
    tokens = analyse(text)
    assert "".join(_surfaces(tokens)) == text
    assert all(text[token.begin : token.end] == token.surface for token in tokens)


def test_a_text_without_a_single_break_is_cut_all_the_same() -> None:
    assert "".join(_surfaces(analyse("あ" * 60_000))) == "あ" * 60_000


def test_threads_share_the_dictionary_and_not_the_tokenizer() -> None:
    texts = [f"第{number}回公募の審査結果" for number in range(200)]
    alone = [analyse(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(analyse, texts)) == alone


def test_japanese_has_bigrams_and_latin_letters_have_trigrams() -> None:
    assert grams("量子計算 train ai 船") == [
        "量子",
        "子計",
        "計算",
        "tra",
        "rai",
        "ain",
        "ai",
        "船",
    ]


def test_single_kanji_are_pieces_too() -> None:
    assert kanji("造船所 ai の𠮷") == ["造", "船", "所", "𠮷"]


def test_a_text_is_read_aloud_in_trigrams_broken_by_what_has_no_reading() -> None:
    assert reading_grams(analyse("量子AI計算")) == [
        "りよう",
        "ようし",
        "けいさ",
        "いさん",
    ]
    assert kana_grams("りよう") == ["りよう"]
    assert kana_grams("りよ") == []
