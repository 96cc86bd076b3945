"""A private Redis on a unix socket, started with the product's own command line."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from renkei_cli import redis_server
from support.postgres import die_with_parent


@contextmanager
def private_redis(program: Path) -> Iterator[str]:
    """The address of a Redis of our own, running `program`, until the block ends."""
    directory = redis_server.private_directory()
    server = subprocess.Popen(
        redis_server.redis_argv(program, directory),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - resolved before the fork, one call
    )
    url = redis_server.redis_url(directory)
    try:
        _await_answer(url)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=10)
        shutil.rmtree(directory, ignore_errors=True)


def _await_answer(url: str) -> None:
    deadline = time.monotonic() + 10
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "Redis did not start within ten seconds"
                time.sleep(0.01)
            else:
                return
