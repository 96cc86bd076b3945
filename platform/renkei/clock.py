"""The one source of time. Every instant in the kernel is an aware datetime in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")


class Clock(Protocol):
    """Tells the present instant; injected everywhere so that tests can stand still."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that moves only when told to: for tests and rehearsals."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 24, 3, 0, tzinfo=UTC))

    def now(self) -> datetime:
        """The instant it was last set to, in UTC."""
        return self.at.astimezone(UTC)

    def advance(self, **delta: float) -> None:
        """Move forward by the arguments of `timedelta`."""
        self.at += timedelta(**delta)
