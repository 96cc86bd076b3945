"""Live wake-ups: a bell rings for a person, whoever listens looks again. It carries no content."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID


class Bell(Protocol):
    """Rings across processes where there is Redis, and within one where there is none."""

    async def ring(self, person_ids: Iterable[UUID]) -> None:
        """Wake everyone who listens for these people. A lost ring loses nothing."""
        ...

    def heard(self, person_id: UUID) -> AsyncIterator[None]:
        """Yield at once, then at each ring, and at intervals in case a ring was lost."""
        ...


class LocalBell:
    """The bell of one process: listeners also look again every `patience` seconds."""

    def __init__(self, patience: float = 1.0) -> None:
        self._patience = patience
        self._listeners: dict[UUID, set[asyncio.Event]] = defaultdict(set)

    async def ring(self, person_ids: Iterable[UUID]) -> None:
        """Wake everyone in this process who listens for these people."""
        for person_id in person_ids:
            for listener in self._listeners.get(person_id, ()):
                listener.set()

    async def heard(self, person_id: UUID) -> AsyncIterator[None]:
        """Yield at once, then at each ring, and every `patience` seconds."""
        async with self._listening(person_id) as rung:
            while True:
                yield None
                try:
                    async with asyncio.timeout(self._patience):
                        await rung.wait()
                except TimeoutError:
                    pass
                rung.clear()

    @asynccontextmanager
    async def _listening(self, person_id: UUID) -> AsyncIterator[asyncio.Event]:
        rung = asyncio.Event()
        self._listeners[person_id].add(rung)
        try:
            yield rung
        finally:
            self._listeners[person_id].discard(rung)
            if not self._listeners[person_id]:
                del self._listeners[person_id]


class Waker(Protocol):
    """Tells the worker that something is due. Losing the word loses nothing: a sweep finds it."""

    async def wake(self) -> None:
        """Something is due now."""
        ...


class NoWaker:
    """Where there is no Redis the worker sweeps every second, and needs no word."""

    async def wake(self) -> None:
        """Say nothing."""
