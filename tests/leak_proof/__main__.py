"""`python -m leak_proof N`: plant the holes and find them, then compare N cases; counts come last.

Run by `make leak-proof N=…`. A case is one viewer's whole answer on one way in one random world,
compared with the oracle's and with the answer in the world without the hidden records. `--seed`
names the first world, `--processes` how many run beside each other, `--only` a single ground.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TypeVar

from leak_proof.harvesting import Score
from leak_proof.jobs import Job, on_ground, say, shared_out
from leak_proof.running import Executions, find_all, prove

Answer = TypeVar("Answer")

# How the cases are shared out: most where they are cheapest, some wherever a form of the policy
# could differ.
SHARES = {
    "sqlite": 0.86,
    "postgresql": 0.08,
    "sqlite+meilisearch": 0.04,
    "postgresql+meilisearch": 0.02,
}


def main() -> int:
    """Run the proof; 0 only where every hole was found and nothing leaked."""
    options = _options()
    found, holes = 0, 0
    if options.holes:
        print("holes:", flush=True)
        holes, found = on_ground("sqlite", lambda ground: find_all(ground, say))
    score = Score()
    kinds = {options.only: 1.0} if options.only else SHARES
    for kind, share in kinds.items():
        cases = int(options.cases * share) // options.processes
        print(f"{kind}: {cases * options.processes:,} cases", flush=True)
        jobs = [(kind, cases, options.seed + 1_000_000 * n) for n in range(options.processes)]
        for part in shared_out(_job, jobs):
            _add(score, part)
    _report(score)
    print(f"holes {holes} found {found}")
    print(f"cases {score.cases} leaks {len(score.leaks)}")
    return 0 if found == holes and not score.leaks else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="leak_proof")
    parser.add_argument("cases", type=int, nargs="?", default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", choices=list(SHARES))
    parser.add_argument("--no-holes", dest="holes", action="store_false")
    return parser.parse_args()


def _job(job: Job) -> Score:
    kind, cases, seed = job
    return on_ground(kind, lambda ground: prove(ground, Executions.made(), cases, seed, say))


def _add(score: Score, part: Score) -> None:
    score.worlds += part.worlds
    score.viewers += part.viewers
    score.documents += part.documents
    score.cases += part.cases
    score.leaks += part.leaks
    score.by_channel += part.by_channel


def _report(score: Score) -> None:
    channels = ", ".join(f"{name} {count:,}" for name, count in sorted(score.by_channel.items()))
    print(f"worlds {score.worlds:,} viewers {score.viewers:,} documents {score.documents:,}")
    print(f"by channel: {channels}")
    told = Counter((seed, leak.path, leak.what) for seed, _, leak in score.leaks)
    for (seed, path, what), count in told.most_common(40):
        print(f"LEAK in world {seed} on {path}: {what} ({count})")


if __name__ == "__main__":
    sys.exit(main())
