"""The rival `rest`: hand-written FastAPI routes over asyncpg and orjson.

The kernel tells who asks, and writes the entries; all else is as fast as a route by hand can be:
`statements`, prepared once a connection, rows to dictionaries, one `orjson` call.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response
from sqlalchemy.engine import make_url

from bench.reads import documents
from bench.reads.rivals.serving import serve
from bench.reads.rivals.statements import OPEN_MARKS, STATEMENTS
from renkei.access.policy.viewer import Viewer
from renkei.app import App
from renkei.audit.service import Leaving
from renkei.briefs.tables import Brief
from renkei.calls.tables import Call
from renkei.reading.seen import Facts
from renkei.search.finding import find
from renkei.search.port import SearchQuery
from renkei.settings import Settings

POOL = 10
_TITLED = frozenset({"code", "title_ja"})
_SOURCES: Any = {"call": (Call.__table__, _TITLED), "brief": (Brief.__table__, _TITLED)}  # type: ignore[attr-defined]  # SQLModel sets it


async def _nothing(_connection: Any) -> None:
    """Routes that only read leave nothing on a connection: its usual cleaning is a round trip."""


@asynccontextmanager
async def _lifespan(web: FastAPI) -> AsyncIterator[None]:
    settings = Settings()
    url = make_url(settings.resolved_database_url)
    async with (
        App.opened(settings) as app,
        asyncpg.create_pool(
            host=url.query["host"],
            user=url.username,
            database=url.database,
            min_size=POOL,
            max_size=POOL,
            reset=_nothing,
        ) as pool,
    ):
        web.state.app, web.state.pool = app, pool
        yield


web = FastAPI(lifespan=_lifespan)


class Asked:
    """One request: whose it is, and what it reads."""

    def __init__(self, request: Request) -> None:
        self.app: App = request.app.state.app
        self.pool: Any = request.app.state.pool
        self.secret = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.at: datetime = self.app.clock.now()
        self.read: dict[tuple[str, UUID], Facts | None] = {}
        self.viewer: Viewer
        self._eyes: tuple[Any, ...] = ()

    async def begin(self) -> bool:
        """Whether the token is somebody's."""
        viewer = await self.app.identity.by_access_token(self.secret)
        if viewer is None:
            return False
        self.viewer = viewer
        self._eyes = (list(viewer.tokens), list(viewer.affiliations), self.at)
        return True

    async def rows(self, connection: Any, name: str, *more: Any) -> list[Any]:
        """The rows of a statement, as this viewer sees them."""
        found: list[Any] = await connection.fetch(STATEMENTS[name], *self._eyes, *more)
        return found

    def note(self, kind: str, key: UUID, *facts: Any) -> None:
        """A record was read: its TLP, its audience, who made it. Above GREEN, it is entered."""
        tlp, audience_id, made_by = facts
        if tlp not in OPEN_MARKS:
            self.read[kind, key] = (tlp, audience_id, made_by)

    async def answer(self, content: Any) -> Response:
        """The answer, once the entry of the reading is durable."""
        if self.read:
            await self.app.reads.leave(Leaving(self.viewer, self.read, self.at, "rest", ""))
        return Response(orjson.dumps(content), media_type="application/json")


_NOBODY = Response(status_code=401)


@web.get("/calls")
async def calls(request: Request, after: str | None = None) -> Response:
    """The calls by their deadlines, with areas and how many proposals each has."""
    asked = Asked(request)
    if not await asked.begin():
        return _NOBODY
    more = () if after is None else _place(after, datetime.fromisoformat, UUID)
    async with asked.pool.acquire() as connection:
        name = "calls_after" if more else "calls"
        found = await asked.rows(connection, name, documents.LIST_SIZE + 1, *more)
        rows = found[: documents.LIST_SIZE]
        tags = await asked.rows(connection, "areas_of_calls", [row["id"] for row in rows])
        (total,) = await asked.rows(connection, "call_count")
    areas: dict[UUID, list[Any]] = {row["id"]: [] for row in rows}
    for tag in tags:
        areas[tag["parent"]].append({"code": tag["code"], "name": {"ja": tag["name_ja"]}})
    return await asked.answer(
        {
            "totalCount": total["n"],
            "pageInfo": _page_info(found, documents.LIST_SIZE, "closes_at", "id"),
            "nodes": [
                {
                    "code": row["code"],
                    "title": {"ja": row["title_ja"]},
                    "closesAt": row["closes_at"],
                    "organization": _named(row["organization"]),
                    "areas": areas[row["id"]],
                    "proposals": {"totalCount": row["proposals"]},
                }
                for row in rows
            ],
        }
    )


@web.get("/areas")
async def areas(request: Request, after: str | None = None) -> Response:
    """Areas, their next calls, the newest proposals of each."""
    asked = Asked(request)
    if not await asked.begin():
        return _NOBODY
    more = () if after is None else _place(after, str, str, int, UUID)
    async with asked.pool.acquire() as connection:
        name = "areas_after" if more else "areas"
        found = await asked.rows(connection, name, documents.NEST_AREAS + 1, *more)
        rows = found[: documents.NEST_AREAS]
        keys = [row["id"] for row in rows]
        inner = await asked.rows(connection, "calls_of_areas", keys, documents.NEST_CALLS)
        keys = list({row["id"] for row in inner})
        innermost = await asked.rows(
            connection, "proposals_of_calls", keys, documents.NEST_PROPOSALS
        )
    proposals: dict[UUID, list[Any]] = {}
    for row in innermost:
        asked.note("proposal", row["id"], *_facts(row))
        proposals.setdefault(row["parent"], []).append(
            {
                "title": row["title"],
                "status": row["status"],
                "leadOrganization": _named(row["organization"]),
                "principalInvestigator": _person(row["investigator"]),
            }
        )
    calls_of: dict[UUID, list[Any]] = {}
    for row in inner:
        calls_of.setdefault(row["parent"], []).append(
            {
                "code": row["code"],
                "title": {"ja": row["title_ja"]},
                "proposals": {"nodes": proposals.get(row["id"], [])},
            }
        )
    return await asked.answer(
        {
            "pageInfo": _page_info(
                found, documents.NEST_AREAS, "list_code", "list_version", "position", "id"
            ),
            "nodes": [
                {
                    "code": row["code"],
                    "name": {"ja": row["name_ja"]},
                    "calls": {"nodes": calls_of.get(row["id"], [])},
                }
                for row in rows
            ],
        }
    )


@web.get("/proposals/{key}")
async def proposal(request: Request, key: UUID) -> Response:
    """One proposal with its call, lead institution and team."""
    asked = Asked(request)
    if not await asked.begin():
        return _NOBODY
    async with asked.pool.acquire() as connection:
        found = await asked.rows(connection, "proposal", key)
        team = await asked.rows(connection, "members", key)
    if not found:
        return Response(status_code=404)
    (row,) = found
    asked.note("proposal", row["id"], *_facts(row))
    return await asked.answer(
        {
            "number": row["number"],
            "title": row["title"],
            "status": row["status"],
            "updatedAt": row["updated_at"],
            "call": _titled(row["code"], row["title_ja"]) | {"closesAt": row["closes_at"]},
            "leadOrganization": _named(row["organization"]),
            "principalInvestigator": _person(row["investigator"]),
            "members": [
                {
                    "isPi": one["is_pi"],
                    "effortPercent": one["effort_percent"],
                    "person": _person(one["person"]),
                    "organization": _named(one["organization"]),
                }
                for one in team
            ],
        }
    )


@web.get("/inbox")
async def inbox(request: Request) -> Response:
    """The newest notices of whoever asks."""
    asked = Asked(request)
    if not await asked.begin():
        return _NOBODY
    async with asked.pool.acquire() as connection:
        rows = await asked.rows(connection, "inbox", documents.INBOX_SIZE, asked.viewer.person_id)
    nodes = []
    for row in rows:
        if row["brief_id"] is not None:
            facts = row["brief_tlp"], row["brief_audience_id"], row["brief_organization_id"]
            asked.note("brief", row["brief_id"], *facts)
        nodes.append(
            {
                "kind": row["kind"],
                "createdAt": row["created_at"],
                "readAt": row["read_at"],
                "call": row["call_id"] and _titled(row["call_code"], row["call_title"]),
                "brief": row["brief_id"] and _titled(row["brief_code"], row["brief_title"]),
            }
        )
    return await asked.answer({"nodes": nodes})


@web.get("/search")
async def search(request: Request, text: str) -> Response:
    """What is found in calls and briefs, best first."""
    asked = Asked(request)
    if not await asked.begin():
        return _NOBODY
    viewer = asked.viewer
    query = SearchQuery(
        text=text,
        tokens=viewer.tokens,
        affiliations=viewer.affiliations,
        kinds=tuple(_SOURCES),
        areas=None,
        limit=documents.SEARCH_SIZE,
        offset=0,
    )
    reader = asked.app.reader(viewer)
    try:
        found = await find(asked.app.search, reader, query, _SOURCES)
        asked.read = dict(reader.seen.records)
    finally:
        await reader.close()
    hits = [{"item": _titled(one.values["code"], one.values["title_ja"])} for one in found.records]
    return await asked.answer({"totalCount": found.total, "hits": hits})


def _facts(row: Any) -> tuple[str, int, UUID]:
    return row["tlp"], row["audience_id"], row["lead_organization_id"]


def _titled(code: str, title: str) -> dict[str, Any]:
    return {"code": code, "title": {"ja": title}}


def _named(name: str | None) -> Mapping[str, Any] | None:
    return None if name is None else {"name": {"ja": name}}


def _person(name: str | None) -> Mapping[str, Any] | None:
    return None if name is None else {"name": name}


def _page_info(found: list[Any], size: int, *columns: str) -> dict[str, Any]:
    last = found[:size][-1] if found else None
    key = None if last is None else orjson.dumps([last[one] for one in columns], default=str)
    cursor = None if key is None else base64.urlsafe_b64encode(key).decode()
    return {"hasNextPage": len(found) > size, "endCursor": cursor}


def _place(cursor: str, *types: Any) -> tuple[Any, ...]:
    values = orjson.loads(base64.urlsafe_b64decode(cursor))
    return tuple(made(value) for made, value in zip(types, values, strict=True))


if __name__ == "__main__":
    serve(web)
