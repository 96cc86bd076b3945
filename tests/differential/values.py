"""Values for arguments, filters and variables: usual ones, edges, and what should find nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta, timezone
from random import Random
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)

from differential.facts import TABLES, write_id
from differential.lists import Cursors, Place
from leak_proof import drawing
from leak_proof.drawing import NOW
from leak_proof.world import World

WILDCARDS = ("%", "_", "%_", "100%", "a_b", "\\", "/")
TEXTS = (*WILDCARDS, *WILDCARDS, "'", '"', "", "abc", "ABC", "k", "量子", "🍣", "\0")
BAD_IDS = ("", "x", "Q2FsbDo", "あ", "Q2FsbDp\0", "QnJpZWY6", "=====", "0")
INSTANTS = (
    "2026-11-24T12:00:00+09:00",
    "2026-11-24T03:00:00Z",
    "2026-11-24T03:00:00.000001+00:00",
    "1970-01-01T00:00:00Z",
    "9999-12-30T23:59:59.999999Z",
    "0001-01-02T00:00:00Z",
)
# What an argument's or a filter's field refers to.
REFERS = {
    "organizations": "Organization",
    "concepts": "Concept",
    "programmes": "Programme",
    "calls": "Call",
}
SIZES = (1, 1, 2, 2, 3, 3, 5, 20, 100)
BAD_SIZES = (0, 101, -1, 2**31 - 1)


class Values:
    """Values that one world's rows and cursors suggest."""

    def __init__(self, world: World, rng: Random, cursors: Cursors) -> None:
        self.rng = rng
        self.rows = world.rows
        self._cursors = cursors
        # In the order in which they were told, so that a seed draws the same again.
        self._places = list(cursors.places.items())

    def id(self, kind: str) -> str:
        """An id of this type: visible, hidden, missing, another type's, or none at all."""
        draw = self.rng.random()
        if draw < 0.08:
            return self.rng.choice(BAD_IDS)
        if draw < 0.14:
            return write_id(kind, UUID(int=self.rng.getrandbits(128)))
        if draw < 0.2:
            return write_id(kind, self._row(self.rng.choice(list(TABLES.values())))["id"])
        if draw < 0.28:
            kind = self.rng.choice(list(TABLES))
        return write_id(kind, self._row(TABLES[kind])["id"])

    def any_id(self) -> str:
        """An id of any type."""
        return self.id(self.rng.choice(list(TABLES)))

    def _row(self, table: str) -> Mapping[str, Any]:
        rows = self.rows.get(table) or self.rows["area"]
        return self.rng.choice(rows)

    def place(self, kind: str) -> tuple[str, Place] | None:
        """A cursor of some list of this type, where one has been told."""
        found = [one for one in self._places if one[1].kind == kind]
        return self.rng.choice(found) if found else None

    def cursor(self) -> str:
        """A cursor of any list, or none of ours."""
        if self._places and self.rng.random() < 0.7:
            return self.rng.choice(self._places)[0]
        return self.rng.choice(("", "x", "あ", "AAAAAAAAAAAAAAAAAAAA", "\0"))

    def at(self, place: str, shape: Any) -> Any:
        """A value for `place` (a field and its argument, or a filter's type and its field)."""
        shape = get_nullable_type(shape)
        if is_list_type(shape):
            size = self.rng.choice((0, 1, 1, 2, 3))
            return [self.at(place, shape.of_type) for _ in range(size)]
        named: Any = get_named_type(shape)
        if isinstance(named, GraphQLEnumType):
            return self.rng.choice(list(named.values))
        if isinstance(named, GraphQLInputObjectType):
            return self._object(named)
        return self._scalar(place, named.name)

    def _object(self, named: GraphQLInputObjectType) -> dict[str, Any]:
        """Some fields of an input; what it requires is always there, the rest may be null."""
        found: dict[str, Any] = {}
        likely = 0.7 if named.name == "InstantRange" else 0.35
        for name, field in named.fields.items():
            if is_required_input_field(field) or self.rng.random() < likely:
                found[name] = self.at(f"{named.name}.{name}", field.type)
            elif not is_non_null_type(field.type) and self.rng.random() < 0.08:
                found[name] = None
        return found

    def _scalar(self, place: str, name: str) -> Any:
        field = place.rpartition(".")[2]
        match name:
            case "Boolean":
                return self.rng.random() < 0.5
            case "Int":
                return self.rng.choice(BAD_SIZES if self.rng.random() < 0.02 else SIZES)
            case "ID":
                return self.id(REFERS[field]) if field in REFERS else self.any_id()
            case "DateTime":
                return self._instant(place)
        return STRINGS[place](self)

    def _instant(self, place: str) -> str:
        """An instant that a row has, exactly or nearly, or an edge; at any offset."""
        if self.rng.random() < 0.15:
            return self.rng.choice(INSTANTS)
        columns = [("call", "opens_at"), ("call", "closes_at"), ("brief", "updated_at")]
        table, column = self.rng.choice(columns)
        at = self._row(table)[column] if self.rng.random() < 0.6 else NOW
        at += timedelta(microseconds=self.rng.choice((0, 0, 0, 1, -1)))
        offset = self.rng.choice((0, 9, -5))
        told: str = at.astimezone(timezone(timedelta(hours=offset))).isoformat()
        return told.replace("+00:00", "Z") if self.rng.random() < 0.5 else told

    def text(self, table: str, *columns: str) -> str:
        """Letters of some row's text, or what LIKE would take for a pattern."""
        said = self._row(table)[self.rng.choice(columns)]
        if not said or self.rng.random() < 0.4:
            return self.rng.choice(TEXTS)
        start = self.rng.randrange(len(said))
        return str(said[start : start + self.rng.choice((1, 2, 6))])

    def code(self, table: str, column: str = "code") -> str:
        """A row's own word, or one that none has."""
        if self.rng.random() < 0.1:
            return self.rng.choice(TEXTS)
        said = self._row(table)[column]
        return said if said is not None else "1"


Say = Callable[[Values], str]


def _code(table: str, column: str = "code") -> Say:
    return lambda values: values.code(table, column)


def _text(table: str, *columns: str) -> Say:
    return lambda values: values.text(table, *columns)


def _cursor(values: Values) -> str:
    return values.cursor()


def _searched(values: Values) -> str:
    return " ".join(values.rng.sample(drawing.WORDS, values.rng.choice((1, 2))))


STRINGS: Mapping[str, Say] = {
    # Of a link that works the oracle knows nothing; these don't.
    "invitation.token": lambda values: values.rng.choice(("", "rki_none", "あ\0")),
    "after": _cursor,
    "before": _cursor,
    "area.code": _code("area"),
    "area.list": lambda values: values.rng.choice(("20areas", "goods", "あ", "")),
    "call.code": _code("call"),
    "concept.code": _code("concept"),
    "programme.code": _code("programme"),
    "proposal.number": _code("proposal", "number"),
    "brief.code": _code("brief"),
    "search.text": _searched,
    "search.areas": _code("area"),
    "search.after": _cursor,
    "AreaFilter.lists": lambda values: values.rng.choice(("20areas", "goods", "\0")),
    "AreaFilter.codes": _code("area"),
    "AreaFilter.text": _text("area", "name_ja", "name_en"),
    "OrganizationFilter.corporateNumbers": _code("organization", "corporate_number"),
    "OrganizationFilter.text": _text("organization", "name_ja", "name_kana", "name_en"),
    "PersonFilter.eradNumbers": _code("person", "erad_number"),
    "PersonFilter.emails": _code("person_contact", "email"),
    "PersonFilter.text": _text("person", "name", "name_kana", "name_en"),
    "ConceptFilter.text": _text("concept", "title_ja", "title_en", "summary_ja"),
    "CallFilter.areas": _code("area"),
    "CallFilter.text": _text("call", "title_ja", "title_en", "summary_ja"),
    "ProposalFilter.text": _text("proposal", "title", "summary"),
    "BriefFilter.areas": _code("area"),
    "BriefFilter.text": _text("brief", "title_ja", "title_en", "summary_ja"),
    "SharingGroupFilter.text": _text("sharing_group", "name_ja", "name_en"),
}


def literal(value: Any, shape: Any) -> str:
    """A value as GraphQL writes it."""
    named: Any = get_named_type(shape)
    shape = get_nullable_type(shape)
    if value is None:
        return "null"
    if is_list_type(shape) and isinstance(value, list):
        return "[" + ", ".join(literal(one, shape.of_type) for one in value) + "]"
    if isinstance(named, GraphQLInputObjectType):
        parts = (f"{name}: {literal(one, named.fields[name].type)}" for name, one in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(named, GraphQLEnumType):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
