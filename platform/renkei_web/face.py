"""What the routes of one web process share, and how each request gets its context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from graphql import OperationType
from starlette.types import Scope

from renkei.access.policy.viewer import Viewer
from renkei.app import App
from renkei_schema.context import Context
from renkei_web.callers import Caller, language_of
from renkei_web.execution import Execution, Prepared, Renew
from renkei_web.headers import headers_of
from renkei_web.metrics import Metrics
from renkei_web.rates import Rates, Spent


@dataclass(frozen=True)
class Face:
    """One process's web face. Made when the application starts, found on `app.state.face`."""

    app: App
    execution: Execution
    rates: Rates
    metrics: Metrics

    def spend(self, caller: Caller, scope: Scope, cost: int) -> Spent | None:
        """Charge the caller. Raises `RateExceeded`."""
        return self.rates.spend(caller.rate_key(client_ip(scope)), cost)

    async def arrived_at(self, prepared: Prepared, complete: float) -> datetime:
        """The instant that counts for a request that was whole at `complete` (time.monotonic()).

        Nothing is decided by the instant of a query: it is spared the question to the database.
        """
        if prepared.kind is OperationType.QUERY:
            return self.app.clock.now()
        return await self.app.arrival(complete)

    def context(
        self, scope: Scope, viewer: Viewer, arrived_at: datetime, *, trusted: bool
    ) -> Context:
        """The context of one request. Close it afterwards."""
        return Context(
            app=self.app,
            viewer=viewer,
            arrived_at=arrived_at,
            request_id=request_id(scope),
            language=language_of(headers_of(scope)),
            trusted=trusted,
        )

    def renewing(self, scope: Scope, caller: Caller, prepared: Prepared) -> Renew:
        """Makes a context for each live event, with the viewer as they are at that moment."""

        async def renew() -> Context:
            viewer = await caller.renewed()
            return self.context(scope, viewer, self.app.clock.now(), trusted=prepared.trusted)

        return renew


def face_of(scope: Scope) -> Face:
    """The face of the application that serves this request."""
    face: Face = scope["app"].state.face
    return face


def request_id(scope: Scope) -> str:
    """The id under which this request is logged."""
    found: str = scope.get("state", {}).get("request_id", "")
    return found


def client_ip(scope: Scope) -> str:
    """The peer's address; empty over a unix socket."""
    client = scope.get("client")
    return str(client[0]) if client else ""
