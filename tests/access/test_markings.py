"""Markings (R7.1, R7.4, R7.5, R7.6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.access.markings import (
    TLP,
    Marking,
    at_least_as_strict,
    check_header,
    forbidden_header,
    parse_marking,
    parse_tlp,
    strictest,
)

MARKINGS = st.builds(
    Marking,
    tlp=st.sampled_from(TLP),
    grade=st.sampled_from([1, 2]),
    restrictions=st.sampled_from(["", "複製禁止", "転送禁止", "複製禁止\n関係者限り"]),
)


class TestTlp:
    def test_labels_are_shown_exactly_so(self) -> None:
        assert [label.label for label in TLP] == [
            "TLP:CLEAR",
            "TLP:GREEN",
            "TLP:AMBER",
            "TLP:AMBER+STRICT",
            "TLP:RED",
        ]

    def test_names_in_the_api(self) -> None:
        assert [label.graphql_name for label in TLP] == [
            "TLP_CLEAR",
            "TLP_GREEN",
            "TLP_AMBER",
            "TLP_AMBER_STRICT",
            "TLP_RED",
        ]

    @pytest.mark.parametrize("label", TLP)
    def test_every_way_to_write_a_label_is_read(self, label: TLP) -> None:
        written = [label.label, label.graphql_name, label.value, label.name, label.label.lower()]
        assert [parse_tlp(raw) for raw in written] == [(label, [])] * 5

    def test_white_of_the_first_version_is_clear(self) -> None:
        assert parse_tlp("TLP:WHITE") == (TLP.CLEAR, [])
        assert parse_tlp("ＴＬＰ：ＷＨＩＴＥ") == (TLP.CLEAR, [])

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (None, "MARKING_MISSING"),
            ("  ", "MARKING_MISSING"),
            ("TLP:BLUE", "UNKNOWN_MARKING"),
            ("TLP:AMBER STRICT", "UNKNOWN_MARKING"),
            ("特定秘密", "UNKNOWN_MARKING"),
        ],
    )
    def test_none_and_unknown_are_refused(self, raw: str | None, code: str) -> None:
        label, problems = parse_tlp(raw, ("marking", "tlp"))
        assert label is None
        assert [(one.path, one.code) for one in problems] == [(("marking", "tlp"), code)]


class TestMarkings:
    def test_a_marking_is_read(self) -> None:
        read = parse_marking("TLP:AMBER", 1, " 転送禁止 ", accept_grade_2=False)
        assert read == (Marking(TLP.AMBER, 1, "転送禁止"), [])

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        marking, problems = parse_marking(
            None, 3, "\x00", accept_grade_2=True, path=("input", "marking")
        )
        assert marking is None
        assert [(one.path, one.code) for one in problems] == [
            (("input", "marking", "tlp"), "MARKING_MISSING"),
            (("input", "marking", "grade"), "GRADE_3_REFUSED"),
            (("input", "marking", "restrictions"), "CONTROL_CHARACTER"),
        ]

    @pytest.mark.parametrize(
        ("grade", "accept_grade_2", "codes"),
        [
            (1, False, []),
            (2, True, []),
            (2, False, ["GRADE_2_NOT_ACCEPTED"]),
            (3, True, ["GRADE_3_REFUSED"]),
            (4, True, ["UNKNOWN_GRADE"]),
            (True, True, ["UNKNOWN_GRADE"]),
            (None, True, ["MARKING_MISSING"]),
        ],
    )
    def test_grades(self, grade: int | None, accept_grade_2: bool, codes: list[str]) -> None:
        _, problems = parse_marking("TLP:CLEAR", grade, accept_grade_2=accept_grade_2)
        assert [one.code for one in problems] == codes

    @given(MARKINGS, MARKINGS, MARKINGS)
    def test_what_draws_on_several_is_as_strict_as_each(
        self, one: Marking, two: Marking, three: Marking
    ) -> None:
        both = strictest(one, two)
        assert (at_least_as_strict(both, one), at_least_as_strict(both, two)) == (True, True)
        assert (both.tlp in {one.tlp, two.tlp}, both.grade in {one.grade, two.grade}) == (
            True,
            True,
        )
        assert strictest(one, strictest(two, three)) == strictest(both, three)
        kept = set(both.restrictions.splitlines())
        assert kept == {*one.restrictions.splitlines(), *two.restrictions.splitlines()}

    def test_a_child_may_not_be_laxer_than_its_parent(self) -> None:
        parent = Marking(TLP.AMBER_STRICT, 1)
        assert [at_least_as_strict(Marking(label, 1), parent) for label in TLP] == [
            False,
            False,
            False,
            True,
            True,
        ]
        assert at_least_as_strict(Marking(TLP.RED, 1), Marking(TLP.RED, 2)) is False


class TestForbiddenHeaders:
    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("特定秘密", "特定秘密"),
            ("【特定秘密】\n本文", "特定秘密"),
            ("\n　特　定　秘　密\n\n本文", "特定秘密"),
            ("重要経済安保情報（○○関係）", "重要経済安保情報"),
            ("題名\n■ 特別防衛秘密 取扱注意", "特別防衛秘密"),
            ("適性評価：質問票", "適性評価"),
            ("保全指定\n発明の名称", "保全指定"),
            ("機密性３情報", "機密性3情報"),
            ("機密性３", "機密性3"),
        ],
    )
    def test_a_text_marked_so_is_stopped(self, text: str, word: str) -> None:
        assert forbidden_header(text) == word
        assert [(one.path, one.code) for one in check_header(text, ("body",))] == [
            (("body",), "FORBIDDEN_MARKING")
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "特定秘密の保護に関する法律は、平成26年に施行されました。",
            "この制度は特定秘密と重要経済安保情報の両方を扱いません。",
            "適性評価を受けた人の数は公表されていません。",
            "機密性2情報",
        ],
    )
    def test_the_word_in_a_sentence_is_no_marking(self, text: str) -> None:
        assert (forbidden_header(text), check_header(text)) == (None, [])
