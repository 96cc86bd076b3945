"""One run: the rows started, seen to agree, and measured by turns."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bench.reads import measuring, telling
from bench.reads.asking import agreed, cases_of
from bench.reads.documents import NODE, VARIANTS, Case
from bench.reads.places import Place
from bench.reads.rows import Row, rows_for

ROWS = ("renkei", "strawberry", "rest", "mercurius", "postgraphile")


@dataclass
class Wish:
    """What is measured, and for how long."""

    rows: frozenset[str] = frozenset(ROWS)
    rounds: int = 5
    seconds: float = 1.5
    warm: float = 0.5
    connections: int = measuring.CONNECTIONS
    variants: int = VARIANTS
    seed: int = 7
    # Latency, stall and memory of the product besides.
    more: bool = True


@dataclass
class Outcome:
    """What a run found: the rows that ran, their figures, and what else was found."""

    rows: list[Row]
    cells: measuring.Cells
    agreed: int
    more: dict[str, Any] = field(default_factory=dict)


def run(place: Place, cache: Path, wish: Wish, told: Callable[[str], None]) -> Outcome:
    """Start the rows, see that they agree, measure them by turns."""
    with tempfile.TemporaryDirectory(prefix="renkei-bench-") as scratch:
        rows, missing = rows_for(place, cache, Path(scratch), wish.rows)
        for name, why in missing.items():
            told(f"skipped {name}: {why}")
        asked = place.asked
        first = {
            row.name: row.request(
                Case(NODE, asked["officers"][0], row.variables(NODE, asked["proposals"][0]))
            )
            for row in rows
        }
        with measuring.running(rows, first, Path(scratch)) as servers:
            at_first = {name: server.memory for name, server in servers.items()}
            cases = {
                row.name: cases_of(row, servers[row.name].port, asked, wish.variants)
                for row in rows
            }
            records = agreed(rows, servers, cases)
            told(f"{len(rows)} rows agree on {records:,} records")
            cells = measuring.cpu(
                rows,
                servers,
                cases,
                rounds=wish.rounds,
                seconds=wish.seconds,
                warm=wish.warm,
                connections=wish.connections,
                database=place.cluster.pid if place.cluster else None,
                rng=Random(wish.seed),
                told=told,
            )
            found = Outcome(rows, cells, records)
            _say(told, telling.costs(rows, cells) + telling.targets(rows, cells))
            if wish.more:
                ours, server = rows[0], servers[rows[0].name]
                latency = measuring.latency(ours, server, cases[ours.name], wish.seconds)
                _say(told, telling.latencies(latency))
                stall = measuring.stall(server, asked["officers"][0])
                _say(told, telling.stalls(stall))
                found.more |= {"latency_ms": latency, "stall_ms": asdict(stall)}
            weights = {
                name: (server.started_in_s, at_first[name], server.memory)
                for name, server in servers.items()
            }
            _say(told, telling.processes(weights))
            found.more["processes"] = weights
    return found


def _say(told: Callable[[str], None], lines: Iterable[str]) -> None:
    """Each table when it is there: what comes later may fail."""
    for line in lines:
        told(line)
