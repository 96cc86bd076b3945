"""A row's server as a process of its own: started, asked until it answers, weighed, stopped."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from bench.reads.load import ask
from support.postgres import die_with_parent

READY_S, STOP_S = 60.0, 10.0
SAID = 3_000


class Server:
    """A server on a free port of the loopback address; its words go to a file in `folder`."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.port = _free_port()
        self.started_in_s = 0.0
        self._log = folder / f"{name}.log"
        self._command = [part.replace("{port}", str(self.port)) for part in command]
        self._environment = {**os.environ, **environment, "PORT": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, first: bytes) -> None:
        """Start it, and wait until it answers `first`; raises with the log's end where it won't."""
        began = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - resolved before the fork, one call
            )
        while True:
            status = self._status(first)
            if status == 200:
                break
            over = time.perf_counter() - began > READY_S
            if over or self._process.poll() is not None:
                self.stop()
                raise RuntimeError(f"{self.name} did not get ready ({status})")
            time.sleep(0.02)
        self.started_in_s = time.perf_counter() - began

    def _status(self, first: bytes) -> int:
        try:
            return asyncio.run(asyncio.wait_for(ask(self.port, first), READY_S))[0]
        except (OSError, EOFError, TimeoutError):
            return 0

    def stop(self) -> None:
        """Stop it and whatever it started."""
        if self._process is None:
            return
        family = tree(self._process.pid)
        self._process.terminate()
        _, alive = psutil.wait_procs(family, timeout=STOP_S)
        for one in alive:
            one.kill()
        self._process.wait()
        self._process = None

    @property
    def said(self) -> str:
        """The end of what it has written."""
        return self._log.read_text(errors="replace")[-SAID:]

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def memory(self) -> int:
        """Resident bytes of it and its children."""
        return sum(one.memory_info().rss for one in tree(self.pid))


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it; none where it has ended."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes, their threads and children, ended ones included."""
    total = 0.0
    for pid in pids:
        for one in tree(pid):
            try:
                spent = one.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
