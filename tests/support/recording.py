"""Watches the mutations that the suite performs: one that changes something and records no fact.

A mutation's transaction is told by its frame: every one runs in `renkei_schema.perform`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

from renkei_schema import perform
from support.watching import outwards

PERFORM = str(Path(perform.__file__))
_WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')
# What goes with a change and tells nothing by itself: clauses are interned and stay whatever
# follows, an idempotency key keeps the answer that was given.
BESIDE = frozenset({"clause", "clause_token", "idempotency"})
WRITTEN = "renkei_test_written"


@dataclass
class Recording:
    """Mutations that committed changes: names of those with a fact, tables of those without."""

    recorded: set[str] = field(default_factory=set)
    silent: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def notice(
        self,
        connection: Connection,
        _cursor: Any,
        statement: str,
        _parameters: Any,
        _context: Any,
        _executemany: bool,
    ) -> None:
        """Note what a mutation writes."""
        wrote = _WRITE.match(statement)
        if wrote is None:
            return
        name = _mutation()
        if name is not None:
            connection.info.setdefault(WRITTEN, (name, set()))[1].add(wrote[1])

    def commit(self, connection: Connection) -> None:
        """Judge a transaction that is about to be committed."""
        found = connection.info.pop(WRITTEN, None)
        if found is None or not found[1] - BESIDE:
            return
        name, tables = found
        if "fact" in tables:
            self.recorded.add(name)
        else:
            self.silent.append((name, tuple(sorted(tables - BESIDE))))

    def rollback(self, connection: Connection) -> None:
        """Forget what never happened."""
        connection.info.pop(WRITTEN, None)


RECORDING = Recording()


def _mutation() -> str | None:
    """The mutation in whose transaction this statement is sent."""
    for frame in outwards(sys._getframe()):
        if frame.f_code.co_filename == PERFORM and "info" in frame.f_locals:
            name: str = frame.f_locals["info"].field_name
            return name
    return None


def pytest_configure() -> None:
    """Watch from the first statement on, on whatever engine."""
    event.listen(Engine, "before_cursor_execute", RECORDING.notice)
    event.listen(Engine, "commit", RECORDING.commit)
    event.listen(Engine, "rollback", RECORDING.rollback)


def pytest_unconfigure() -> None:
    """Leave SQLAlchemy as it was."""
    event.remove(Engine, "before_cursor_execute", RECORDING.notice)
    event.remove(Engine, "commit", RECORDING.commit)
    event.remove(Engine, "rollback", RECORDING.rollback)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Fail the test whose mutation changed something and recorded no fact."""
    yield
    silent, RECORDING.silent = RECORDING.silent, []
    if silent:
        told = "\n".join(f"{name} wrote {', '.join(tables)}" for name, tables in silent)
        pytest.fail(f"mutations that recorded no fact:\n{told}", pytrace=False)
