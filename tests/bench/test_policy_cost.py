"""The benchmark of the policy's cost stays alive, and sees what the clauses say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.policy_cost import BRIEFS, run
from bench.policy_world import NOW, Size
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.reading.page import Cursors, Page
from renkei.reading.reader import Reader


@pytest.mark.plants_holes
async def test_a_small_world_is_measured_and_counted_as_its_clauses_say(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'renkei.db'}"
    await asyncio.to_thread(migrate.upgrade, url)
    size = Size(briefs=400, proposals=100, organizations=230, people=30)
    big, rows, _ = await run(url, size, 1)
    assert {row["viewer"] for row in rows} == set(big.viewers())

    database = Database(url)
    for viewer in big.viewers().values():
        reader = Reader(database, viewer, at=NOW, cursors=Cursors(b"bench"))
        count = await reader.count(BRIEFS, Page())
        await reader.close()
        assert count == sum(
            audience.admits(viewer.tokens, viewer.affiliations, NOW) for _, audience in big.briefs
        )
    await database.close()
