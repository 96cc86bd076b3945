"""Anchors in a file: one line of JSON for each seal, appended as soon as the seal is committed.

A seal without its line, where the process was killed in between, gets it with the next one. Who
keeps the lines elsewhere can tell that seals were cut off or made anew.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from renkei.access.policy.system import as_system
from renkei.audit.seals import Sealing, is_anchor
from renkei.audit.tables import Seal
from renkei.database.engine import Database
from renkei.settings import Settings

JOB = "audit.seal"
# Seals of one statement, and of one turn with the file.
AT_ONCE = 500
# The end of the file in which its last line is looked for, in bytes.
_END = 4_096

log = structlog.get_logger("renkei.audit")


class Places(Protocol):
    """What exporting needs of the process that it runs in."""

    database: Database
    settings: Settings


def anchors_file(settings: Settings) -> Path:
    """Where this deployment appends its anchors."""
    return settings.data_dir / "anchors" / "anchors.jsonl"


async def export(places: Places) -> int:
    """Append the anchors that the file lacks, and tell each in the log; how many it were."""
    file = anchors_file(places.settings)
    known = await asyncio.to_thread(last_number, file)
    async with places.database.reading() as connection:
        told = await anchors(connection, since=known + 1)
        if not told:
            newest = await anchors(connection, since=known) if known else [{}]
            if not newest:
                # A backup was put back, or somebody cut seals off: `renkei audit verify` tells.
                log.error("audit.seals_missing", anchored=known)
            return 0
    for anchor in await asyncio.to_thread(_append, file, told):
        log.info(
            "audit.sealed", **{name: value for name, value in anchor.items() if name != "format"}
        )
    return len(told)


async def anchors(
    connection: AsyncConnection, *, since: int = 1, limit: int = AT_ONCE
) -> list[dict[str, Any]]:
    """The anchors of up to `limit` seals from the number `since` on."""
    table = Seal.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    query = select(table).where(col(Seal.number) >= since).order_by(col(Seal.number)).limit(limit)
    rows = (await connection.execute(as_system(query, JOB))).all()
    return [sealing_of(row).anchored(row.key_id, row.signature) for row in rows]


def sealing_of(row: Any) -> Sealing:
    """What a stored seal says."""
    return Sealing(row.number, row.at, row.previous, row.root, row.first, row.last)


def read_anchors(file: Path) -> Iterator[dict[str, Any] | None]:
    """The anchors of a file, line by line; None for a line that is none."""
    with file.open("rb") as lines:
        for line in lines:
            if line.strip():
                yield _anchor(line)


def last_number(file: Path) -> int:
    """The number of the last seal in the file; 0 where there is none."""
    if not file.exists():
        return 0
    with file.open("rb") as lines:
        lines.seek(max(file.stat().st_size - _END, 0))
        return _last(lines.read())


def _last(end: bytes) -> int:
    for line in reversed(end.splitlines()):
        if (anchor := _anchor(line)) is not None:
            return int(anchor["seal"])
    return 0


def _anchor(line: bytes) -> dict[str, Any] | None:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return document if is_anchor(document) else None


def _append(file: Path, told: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Append the anchors that no other process has appended meanwhile, durably; those."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)
        size = lines.seek(0, os.SEEK_END)
        lines.seek(max(size - _END, 0))
        end = lines.read()
        # What a kill has cut short is no line.
        torn = len(end) - end.rfind(b"\n") - 1
        lines.truncate(size - torn)
        known = _last(end[: len(end) - torn])
        new = [anchor for anchor in told if anchor["seal"] > known]
        lines.write(b"".join(orjson.dumps(anchor) + b"\n" for anchor in new))
        lines.flush()
        os.fsync(lines.fileno())
    return new
