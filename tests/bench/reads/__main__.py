"""`python -m bench.reads`: the read path beside its rivals. See `--help` for how much of it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bench.reads import telling
from bench.reads.places import MissingProgramError, cache_folder, opened
from bench.reads.runs import ROWS, Wish, run
from bench.reads.world import Size


def main() -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="bench.reads", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full world")
    parser.add_argument("--rows", default=",".join(ROWS), help="which of them; renkei always")
    parser.add_argument("--rounds", type=int, default=Wish.rounds)
    parser.add_argument("--seconds", type=float, default=Wish.seconds, help="of each turn")
    parser.add_argument("--warm", type=float, default=Wish.warm, help="seconds before all rounds")
    parser.add_argument("--connections", type=int, default=Wish.connections)
    parser.add_argument("--variants", type=int, default=Wish.variants, help="of each document")
    parser.add_argument("--seed", type=int, default=Wish.seed, help="of the order of turns")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite: renkei and strawberry")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="worlds and rivals")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    given = parser.parse_args()
    size = Size() if given.scale == 1 else Size().scaled(given.scale)
    rows = frozenset(given.rows.split(",")) | {ROWS[0]}
    wish = Wish(
        rows,
        rounds=given.rounds,
        seconds=given.seconds,
        warm=given.warm,
        connections=given.connections,
        variants=given.variants,
        seed=given.seed,
    )
    try:
        with opened(size, given.cache, sqlite=given.sqlite) as place:
            print(f"{'SQLite' if given.sqlite else 'PostgreSQL'}, {size}", flush=True)
            found = run(place, given.cache, wish, lambda line: print(line, flush=True))
    except MissingProgramError as missing:
        print(f"skipped: {missing}")
        return 0
    if given.json:
        told = telling.as_json(found.rows, found.cells, {"size": asdict(size), **found.more})
        given.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
