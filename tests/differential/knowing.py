"""The oracle whole: the SDL's types, lists by cursor and the rules, asked a document at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, build_schema, get_named_type

from differential import fields
from differential.facts import TABLES, Record, View
from differential.interpreter import UNKNOWN, Told, answer
from differential.lists import Cursors, Listing, listing
from differential.rules import RULES, linked

SDL = Path(__file__).parents[2] / "schema" / "schema.graphql"


@cache
def sdl() -> GraphQLSchema:
    """The schema as it is committed; its instants are read by the standard library."""
    schema = build_schema(SDL.read_text(encoding="utf-8"))
    scalar: Any = schema.type_map["DateTime"]
    scalar.parse_value = scalar.coerce_input_value = _instant
    return schema


def _instant(value: Any) -> datetime:
    if not isinstance(value, str):
        raise GraphQLError("An instant is a text.")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise GraphQLError(str(error)) from None


class Knowing:
    """What one viewer's view and the cursors told so far make of each field."""

    def __init__(self, view: View, cursors: Cursors) -> None:
        self.view = view
        self.cursors = cursors

    def ask(
        self, document: DocumentNode, operation: str | None, variables: Mapping[str, Any]
    ) -> Told:
        """The oracle's answer to a document."""
        return answer(sdl(), document, operation, variables, self)

    def value(self, kind: str, name: str, source: Any, arguments: Mapping[str, Any]) -> Any:
        """See `interpreter.Rules`."""
        if kind == "Query" and name in fields.ROOTS:
            listed = fields.ROOTS[name]
            rows = list(self.view.visible(TABLES[listed]).values())
            return listing(self.view, self.cursors, listed, rows, arguments)
        if (kind, name) in fields.PAGES:
            listed, way = fields.PAGES[kind, name]
            rows = linked(listed, way, source.key, self.view)
            return listing(self.view, self.cursors, listed, rows, arguments)
        if isinstance(source, Listing):
            return _of_listing(source, name)
        if kind.endswith("Edge"):
            return source[name]
        rule = RULES.get((kind, name))
        return UNKNOWN if rule is None else rule(source, arguments, self.view)

    def kind_of(self, value: Record) -> str:
        """See `interpreter.Rules`."""
        return value.kind


def _of_listing(source: Listing, name: str) -> Any:
    records = [Record(source.kind, row) for row in source.rows]
    match name:
        case "nodes":
            return records
        case "edges":
            return [{"node": one, "cursor": source.place(one.row)} for one in records]
        case "totalCount":
            return source.total
        case "pageInfo":
            return {
                "hasNextPage": source.more_after,
                "hasPreviousPage": source.more_before,
                "startCursor": source.place(source.rows[0]) if source.rows else None,
                "endCursor": source.place(source.rows[-1]) if source.rows else None,
            }
    raise AssertionError(name)


def known(kind: str, name: str) -> bool:
    """Whether the oracle has a rule for this field."""
    listed = kind.removesuffix("Connection").removesuffix("Edge")
    return (
        (kind, name) in RULES
        or (kind, name) in fields.PAGES
        or (kind == "Query" and name in fields.ROOTS)
        or (listed != kind and listed in TABLES)
    )


def reachable() -> Iterator[tuple[str, str]]:
    """Every field of the query side, but for those below a field that the oracle does not know."""
    schema = sdl()
    waiting: list[Any] = [schema.query_type]
    seen: set[str] = set()
    while waiting:
        kind = waiting.pop()
        if kind.name in seen:
            continue
        seen.add(kind.name)
        if kind.name == "Node":
            waiting += schema.get_possible_types(kind)
            continue
        for name, field in getattr(kind, "fields", {}).items():
            yield kind.name, name
            if (kind.name, name) not in fields.UNKNOWN:
                waiting.append(get_named_type(field.type))
