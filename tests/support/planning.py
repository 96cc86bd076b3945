"""A document asked of its plan and of the plain executor, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.app import App
from renkei.database.asking import Asking
from renkei_schema.context import Context
from renkei_schema.schema import schema
from renkei_web.answers import encode
from renkei_web.documents import TrustedDocuments
from renkei_web.execution import Execution, Prepared
from renkei_web.guard import Asked
from support.asking import settings_for


def execution() -> Execution:
    """The product's own way from a document to an answer; nothing is kept in it yet."""
    settings = settings_for("sqlite+aiosqlite://", Path("unused"), introspection=True)
    return Execution(schema, TrustedDocuments(), settings)


@contextmanager
def heard() -> Iterator[list[str]]:
    """The texts of the statements that plans send while the block runs."""
    sent: list[str] = []

    def hear(text: str, _dialect: str, _job: str | None) -> None:
        sent.append(text)

    Asking.listeners.append(hear)
    try:
        yield sent
    finally:
        Asking.listeners.remove(hear)


def levels(statements: list[str]) -> list[str]:
    """Without that which first fetches what the viewer meets."""
    return [
        one
        for one in statements
        if not one.startswith(("SELECT (SELECT json_group_array", "SELECT array("))
    ]


@dataclass
class Planning:
    """Asks as one viewer after another; `execution` keeps documents and plans."""

    app: App
    execution: Execution

    def prepared(
        self, document: str, variables: dict[str, Any], operation: str | None = None
    ) -> Prepared:
        """The document as a request that may be executed."""
        return self.execution.prepare(Asked(document, None, operation, variables), anonymous=False)

    async def planned(
        self, document: str, viewer: Viewer = ANONYMOUS, /, **variables: Any
    ) -> dict[str, Any] | None:
        """The plan's data alone; None where it leaves the document to the plain executor."""
        prepared = self.prepared(document, variables)
        context = await self.context(viewer)
        try:
            assert prepared.planned is not None
            return await self.execution.plans.data(prepared.planned, variables, context)
        finally:
            await context.close()

    async def both(
        self,
        document: str,
        viewer: Viewer = ANONYMOUS,
        operation: str | None = None,
        /,
        **variables: Any,
    ) -> Any:
        """The data. The plan must answer, and byte for byte as the plain executor does."""
        prepared = self.prepared(document, variables, operation)
        plans, fallbacks = self.execution.plans, dict(self.execution.plans.fallbacks)
        answer = await self._answer(prepared, viewer)
        assert dict(plans.fallbacks) == fallbacks, "the plan left the document"
        assert encode(answer) == encode(await self._plain(prepared, viewer))
        assert "errors" not in answer, answer
        return answer["data"]

    async def left(
        self, document: str, viewer: Viewer = ANONYMOUS, /, **variables: Any
    ) -> tuple[str, dict[str, Any]]:
        """Why the plan left the document, and the answer, which is the plain executor's."""
        prepared = self.prepared(document, variables)
        before = self.execution.plans.fallbacks.copy()
        answer = await self._answer(prepared, viewer)
        (why,) = (self.execution.plans.fallbacks - before).elements()
        assert encode(answer) == encode(await self._plain(prepared, viewer))
        return why, answer

    async def _answer(self, prepared: Prepared, viewer: Viewer) -> dict[str, Any]:
        context = await self.context(viewer)
        try:
            return await self.execution.execute(prepared, context)
        finally:
            await context.close()

    async def _plain(self, prepared: Prepared, viewer: Viewer) -> dict[str, Any]:
        context = await self.context(viewer)
        try:
            return await self.execution._plainly(prepared, context)
        finally:
            await context.close()

    async def context(self, viewer: Viewer) -> Context:
        """The context of one request; close it afterwards."""
        arrived_at = await self.app.arrival()
        return Context(app=self.app, viewer=viewer, arrived_at=arrived_at, request_id="test")
