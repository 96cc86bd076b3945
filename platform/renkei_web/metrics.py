"""Figures for Prometheus, of this process. They name no person, document or record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from renkei_schema.plan import Planner

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Plans(Collector):
    """What a planner counted by itself, told whenever the figures are asked for."""

    def __init__(self) -> None:
        self.planner: Planner | None = None

    def collect(self) -> Iterable[CounterMetricFamily]:
        """Documents that plans answered, and those that they left, by the field or reason."""
        if self.planner is None:
            return
        yield CounterMetricFamily(
            "renkei_graphql_plans",
            "Documents that a plan answered.",
            value=self.planner.answered,
        )
        left = CounterMetricFamily(
            "renkei_graphql_plan_fallbacks",
            "Documents that a plan left to the plain executor, by field or reason.",
            labels=["field"],
        )
        for field, count in sorted(self.planner.fallbacks.items()):
            left.add_metric([field], count)
        yield left


class Metrics:
    """The counters of one web process.

    A series is looked up by its labels once: prometheus_client takes 2.5 µs for it each time.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._plans = Plans()
        self._registry.register(self._plans)
        self._series: dict[tuple[str, ...], Any] = {}
        self._requests = Counter(
            "renkei_http_requests",
            "Requests by method, endpoint and status.",
            ["method", "endpoint", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "renkei_http_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ["endpoint"],
            registry=self._registry,
        )
        self._operations = Counter(
            "renkei_graphql_operations",
            "GraphQL operations by kind and outcome.",
            ["kind", "outcome"],
            registry=self._registry,
        )
        self.cost = Histogram(
            "renkei_graphql_cost_nodes",
            "Nodes that an operation asked for.",
            buckets=(1, 10, 100, 1_000, 5_000, 20_000),
            registry=self._registry,
        )
        self.live = Gauge(
            "renkei_live_subscriptions", "Subscriptions open now.", registry=self._registry
        )

    def answered(self, method: str, endpoint: str, status: int, seconds: float) -> None:
        """Count a request and its time. A made-up method counts as `other`."""
        shown = method if method in _METHODS else "other"
        self._labelled(self._requests, shown, endpoint, str(status)).inc()
        self._labelled(self._seconds, endpoint).observe(seconds)

    def operation(self, kind: str, outcome: str) -> None:
        """Count a GraphQL operation."""
        self._labelled(self._operations, kind, outcome).inc()

    def _labelled(self, metric: Any, *labels: str) -> Any:
        # Each metric has its own number of labels, so that they alone tell the series.
        found = self._series.get(labels)
        if found is None:
            found = self._series[labels] = metric.labels(*labels)
        return found

    def watch(self, planner: Planner) -> None:
        """Tell from now on what this planner counts."""
        self._plans.planner = planner

    def exposed(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)
