"""What a resolver has at hand: the app, the viewer, one reader, loaders. One object a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from strawberry.types import Info as StrawberryInfo

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.app import App
from renkei.audit.service import Leaving
from renkei.reading.reader import Reader, RequestEndedError
from renkei.reading.seen import Facts
from renkei_schema.loaders import Loaders


@dataclass
class Context:
    """One request: who asks, since when, and what has been read so far.

    `arrived_at` is the instant (UTC) at which the whole request had arrived. `trusted` tells that
    the document is one of the registered ones.
    """

    app: App
    viewer: Viewer
    arrived_at: datetime
    request_id: str = ""
    language: str = "ja"
    trusted: bool = False
    # Whose eyes the rest of the request is narrowed to: an audience preview.
    within: Viewer | None = field(default=None, init=False)
    _read: dict[tuple[str, UUID], Facts | None] = field(default_factory=dict, init=False)
    _reader: Reader | None = field(default=None, init=False)
    _loaders: Loaders | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)
    statements: int = field(default=0, init=False)

    @property
    def reader(self) -> Reader:
        """The reader of this request, opened when first asked for."""
        if self._closed:
            raise RequestEndedError
        if self._reader is None:
            self._reader = self.app.reader(self.viewer, within=self.within)
        return self._reader

    @property
    def loaders(self) -> Loaders:
        """Loaders over the reader: whatever is asked in one turn is read in one statement."""
        if self._loaders is None:
            self._loaders = Loaders(self.reader)
        return self._loaders

    async def refresh(self) -> None:
        """Forget what was read: after a change, what follows reads the new state."""
        if self._reader is not None:
            self.statements += self._reader.statements
            self._read |= self._reader.seen.records
        await self.forget()

    async def forget(self) -> None:
        """Forget what was read, and that it was: none of it is going to leave."""
        reader, self._reader, self._loaders = self._reader, None, None
        if reader is not None:
            await reader.close()

    async def renew(self) -> None:
        """After a change: what follows is read in the new state, by who the viewer is in it.

        A change may have cost them a post, a group or a consent.
        """
        await self.refresh()
        person_id, scopes = self.viewer.person_id, self.viewer.scopes
        if person_id is not None:
            now = await self.app.identity.viewer(person_id, scopes)
            self.viewer = (now or ANONYMOUS).asking(self.viewer.request)

    async def leave_entry(self, way: str) -> None:
        """Leave the entry of what was read so far, before any of it leaves the house.

        The reader's connection is given back first: requests that each held one while they wait
        for the writer of entries would leave it none.
        """
        await self.refresh()
        read, self._read = self._read, {}
        if read:
            leaving = Leaving(self.viewer, read, self.arrived_at, way, self.request_id)
            await self.app.reads.leave(leaving)

    async def close(self) -> None:
        """Give back what the request holds, for good."""
        self._closed = True
        await self.refresh()


Info = StrawberryInfo[Context, Any]
