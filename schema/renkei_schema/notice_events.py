"""The inbox, live."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, FromClause

from renkei.access.policy.reach import Reach
from renkei.notices import tables
from renkei.reading.given import Given
from renkei.reading.page import By, Page, Where
from renkei.reading.record import Record
from renkei_schema.context import Info
from renkei_schema.declare.words import asked, table_of
from renkei_schema.errors import not_signed_in
from renkei_schema.notice_types import Notice

NOTICE = table_of(tables.Notice)
# A notice shows when its transaction commits, which may be after later ones of other transactions.
# So new is what was not seen yet, among those of the last ten minutes: never "after the last one".
WINDOW = timedelta(minutes=10)
# Most notices that one ring can bring; what is more waits in the inbox.
MOST = 500


@strawberry.type
class NoticeSubscription:
    """What arrives."""

    @strawberry.subscription(
        description="お知らせが届くたびに。そのとき見られるものだけ。サインインが終わると、"
        "NOT_SIGNED_INで終わる。 / Each notice as it arrives, if the viewer may see it then. "
        "Ends with NOT_SIGNED_IN when the sign-in has ended."
    )
    async def notice_arrived(self, info: Info) -> AsyncGenerator[Notice, None]:
        """Notices from the arrival of this request on; who is looking is asked anew each time."""
        context = info.context
        person_id = context.viewer.person_id
        if person_id is None:
            raise not_signed_in()
        columns = asked(info, NOTICE) | {"created_at"}
        seen: dict[UUID, datetime] = {}
        bell: Any = context.app.bell.heard(person_id)
        async with aclosing(bell):
            async for _ in bell:
                viewer = await context.app.identity.viewer(person_id, context.viewer.scopes)
                if viewer is None:
                    raise not_signed_in()
                viewer = viewer.asking(context.viewer.request)
                since = max(context.arrived_at, context.app.clock.now() - WINDOW)
                reader = context.app.reader(viewer)
                try:
                    found = await reader.page(NOTICE, _since(since, columns))
                finally:
                    await reader.close()
                new = [record for record in reversed(found.records) if record.id not in seen]
                seen = {key: at for key, at in seen.items() if at >= since} | _instants(new)
                for record in new:
                    # Records stand for declared types.
                    arrived: Any = record
                    yield arrived


def _since(since: datetime, columns: frozenset[str]) -> Page:
    return Page(
        size=MOST,
        order=(By("created_at", down=True),),
        where=(Where(("since",), (since,), _begun),),
        columns=columns,
    )


def _begun(_reach: Reach, source: FromClause, given: tuple[Given, ...]) -> ColumnElement[bool]:
    (since,) = given
    return source.c.created_at >= since.of(source.c.created_at.type)


def _instants(records: list[Record]) -> dict[UUID, datetime]:
    return {record.id: record.values["created_at"] for record in records}
