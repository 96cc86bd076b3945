"""Watches every statement that the suite sends: one that reads past the policy fails its test.

Told apart by the innermost frame of ours: statements of the product count, those of tests and of
migrations don't. Named system jobs (`renkei.access.policy.system`) may read past it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import greenlet  # type: ignore[import-untyped]  # ships none
import pytest
from sqlalchemy import Engine, event

from renkei.access.policy.system import OPTION, SYSTEM_JOBS
from renkei.database.asking import Asking
from support.paths import ROOT
from support.statements import unpoliced

PRODUCT = tuple(str(ROOT / source) + "/" for source in ("platform", "schema", "workers"))
OURS = (*PRODUCT, str(ROOT / "tests") + "/")
THIS = str(Path(__file__).resolve())
NOT_WATCHED = (
    str(ROOT / "platform/renkei/migrations") + "/",
    str(ROOT / "platform/renkei/database/migrate.py"),
)
# However many values a list has, and however they are numbered, it is one statement.
_LIST = re.compile(r"\((?:\?|\$\d+(?:::\w+)?)(?:, (?:\?|\$\d+(?:::\w+)?))*\)")


@dataclass(frozen=True)
class Violation:
    """One statement that reads tables past the policy, and the place in the product."""

    tables: tuple[str, ...]
    sql: str
    place: str

    def __str__(self) -> str:
        return f"{self.place} reads {', '.join(self.tables)} past the policy:\n{self.sql}"


@dataclass
class Watch:
    """What was sent past the policy since it was last taken."""

    violations: list[Violation] = field(default_factory=list)

    def notice(
        self,
        connection: Any,
        _cursor: Any,
        statement: str,
        _parameters: Any,
        context: Any,
        _executemany: bool,
    ) -> None:
        """Note the statement, where the product sends it past the policy and in no job's name."""
        if context is not None and context.execution_options.get(OPTION) in SYSTEM_JOBS:
            return
        tables = _verdict(_LIST.sub("(?)", statement), connection.dialect.name)
        if not tables:
            return
        place = place_of(sys._getframe())
        if place is not None:
            self.violations.append(Violation(tables, statement, place))

    def hear(self, statement: str, dialect: str, job: str | None) -> None:
        """Note a statement that goes to the driver past SQLAlchemy, as `notice` does."""
        if job in SYSTEM_JOBS:
            return
        tables = _verdict(_LIST.sub("(?)", statement), dialect)
        place = place_of(sys._getframe()) if tables else None
        if place is not None:
            self.violations.append(Violation(tables, statement, place))

    def take(self) -> list[Violation]:
        """What was noted, and forget it."""
        taken, self.violations = self.violations, []
        return taken

    def judge(self) -> None:
        """Fail where something was noted."""
        if found := dict.fromkeys(map(str, self.take())):
            pytest.fail("\n\n".join(found), pytrace=False)


WATCH = Watch()


@cache
def _verdict(sql: str, dialect: str) -> tuple[str, ...]:
    return unpoliced(sql, dialect)


def place_of(frame: FrameType) -> str | None:
    """The innermost frame of ours: file, line, function; None where it is not the product's."""
    for one in outwards(frame):
        file = one.f_code.co_filename
        if not file.startswith(OURS) or file == THIS:
            continue
        if not file.startswith(PRODUCT) or file.startswith(NOT_WATCHED):
            return None
        return f"{Path(file).relative_to(ROOT)}:{one.f_lineno} in {one.f_code.co_qualname}"
    return None


def outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames from here outwards, past SQLAlchemy's greenlets into the coroutines that wait."""
    around: Any = greenlet.getcurrent()
    while frame is not None:
        yield frame
        frame = frame.f_back
        while frame is None and around.parent is not None:
            around = around.parent
            frame = around.gr_frame


def pytest_configure() -> None:
    """Watch from the first statement on, on whatever engine."""
    event.listen(Engine, "before_cursor_execute", WATCH.notice)
    Asking.listeners.append(WATCH.hear)


def pytest_unconfigure() -> None:
    """Leave SQLAlchemy as it was."""
    event.remove(Engine, "before_cursor_execute", WATCH.notice)
    Asking.listeners.remove(WATCH.hear)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail the test that sent a statement past the policy, its fixtures' statements included.

    One that plants holes does so on purpose: its statements are forgotten.
    """
    yield
    if item.get_closest_marker("plants_holes") is not None:
        WATCH.take()
        return
    WATCH.judge()
