"""A load generator in a process of its own: raw sockets, HTTP/1.1, connections kept alive.

Reads what to send from standard input and writes what came back to standard output, as JSON. It
stops by time or by number, whichever comes first, and waits for what is under way.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from support.paths import FINDS_TESTS

# An answer that takes longer than this after the end of the sending counts as none.
PATIENCE_S = 120.0
_LENGTH, _CHUNKED = b"content-length:", b"transfer-encoding: chunked"


@dataclass
class Load:
    """What came back: seconds of each answer in the order of their ends, and how many failed."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    sample: str = ""


@dataclass
class Limit:
    """How much is sent: over so many connections, for so long, and no more than so many."""

    connections: int
    seconds: float
    requests: int = 1_000_000


def drive(port: int, requests: Sequence[bytes], limit: Limit) -> Load:
    """Send the requests by turns in another process, and wait for its report."""
    return finished(started(port, requests, limit))


def started(port: int, requests: Sequence[bytes], limit: Limit) -> subprocess.Popen[bytes]:
    """Begin sending in another process."""
    told = {
        "port": port,
        "limit": asdict(limit),
        "requests": [base64.b64encode(one).decode() for one in requests],
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.reads.load"],
        env=os.environ | FINDS_TESTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(told).encode())
    process.stdin.close()
    return process


def finished(process: subprocess.Popen[bytes]) -> Load:
    """What the process reports at its end."""
    with process:
        assert process.stdout is not None
        report = process.stdout.read()
    if process.wait() != 0:
        raise RuntimeError("the load generator failed")
    return Load(**json.loads(report))


async def ask(port: int, request: bytes) -> tuple[int, bytes]:
    """One answer on a connection of its own: its status and its body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await _answer(reader)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head[9:12])
    place = head.find(_LENGTH)
    if place >= 0:
        end = head.index(b"\r\n", place)
        return status, await reader.readexactly(int(head[place + len(_LENGTH) : end]))
    if _CHUNKED not in head:
        raise RuntimeError("an answer of unknown length")
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return status, b"".join(parts)


async def _send(port: int, requests: list[bytes], limit: Limit) -> Load:
    load = Load()
    ends = time.perf_counter() + limit.seconds
    taken = 0

    async def client() -> None:
        nonlocal taken
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while taken < limit.requests and time.perf_counter() < ends:
                request = requests[taken % len(requests)]
                taken += 1
                began = time.perf_counter()
                writer.write(request)
                status, body = await _answer(reader)
                load.seconds.append(time.perf_counter() - began)
                if status != 200 or b'"errors"' in body[:200] or b'"errors":[' in body[-2000:]:
                    load.failed += 1
                    load.sample = body[:300].decode(errors="replace")
        finally:
            writer.close()

    try:
        async with asyncio.timeout(limit.seconds + PATIENCE_S):
            await asyncio.gather(*(client() for _ in range(limit.connections)))
    except TimeoutError:
        load.failed += 1
        load.sample = f"no answer within {PATIENCE_S:g} s of the end"
    return load


def main() -> None:
    """Send what standard input says."""
    told: dict[str, Any] = json.load(sys.stdin)
    requests = [base64.b64decode(one) for one in told["requests"]]
    load = asyncio.run(_send(told["port"], requests, Limit(**told["limit"])))
    json.dump(asdict(load), sys.stdout)


if __name__ == "__main__":
    main()
