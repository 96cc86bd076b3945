"""`python -m differential N`: find the planted faults, then compare N cases; counts come last.

Run by `make differential N=…`. A case is one document's answer for one viewer of one random world,
by the product's own way (which is the plan's, where there is one), by an oracle without SQL, and,
for a share of the documents, by the plain executor. `--seed` names the first world, `--processes`
how many run beside each other, `--only` a single database.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from typing import TypeVar

from differential.answering import product
from differential.faults import FAULTS, find
from differential.running import Score, prove
from leak_proof.jobs import Job, on_ground, say, shared_out

Answer = TypeVar("Answer")

SHARES = {"sqlite": 0.6, "postgresql": 0.4}
# Differences that are told in full; the first of a world as the smallest document that shows it.
SHOWN = 8


def main() -> int:
    """Run the comparison; 0 only where every fault was found and nothing differed."""
    options = _options()
    missed = _faults() if options.faults else 0
    score = Score()
    started = time.monotonic()
    for kind, share in ({options.only: 1.0} if options.only else SHARES).items():
        cases = int(options.cases * share) // options.processes
        print(f"{kind}: {cases * options.processes:,} cases", flush=True)
        jobs = [(kind, cases, options.seed + 1_000_000 * n) for n in range(options.processes)]
        for part in shared_out(_job, jobs):
            score.add(part)
    _report(score, time.monotonic() - started)
    return 0 if not missed and not score.differences else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="differential")
    parser.add_argument("cases", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", choices=list(SHARES))
    parser.add_argument("--no-faults", dest="faults", action="store_false")
    return parser.parse_args()


def _faults() -> int:
    """How many of the planted faults were not found."""
    print("faults:", flush=True)
    missed = 0
    for fault in FAULTS:
        cases = on_ground("sqlite", partial(find, execution=product(), fault=fault))
        missed += cases is None
        found = "NOT FOUND" if cases is None else f"found in {cases:,} cases"
        print(f"  {found}: {fault.name}", flush=True)
    print(f"faults {len(FAULTS)} found {len(FAULTS) - missed}")
    return missed


def _job(job: Job) -> Score:
    kind, cases, seed = job
    return on_ground(kind, lambda ground: prove(ground, product(), cases, seed, say))


def _report(score: Score, seconds: float) -> None:
    for one in score.differences[:SHOWN]:
        print(f"DIFFERENCE {one}")
    print(
        f"worlds {score.worlds:,} documents {score.documents:,} "
        f"with the plain executor {score.thrice:,} with errors {score.errors:,} "
        f"refused {score.refused.total():,}"
    )
    if score.planned is None:
        print("planned: the product has no plan here")
    else:
        print(f"planned {score.planned:,} fell back {score.fallbacks.total():,}")
        for field, count in score.fallbacks.most_common(10):
            print(f"  {field} {count:,}")
    print(f"cases {score.cases:,} differences {len(score.differences)} in {seconds:,.0f} s")


if __name__ == "__main__":
    sys.exit(main())
