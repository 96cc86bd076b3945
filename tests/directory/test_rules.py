"""Identifiers of organisations and people (R1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.directory.rules import (
    OrganizationKind,
    doubt_erad_number,
    parse_award_number,
    parse_corporate_number,
    parse_email,
    parse_erad_code,
    parse_erad_number,
    parse_orcid,
    parse_organization_kind,
)
from renkei.problems import Problem


def told(answer: tuple[object, list[Problem]]) -> list[tuple[tuple[str, ...], str]]:
    """Where and what the problems are; nothing came back beside them."""
    value, problems = answer
    assert (value is None) is bool(problems)
    return [(problem.path, problem.code) for problem in problems]


class TestCorporateNumbers:
    @pytest.mark.parametrize(
        "number",
        [
            "7000012050002",
            "2000012010019",
            "4000012090001",
            "7000012060001",
            "4030005012570",
            "2020005008480",
            "8700110005901",
        ],
    )
    def test_real_numbers_fit_and_no_other_check_digit_does(self, number: str) -> None:
        assert parse_corporate_number(number) == (number, [])
        others = [digit + number[1:] for digit in "123456789" if digit != number[0]]
        assert [parse_corporate_number(other)[0] for other in others] == [None] * 8

    @pytest.mark.parametrize(
        "raw", ["７０００-０１２０-５０００２", "7-0000-1205-0002", " 7000012050002　"]
    )
    def test_width_hyphens_and_spaces_do_not_matter(self, raw: str) -> None:
        assert parse_corporate_number(raw) == ("7000012050002", [])

    @pytest.mark.parametrize("raw", ["", "0000012050002", "700001205000", "七千", "٧000012050002"])
    def test_another_form_is_refused(self, raw: str) -> None:
        path = ("organization", "corporateNumber")
        assert told(parse_corporate_number(raw, path)) == [(path, "CORPORATE_NUMBER_FORM")]

    @given(st.text())
    def test_no_text_breaks_it(self, raw: str) -> None:
        value, problems = parse_corporate_number(raw)
        assert (value is None) is bool(problems)


class TestERadNumbers:
    @pytest.mark.parametrize("number", ["90050426", "20202210", "80788951", "00260521"])
    def test_known_numbers_raise_no_doubt_and_keep_their_zeros(self, number: str) -> None:
        assert parse_erad_number(number) == (number, [])
        assert doubt_erad_number(number) is None

    @pytest.mark.parametrize("number", ["90050427", "00999999"])
    def test_a_check_digit_that_does_not_fit_is_a_doubt_and_no_refusal(self, number: str) -> None:
        assert parse_erad_number(number) == (number, [])
        doubt = doubt_erad_number(number, ("eradNumber",))
        assert doubt is not None
        assert (doubt.path, doubt.code) == (("eradNumber",), "ERAD_NUMBER_DOUBTFUL")

    @pytest.mark.parametrize("raw", ["9005042", "900504260", "9005042X", ""])
    def test_another_length_or_a_letter_is_refused(self, raw: str) -> None:
        assert told(parse_erad_number(raw)) == [((), "ERAD_NUMBER_FORM")]

    def test_full_width_digits_are_read(self) -> None:
        assert parse_erad_number("９００５０４２６") == ("90050426", [])


class TestOrcid:
    @pytest.mark.parametrize(
        ("raw", "value"),
        [
            ("0000-0002-1825-0097", "0000-0002-1825-0097"),
            ("0000-0002-1694-233X", "0000-0002-1694-233X"),
            ("0000-0002-1694-233x", "0000-0002-1694-233X"),
            ("0000000218250097", "0000-0002-1825-0097"),
            ("https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
            (
                "ｈｔｔｐｓ：／／ｏｒｃｉｄ．ｏｒｇ／００００－０００２－１８２５－００９７",
                "0000-0002-1825-0097",
            ),
        ],
    )
    def test_bare_and_as_an_address(self, raw: str, value: str) -> None:
        assert parse_orcid(raw) == (value, [])

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("0000-0002-1825-0098", "ORCID_CHECK_DIGIT"),
            ("0000-0002-1825-009", "ORCID_FORM"),
            ("000X-0002-1825-0097", "ORCID_FORM"),
            ("https://example.org/0000-0002-1825-0097", "ORCID_FORM"),
        ],
    )
    def test_anything_else_is_refused(self, raw: str, code: str) -> None:
        assert told(parse_orcid(raw, ("orcid",))) == [(("orcid",), code)]


class TestAwardNumbersAndCodes:
    @pytest.mark.parametrize(
        "number", ["JPMJKP24U4", "JPMJKP24C3", "JPMJKP24U2", "JPMJKP25Y6", "JPMJKP25Y7"]
    )
    def test_numbers_seen_in_public(self, number: str) -> None:
        assert parse_award_number(number) == (number, [])

    def test_other_agencies_and_widths(self) -> None:
        assert parse_award_number("ＪＰＮＰ20012") == ("JPNP20012", [])
        assert parse_award_number("jpmjcr2115") == ("JPMJCR2115", [])

    @pytest.mark.parametrize(
        "raw", ["JPMJKPX4U4", "JPMJKP24U44", "JPNPX1", "24U4", "JP", "JP" * 50]
    )
    def test_another_form_is_refused(self, raw: str) -> None:
        assert told(parse_award_number(raw)) == [((), "AWARD_NUMBER_FORM")]

    def test_an_institution_code_has_ten_digits(self) -> None:
        assert parse_erad_code("1234-567890") == ("1234567890", [])
        assert told(parse_erad_code("123456789")) == [((), "ERAD_CODE_FORM")]

    def test_kinds_of_organisations(self) -> None:
        assert parse_organization_kind("think_tank") == (OrganizationKind.THINK_TANK, [])
        assert told(parse_organization_kind("役所", ("kind",))) == [(("kind",), "UNKNOWN_KIND")]


class TestEmail:
    @pytest.mark.parametrize(
        ("raw", "value"),
        [
            ("Office@Demo.Renkei.Example", "office@demo.renkei.example"),
            ("ｔａｋａｓｅ＠example.jp", "takase@example.jp"),
            ("a.b+c@x-y.co.jp", "a.b+c@x-y.co.jp"),
        ],
    )
    def test_one_address_is_one_account(self, raw: str, value: str) -> None:
        assert parse_email(raw) == (value, [])

    @pytest.mark.parametrize(
        "raw",
        [
            "",
            "takase",
            "takase@localhost",
            "@example.jp",
            "a@b@example.jp",
            "a..b@example.jp",
            "髙瀬@example.jp",
            "a@example.jp\nBcc: b@example.jp",
            "a" * 65 + "@example.jp",
            "a@" + "b" * 250 + ".jp",
        ],
    )
    def test_anything_else_is_refused(self, raw: str) -> None:
        assert told(parse_email(raw, ("email",))) == [(("email",), "EMAIL_FORM")]
