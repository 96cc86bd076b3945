"""How fast one viewer may spend: a bucket of cost units each, refilled evenly over a minute."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from renkei.clock import Clock
from renkei_schema.errors import ApiError, ErrorCode, Rejected

BUCKETS_KEPT = 10_000
_WINDOW = 60


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Spent(NamedTuple):
    """What is left after a request, and in how many seconds the bucket is full again."""

    policy: int
    left: int
    full_in: int

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """The `RateLimit` fields of the IETF draft (httpapi-ratelimit-headers)."""
        return [
            (b"ratelimit-policy", b'"viewer";q=%d;w=%d' % (self.policy, _WINDOW)),
            (b"ratelimit", b'"viewer";r=%d;t=%d' % (self.left, self.full_in)),
        ]


class RateExceeded(Rejected):
    """The viewer has spent too much; `retry_after` seconds from now the same request passes."""

    def __init__(self, spent: Spent, retry_after: int) -> None:
        super().__init__(
            [
                ApiError(
                    ErrorCode.RATE_LIMITED,
                    f"{spent.policy:,} cost units a minute are allowed; "
                    f"try again in {retry_after} seconds.",
                    f"1分あたり{spent.policy:,}までです。{retry_after}秒後にもう一度お試しください。",
                    status=429,
                    facts={"limit": "rate", "allowed": spent.policy, "retryAfter": retry_after},
                )
            ]
        )
        self.fields = [*spent.fields, (b"retry-after", b"%d" % retry_after)]


class Rates:
    """The buckets of one process; each web process counts for itself."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def spend(self, key: str, cost: int) -> Spent | None:
        """Take a request's cost (at least 1) from the bucket; None where there is no limit.

        A request dearer than a full bucket takes a full one. Raises `RateExceeded`.
        """
        if not self._per_minute:
            return None
        now = self._clock.now().timestamp()
        refill = self._per_minute / _WINDOW
        bucket = self._buckets.setdefault(key, _Bucket(self._per_minute, now))
        self._buckets.move_to_end(key)
        bucket.left = min(self._per_minute, bucket.left + (now - bucket.at) * refill)
        bucket.at = now
        while len(self._buckets) > BUCKETS_KEPT:
            self._buckets.popitem(last=False)
        price = min(max(cost, 1), self._per_minute)
        if bucket.left < price:
            raise RateExceeded(
                self._spent(bucket, refill), math.ceil((price - bucket.left) / refill)
            )
        bucket.left -= price
        return self._spent(bucket, refill)

    def _spent(self, bucket: _Bucket, refill: float) -> Spent:
        return Spent(
            self._per_minute,
            math.floor(bucket.left),
            math.ceil((self._per_minute - bucket.left) / refill),
        )
