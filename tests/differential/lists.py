"""Lists by cursor, as the oracle reads them: narrowed, ordered, cut, counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from differential.facts import TABLES, Row, View, read_id
from differential.interpreter import FieldError

# One step of an order: what a row says there, and whether it goes down.
Step = tuple[str, bool]
Keep = Callable[[Row], bool]
DEFAULT, MOST = 20, 100


@dataclass(frozen=True)
class Place:
    """A row's place in a list, for which the product writes an opaque cursor.

    `query` names the list with its filter and order; `values` is the row in that order; `sent` are
    the arguments of that list, for whoever wants to ask on from there.
    """

    query: str
    values: tuple[Any, ...]
    kind: str = field(compare=False, default="")
    sent: Mapping[str, Any] = field(compare=False, hash=False, default_factory=dict)


@dataclass
class Cursors:
    """What each cursor that was told so far stands for."""

    places: dict[str, Place] = field(default_factory=dict)

    def read(self, cursor: str, query: str) -> tuple[Any, ...]:
        """The place in this list; refused where the cursor is not one of this list's."""
        place = self.places.get(cursor)
        if place is None or place.query != query:
            raise FieldError("INVALID_INPUT")
        return place.values


@dataclass
class Listing:
    """A connection: its rows on this page, and what stands before and after."""

    kind: str
    rows: list[Row]
    total: int
    more_after: bool
    more_before: bool
    query: str
    steps: list[Step]
    sent: Mapping[str, Any]
    view: View

    def place(self, row: Row) -> Place:
        """The row's place in this list."""
        values = tuple(_at(self.view, row, column) for column, _ in self.steps)
        return Place(self.query, values, self.kind, self.sent)


def _at(view: View, row: Row, column: str) -> Any:
    """What a row says in a step; a part's column sorts as the empty text where it is hidden."""
    if column != "email":
        return row[column]
    contact = view.part("person_contact", person_id=row["id"])
    return "" if contact is None else contact["email"]


# The order of a list where none is asked for, by the type listed.
ORDERS: dict[str, list[Step]] = {
    "Area": [("list_code", False), ("list_version", False), ("position", False)],
    "Organization": [("name_kana", False)],
    "Person": [("name_kana", False)],
    "Programme": [("created_at", True)],
    "Concept": [("published_at", True)],
    "Call": [("closes_at", False)],
    "Proposal": [("updated_at", True)],
    "Brief": [("updated_at", True)],
    "SharingGroup": [("created_at", True)],
    "Notice": [("created_at", True)],
    "Follow": [("created_at", True)],
    "Reading": [("at", True)],
    "AuditSeal": [("number", True)],
    "ReadingAlarm": [("at", True)],
}
# What an order's field means, where it is not the column of that name.
COLUMNS = {("Organization", "NAME"): "name_kana", ("Person", "NAME"): "name_kana"}
COLUMNS[("Area", "NAME")] = "name_ja"


def listing(
    view: View, cursors: Cursors, kind: str, rows: list[Row], sent: Mapping[str, Any]
) -> Listing:
    """The page that the arguments ask for. Raises FieldError."""
    first, last = sent.get("first"), sent.get("last")
    if any(size is not None and not 1 <= size <= MOST for size in (first, last)):
        raise FieldError("INVALID_INPUT")
    if first is not None and last is not None:
        raise FieldError("INVALID_INPUT")
    steps = list(ORDERS[kind])
    if order := sent.get("orderBy"):
        name = order["field"]
        column = COLUMNS.get((kind, name), name.lower())
        steps = [(column, order["direction"] == "DESC")]
    narrowed = sent.get("filter")
    query = json.dumps([kind, steps, _named(narrowed)], default=str, sort_keys=True)
    steps.append(("id", steps[-1][1]))
    for name, value in (narrowed or {}).items():
        if value is not None:
            keep = FILTERS[kind][name](value, view)
            rows = [row for row in rows if keep(row)]
    rows = ordered(view, rows, steps)
    total = len(rows)
    if (after := sent.get("after")) is not None:
        values = cursors.read(after, query)
        rows = [row for row in rows if _compared(view, row, steps, values) > 0]
    if (before := sent.get("before")) is not None:
        values = cursors.read(before, query)
        rows = [row for row in rows if _compared(view, row, steps, values) < 0]
    size = first or last or DEFAULT
    more = len(rows) > size
    backwards = last is not None
    return Listing(
        kind,
        rows[-size:] if backwards else rows[:size],
        total,
        before is not None if backwards else more,
        more if backwards else after is not None,
        query,
        steps,
        sent,
        view,
    )


def _named(narrowed: Mapping[str, Any] | None) -> Any:
    """A filter as a cursor remembers it: what is null is as good as not sent."""
    if narrowed is None:
        return None
    return {name: value for name, value in narrowed.items() if value is not None}


def ordered(view: View, rows: list[Row], steps: list[Step]) -> list[Row]:
    """The rows in this order."""
    found = list(rows)
    for column, down in reversed(steps):
        found.sort(key=lambda row: _at(view, row, column), reverse=down)
    return found


def _compared(view: View, row: Row, steps: list[Step], values: tuple[Any, ...]) -> int:
    """Whether the row comes before (-1), at or after (1) the place."""
    for (column, down), value in zip(steps, values, strict=True):
        mine = _at(view, row, column)
        if mine != value:
            return 1 if (mine > value) is not down else -1
    return 0


def _among(column: str) -> Callable[[Any, View], Keep]:
    def narrow(values: Any, _view: View) -> Keep:
        return lambda row: row[column] in values

    return narrow


def _refers(column: str, kind: str) -> Callable[[Any, View], Keep]:
    """To one of these records, as far as the viewer sees it."""

    def narrow(ids: Any, view: View) -> Keep:
        found = {key[1] for one in ids if (key := read_id(one))}
        ends = found & view.visible(TABLES[kind]).keys()
        return lambda row: row[column] in ends

    return narrow


def _tagged(junction: str, column: str) -> Callable[[Any, View], Keep]:
    def narrow(codes: Any, view: View) -> Keep:
        areas = {key for key, area in view.visible("area").items() if area["code"] in codes}
        tagged = {link[column] for link in view.rows.get(junction, ()) if link["area_id"] in areas}
        return lambda row: row["id"] in tagged

    return narrow


def _holds(*columns: str) -> Callable[[Any, View], Keep]:
    def narrow(text: Any, view: View) -> Keep:
        wanted = _folded(view, text.replace("\0", ""))
        return lambda row: any(
            row[column] is not None and wanted in _folded(view, row[column]) for column in columns
        )

    return narrow


def _folded(view: View, text: str) -> str:
    if not view.folds:
        return text
    return "".join(one.lower() if one.isascii() else one for one in text)


def _within(column: str) -> Callable[[Any, View], Keep]:
    def narrow(told: Any, _view: View) -> Keep:
        since, until = told.get("from"), told.get("until")
        return lambda row: (
            (since is None or since <= row[column]) and (until is None or row[column] < until)
        )

    return narrow


def _mailed(values: Any, view: View) -> Keep:
    """Only an address that the viewer sees matches."""
    seen = view.visible("person_contact").values()
    people = {contact["person_id"] for contact in seen if contact["email"] in values}
    return lambda row: row["id"] in people


def status_of(row: Row, view: View) -> str:
    """A call's state now: what was announced opens and closes by itself, on the instant."""
    status: str = row["status"]
    if status in {"PRE_ANNOUNCED", "OPEN"}:
        if row["closes_at"] <= view.at:
            return "CLOSED"
        return "OPEN" if row["opens_at"] <= view.at else status
    return status


def _in_state(values: Any, view: View) -> Keep:
    return lambda row: status_of(row, view) in values


def _unread(unread: Any, _view: View) -> Keep:
    return lambda row: (row["read_at"] is None) is unread


FILTERS: dict[str, dict[str, Callable[[Any, View], Keep]]] = {
    "Area": {
        "lists": _among("list_code"),
        "codes": _among("code"),
        "text": _holds("name_ja", "name_en"),
    },
    "Organization": {
        "kinds": _among("kind"),
        "corporateNumbers": _among("corporate_number"),
        "text": _holds("name_ja", "name_kana", "name_en"),
    },
    "Person": {
        "eradNumbers": _among("erad_number"),
        "emails": _mailed,
        "text": _holds("name", "name_kana", "name_en"),
    },
    "Concept": {
        "programmes": _refers("programme_id", "Programme"),
        "text": _holds("title_ja", "title_en", "summary_ja"),
    },
    "Call": {
        "status": _in_state,
        "areas": _tagged("call_area", "call_id"),
        "organizations": _refers("organization_id", "Organization"),
        "concepts": _refers("concept_id", "Concept"),
        "text": _holds("title_ja", "title_en", "summary_ja"),
        "opensAt": _within("opens_at"),
        "closesAt": _within("closes_at"),
    },
    "Proposal": {
        "status": _among("status"),
        "calls": _refers("call_id", "Call"),
        "text": _holds("title", "summary"),
    },
    "Brief": {
        "kinds": _among("kind"),
        "status": _among("status"),
        "areas": _tagged("brief_area", "brief_id"),
        "organizations": _refers("organization_id", "Organization"),
        "text": _holds("title_ja", "title_en", "summary_ja"),
        "updatedAt": _within("updated_at"),
    },
    "SharingGroup": {"text": _holds("name_ja", "name_en")},
    "Notice": {"unread": _unread},
}
