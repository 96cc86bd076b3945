"""Asking the schema in process, as a viewer, with the statements that were sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.app import App
from renkei.settings import Settings
from renkei.signing import new_key
from renkei_schema.context import Context
from renkei_schema.ids import write_id
from renkei_schema.schema import schema


def settings_for(database_url: str, data_dir: Path, **more: Any) -> Settings:
    """Settings of a deployment for one test."""
    return Settings(
        database_url=database_url,
        data_dir=data_dir,
        secret_key="test-secret",  # type: ignore[arg-type]  # pydantic makes it a secret
        signing_key=new_key(),  # type: ignore[arg-type]  # pydantic makes it a secret
        **more,
    )


@dataclass
class Asker:
    """Sends documents to the schema as one viewer after another."""

    app: App

    async def __call__(
        self, document: str, viewer: Viewer = ANONYMOUS, **variables: Any
    ) -> dict[str, Any]:
        """The data; an error fails the test."""
        result = await self.result(document, viewer, **variables)
        assert result.errors is None, result.errors
        data: dict[str, Any] = result.data
        return data

    async def result(self, document: str, viewer: Viewer = ANONYMOUS, **variables: Any) -> Any:
        """Data and errors as the schema gives them."""
        context = Context(
            app=self.app, viewer=viewer, arrived_at=await self.app.arrival(), request_id="test"
        )
        try:
            return await schema.execute(document, variable_values=variables, context_value=context)
        finally:
            await context.close()

    async def viewer(self, person_id: UUID) -> Viewer:
        """The person as a viewer now."""
        found = await self.app.identity.viewer(person_id)
        assert found is not None
        return found

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL statements sent while the block runs."""
        sent: list[str] = []

        def keep(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        engine = self.app.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", keep)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", keep)


def gid(type_name: str, key: UUID) -> str:
    """The global id of a record."""
    return str(write_id(type_name, key))
