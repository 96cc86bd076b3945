"""`python -m bench.policy_cost`: what the policy costs beside the same statements without it.

The rival is the product itself with a predicate that lets everything through, by turns in one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import asyncpg
from sqlalchemy import select, true
from sqlmodel import SQLModel

from bench.policy_world import NOW, Big, Size, fill
from renkei.access.policy.reach import reach_of
from renkei.access.policy.viewer import Viewer
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.proposals.tables import Proposal
from renkei.reading import reader as reading
from renkei.reading.links import children
from renkei.reading.page import By, Cursors, Page, Where
from renkei.reading.reader import Reader
from support.paths import postgres_programs
from support.postgres import USER, Cluster

BRIEFS, PROPOSALS = SQLModel.metadata.tables["brief"], SQLModel.metadata.tables["proposal"]
NEWEST = (By("updated_at", down=True),)
SHOWN = frozenset({"title_ja", "code"})
Ask = Callable[[Reader], Awaitable[Any]]


def _in_area(big: Big) -> Page:
    junction = SQLModel.metadata.tables["brief_area"]

    def tagged(_reach: Any, source: Any, _given: Any) -> Any:
        wanted = select(junction.c.brief_id).where(junction.c.area_id == big.areas[3])
        return source.c.id.in_(wanted)

    return Page(order=NEWEST, columns=SHOWN, where=(Where("tagged", (), tagged),))


def asks(big: Big) -> dict[str, Ask]:
    """What is asked, by name."""
    listed, area = Page(order=NEWEST, columns=SHOWN), _in_area(big)
    proposals = Page(order=NEWEST, columns=frozenset({"title", "number"}))
    of_call = children(Proposal.call_id)
    seen, hidden = big.briefs[0][0], uuid4()
    return {
        "briefs: 20 newest": lambda r: r.page(BRIEFS, listed),
        "briefs: 20 newest in an area": lambda r: r.page(BRIEFS, area),
        "briefs: count": lambda r: r.count(BRIEFS, listed),
        "briefs: count in an area": lambda r: r.count(BRIEFS, area),
        "briefs: node": lambda r: r.by_keys(BRIEFS, "id", [seen], SHOWN),
        "briefs: node, missing": lambda r: r.by_keys(BRIEFS, "id", [hidden], SHOWN),
        "proposals: 20 newest": lambda r: r.page(PROPOSALS, proposals),
        "proposals: 20 of 20 calls": lambda r: r.pages(of_call, big.calls[:20], proposals),
        "proposals: count": lambda r: r.count(PROPOSALS, proposals),
    }


async def measure(database: Database, big: Big, rounds: int) -> list[dict[str, Any]]:
    """A row for each viewer and question: medians in ms with the policy, without, their ratio."""
    rows: list[dict[str, Any]] = []
    for who, viewer in big.viewers().items():
        rows.append(await _reach_cost(database, who, viewer, rounds))
        for name, ask in asks(big).items():
            times: dict[bool, list[float]] = {True: [], False: []}
            for turn in range(2 * rounds + 2):
                policed = turn % 2 == 0
                took = await _once(database, viewer, ask, policed=policed)
                if turn > 1:
                    times[policed].append(took)
            with_it, without = (statistics.median(times[one]) for one in (True, False))
            rows.append(
                {"viewer": who, "asked": name, "with": with_it, "without": without}
                | {"ratio": with_it / without}
            )
    return rows


async def _reach_cost(database: Database, who: str, viewer: Viewer, rounds: int) -> dict[str, Any]:
    times = []
    many = False
    for _ in range(rounds):
        async with database.reading() as connection:
            start = time.perf_counter()
            reach = await reach_of(connection, viewer, NOW)
            times.append(1000 * (time.perf_counter() - start))
            many = reach.audiences is None
    asked = "what the viewer meets" + (" (many: asked in each statement)" if many else "")
    return {"viewer": who, "asked": asked, "with": statistics.median(times)}


async def _once(database: Database, viewer: Viewer, ask: Ask, *, policed: bool) -> float:
    """One question's time in ms, the fetching of what the viewer meets apart."""
    reader = Reader(database, viewer, at=NOW, cursors=Cursors(b"bench"))
    with ExitStack() as stack:
        if not policed:
            stack.enter_context(patch.object(reading, "visible", lambda *_: true()))
        await reader.reach()
        start = time.perf_counter()
        await ask(reader)
        took = time.perf_counter() - start
    await reader.close()
    return 1000 * took


async def run(url: str, size: Size, rounds: int) -> tuple[Big, list[dict[str, Any]], float]:
    """Fill a migrated database and measure; the rows, and how long the filling took, in seconds."""
    database = Database(url)
    try:
        start = time.perf_counter()
        big = await fill(database, size)
        filled = time.perf_counter() - start
        return big, await measure(database, big, rounds), filled
    finally:
        await database.close()


def main() -> int:
    """Measure on both databases and print the tables; all of it goes to build/policy-cost.json."""
    parser = argparse.ArgumentParser(prog="policy_cost")
    parser.add_argument("--briefs", type=int, default=Size.briefs)
    parser.add_argument("--proposals", type=int, default=Size.proposals)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    size = Size(briefs=options.briefs, proposals=options.proposals)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="policy-cost-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/renkei.db"
        migrate.upgrade(url)
        found["sqlite"] = _told("SQLite", *asyncio.run(run(url, size, options.rounds))[1:])
    programs = postgres_programs()
    if programs is None:
        print("skipped postgresql not installed")
    else:
        cluster = Cluster(programs)
        cluster.start()
        try:
            asyncio.run(_create(cluster))
            url = cluster.url("bench")
            migrate.upgrade(url)
            found["postgresql"] = _told(
                "PostgreSQL", *asyncio.run(run(url, size, options.rounds))[1:]
            )
        finally:
            cluster.stop()
    Path("build").mkdir(exist_ok=True)
    Path("build/policy-cost.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0


def _told(name: str, rows: list[dict[str, Any]], filled: float) -> list[dict[str, Any]]:
    print(f"\n{name}: filled in {filled:.0f} s; medians in ms, policy / none / ratio")
    for row in rows:
        beside = f" {row['without']:9.2f} {row['ratio']:7.2f}" if "ratio" in row else ""
        print(f"{row['viewer']:10} {row['asked']:52} {row['with']:9.2f}{beside}")
    return rows


async def _create(cluster: Cluster) -> None:
    connection = await asyncpg.connect(host=str(cluster.directory), user=USER, database="postgres")
    await connection.execute("CREATE DATABASE bench TEMPLATE template0")
    await connection.close()


if __name__ == "__main__":
    sys.exit(main())
