"""Two answerers over one app: the plain executor, and the product's own way from text to answer."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from graphql import ExecutionResult, execute
from strawberry.execution import optimized_is_awaitable

from differential.documents import Drawn
from leak_proof.asking import House
from renkei.access.policy.viewer import Viewer
from renkei.audit.service import Leaving, ReadLog
from renkei.database.engine import Database
from renkei_schema.context import Context
from renkei_schema.errors import Rejected, execution_errors
from renkei_schema.schema import schema
from renkei_web.documents import TrustedDocuments
from renkei_web.execution import Execution, Prepared
from renkei_web.guard import Asked
from support.asking import settings_for

# An error as a client can tell it apart from others: its path, and its code.
Error = tuple[tuple[str | int, ...], str]
Read = Mapping[tuple[str, UUID], Any]


@dataclass(frozen=True)
class Answer:
    """What was answered: data and errors, or a refusal of the whole; and the entry of reading."""

    data: Any
    errors: list[Error] = field(default_factory=list)
    refused: frozenset[str] | None = None
    read: Read = field(default_factory=dict)


class Entries(ReadLog):
    """Keeps what would be entered, by request: many are answered at once."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.left: dict[str, Read] = {}

    async def leave(self, leaving: Leaving) -> None:
        """Keep the entry of the request."""
        self.left[leaving.request_id] = leaving.read


class Answerers:
    """The two answerers of one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._entries = Entries(house.app.database)
        house.app.reads = self._entries
        self._numbers = itertools.count(1)

    def _context(self, viewer: Viewer) -> Context:
        app = self._house.app
        request_id = f"case-{next(self._numbers)}"
        return Context(app=app, viewer=viewer, arrived_at=app.clock.now(), request_id=request_id)

    async def plan(self, drawn: Drawn, viewer: Viewer) -> Answer:
        """The product's answer: its plan's, or whatever it falls back to."""
        execution = self._house.execution
        context = self._context(viewer)
        try:
            asked = Asked(drawn.source, None, drawn.operation, drawn.variables)
            prepared = execution.prepare(asked, anonymous=False)
            told = await execution.execute(prepared, context)
        except Rejected as refusal:
            codes = frozenset(_limit(error["extensions"]) for error in refusal.formatted())
            return Answer(None, refused=codes)
        finally:
            await context.close()
        read = self._entries.left.pop(context.request_id, {})
        return Answer(told["data"], _errors(told.get("errors", ())), read=read)

    async def plain(self, drawn: Drawn, viewer: Viewer) -> Answer:
        """Strawberry's and graphql-core's own answer, loaders and all; no limits."""
        context = self._context(viewer)
        try:
            prepared = self._prepared(drawn)
            if prepared is None:
                found: Any = await schema.execute(
                    drawn.source,
                    variable_values=drawn.variables,
                    context_value=context,
                    operation_name=drawn.operation,
                )
            else:
                found = execute(
                    schema._schema,
                    prepared.document,
                    context_value=context,
                    variable_values=drawn.variables,
                    operation_name=drawn.operation,
                    executor_class=schema.execution_context_class,
                    is_awaitable=cast("Any", optimized_is_awaitable),
                )
                found = found if isinstance(found, ExecutionResult) else await found
            await context.leave_entry("graphql")
        finally:
            await context.close()
        told = execution_errors(found.errors or (), context.request_id)
        if found.data is None and any("path" not in error for error in told):
            return Answer(None, refused=frozenset({"BAD_VARIABLES"}))
        read = self._entries.left.pop(context.request_id, {})
        return Answer(found.data, _errors(told), read=read)

    def _prepared(self, drawn: Drawn) -> Prepared | None:
        """The parsed document, where the product takes it: read and validated once for both."""
        asked = Asked(drawn.source, None, drawn.operation, drawn.variables)
        try:
            return self._house.execution.prepare(asked, anonymous=False)
        except Rejected:
            return None


def _errors(told: Any) -> list[Error]:
    return [(tuple(one.get("path", ())), one["extensions"]["code"]) for one in told]


def _limit(extensions: Mapping[str, Any]) -> str:
    code = extensions["code"]
    return f"{code} {extensions['limit']}" if "limit" in extensions else str(code)


def product() -> Execution:
    """The product's way with its own limits."""
    settings = settings_for("sqlite+aiosqlite://", Path("unused"), introspection=True)
    return Execution(schema, TrustedDocuments(), settings)


def planned_count(execution: Execution) -> int | None:
    """How many documents the plan itself answered; None where the product has no plan."""
    plans: Any = getattr(execution, "plans", None)
    return None if plans is None else int(plans.answered)


def fallbacks(execution: Execution) -> Counter[str]:
    """Which fields sent documents to the plain executor, how often."""
    plans: Any = getattr(execution, "plans", None)
    return Counter() if plans is None else Counter(plans.fallbacks)
