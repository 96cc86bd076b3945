"""What `renkei export` costs for many calls and briefs: seconds, work and peak memory.

`PYTHONPATH=tests python -m bench.export_cost [ROWS] [--only calls|briefs] [--database URL]` fills a
database of its own (SQLite in a temporary folder, or an empty one at URL) and runs the command as a
process for each format: calls as anonymous readers see them, briefs at TLP:AMBER through one
person's eyes.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import SQLModel

from renkei.access.policy.clauses import EVERYONE, MEMBERS_GATE, OPEN_GATE, Audience, org
from renkei.access.store import interned
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.exports.delivery import FORMATS
from renkei.identity.tables import Account
from support.world import World

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CHUNK = 5_000
TABLES = SQLModel.metadata.tables
BODY = "群れで支えあう小型無人機の自律制御と、止まらない通信を研究します。" * 12
MARKS = {"grade": 1, "restrictions": "", "releasable_to": "", "needs_consent": False}


async def fill(url: str, rows: int) -> None:
    """The calls, the briefs with a version each, and the people who read and answer for it."""
    database = Database(url)
    world, rng = World(database), Random(7)
    try:
        ministry = await world.organization("MINISTRY", "見本省（架空）")
        firm = await world.organization("FIRM", "鳴瀬精機（架空）")
        areas = [await world.area(f"A20-{number}", f"領域{number}") for number in range(5)]
        for name, role in (("me", "firm"), ("one", "administrator"), ("two", "administrator")):
            person_id = await world.person("見本 太郎", firm, role)
            async with database.writing() as session:
                account: Any = await session.get(Account, person_id)
                account.email = f"{name}@test.example"
                session.add(account)
                await session.commit()
        async with database.writing() as session:
            everyone = await interned(session, EVERYONE, OPEN_GATE)
            named = await interned(session, Audience.of(org(ministry), org(firm)), MEMBERS_GATE)
            await session.commit()
        keys = [UUID(int=rng.getrandbits(128), version=4) for _ in range(rows)]
        tags = [(key, rng.sample(areas, 2)) for key in keys]
        programme = _programme(UUID(int=1), ministry, everyone)
        calls = [
            {"call_id": key, "area_id": area, "list_code": "20areas"}
            for key, chosen in tags
            for area in chosen
        ]
        briefs = (_brief(key, person_id, ministry, named) for key in keys)
        versions = (_version(rng, key, named) for key in keys)
        for table, made in (
            ("programme", iter([programme])),
            ("call", (_call(key, ministry, everyone) for key in keys)),
            ("call_area", iter(calls)),
            ("brief", briefs),
            ("brief_version", versions),
        ):
            await _insert(database, table, made)
    finally:
        await database.close()


def filled(url: str, rows: int) -> None:
    """Fill in a process of its own."""
    asyncio.run(fill(url, rows))


async def _insert(database: Database, name: str, rows: Iterator[dict[str, Any]]) -> None:
    table = TABLES[name]
    known = {column.name for column in table.c}
    while chunk := [row for _, row in zip(range(CHUNK), rows, strict=False)]:
        async with database.writing() as session:
            told = [{key: row[key] for key in row if key in known} for row in chunk]
            await session.execute(insert(table), told)
            await session.commit()


def _text(key: UUID) -> dict[str, Any]:
    return {
        "title_ja": f"小型無人機の分散制御 {key.hex[:8]}",
        "title_en": None,
        "summary_ja": BODY[:120],
        "summary_en": None,
        "body_ja": BODY,
        "body_en": None,
    }


def _programme(key: UUID, organization: UUID, clauses: dict[str, int]) -> dict[str, Any]:
    return {
        "id": key,
        "code": key.hex,
        "kind": "RESEARCH",
        "created_at": NOW,
        "version": 1,
        "organization_id": organization,
        "tlp": "CLEAR",
        **_text(key),
        **MARKS,
        **clauses,
    }


def _call(key: UUID, organization: UUID, clauses: dict[str, int]) -> dict[str, Any]:
    return {
        "id": key,
        "code": key.hex,
        "status": "OPEN",
        "opens_at": NOW,
        "closes_at": NOW + timedelta(days=65),
        "needs_institution": True,
        "budget_yen": 500_000_000,
        "max_years": 5,
        "indirect_percent": 30,
        "published_at": NOW,
        "created_at": NOW,
        "version": 1,
        "organization_id": organization,
        "programme_id": UUID(int=1),
        "concept_id": None,
        "tlp": "CLEAR",
        **_text(key),
        **MARKS,
        **clauses,
    }


def _brief(key: UUID, person: UUID, organization: UUID, clauses: dict[str, int]) -> dict[str, Any]:
    return {
        "id": key,
        "code": key.hex,
        "kind": "ANALYSIS",
        "status": "RELEASED",
        "information_date": date(2026, 10, 31),
        "released_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
        "version": 1,
        "organization_id": organization,
        "author_id": person,
        "reviewer_id": None,
        "tlp": "AMBER",
        **_text(key),
        **MARKS,
        **clauses,
    }


def _version(rng: Random, brief: UUID, clauses: dict[str, int]) -> dict[str, Any]:
    return {
        "id": UUID(int=rng.getrandbits(128), version=4),
        "brief_id": brief,
        "number": 1,
        "judgements": [],
        "sources": [],
        "recommendations": [],
        "information_date": date(2026, 10, 31),
        "correction_note": "",
        "created_at": NOW,
        "released_at": NOW,
        "areas": [],
        **_text(brief),
        **clauses,
    }


def run(environment: dict[str, str], *options: str) -> str:
    """How long the command took, how much of that was its own work, and the most that it held."""
    began = time.monotonic()
    command = [sys.executable, "-m", "renkei_cli", "export", *options]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, options
    seconds, worked = time.monotonic() - began, used.ru_utime + used.ru_stime
    return f"{seconds:.1f} s, {worked:.1f} s of CPU, {used.ru_maxrss // 1024} MiB"


def main() -> None:
    """Fill, export, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("--only", choices=("calls", "briefs"))
    parser.add_argument("--database")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite+aiosqlite:///{folder}/renkei.db"
        migrate.upgrade(url)
        # In a process of its own: one that is started from a large one counts as large itself.
        filling = multiprocessing.get_context("spawn").Process(
            target=filled, args=(url, given.rows)
        )
        filling.start()
        filling.join()
        assert filling.exitcode == 0
        environment = {**os.environ, "RENKEI_DATABASE_URL": url, "RENKEI_DATA_DIR": folder}
        eyes = ("--as", "me@test.example", "--by", "one@test.example")
        glass = (*eyes, "--confirmed-by", "two@test.example", "--reason", "測定")
        told = run(environment, "areas", "--output", f"{folder}/areas.csv")
        print(f"5 areas csv: {told}", flush=True)
        for kind, beside in {"calls": (), "briefs": glass}.items():
            for form in FORMATS if given.only in {None, kind} else ():
                file = Path(folder) / f"{kind}.{form}"
                told = run(environment, kind, "--format", form, "--output", str(file), *beside)
                size = file.stat().st_size / 2**20
                print(f"{kind} {form}: {told}, file {size:.0f} MiB", flush=True)


if __name__ == "__main__":
    main()
