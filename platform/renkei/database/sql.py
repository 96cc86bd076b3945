"""A statement whose text was made once and is kept: what its driver takes, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from asyncpg.pgproto.pgproto import UUID
from sqlalchemy import JSON, CompoundSelect, Dialect, Select, Uuid
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlmodel.sql.sqltypes import UTCDateTime

Rows = Sequence[Sequence[Any]]
Statement = CompoundSelect[Any] | Select[Any]


class Sql:
    """A statement as its driver takes it: the text, what becomes of values, what of rows."""

    def __init__(self, statement: Statement, dialect: Dialect, job: str | None = None) -> None:
        compiled: Any = statement.compile(
            dialect=dialect, compile_kwargs={"render_postcompile": True}
        )
        assert isinstance(compiled, SQLCompiler)
        self.text = compiled.string
        self.job = job
        self.dialect = dialect.name
        # On SQLite: whether it last took longer than the loop may wait.
        self.is_long = False
        # A list that stands in the statement is one parameter a value: no bind of its own.
        fixed, binds = compiled.construct_params(_check=False), compiled.binds
        self._values = [
            (name, fixed[name], _inward(binds[name].type, dialect) if name in binds else None)
            for name in compiled.positiontup or ()
        ]
        columns = [entry[3] for entry in compiled._result_columns]
        self._decoders = [
            (place, decode)
            for place, kind in enumerate(columns)
            if (decode := _outward(kind, dialect)) is not None
        ]

    def values(self, given: dict[str, Any]) -> list[Any]:
        """The statement's values in order: those `given` by name, else those of its text."""
        found = []
        for name, fixed, inward in self._values:
            value = given.get(name, fixed)
            found.append(value if inward is None or value is None else inward(value))
        return found

    def read(self, rows: Rows) -> Rows:
        """The rows with Python's values in them, where the driver gives others."""
        decoders = self._decoders
        if not decoders:
            return rows
        decoded = []
        for row in rows:
            held = list(row)
            for place, decode in decoders:
                if held[place] is not None:
                    held[place] = decode(held[place])
            decoded.append(held)
        return decoded


def _inward(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if dialect.name == "postgresql" and not isinstance(kind, JSON):
        return None  # asyncpg takes Python's own values
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _outward(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if dialect.name == "postgresql":
        return orjson.loads if isinstance(kind, JSON) else None
    # What each row has some of, as asyncpg would give it: a tenth of SQLAlchemy's time.
    if isinstance(kind, Uuid):
        return UUID  # type: ignore[no-any-return]  # has no types
    if isinstance(kind, UTCDateTime):
        return _instant
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _instant(stored: str) -> datetime:
    """The instant that SQLite keeps as a text without an offset."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)
