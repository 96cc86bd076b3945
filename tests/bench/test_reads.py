"""The benchmark of reads stays alive: three ways of answering agree, and figures come out."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.reads.documents import NAMES
from bench.reads.places import opened
from bench.reads.runs import Wish, run
from bench.reads.world import Size
from support.paths import postgres_programs

ROWS = frozenset({"renkei", "strawberry", "rest"})


def test_a_small_world_is_answered_alike_and_measured(tmp_path: Path) -> None:
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql-15)")
    said: list[str] = []
    wish = Wish(ROWS, rounds=1, seconds=0.1, warm=0, connections=2, variants=2, more=False)
    with opened(Size().scaled(0), tmp_path) as place:
        found = run(place, tmp_path, wish, said.append)

    assert {row.name for row in found.rows} == ROWS
    assert said[0] == f"3 rows agree on {found.agreed:,} records"
    assert found.agreed > 200
    assert found.cells.keys() == {(row, document) for row in ROWS for document in NAMES}
    assert all(cell.median > 0 and cell.requests > 0 for cell in found.cells.values())
    assert [line.split()[0] for line in said if "wanted" in line] == ["strawberry", "renkei"]
