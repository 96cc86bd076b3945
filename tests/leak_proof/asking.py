"""One deployment over one world: documents asked as any client's are, and what they read."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import create_engine

from leak_proof.drawing import NOW
from leak_proof.loading import Rows, statements
from leak_proof.worlds import World
from renkei.access.policy.viewer import ANONYMOUS, Request, Viewer
from renkei.app import App
from renkei.audit.service import Leaving, ReadLog
from renkei.clock import FixedClock
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.reactions import reindex
from renkei.search.port import SearchEngine
from renkei.viewers import viewers_of
from renkei_schema.context import Context
from renkei_schema.limits import Limits
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


class Ground:
    """Where houses stand: a migrated, empty database of each kind to begin from."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.template = folder / "template.db"
        if not self.template.exists():
            migrate.upgrade(f"sqlite+aiosqlite:///{self.template}")
            engine = create_engine(f"sqlite:///{self.template}")
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.dispose()
        self._number = 0

    @asynccontextmanager
    async def house(
        self, world: World, rows: Rows, execution: Execution, search: SearchEngine | None = None
    ) -> AsyncIterator[House]:
        """A house with these rows of the world in it."""
        self._number += 1
        place = self.folder / f"world{self._number % 50}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        file = place / "renkei.db"
        shutil.copyfile(self.template, file)
        engine = create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            for statement, values in statements(world, rows):
                connection.execute(statement, values)
        engine.dispose()
        url = f"sqlite+aiosqlite:///{file}"
        clock = FixedClock(NOW)
        settings = settings_for(url, place)
        async with App.opened(settings, clock=clock, search=search) as app:
            await reindex(app)
            yield House(app, execution, world, clock)


def boundless() -> Execution:
    """The product's own way from a document to an answer, without its limits."""
    settings = settings_for("sqlite+aiosqlite://", Path("unused"), introspection=True)
    execution = Execution(schema, TrustedDocuments(), settings)
    execution.limits = BOUNDLESS
    execution.cache = DocumentCache(10**9)
    return execution
