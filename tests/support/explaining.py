"""What a database would do for the statements of a plan: the tables that it goes through, and how.

One form for both kinds of database: `scan` (every row), or the name of an index.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from renkei.database.drivers import READING, connected
from renkei.database.sql import Sql

SCAN = "scan"
_SQLITE = re.compile(r"^(?P<how>SCAN|SEARCH) (?P<name>\S+)(?: USING (?P<index>.+))?$")
_INDEX = re.compile(r"(?:AUTOMATIC )?(?:COVERING |PARTIAL )*INDEX (?P<name>\S+)")


@dataclass(frozen=True)
class Step:
    """A way through one table: `scan`, or the name of an index."""

    table: str
    how: str


@dataclass(frozen=True)
class Told:
    """A statement that was sent, and its values."""

    text: str
    values: list[Any]


@contextmanager
def noted() -> Iterator[list[Told]]:
    """The statements that plans send while the block runs, with their values."""
    found: list[Told] = []
    values = Sql.values

    def note(sql: Sql, given: dict[str, Any]) -> list[Any]:
        sent = values(sql, given)
        found.append(Told(sql.text, sent))
        return sent

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sql, "values", note)
        yield found


async def explained(url: str, told: Told) -> list[Step]:
    """How the database at `url` would go."""
    if url.startswith("sqlite"):
        return _sqlite(url, told)
    connection = await connected(make_url(url), READING)
    try:
        await connection.execute(f"PREPARE asked AS {told.text}")
        # The plan is one for all values.
        nothing = ", ".join("NULL" for _ in told.values)
        explain = f"EXPLAIN (FORMAT JSON) EXECUTE asked{f'({nothing})' if nothing else ''}"
        found = json.loads(await connection.fetchval(explain))
    finally:
        await connection.close()
    return list(_steps(found[0]["Plan"], {}))


def _sqlite(url: str, told: Told) -> list[Step]:
    named = re.findall(r"\b(?:FROM|JOIN) (\w+) AS (\w+)", told.text)
    names = {alias: table for table, alias in named}
    with closing(sqlite3.connect(url.partition(":///")[2])) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {told.text}", told.values).fetchall()
    steps = []
    for *_, line in rows:
        found = _SQLITE.match(line)
        if found is None:
            continue
        index = _INDEX.search(found["index"] or "")
        how: str = found["how"].lower() if index is None else index["name"]
        name: str = found["name"]
        steps.append(Step(names.get(name, name), how))
    return steps


def _steps(plan: dict[str, Any], above: dict[str, Any]) -> Iterator[Step]:
    name = plan.get("Relation Name") or above.get("Relation Name", "")
    if "Index Name" in plan:
        yield Step(name, plan["Index Name"])
    elif plan["Node Type"] == "Seq Scan":
        yield Step(name, SCAN)
    for below in plan.get("Plans", ()):
        yield from _steps(below, plan if "Bitmap" in plan["Node Type"] else {})
