"""The Japanese calendar (R2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.calendar import (
    TimeLeft,
    WarekiDate,
    day_in_jst,
    end_of_day_jst,
    fiscal_year,
    fiscal_years,
    format_day,
    format_fiscal_year,
    format_instant,
    format_wareki,
    is_working_day,
    iso_jst,
    next_working_day,
    noon_jst,
    on_or_next_working_day,
    parse_wareki,
    statutory_period,
    time_left,
    to_jst,
)
from renkei.clock import JST


def jst(*parts: int) -> datetime:
    year, month, day, *rest = parts
    hour, minute, second, micro = (*rest, 0, 0, 0, 0)[:4]
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=JST)


class TestFiscalYears:
    def test_the_year_turns_at_midnight_of_april_1_in_japan(self) -> None:
        assert fiscal_year(date(2026, 3, 31)) == 2025
        assert fiscal_year(date(2026, 4, 1)) == 2026
        assert fiscal_year(jst(2026, 3, 31, 23, 59, 59, 999_999)) == 2025
        assert fiscal_year(jst(2026, 4, 1)) == 2026

    def test_an_instant_is_taken_on_japans_clock(self) -> None:
        assert fiscal_year(datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC)) == 2025
        assert fiscal_year(datetime(2026, 3, 31, 15, 0, tzinfo=UTC)) == 2026

    def test_names(self) -> None:
        assert format_fiscal_year(2025) == "令和7年度"
        assert format_fiscal_year(2026) == "令和8年度"
        assert format_fiscal_year(2019) == "令和元年度"
        assert format_fiscal_year(2018) == "平成30年度"
        assert format_fiscal_year(2026, "en") == "FY2026"

    def test_the_years_that_a_period_touches(self) -> None:
        assert fiscal_years(date(2027, 3, 31), date(2029, 4, 1)) == (2026, 2027, 2028, 2029)
        assert fiscal_years(date(2027, 4, 1), date(2028, 3, 31)) == (2027,)


class TestEras:
    @pytest.mark.parametrize(
        ("day", "written"),
        [
            (date(2025, 11, 7), "令和7年11月7日"),
            (date(2019, 5, 1), "令和元年5月1日"),
            (date(2019, 4, 30), "平成31年4月30日"),
            (date(1989, 1, 8), "平成元年1月8日"),
            (date(1989, 1, 7), "昭和64年1月7日"),
        ],
    )
    def test_days_are_written_in_their_era(self, day: date, written: str) -> None:
        assert format_wareki(day) == written

    @pytest.mark.parametrize(
        "raw", ["令和7年", "R7", "r7", "７", "7", "Ｒ７", "㋿7年", "令和 7 年"]
    )
    def test_a_year_is_read_however_it_is_typed(self, raw: str) -> None:
        assert parse_wareki(raw) == (WarekiDate(2025), [])

    @pytest.mark.parametrize(
        "raw", ["令和7年11月7日", "R7.11.7", "Ｒ７．１１．７", "７/11/07", "令和７年１１月７日"]
    )
    def test_a_day_is_read_however_it_is_typed(self, raw: str) -> None:
        parsed, problems = parse_wareki(raw)
        assert parsed is not None
        assert (parsed.date, problems) == (date(2025, 11, 7), [])

    def test_a_month_and_the_first_year_are_read(self) -> None:
        assert parse_wareki("令和元年5月") == (WarekiDate(2019, 5), [])
        assert parse_wareki("H31.4.30") == (WarekiDate(2019, 4, 30), [])

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("", "NOT_A_WAREKI_DATE"),
            ("2025-11-07", "NOT_A_WAREKI_DATE"),
            ("大正7年", "NOT_A_WAREKI_DATE"),
            ("令和7年11月7日\x00", "NOT_A_WAREKI_DATE"),
            ("令和7年" * 30_000, "NOT_A_WAREKI_DATE"),
            ("令和0年", "NO_SUCH_DAY"),
            ("令和7年2月29日", "NO_SUCH_DAY"),
            ("R7.0.0", "NO_SUCH_DAY"),
            ("R7.13", "NO_SUCH_DAY"),
            ("令和元年4月30日", "NO_SUCH_DAY"),
            ("令和元年4月", "NO_SUCH_DAY"),
            ("平成31年5月1日", "NO_SUCH_DAY"),
            ("平成32年", "NO_SUCH_DAY"),
        ],
    )
    def test_what_is_no_day_is_refused_with_its_path(self, raw: str, code: str) -> None:
        parsed, problems = parse_wareki(raw, ("startsOn",))
        assert parsed is None
        assert [(problem.path, problem.code) for problem in problems] == [(("startsOn",), code)]

    def test_days_before_showa_are_refused(self) -> None:
        with pytest.raises(ValueError, match="no era is kept for 1926-12-24"):
            format_wareki(date(1926, 12, 24))

    @given(st.dates(min_value=date(1926, 12, 25), max_value=date(2099, 12, 31)))
    def test_what_is_written_is_read_again(self, day: date) -> None:
        parsed, problems = parse_wareki(format_wareki(day))
        assert parsed is not None
        assert (parsed.date, problems) == (day, [])


class TestHowInstantsAreShown:
    def test_in_both_languages_on_japans_clock(self) -> None:
        closing = datetime(2027, 1, 29, 3, 0, tzinfo=UTC)
        assert format_instant(closing) == "令和9年1月29日（金）12:00（日本標準時）"
        assert format_instant(closing, "en") == (
            "Friday, 29 January 2027, 12:00 (Japan Standard Time)"
        )
        assert format_day(date(2027, 1, 29)) == "令和9年1月29日（金）"
        assert format_day(date(2027, 1, 29), "en") == "Friday, 29 January 2027"

    def test_milliseconds_are_cut_and_never_rounded_past_a_deadline(self) -> None:
        last = jst(2027, 1, 29, 11, 59, 59, 999_999)
        assert iso_jst(last) == "2027-01-29T11:59:59.999+09:00"

    def test_an_instant_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="needs a zone"):
            to_jst(datetime(2027, 1, 29, 12, 0))  # noqa: DTZ001 - the naive instant is the point

    def test_noon_and_the_end_of_a_day_are_instants(self) -> None:
        assert noon_jst(date(2027, 1, 29)) == datetime(2027, 1, 29, 3, 0, tzinfo=UTC)
        assert end_of_day_jst(date(2027, 1, 29)) == datetime(2027, 1, 29, 15, 0, tzinfo=UTC)
        assert day_in_jst(datetime(2027, 1, 28, 15, 0, tzinfo=UTC)) == date(2027, 1, 29)


class TestWorkingDays:
    def test_the_turn_of_the_year(self) -> None:
        assert next_working_day(date(2025, 12, 26)) == date(2026, 1, 5)

    @pytest.mark.parametrize(
        "day",
        [
            date(2026, 5, 6),  # a substitute holiday
            date(2026, 9, 21),
            date(2026, 9, 22),  # a day between two holidays
            date(2026, 9, 23),
            date(2026, 11, 23),
            date(2026, 11, 22),  # a Sunday
            date(2026, 12, 29),
            date(2027, 1, 3),
        ],
    )
    def test_closed(self, day: date) -> None:
        assert is_working_day(day) is False

    @pytest.mark.parametrize("day", [date(2026, 12, 28), date(2026, 5, 7), date(2026, 9, 24)])
    def test_open(self, day: date) -> None:
        assert is_working_day(day) is True

    def test_a_working_day_stays(self) -> None:
        assert on_or_next_working_day(date(2026, 11, 24)) == date(2026, 11, 24)

    def test_years_without_a_known_list_are_refused(self) -> None:
        with pytest.raises(ValueError, match="no national holidays are known for 2100"):
            is_working_day(date(2100, 6, 1))


class TestStatutoryPeriods:
    @pytest.mark.parametrize(
        ("event", "length", "last_day"),
        [
            (date(2026, 11, 2), {"days": 14}, date(2026, 11, 16)),
            (date(2026, 11, 4), {"months": 3}, date(2027, 2, 4)),
            (date(2026, 1, 31), {"months": 1}, date(2026, 2, 28)),
            (date(2026, 1, 30), {"months": 1}, date(2026, 2, 28)),
            # Counting starts on March 1, so a month lasts through March 31.
            (date(2026, 2, 28), {"months": 1}, date(2026, 3, 31)),
            (date(2026, 12, 31), {"months": 10}, date(2027, 10, 31)),
            (date(2028, 2, 28), {"years": 1}, date(2029, 2, 28)),
        ],
    )
    def test_the_first_day_does_not_count(
        self, event: date, length: dict[str, int], last_day: date
    ) -> None:
        assert statutory_period(event, **length).last_day == last_day

    def test_the_act_may_wait_for_the_next_working_day(self) -> None:
        period = statutory_period(date(2026, 12, 17), days=14)
        assert (period.last_day, period.act_by) == (date(2026, 12, 31), date(2027, 1, 4))
        assert period.ends_before == jst(2027, 1, 5)


class TestTimeLeft:
    def test_it_is_rounded_down(self) -> None:
        closing = jst(2027, 1, 29, 12, 0)
        assert time_left(jst(2026, 11, 24, 14, 31, 59), closing) == TimeLeft(65, 21, 28)
        assert time_left(closing - timedelta(microseconds=1), closing) == TimeLeft(0, 0, 0)

    def test_the_deadline_itself_has_passed(self) -> None:
        closing = jst(2027, 1, 29, 12, 0)
        assert time_left(closing, closing) == TimeLeft(0, 0, 0, passed=True)

    @given(st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=3650)))
    def test_it_never_promises_more_than_there_is(self, left: timedelta) -> None:
        now = jst(2026, 11, 24)
        told = time_left(now, now + left)
        promised = timedelta(days=told.days, hours=told.hours, minutes=told.minutes)
        assert timedelta(0) <= left - promised < timedelta(minutes=1)
