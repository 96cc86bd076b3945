"""How values are shown to people: instants on Japan's clock, time left, yen, bilingual text.

Every function takes the page's language, `"ja"` or `"en"`. Instants come as the API sends them,
ISO 8601 with an offset, or as aware datetimes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from markupsafe import Markup

from renkei import calendar
from renkei.clock import JST
from renkei_web.portal.catalogue import term

SOON_DAYS = 7
OKU = 100_000_000
MAN = 10_000


def as_instant(value: str | datetime) -> datetime:
    """The instant that an API value says."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def as_day(value: str | date) -> date:
    """The day that an API value says."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def instant(value: str | datetime, lang: str) -> str:
    """`令和9年1月29日（金）12:00（日本標準時）`, or the same in English, with its zone."""
    return calendar.format_instant(as_instant(value), lang)


def instant_plain(value: str | datetime, lang: str) -> str:
    """The same without the zone, for places where the page has named it."""
    here = calendar.to_jst(as_instant(value))
    if lang == "en":
        return f"{here:%a} {here.day} {here:%b %Y}, {here:%H:%M} JST"
    return f"{calendar.format_day(here.date())}{here:%H:%M}"


def instant_short(value: str | datetime, lang: str, now: datetime) -> str:
    """As short as it can be said without doubt: the year only where it isn't the present one."""
    here, today = calendar.to_jst(as_instant(value)), calendar.to_jst(now)
    if here.year != today.year:
        return instant_plain(value, lang)
    if lang == "en":
        return f"{here:%a} {here.day} {here:%b}, {here:%H:%M}"
    return f"{here.month}月{here.day}日（{calendar.WEEKDAYS_JA[here.weekday()]}）{here:%H:%M}"


def instant_rows(value: str | datetime, lang: str, now: datetime) -> str:
    """As `instant_short`, for a narrow column: where it must break, it breaks after the year."""
    shown = instant_short(value, lang, now)
    year, sign, rest = shown.partition("年")
    return Markup("{}{}<wbr>{}").format(year, sign, rest) if rest else shown


def moment(value: str | datetime, lang: str, now: datetime) -> str:
    """When a notice came: the hour today, day and hour before."""
    here, today = calendar.to_jst(as_instant(value)), calendar.to_jst(now)
    if here.date() == today.date():
        return f"{here.hour}:{here:%M}"
    if lang == "en":
        return f"{here.day} {here:%b}, {here.hour}:{here:%M}"
    return f"{here.month}/{here.day} {here.hour}:{here:%M}"


def instant_iso(value: str | datetime) -> str:
    """`2027-01-29 12:00`, on Japan's clock."""
    return f"{calendar.to_jst(as_instant(value)):%Y-%m-%d %H:%M}"


def instant_exact(value: str | datetime, lang: str) -> str:
    """Down to the millisecond, cut and never rounded, without the zone: for receipts."""
    here = calendar.to_jst(as_instant(value))
    day = calendar.format_day(here.date(), lang)
    clock = f"{here:%H:%M:%S}.{here.microsecond // 1000:03d}"
    return f"{day}, {clock}" if lang == "en" else f"{day}{clock}"


def day(value: str | date, lang: str) -> str:
    """`令和8年10月31日` or `31 October 2026`."""
    that = as_day(value)
    if lang == "en":
        return f"{that.day} {calendar.MONTHS_EN[that.month - 1]} {that.year}"
    return calendar.format_wareki(that)


def day_of(value: str | datetime, lang: str) -> str:
    """The day on which an instant falls in Japan."""
    return day(calendar.day_in_jst(as_instant(value)), lang)


def day_short(value: str | datetime, lang: str) -> str:
    """`10月15日` or `15 Oct`: for timelines, where the year is near."""
    here = calendar.to_jst(as_instant(value))
    return f"{here.day} {here:%b}" if lang == "en" else f"{here.month}月{here.day}日"


def day_numeric(value: str | datetime, lang: str) -> str:
    """`12/15` or `15 Dec`: where a row has room for little more."""
    here = calendar.to_jst(as_instant(value))
    return f"{here.day} {here:%b}" if lang == "en" else f"{here.month}/{here.day}"


def instant_input(value: str | datetime) -> str:
    """`2027-01-29T12:00:00` on Japan's clock: the value of a date and time field."""
    return f"{calendar.to_jst(as_instant(value)):%Y-%m-%dT%H:%M:%S}"


def next_april(now: datetime) -> str:
    """0:00 of the next 1 April on Japan's clock, as such a field's value: when posts rotate."""
    here = calendar.to_jst(now)
    return f"{here.year + (here.month >= 4)}-04-01T00:00:00"


def clock(value: str | datetime) -> str:
    """`14:32` on Japan's clock."""
    return f"{calendar.to_jst(as_instant(value)):%H:%M}"


def clock_seconds(value: str | datetime) -> str:
    """`14:32:08` on Japan's clock."""
    return f"{calendar.to_jst(as_instant(value)):%H:%M:%S}"


class CallState(NamedTuple):
    """What a reader needs to know of a call's dates; `kind` is a key of `terms.call_state`."""

    kind: str
    left: calendar.TimeLeft


_KINDS = {
    "DRAFT": "draft",
    "PRE_ANNOUNCED": "forecast",
    "OPEN": "open",
    "CLOSED": "closed",
    "UNDER_REVIEW": "review",
    "DECIDED": "decided",
    "CANCELLED": "cancelled",
}


def call_state(call: Mapping[str, Any], now: datetime) -> CallState:
    """A call's state; `left` counts to the opening of a forecast, else to the deadline.

    An open call is "soon" in its last week. A call that closed since it was read is closed.
    """
    kind = _KINDS[call["status"]]
    until = call["opensAt"] if kind == "forecast" else call["closesAt"]
    left = calendar.time_left(now, as_instant(until))
    if kind == "open" and left.passed:
        kind = "closed"
    elif kind == "open" and left.days < SOON_DAYS:
        kind = "soon"
    return CallState(kind, left)


def by_deadline(proposals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Proposals in the order of their calls' deadlines."""
    return sorted(proposals, key=lambda proposal: as_instant(proposal["call"]["closesAt"]))


class Point(NamedTuple):
    """A point of a timeline; `kind`: past, now, next or deadline; `name`: terms.call_point."""

    kind: str
    name: str
    at: datetime


def call_points(call: Mapping[str, Any], now: datetime) -> list[Point]:
    """What a call's dates are, in their order, with the present instant among them."""
    opens, closes = as_instant(call["opensAt"]), as_instant(call["closesAt"])
    points = [
        Point("next" if now < opens else "past", "opens", opens),
        Point("now", "today", now),
        Point("deadline" if now < closes else "past", "closes", closes),
    ]
    return sorted(points, key=lambda point: point.at)


def ago_or_left(earlier: str | datetime, later: str | datetime) -> calendar.TimeLeft:
    """Whole days, hours and minutes between two instants."""
    return calendar.time_left(as_instant(earlier), as_instant(later))


def fiscal_years(start: str | None, end: str | None) -> tuple[int, ...]:
    """The fiscal years that a period touches; none where it is not known yet, or is backwards."""
    return calendar.fiscal_years(as_day(start), as_day(end)) if start and end else ()


def fiscal_year(year: int, lang: str) -> str:
    """`令和9年度` or `FY2027`."""
    return calendar.format_fiscal_year(year, lang)


def wareki_short(value: str | datetime) -> str:
    """`R9.1.28`, as stamps have it."""
    here = calendar.day_in_jst(as_instant(value))
    era = calendar.era_of(here)
    return f"{era.letter}{era.year_of(here.year)}.{here.month}.{here.day}"


def from_input(value: str) -> datetime:
    """The instant of a date and time field, which people fill in on Japan's clock.

    Raises `ValueError` for what is no date and time.
    """
    return datetime.fromisoformat(value).replace(tzinfo=JST)


def yen(amount: int, lang: str) -> str:
    """An amount in the units in which people speak: `60億円`, `12億3,456万円`, `JPY 6 billion`.

    Nothing is rounded: what 万 or millions would cut is written out in full.
    """
    if lang == "en":
        for unit, name in ((1_000_000_000, "billion"), (1_000_000, "million")):
            if amount >= unit:
                if amount * 1000 % unit:
                    break
                return f"JPY {amount / unit:,.3f}".rstrip("0").rstrip(".") + f" {name}"
        return f"JPY {amount:,}"
    if amount < MAN or amount % MAN:
        return f"{amount:,}円"
    oku, man = divmod(amount // MAN, OKU // MAN)
    return (f"{oku:,}億" if oku else "") + (f"{man:,}万" if man else "") + "円"


def number(amount: int | str | None) -> str:
    """`240,000,000`: its unit is named elsewhere. What isn't a number stays as typed."""
    return f"{amount:,}" if isinstance(amount, int) else amount or ""


def yen_full(amount: int, lang: str) -> str:
    """Every digit: `3,237,000,000円` or `JPY 3,237,000,000`."""
    return f"JPY {amount:,}" if lang == "en" else f"{amount:,}円"


def plain(value: Mapping[str, Any] | str | None, lang: str) -> str:
    """A bilingual value in the page's language, else in the other one: for attributes."""
    if value is None or isinstance(value, str):
        return value or ""
    other = "ja" if lang == "en" else "en"
    return str(value.get(lang) or value.get(other) or "")


def text(value: Mapping[str, Any] | str | None, lang: str) -> str:
    """The same for the page's text: what falls back to the other language says so by `lang`."""
    shown = plain(value, lang)
    if isinstance(value, Mapping) and shown and not value.get(lang):
        other = "ja" if lang == "en" else "en"
        return Markup('<span lang="{}">{}</span>').format(other, shown)
    return shown


def options(
    edges: list[dict[str, Any]], lang: str, value: str, words: str
) -> list[tuple[str, str]]:
    """The nodes of a connection as a form's choices: pairs of value and words."""
    return [(edge["node"][value], plain(edge["node"][words], lang)) for edge in edges]


def person_name(person: Mapping[str, Any] | None, lang: str) -> str:
    """A person's name as typed; in English as they write it there, where they said so."""
    return text({"ja": person["name"], "en": person["nameEn"]}, lang) if person else ""


def people_options(edges: list[dict[str, Any]], lang: str) -> list[tuple[str, str]]:
    """People as a form's choices: their names, with the organisations that tell namesakes apart."""
    found = []
    for edge in edges:
        person = edge["node"]
        places = [plain(post["organization"]["name"], lang) for post in person["posts"]]
        where = " / ".join(dict.fromkeys(places))
        found.append((person["id"], f"{person['name']} {where}".strip()))
    return found


TLP_LABELS = {
    "TLP_CLEAR": "TLP:CLEAR",
    "TLP_GREEN": "TLP:GREEN",
    "TLP_AMBER": "TLP:AMBER",
    "TLP_AMBER_STRICT": "TLP:AMBER+STRICT",
    "TLP_RED": "TLP:RED",
}


def tlp_options(lang: str) -> list[tuple[str, str]]:
    """The labels of TLP 2.0, never translated, with who may read each."""
    return [
        (value, f"{label} — {term('tlp_readers', value, lang)}")
        for value, label in TLP_LABELS.items()
    ]


def as_id(value: str) -> str:
    """An opaque id where HTML wants a name without `=` and `:`."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", value)


def initial(name: str) -> str:
    """The first character of a name as typed, surrogate pairs and variation selectors kept."""
    if len(name) > 1 and 0xE0100 <= ord(name[1]) <= 0xE01EF:
        return name[:2]
    return name[:1]


def grouped(digest: str, size: int = 8) -> str:
    """A hash in groups, so that it can be read aloud and compared."""
    return " ".join(digest[start : start + size] for start in range(0, len(digest), size))


def now_utc(value: datetime) -> str:
    """The instant for scripts: ISO 8601 in UTC."""
    return value.astimezone(UTC).isoformat(timespec="seconds")
