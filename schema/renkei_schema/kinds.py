"""What can be exported, from the declarations alone: every list of the root is a kind.

A type that is declared and listed comes along by itself. Columns are its fields in their order:
a text in two languages is two, a linked record its id and its name, a bounded list the codes or
names of what is in it. Not columns: lists by cursor (a kind of their own, or one record's), what
the viewer may do, and what is computed over several rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache, partial
from typing import Any
from uuid import UUID

from graphql import GraphQLNamedType, GraphQLObjectType, get_named_type, is_leaf_type
from sqlalchemy import Table

from renkei.access.policy.viewer import Viewer
from renkei.exports.kinds import Field, Inside, Kind, Label, Listing, Part, Reference
from renkei.exports.spool import Nested
from renkei_schema.declare.lookahead import WORDS
from renkei_schema.declare.words import First, Listed, One, Told, Word
from renkei_schema.ids import write_id
from renkei_schema.node import TABLES
from renkei_schema.scalars import Text
from renkei_schema.schema import schema

_CORE: Any = schema._schema
# A record's name among its fields, to people; and in a list, where no id stands beside it.
_NAMES = ("name", "title", "number", "code")
_IN_LISTS = ("code", *_NAMES)
# Every export ends in the marking's own columns: it is no column of the type.
_MARKING = "Marking"


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind that can be exported, by its name on the command line: `sharing-groups`."""
    found: dict[str, Kind] = {}
    for field, told in _CORE.query_type.fields.items():
        named = get_named_type(told.type)
        if _is_connection(named):
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", field).lower()
            found[name] = kind_of(name, get_named_type(named.fields["nodes"].type).name)
    return found


def kind_of(name: str, type_name: str) -> Kind:
    """The kind of a declared type."""
    table = TABLES[type_name]
    kind = Kind(name, table, partial(_global_id, type_name), tuple(_parts(type_name)))
    assert len(set(kind.keys)) == len(kind.keys), f"{name}: two columns of one name"
    return kind


def exported_fields(type_name: str) -> set[str]:
    """The fields of a type, as the API names them, that give columns."""
    words = {word.name: field for field, word in WORDS[TABLES[type_name].name].items()}
    return {"id", *(words[name] for name, _ in _named_parts(type_name)), *_marking(type_name)}


def _marking(type_name: str) -> set[str]:
    told = _CORE.type_map[type_name].fields
    return {name for name, field in told.items() if get_named_type(field.type).name == _MARKING}


def _is_connection(named: GraphQLNamedType) -> bool:
    return isinstance(named, GraphQLObjectType) and named.name.endswith("Connection")


def _parts(type_name: str) -> Iterator[Part]:
    for _, part in _named_parts(type_name):
        yield part


def _named_parts(type_name: str) -> Iterator[tuple[str, Part]]:
    table = TABLES[type_name]
    for field, told in _CORE.type_map[type_name].fields.items():
        word = WORDS[table.name].get(field)
        named = get_named_type(told.type)
        if word is None or named.name == _MARKING or _is_connection(named):
            continue
        part = _part(word, named, told.type)
        if part is not None:
            yield word.name, part


def _part(word: Word, named: GraphQLNamedType, shape: Any) -> Part | None:
    match word:
        case Told():
            return _field(word, named, shape)
        case First(link=link, order=order):
            inner = tuple(part for part in _parts(named.name) if isinstance(part, Field))
            return Inside(word.name, link, order, inner)
        case Listed(link=link, order=order):
            label = _label(link.table, _IN_LISTS)
            return label and Listing(word.name, link, order, *label)
        case One(reference=column, target=target):
            label = _label(target, _NAMES)
            assert label is not None, f"{word.name}: {target.name} has no name to show"
            return Reference(word.name, column, target, *label, partial(_global_id, named.name))
    return None


def _field(word: Told, named: GraphQLNamedType, shape: Any) -> Field:
    value = word.value
    if named.name == "Text" and "[" not in str(shape):

        def both(row: Mapping[str, Any], at: datetime, viewer: Viewer) -> tuple[Any, ...]:
            text: Text | None = value(row, at, viewer)
            return (None, None) if text is None else (text.ja, text.en)

        return Field((f"{word.name}_ja", f"{word.name}_en"), word.needs, both)
    plain = is_leaf_type(named) and named.name != "JSON" and "[" not in str(shape)
    cell: Callable[[Any], Any] = _plain if plain else _nested

    def one(row: Mapping[str, Any], at: datetime, viewer: Viewer) -> tuple[Any, ...]:
        return (cell(value(row, at, viewer)),)

    return Field((word.name,), word.needs, one)


def _label(table: Table, names: tuple[str, ...]) -> tuple[frozenset[str], Label] | None:
    """What is read of a record to name it, and its name; None where it has none."""
    words = WORDS[table.name]
    word = next((words[name] for name in names if name in words), None)
    if not isinstance(word, Told):
        return None
    value = word.value

    def label(row: Mapping[str, Any], at: datetime, viewer: Viewer) -> Any:
        told = value(row, at, viewer)
        return (told.ja or told.en) if isinstance(told, Text) else _plain(told)

    return word.needs, label


def _plain(value: Any) -> Any:
    """The value as the API spells it: an enum's member by its name there."""
    return value.name if isinstance(value, Enum) else value


def _nested(value: Any) -> Nested | None:
    return None if value is None else Nested(_spelt(value))


def _spelt(value: Any) -> Any:
    """A value of several parts in texts, numbers, lists and objects alone."""
    if isinstance(value, list | tuple):
        return [_spelt(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _spelt(one) for name, one in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value):
        # What a type computes is no part of its value.
        told = [field.name for field in fields(value) if field.init]
        return {name: _spelt(getattr(value, name)) for name in told}
    return _plain(value)


def _global_id(type_name: str, key: UUID) -> str:
    return str(write_id(type_name, key))
