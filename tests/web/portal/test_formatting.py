"""How values are shown and read: instants on Japan's clock, days left, yen, names, addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from markupsafe import Markup

from renkei_web.portal import formatting
from renkei_web.portal.addresses import address
from renkei_web.portal.sent import Sent

NOON = datetime(2027, 1, 29, 3, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 5, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (formatting.instant(NOON, "ja"), "令和9年1月29日（金）12:00（日本標準時）"),
        (formatting.instant(NOON, "en"), "Friday, 29 January 2027, 12:00 (Japan Standard Time)"),
        (formatting.instant_short(NOON, "ja", NOW), "令和9年1月29日（金）12:00"),
        (formatting.instant_short(NOW, "ja", NOW), "11月24日（火）14:32"),
        (formatting.instant_short(NOW, "en", NOW), "Tue 24 Nov, 14:32"),
        (formatting.instant_rows(NOON, "ja", NOW), Markup("令和9年<wbr>1月29日（金）12:00")),
        (formatting.instant_iso("2027-01-29T03:00:00+00:00"), "2027-01-29 12:00"),
        (formatting.moment(NOW, "ja", NOW), "14:32"),
        (formatting.moment(NOW - timedelta(days=1), "ja", NOW), "11/23 14:32"),
        (formatting.day("2019-05-01", "ja"), "令和元年5月1日"),
        (formatting.wareki_short(NOON), "R9.1.29"),
        (formatting.fiscal_year(2027, "ja"), "令和9年度"),
        # The evening before the fiscal year begins in Japan is another year's.
        (formatting.fiscal_years("2027-03-31", "2028-04-01"), (2026, 2027, 2028)),
        (formatting.fiscal_years("2027-03-31", None), ()),
    ],
)
def test_dates_and_instants(shown: Any, expected: Any) -> None:
    assert shown == expected


def test_a_receipts_instant_is_cut_and_never_rounded_up_to_the_deadline() -> None:
    last = NOON - timedelta(microseconds=1)
    assert formatting.instant_exact(last, "ja") == "令和9年1月29日（金）11:59:59.999"


@pytest.mark.parametrize(
    ("amount", "ja", "en"),
    [
        (6_000_000_000, "60億円", "JPY 6 billion"),
        (1_234_560_000, "12億3,456万円", "JPY 1,234,560,000"),
        (450_000_000, "4億5,000万円", "JPY 450 million"),
        (2_500_000, "250万円", "JPY 2.5 million"),
        (12_345_678, "12,345,678円", "JPY 12,345,678"),
        (10_000, "1万円", "JPY 10,000"),
        (9_999, "9,999円", "JPY 9,999"),
        (0, "0円", "JPY 0"),
    ],
)
def test_yen_are_said_as_people_say_them_and_nothing_is_lost(amount: int, ja: str, en: str) -> None:
    assert (formatting.yen(amount, "ja"), formatting.yen(amount, "en")) == (ja, en)


def a_call(status: str, **changes: datetime) -> dict[str, Any]:
    return {"status": status, "opensAt": NOW - timedelta(days=1), "closesAt": NOON, **changes}


@pytest.mark.parametrize(
    ("call", "kind", "days"),
    [
        (a_call("OPEN"), "open", 65),
        (a_call("OPEN", closesAt=NOW + timedelta(days=7)), "open", 7),
        (a_call("OPEN", closesAt=NOW + timedelta(days=7, seconds=-1)), "soon", 6),
        (a_call("OPEN", closesAt=NOW), "closed", 0),
        (a_call("PRE_ANNOUNCED", opensAt=NOW + timedelta(days=20, hours=5)), "forecast", 20),
        (a_call("DECIDED", closesAt=NOW - timedelta(days=9)), "decided", 0),
    ],
)
def test_a_calls_state_and_the_days_left_rounded_down(
    call: dict[str, Any], kind: str, days: int
) -> None:
    state = formatting.call_state(call, NOW)
    assert (state.kind, state.left.days) == (kind, days)


def test_the_timeline_has_today_at_its_place() -> None:
    points = formatting.call_points(a_call("OPEN"), NOW)
    assert [(point.kind, point.name) for point in points] == [
        ("past", "opens"),
        ("now", "today"),
        ("deadline", "closes"),
    ]


def test_a_text_in_the_other_language_says_so_and_is_escaped() -> None:
    only_japanese = {"ja": "<髙橋>の公募", "en": None}
    assert formatting.text(only_japanese, "ja") == "<髙橋>の公募"
    assert formatting.text(only_japanese, "en") == '<span lang="ja">&lt;髙橋&gt;の公募</span>'
    assert formatting.plain(only_japanese, "en") == "<髙橋>の公募"
    assert formatting.text(None, "en") == ""


@pytest.mark.parametrize(
    ("name", "first"),
    [("髙瀬 美咲", "髙"), ("𠮷村 遥", "𠮷"), ("葛\U000e0100西", "葛\U000e0100"), ("", "")],
)
def test_the_first_character_of_a_name_is_whole(name: str, first: str) -> None:
    assert formatting.initial(name) == first


def test_an_address_takes_its_path_first_and_leaves_out_what_is_empty() -> None:
    assert address("ja", "call", code="K1/2", areas=["A", "B"], after=None, q="") == (
        "/ja/calls/K1%2F2?areas=A&areas=B"
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("１２，３４５円", 12_345),
        (" 35 % ", 35),
        ("", None),
        ("0", 0),
        ("6億", None),
        ("1.5", None),
        ("9" * 400, None),
    ],
)
def test_numbers_are_read_in_any_width(typed: str, read: int | None) -> None:
    sent = Sent({"budget.0.directYen": [typed]})
    assert sent.number("budget.0.directYen") == read
    wrong = bool(typed) and read is None
    assert [problem.name for problem in sent.problems] == ["budget.0.directYen"] * wrong


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2027-01-29T12:00", "2027-01-29T12:00:00+09:00"),
        ("２０２７/０１/２９ 12:00:30", "2027-01-29T12:00:30+09:00"),
        ("来年", None),
        ("", None),
    ],
)
def test_instants_are_read_on_japans_clock(typed: str, read: str | None) -> None:
    assert Sent({"closesAt": [typed]}).instant("closesAt") == read
