"""Requests that end when they end: the product's context and reader, closed for good.

Where a non-null field fails, graphql-core answers while siblings are still being loaded. They then
open the closed reader again, and nobody gives that connection back; or go on with one that the next
request has got by then. `test_regressions.py` shows both on the product. Until that is put right
there, what is compared here must not be upset by it: this module goes with that test's mark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from leak_proof.asking import House
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import Viewer
from renkei.reading.reader import Reader
from renkei_schema.context import Context


class LateError(Exception):
    """Something is asked for after the request has ended; nobody waits for it."""


class ClosedReader(Reader):
    """Closes after the statement that runs, and does not open again."""

    closed = False

    async def close(self) -> None:
        """Give the connection back once it is at rest."""
        async with self._turn:
            self.closed = True
            await super().close()

    async def _prepared(self) -> Reach:
        if self.closed:
            raise LateError
        return await super()._prepared()


@dataclass
class ClosedContext(Context):
    """Makes no reader once it is closed."""

    closed: bool = field(default=False, init=False)

    @property
    def reader(self) -> Reader:
        """See `Context.reader`."""
        if self.closed:
            raise LateError
        return super().reader

    async def close(self) -> None:
        """Give back what the request holds, for good."""
        self.closed = True
        await super().close()


def _reader(app: Any, viewer: Viewer, *, within: Viewer | None = None) -> Reader:
    made: Reader = type(app).reader(app, viewer, within=within)
    made.__class__ = ClosedReader
    return made


def close_for_good(house: House) -> None:
    """From now on the house's readers stay closed once they are."""
    house.app.reader = partial(_reader, house.app)  # type: ignore[method-assign]  # see above
