"""What is sealed: each row's content in one stable form, the same on both databases.

A leaf is a JSON array of the format's name, the kind, and the row's columns in the order of
`KINDS`; of a reading, also the records that its entry names, by their keys. It is written without
white space, the keys of objects in the order of their code points, in UTF-8. Keys of rows are 32
lower-case hexadecimal digits, instants UTC with microseconds.

Rows are read as they are stored and not as a driver would take them: on SQLite a letter that was
changed in a key, or the sign between day and time, is a change, though Python would read the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Uuid,
    cast,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel.sql.sqltypes import UTCDateTime

from renkei.audit.seals import moment
from renkei.audit.tables import BreakGlass, ReadEntry, ReadRecord
from renkei.ledger.tables import Fact

FORMAT = "renkei-audit/1"
# Parameters of one statement.
_BATCH = 500
# How keys of rows are named.
_NUMBER = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{32}")

Key = tuple[str, str]
Session = AsyncConnection | AsyncSession


@dataclass(frozen=True)
class Kind:
    """A kind of what is sealed: its table, and the table of what belongs to each of its rows."""

    table: Table
    inner: Table | None = None
    parent: str = ""


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


KINDS: Mapping[str, Kind] = {
    "fact": Kind(_table(Fact)),
    "read": Kind(_table(ReadEntry), _table(ReadRecord), "entry_id"),
    "glass": Kind(_table(BreakGlass)),
}


class Unreadable(ValueError):  # noqa: N818 - a state of what is stored, found and told as a fault
    """A value is stored in a form in which nothing of ours ever stores one."""


async def leaves_of(session: Session, wanted: Iterable[Key], *, postgres: bool) -> dict[Key, bytes]:
    """The content of these rows; one that is not there, or can't be read, is left out."""
    keys: dict[str, list[str]] = {}
    for kind, key in wanted:
        keys.setdefault(kind, []).append(key)
    found: dict[Key, bytes] = {}
    for kind, every in keys.items():
        if kind not in KINDS:
            continue
        for start in range(0, len(every), _BATCH):
            found |= await _batch(session, kind, every[start : start + _BATCH], postgres)
    return found


async def _batch(
    session: Session, kind: str, keys: Sequence[str], postgres: bool
) -> dict[Key, bytes]:
    told = KINDS[kind]
    rows = await _rows(session, told.table, told.table.c.id, keys, postgres)
    inner: dict[str, list[list[Any]]] = {}
    broken: set[str] = set()
    if told.inner is not None:
        for key, values in await _rows(
            session, told.inner, told.inner.c[told.parent], keys, postgres
        ):
            if values is None:
                broken.add(key)
            else:
                inner.setdefault(key, []).append(values)
    found: dict[Key, bytes] = {}
    for key, values in rows:
        if values is None or key in broken:
            continue
        content: list[Any] = [FORMAT, kind, values]
        if told.inner is not None:
            content.append(sorted(inner.get(key, ())))
        found[kind, key] = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return found


async def _rows(
    session: Session, table: Table, by: Column[Any], keys: Sequence[str], postgres: bool
) -> list[tuple[str, list[Any] | None]]:
    """The rows of a table by their keys in one column; None for the values of an unreadable one."""
    found: list[tuple[str, list[Any] | None]] = []
    for key, *stored in (await session.execute(_select(table, by, keys, postgres))).all():
        try:
            values = [
                value_of(column, value) for column, value in zip(table.c, stored, strict=True)
            ]
        except ValueError:
            found.append((name_of(key), None))
        else:
            found.append((name_of(key), values))
    return found


def _select(table: Table, by: Column[Any], keys: Sequence[str], postgres: bool) -> Select[Any]:
    whole = isinstance(by.type, Integer)
    # Keys are compared as they are stored: SQLite's are texts.
    wanted: list[Any] = list(keys)
    if whole:
        wanted = [int(key) for key in keys if _NUMBER.fullmatch(key)]
    elif postgres:
        wanted = [UUID(key) for key in keys if _HEX.fullmatch(key)]
    compared: ColumnElement[Any] = by if whole or postgres else type_coerce(by, String())
    return (
        select(as_stored(by, postgres=postgres).label("key_of_row"))
        .add_columns(
            *(as_stored(column, postgres=postgres).label(f"as_{column.name}") for column in table.c)
        )
        .where(compared.in_(wanted))
    )


def as_stored(column: ColumnElement[Any], *, postgres: bool) -> ColumnElement[Any]:
    """The column as its database stores it: PostgreSQL's own values, and SQLite's bytes."""
    return type_coerce(column, String()) if postgres else cast(column, LargeBinary())


def name_of(stored: Any) -> str:
    """A key by the name that entries of seals have for it."""
    if isinstance(stored, bytes):
        return stored.decode(errors="replace")
    return stored.hex if isinstance(stored, UUID) else str(stored)


def value_of(column: Column[Any], stored: Any) -> Any:
    """The value of a column as JSON has it. Raises Unreadable."""
    if isinstance(stored, bytes):
        return _of_text(column, stored)
    if isinstance(stored, datetime):
        return moment(stored)
    if isinstance(stored, UUID):
        return stored.hex
    return _plain(stored)


def _of_text(column: Column[Any], stored: bytes) -> Any:
    """The value of what SQLite keeps as a text."""
    try:
        text = stored.decode()
        if isinstance(column.type, JSON):
            return _plain(orjson.loads(text))
    except ValueError as error:
        raise Unreadable(column.name) from error
    for kind, form, read in _FORMS:
        if isinstance(column.type, kind):
            if not form.fullmatch(text):
                raise Unreadable(column.name)
            return read(text)
    return text


# How SQLite stores what it has no type for.
_FORMS: Sequence[tuple[type[Any], re.Pattern[str], Callable[[str], Any]]] = (
    (Uuid, _HEX, str),
    (
        UTCDateTime,
        re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", re.ASCII),
        lambda stored: f"{stored[:10]}T{stored[11:]}Z",
    ),
    (Boolean, re.compile("[01]"), lambda stored: stored == "1"),
    (Integer, re.compile(r"-?(0|[1-9]\d*)", re.ASCII), int),
)


def _plain(value: Any) -> Any:
    """A document without fractions, which no two ways of writing JSON write alike.

    None of ours has any; where there is one, it stands as a text that no other text can be.
    """
    if isinstance(value, float):
        return f"\0{value!r}"
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value
