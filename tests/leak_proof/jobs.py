"""Long runs: work on grounds of its own, shared out to processes. The differential test's too."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from leak_proof.grounds import Ground, ground_of
from support.quiet import quiet

Job = tuple[str, int, int]
Answer = TypeVar("Answer")


def shared_out(work: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Answer]:
    """What each job (a ground's kind, cases, the first world) comes to, each in its process."""
    if len(jobs) == 1:
        return [work(jobs[0])]
    with ProcessPoolExecutor(len(jobs)) as pool:
        return list(pool.map(work, jobs))


def on_ground(kind: str, work: Callable[[Ground], Coroutine[Any, Any, Answer]]) -> Answer:
    """What the work comes to on a ground of this kind, without a word in the log."""
    # In memory, where there is a directory of it: thousands of databases are written.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with (
        quiet(),
        tempfile.TemporaryDirectory(dir=memory, prefix="renkei-ground-") as folder,
        ground_of(kind, Path(folder)) as ground,
    ):
        return asyncio.run(work(ground))


def say(line: str) -> None:
    """Tell how far it is, at once."""
    print(line, flush=True)
