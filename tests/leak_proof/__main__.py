"""`python -m leak_proof N`: plant the holes and find them, then compare N cases; counts come last.

Run by `make leak-proof N=…`. A case is one viewer's whole answer on one way in one random world,
compared with the oracle's and with the answer in the world without the hidden records. `--seed`
names the first world, `--processes` how many run beside each other, `--only` a single ground.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import structlog

from leak_proof.grounds import Ground, ground_of
from leak_proof.harvesting import Score
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
    _quiet()
    found, holes = 0, 0
    if options.holes:
        print("holes:", flush=True)
        holes, found = _with_ground("sqlite", lambda ground: find_all(ground, _say))
    score = Score()
    kinds = {options.only: 1.0} if options.only else SHARES
    for kind, share in kinds.items():
        cases = int(options.cases * share) // options.processes
        print(f"{kind}: {cases * options.processes:,} cases", flush=True)
        jobs = [(kind, cases, options.seed + 1_000_000 * n) for n in range(options.processes)]
        for part in _shared_out(jobs):
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


def _shared_out(jobs: list[tuple[str, int, int]]) -> list[Score]:
    if len(jobs) == 1:
        return [_job(jobs[0])]
    with ProcessPoolExecutor(len(jobs)) as pool:
        return list(pool.map(_job, jobs))


def _job(job: tuple[str, int, int]) -> Score:
    kind, cases, seed = job
    _quiet()
    return _with_ground(kind, lambda ground: prove(ground, Executions.made(), cases, seed, _say))


def _with_ground(kind: str, work: Callable[[Ground], Coroutine[Any, Any, Answer]]) -> Answer:
    with (
        tempfile.TemporaryDirectory(dir=_memory(), prefix="leak-proof-") as folder,
        ground_of(kind, Path(folder)) as ground,
    ):
        return asyncio.run(work(ground))


def _memory() -> str | None:
    """A directory in memory, where there is one: the proof writes thousands of databases."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _quiet() -> None:
    """Refused and masked requests are what is looked for; their log lines are not."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _say(line: str) -> None:
    print(line, flush=True)


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
