"""Figures for Prometheus, of this process. They name no person, document or record."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The counters of one web process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "renkei_http_requests",
            "Requests by method, endpoint and status.",
            ["method", "endpoint", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "renkei_http_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ["endpoint"],
            registry=self._registry,
        )
        self.operations = Counter(
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

    def exposed(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)
