"""One deployment over one world: documents asked as any client's are, and what they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from leak_proof.world import World
from renkei.access.policy.viewer import ANONYMOUS, Request, Viewer
from renkei.app import App
from renkei.audit.service import Leaving, ReadLog
from renkei.clock import FixedClock
from renkei.database.engine import Database
from renkei.viewers import viewers_of
from renkei_schema.context import Context
from renkei_schema.limits import Limits
from renkei_schema.plan import Planner
from renkei_schema.schema import schema
from renkei_web.answers import encode
from renkei_web.documents import DocumentCache, TrustedDocuments
from renkei_web.execution import Execution
from renkei_web.guard import Asked
from support.asking import settings_for

# No document of the proof is refused for its size: what is asked at once is many paths.
BOUNDLESS = Limits(
    depth=40,
    fields=100_000,
    aliases=10_000,
    root_fields=1_000,
    tokens=1_000_000,
    characters=10_000_000,
    nodes=10**12,
    unpaged_list=1,
)


class Noted(ReadLog):
    """Keeps what would be entered. Entries are proved elsewhere; here they must name the truth."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.last: Leaving | None = None

    async def leave(self, leaving: Leaving) -> None:
        """Keep the entry of the request."""
        self.last = leaving


class House:
    """One world in one database, with one app over it."""

    def __init__(self, app: App, execution: Execution, world: World, clock: FixedClock) -> None:
        self.app = app
        self.clock = clock
        self.execution = execution
        self.world = world
        self.reads = Noted(app.database)
        app.reads = self.reads

    async def viewer(self, person: UUID | None, request: Request) -> Viewer:
        """The person as they are now, or nobody."""
        if person is None:
            return ANONYMOUS.asking(request)
        async with self.app.database.reading() as connection:
            found = await viewers_of(connection, [person], at=self.app.clock.now())
        return found[person].asking(request)

    async def answer(
        self, document: str, viewer: Viewer, variables: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The whole answer to a document, as it would leave the house."""
        self.reads.last = None
        app = self.app
        context = Context(app=app, viewer=viewer, arrived_at=app.clock.now(), request_id="proof")
        asked = Asked(document, None, None, variables or {})
        try:
            prepared = self.execution.prepare(asked, anonymous=False)
            return await self.execution.execute(prepared, context)
        finally:
            await context.close()


def told(answer: dict[str, Any]) -> bytes:
    """The answer's bytes."""
    return bytes(encode(answer))


class Unplanning(Planner):
    """Leaves every document to the plain executor, which answers what no plan knows."""

    async def data(self, *_given: Any) -> dict[str, Any] | None:
        """Nothing."""
        return None


def boundless(*, plain: bool = False) -> Execution:
    """The product's own way from a document to an answer, without its limits.

    `plain`: by the executor that answers where a plan can't.
    """
    settings = settings_for("sqlite+aiosqlite://", Path("unused"), introspection=True)
    execution = Execution(schema, TrustedDocuments(), settings)
    execution.limits = BOUNDLESS
    execution.cache = DocumentCache(10**9)
    if plain:
        execution.plans = Unplanning(schema)
    return execution
