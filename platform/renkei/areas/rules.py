"""Rules of the versioned lists: what a row, a list and a mapping are, and reading them from YAML.

Every problem's path begins with the line of the file it stands on: `("line 42", "name_ja")`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from renkei.areas import lines
from renkei.areas.lines import Entry
from renkei.problems import Problem
from renkei.text import BODY_MAX, Text, check_text

# Mappings between lists are ours alone: no government source says them.
OUR_JUDGEMENT = "our_judgement"
WORDING_UNCONFIRMED = Text("文言未確認", "wording unconfirmed")

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
_LIST_CODE = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")
_ROW_KEYS = frozenset(
    {
        *("list", "code", "order", "parent", "kind", "status", "name_ja", "name_en"),
        *("confidence", "source", "effective_from", "effective_to"),
    }
)


class Confidence(StrEnum):
    """How sure we are of a row's wording."""

    VERIFIED = "verified"
    LIKELY = "unconfirmed-likely"
    DOUBTFUL = "unconfirmed-doubtful"


@dataclass(frozen=True)
class AreaList:
    """One version of one list. It may have no rows yet and exists all the same."""

    code: str
    version: str
    name: Text
    effective_from: date | None = None
    effective_to: date | None = None
    note: str = ""


@dataclass(frozen=True)
class AreaRow:
    """One row of one version of a list.

    `effective_from` is the first day in force, `effective_to` the first day no longer.
    `day_confirmed` is False where the source names only a month, `proposed` is True where the row
    is not in force yet. `facts` holds what only some lists say (lead ministry, vision …).
    """

    list_code: str
    list_version: str
    code: str
    name: Text
    order: int
    confidence: Confidence
    source: str
    parent: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    day_confirmed: bool = True
    proposed: bool = False
    kind: str | None = None
    facts: AnyMapping[str, str] = field(default_factory=dict)

    def in_force(self, on: date) -> bool:
        """Whether the row counts on that day (R12.3); a proposed one never does."""
        return (
            not self.proposed
            and (self.effective_from is None or self.effective_from <= on)
            and (self.effective_to is None or on < self.effective_to)
        )


@dataclass(frozen=True)
class Mapping:
    """A correspondence between rows of two lists, marked as our judgement."""

    from_list: str
    from_code: str
    to_list: str
    to_code: str
    basis: str = OUR_JUDGEMENT


@dataclass(frozen=True)
class Catalogue:
    """Lists with all their rows, in the order of the file."""

    lists: tuple[AreaList, ...] = ()
    rows: tuple[AreaRow, ...] = ()

    def rows_of(self, list_code: str) -> tuple[AreaRow, ...]:
        """All rows of a list, in force or not: retiring a code never deletes it (R12.2)."""
        return tuple(row for row in self.rows if row.list_code == list_code)

    def in_force(self, list_code: str, on: date) -> tuple[AreaRow, ...]:
        """The rows of a list that count on that day (R12.3)."""
        return tuple(row for row in self.rows_of(list_code) if row.in_force(on))


def wording_label(confidence: str) -> Text | None:
    """What is shown beside a row whose wording was not read in a public source; else None."""
    return None if confidence == Confidence.VERIFIED else WORDING_UNCONFIRMED


def parse_catalogue(
    text: str, known: tuple[AreaList, ...] = ()
) -> tuple[Catalogue | None, list[Problem]]:
    """Read lists and rows from YAML: `sources`, `lists`, `rows`, or a bare sequence of rows.

    Rows refer to lists of the file or to `known` ones, which the catalogue then has too.
    Refused with the line: an unknown list or parent, a code twice, a missing name or source, an
    unknown confidence, an impossible day.
    """
    document, problems = lines.read(text)
    if problems:
        return None, problems
    lists: list[AreaList] = []
    for entry in document.section("lists"):
        one, found = _read_list(entry)
        problems += found
        lists += [one] if one else []
    sources = {key: value for entry in document.section("sources") for key, value in entry.items()}
    by_code = {one.code: one for one in (*known, *lists)}
    rows: list[AreaRow] = []
    at: dict[tuple[str, str], Entry] = {}
    for entry in document.section("rows"):
        row, found = _read_row(entry, by_code, sources)
        problems += found
        if row is None:
            continue
        if (row.list_code, row.code) in at:
            problems.append(
                entry.problem(
                    "code",
                    "TWICE",
                    f"{row.code} is in this list already.",
                    f"{row.code} はこのリストにすでにあります。",
                )
            )
        at[row.list_code, row.code] = entry
        rows.append(row)
    problems += _check_parents(rows, at)
    if problems:
        return None, problems
    meant = {row.list_code for row in rows}
    lists += [one for one in by_code.values() if one.code in meant and one not in lists]
    return Catalogue(tuple(lists), tuple(rows)), []


def _read_list(entry: Entry) -> tuple[AreaList | None, list[Problem]]:
    problems = entry.check_code("code", _LIST_CODE)
    problems += check_text(entry.path("version"), entry.get("version"), limit=40)
    problems += _check_names(entry)
    start, _, found = entry.day("effective_from")
    end, _, more = entry.day("effective_to")
    problems += (
        found
        + more
        + check_text(entry.path("note"), entry.get("note"), limit=BODY_MAX, required=False)
    )
    if problems:
        return None, problems
    name = Text(entry["name_ja"], entry.get("name_en"))
    return AreaList(entry["code"], entry["version"], name, start, end, entry.get("note") or ""), []


def _check_names(entry: Entry) -> list[Problem]:
    return check_text(entry.path("name_ja"), entry.get("name_ja")) + check_text(
        entry.path("name_en"), entry.get("name_en"), required=False
    )


def _read_row(
    entry: Entry, lists: AnyMapping[str, AreaList], sources: AnyMapping[str, str]
) -> tuple[AreaRow | None, list[Problem]]:
    problems = entry.check_code("code", _CODE) + _check_names(entry)
    owner = lists.get(entry.get("list") or "")
    if owner is None:
        problems.append(
            entry.problem("list", "UNKNOWN_LIST", "No such list.", "このリストはありません。")
        )
    confidence = entry.get("confidence") or ""
    if confidence not in set(Confidence):
        problems.append(
            entry.problem(
                "confidence",
                "UNKNOWN_CONFIDENCE",
                f"One of: {', '.join(Confidence)}.",
                f"次のどれかです：{', '.join(Confidence)}",
            )
        )
    named = entry.get("source")
    source = sources.get(named, named) if named else None
    problems += check_text(entry.path("source"), source, limit=2_000)
    order, found = entry.positive("order")
    start, start_confirmed, more = entry.day("effective_from")
    end, end_confirmed, rest = entry.day("effective_to")
    problems += found + more + rest
    if start and end and end <= start:
        problems.append(
            entry.problem(
                "effective_to",
                "END_BEFORE_START",
                "The end is not after the start.",
                "終わりが始まりより後になっていません。",
            )
        )
    if entry.get("status") not in {None, "proposed"}:
        problems.append(
            entry.problem(
                "status",
                "UNKNOWN_STATUS",
                "A row is `proposed` or has no status.",
                "状態は proposed か、空です。",
            )
        )
    if problems or owner is None or source is None:
        return None, problems
    return AreaRow(
        list_code=owner.code,
        list_version=owner.version,
        code=entry["code"],
        name=Text(entry["name_ja"], entry.get("name_en")),
        order=order or entry.place,
        confidence=Confidence(confidence),
        source=source,
        parent=entry.get("parent"),
        effective_from=start,
        effective_to=end,
        day_confirmed=start_confirmed and end_confirmed,
        proposed=entry.get("status") == "proposed",
        kind=entry.get("kind"),
        facts={key: value for key, value in entry.items() if key not in _ROW_KEYS},
    ), []


def _check_parents(rows: list[AreaRow], at: AnyMapping[tuple[str, str], Entry]) -> list[Problem]:
    parents = {(row.list_code, row.code): row.parent for row in rows}
    problems = []
    for (list_code, code), parent in parents.items():
        seen, above = {code}, parent
        while above is not None and above not in seen and (list_code, above) in parents:
            seen.add(above)
            above = parents[list_code, above]
        if above is not None:
            problems.append(
                at[list_code, code].problem(
                    "parent",
                    "UNKNOWN_PARENT",
                    "The parent is missing from this list, or the parents form a ring.",
                    "親がこのリストにないか、親子の関係が輪になっています。",
                )
            )
    return problems


def parse_mappings(
    text: str, catalogue: Catalogue
) -> tuple[tuple[Mapping, ...] | None, list[Problem]]:
    """Read mappings (`rows` of `from`, `to`, `basis`, each end as `list/CODE`) from YAML.

    Refused with the line: an end that `catalogue` lacks, two ends in one list, a pair twice in
    either direction, a basis other than our judgement.
    """
    document, problems = lines.read(text)
    if problems:
        return None, problems
    codes = {f"{row.list_code}/{row.code}" for row in catalogue.rows}
    seen: set[frozenset[str]] = set()
    mappings: list[Mapping] = []
    for entry in document.section("rows"):
        ends = (entry.get("from") or "", entry.get("to") or "")
        found = [
            entry.problem(key, "UNKNOWN_AREA", "No such row.", "この行はありません。")
            for key, end in zip(("from", "to"), ends, strict=True)
            if end not in codes
        ]
        if not found and (
            ends[0].split("/")[0] == ends[1].split("/")[0] or frozenset(ends) in seen
        ):
            found.append(
                entry.problem(
                    "to",
                    "TWICE",
                    "A mapping joins two lists, and each pair once.",
                    "対応づけは2つのリストの間に、1組につき1つです。",
                )
            )
        if entry.get("basis") != OUR_JUDGEMENT:
            found.append(
                entry.problem(
                    "basis",
                    "BASIS_MISSING",
                    f"Each mapping says that it is ours: basis: {OUR_JUDGEMENT}.",
                    f"対応づけには basis: {OUR_JUDGEMENT} が必要です。",
                )
            )
        problems += found
        if not found:
            seen.add(frozenset(ends))
            mappings.append(Mapping(*ends[0].split("/"), *ends[1].split("/")))
    return (None, problems) if problems else (tuple(mappings), [])
