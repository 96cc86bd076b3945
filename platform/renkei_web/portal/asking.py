"""One request's way to the schema: documents are executed in process, with the viewer's context."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from starlette.datastructures import QueryParams
from starlette.requests import Request

from renkei_schema.context import Context
from renkei_web.callers import COOKIE, Caller, cookie_of, country_of, credential_of, identify
from renkei_web.face import Face, face_of
from renkei_web.guard import Asked
from renkei_web.portal.documents import documents


class Trouble(Exception):  # noqa: N818 - an answer to the reader, not a failure of ours
    """The answer to a document holds errors: `code` of the first, its words in both languages."""

    def __init__(self, code: str, message: str, message_ja: str, request_id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.message_ja = message_ja
        self.request_id = request_id

    def says(self, lang: str) -> str:
        """The words in the page's language."""
        return self.message if lang == "en" else self.message_ja


@dataclass
class Asking:
    """Who asks, from which page, and how a document is executed for them."""

    request: Request
    face: Face
    caller: Caller
    context: Context
    lang: str
    page: str
    path: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def of(
        cls, request: Request, lang: str, page: str, *, arrived_at: datetime | None = None
    ) -> Self:
        """The asking of a request. Raises `Rejected` for a credential that is no credential."""
        face = face_of(request.scope)
        headers = request.headers
        caller = await identify(face.app.identity, credential_of(headers), country_of(headers))
        at = arrived_at or face.app.clock.now()
        return cls(
            request=request,
            face=face,
            caller=caller,
            context=face.context(request.scope, caller.viewer, at, trusted=True),
            lang=lang,
            page=page,
            path={name: str(value) for name, value in request.path_params.items()},
        )

    @property
    def query(self) -> QueryParams:
        """What the address says after the question mark."""
        return self.request.query_params

    @property
    def now(self) -> datetime:
        """The instant at which the request had arrived, in UTC."""
        return self.context.arrived_at

    @property
    def here(self) -> dict[str, object]:
        """The parts of this page's address, so that it can be written again in either language."""
        query: dict[str, object] = {
            name: self.query.getlist(name)
            if len(self.query.getlist(name)) > 1
            else self.query[name]
            for name in self.query
            if name not in self.path and name != "done"
        }
        return query | self.path

    @property
    def form_token(self) -> str:
        """Proves that a form was made for this sign-in; empty for anonymous readers."""
        secret = cookie_of(self.request.headers, COOKIE)
        if secret is None or self.caller.viewer.anonymous:
            return ""
        key = self.face.app.settings.secret_key.get_secret_value().encode()
        return hmac.new(key, f"form:{secret}".encode(), hashlib.sha256).hexdigest()

    def go_on_as(self, page: str, path: dict[str, str]) -> None:
        """The form belongs to another page from now on: what it began exists by now."""
        self.page = page
        self.path = path

    def with_own_eyes(self) -> None:
        """What is asked from now on is the viewer's own again: a preview had narrowed it."""
        self.context.within = None

    async def ask(
        self, document: str, variables: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The data of the document named so. Raises `Trouble` where the answer holds errors."""
        execution = self.face.execution
        prepared = execution.prepare(
            Asked(documents()[document], None, None, dict(variables or {})),
            anonymous=self.caller.viewer.anonymous,
        )
        self.face.spend(self.caller, self.request.scope, prepared.cost)
        answer = await execution.execute(prepared, self.context)
        for error in answer.get("errors", ()):
            told = error["extensions"]
            raise Trouble(
                told["code"], error["message"], told["messageJa"], told.get("requestId", "")
            )
        data: dict[str, Any] = answer["data"]
        return data

    async def close(self) -> None:
        """Give back what the request holds."""
        await self.context.close()
