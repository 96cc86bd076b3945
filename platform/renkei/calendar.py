"""The Japanese calendar: instants shown in JST, eras, fiscal years, working days, periods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays

from renkei.clock import JST
from renkei.problems import Problem
from renkei.text import normalise

NOON = time(12, 0)
WEEKDAYS_JA = "月火水木金土日"
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip

FISCAL_YEAR_STARTS_IN = 4
# The national holidays law of 1948; the package computes equinoxes up to 2099.
HOLIDAYS_KNOWN = range(1949, 2100)


@dataclass(frozen=True)
class Era:
    """A Japanese era. Year 1 is the calendar year of its first day."""

    name: str
    letter: str
    first_day: date

    def year_of(self, year: int) -> int:
        """The era's year in which the calendar year `year` falls."""
        return year - self.first_day.year + 1


REIWA = Era("令和", "R", date(2019, 5, 1))
# Newest first: the first whose first day is not after a day is the day's era.
ERAS = (REIWA, Era("平成", "H", date(1989, 1, 8)), Era("昭和", "S", date(1926, 12, 25)))


def to_jst(instant: datetime) -> datetime:
    """The same instant on the Japanese clock. A datetime without a zone is refused (R2.3)."""
    if instant.utcoffset() is None:
        msg = "an instant needs a zone"
        raise ValueError(msg)
    return instant.astimezone(JST)


def day_in_jst(when: date) -> date:
    """The calendar day in Japan: of an instant, or the day itself."""
    return to_jst(when).date() if isinstance(when, datetime) else when


def noon_jst(day: date) -> datetime:
    """12:00 JST of `day`, the usual closing time of a call (R2.3), as an instant in UTC."""
    return datetime.combine(day, NOON, JST).astimezone(UTC)


def end_of_day_jst(day: date) -> datetime:
    """The first instant that is no longer in `day`, in UTC: a period ends before it."""
    return datetime.combine(day + timedelta(days=1), time(), JST).astimezone(UTC)


# -- fiscal years --------------------------------------------------------------------------------


def fiscal_year(when: date) -> int:
    """The fiscal year of a day or an instant; it starts on April 1, 00:00 JST (R2.1)."""
    day = day_in_jst(when)
    return day.year if day.month >= FISCAL_YEAR_STARTS_IN else day.year - 1


def fiscal_years(start: date, end: date) -> tuple[int, ...]:
    """Every fiscal year that the days from `start` to `end` (both inclusive) touch."""
    return tuple(range(fiscal_year(start), fiscal_year(end) + 1))


def format_fiscal_year(year: int, lang: str = "ja") -> str:
    """`令和8年度` or `FY2026`. The year of an era change bears the new name: 令和元年度."""
    if lang == "en":
        return f"FY{year}"
    return f"{_era_year(date(year, 12, 31))}度"


# -- eras ----------------------------------------------------------------------------------------


def era_of(day: date) -> Era:
    """The era of a day. Days before 昭和 are refused: no record here is as old."""
    for era in ERAS:
        if day >= era.first_day:
            return era
    msg = f"no era is kept for {day.isoformat()}"
    raise ValueError(msg)


def _era_year(day: date) -> str:
    era = era_of(day)
    number = era.year_of(day.year)
    return f"{era.name}{'元' if number == 1 else number}年"


def format_wareki(day: date) -> str:
    """`令和7年11月7日`; the first year of an era is 元年 (R2.2)."""
    return f"{_era_year(day)}{day.month}月{day.day}日"


@dataclass(frozen=True)
class WarekiDate:
    """What a date in an era's years says: a year, or a year and month, or a full day."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def date(self) -> date | None:
        """The calendar day where the text names one."""
        if self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)


_WAREKI = re.compile(
    r"(?P<era>令和|平成|昭和|[RHS])?\s*(?P<year>[0-9]{1,2}|元)"
    r"(?:\s*年\s*(?:(?P<m1>[0-9]{1,2})\s*月\s*(?:(?P<d1>[0-9]{1,2})\s*日)?)?"
    r"|[./-](?P<m2>[0-9]{1,2})(?:[./-](?P<d2>[0-9]{1,2}))?)?",
    re.IGNORECASE,
)


def parse_wareki(raw: str, path: tuple[str, ...] = ()) -> tuple[WarekiDate | None, list[Problem]]:
    """Read 令和7年, 令和元年5月1日, R7, R7.11.7 or a bare ７ (taken as 令和), any width (R2.2).

    Refused: another form, a day that the calendar or the era does not have.
    """
    found = _WAREKI.fullmatch(normalise(raw))
    if found is None:
        return None, [
            Problem(
                path,
                "NOT_A_WAREKI_DATE",
                "Write a Japanese-era date such as 令和7年11月7日 or R7.11.7.",
                "和暦の日付として読めません。令和7年11月7日、R7.11.7 のように書きます。",
            )
        ]
    named = (found["era"] or REIWA.letter).upper()
    era = next(one for one in ERAS if named in {one.name, one.letter})
    number = 1 if found["year"] == "元" else int(found["year"])
    month, day = found["m1"] or found["m2"], found["d1"] or found["d2"]
    parsed = WarekiDate(
        era.first_day.year + number - 1,
        int(month) if month else None,
        int(day) if day else None,
    )
    if number < 1 or not _era_has(era, parsed):
        return None, [
            Problem(
                path,
                "NO_SUCH_DAY",
                "This day does not exist in that era.",
                "その元号にない日付です。",
            )
        ]
    return parsed, []


def _era_has(era: Era, parsed: WarekiDate) -> bool:
    """Whether any day that `parsed` may mean lies in `era`."""
    try:
        first = date(
            parsed.year,
            1 if parsed.month is None else parsed.month,
            1 if parsed.day is None else parsed.day,
        )
        last = parsed.date or date(parsed.year, 12 if parsed.month is None else parsed.month, 28)
    except ValueError:
        return False
    if parsed.day is None:
        # The last day of the month, or of December: four days past the 28th is the next month.
        last = (last + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return last >= era.first_day and era_of(max(first, era.first_day)) is era


# -- how an instant is shown ---------------------------------------------------------------------


def format_day(day: date, lang: str = "ja") -> str:
    """`令和9年1月29日（金）` or `Friday, 29 January 2027`."""
    if lang == "en":
        return f"{WEEKDAYS_EN[day.weekday()]}, {day.day} {MONTHS_EN[day.month - 1]} {day.year}"
    return f"{format_wareki(day)}（{WEEKDAYS_JA[day.weekday()]}）"


def format_instant(instant: datetime, lang: str = "ja") -> str:
    """`令和9年1月29日（金）12:00（日本標準時）`, or the same in English; always Japan's clock."""
    here = to_jst(instant)
    if lang == "en":
        return f"{format_day(here.date(), 'en')}, {here:%H:%M} (Japan Standard Time)"
    return f"{format_day(here.date())}{here:%H:%M}（日本標準時）"


def iso_jst(instant: datetime) -> str:
    """ISO 8601 with milliseconds and +09:00. Cut, not rounded: never past a deadline."""
    return to_jst(instant).isoformat(timespec="milliseconds")


# -- working days and periods --------------------------------------------------------------------


@lru_cache(maxsize=64)
def _national_holidays(year: int) -> frozenset[date]:
    if year not in HOLIDAYS_KNOWN:
        msg = f"no national holidays are known for {year}"
        raise ValueError(msg)
    return frozenset(holidays.country_holidays("JP", years=year))


def is_working_day(day: date) -> bool:
    """Whether government offices work: no weekend, national holiday, Dec 29 to Jan 3 (R2.5)."""
    if day.weekday() >= 5 or (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
        return False
    return day not in _national_holidays(day.year)


def on_or_next_working_day(day: date) -> date:
    """`day` where government offices work on it, else the first day after it that they do."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def next_working_day(day: date) -> date:
    """The first working day of government offices after `day`."""
    return on_or_next_working_day(day + timedelta(days=1))


@dataclass(frozen=True)
class StatutoryPeriod:
    """A period set by law: its last day, and the day by which an office still accepts the act."""

    last_day: date
    act_by: date

    @property
    def ends_before(self) -> datetime:
        """The first instant after the last day on which the act may be done, in UTC."""
        return end_of_day_jst(self.act_by)


def statutory_period(
    event: date, *, days: int = 0, months: int = 0, years: int = 0
) -> StatutoryPeriod:
    """A period after `event`, whose own day does not count (Civil Code art. 140, 141, 143; R2.6).

    Months and years run by the calendar. Where the last day is no working day, the act toward an
    office may be done on the next one. Never use it for a call: an agency's deadline stays.
    """
    first = event + timedelta(days=1)
    month_count = first.month - 1 + months + 12 * years
    year, month = first.year + month_count // 12, month_count % 12 + 1
    try:
        last = date(year, month, first.day) - timedelta(days=1)
    except ValueError:
        # That month has no such day: the period ends with the month (art. 143, 2).
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    last += timedelta(days=days)
    return StatutoryPeriod(last, on_or_next_working_day(last))


# -- time left -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class TimeLeft:
    """Time to a deadline, rounded down; all zero and `passed` from the deadline itself on."""

    days: int
    hours: int
    minutes: int
    passed: bool = False


def time_left(now: datetime, closes_at: datetime) -> TimeLeft:
    """Whole days, hours and minutes until `closes_at`: never more than there really is."""
    left = closes_at - now
    if left <= timedelta(0):
        return TimeLeft(0, 0, 0, passed=True)
    hours, seconds = divmod(left.seconds, 3600)
    return TimeLeft(left.days, hours, seconds // 60)
