"""A small deployment to try the web face on: a toy schema, people who sign in, a real server.

What the face promises holds for any schema, so its tests need neither calls nor proposals. The
kernel's app is stood in for by a fake with the same door; the server, HTTP and sockets are real.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import strawberry
import uvicorn
from fastapi import FastAPI

from renkei.access.policy.viewer import Viewer
from renkei.app import App
from renkei.clock import FixedClock
from renkei.identity.sessions import Origin
from renkei.identity.sign_ins import CodeWanted, Opened
from renkei.problems import InvalidInput, NotFound, Problem
from renkei.settings import Settings
from renkei_schema.context import Info
from renkei_web.app import create_app
from renkei_web.server import server_config

PASSWORD = "開けゴマ"
EMAIL = "takahashi@example.jp"
CAREFUL = "shincho@example.jp"
CODE = "246810"
TRUSTED = "query Trusted($n: Int) { calls(first: $n) { nodes { title } } }"
TRUSTED_LIVE = "subscription TrustedLive { ticks { title } }"


@strawberry.type
class Call:
    title: str


@strawberry.type
class CallConnection:
    nodes: list[Call]


@strawberry.type
class Query:
    @strawberry.field
    def calls(self, first: int | None = 20) -> CallConnection:
        return CallConnection(nodes=[Call(title="髙𠮷の公募") for _ in range(min(first or 20, 3))])

    @strawberry.field
    def me(self, info: Info) -> str | None:
        person = info.context.viewer.person_id
        return str(person) if person else None

    @strawberry.field
    def language(self, info: Info) -> str:
        return info.context.language

    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def strict(self, size: int = 3) -> int:
        return size

    @strawberry.field
    def huge(self) -> int | None:
        return 2**40

    @strawberry.field
    def bug(self) -> str | None:
        msg = "postgresql://renkei:secret@db/renkei"
        raise RuntimeError(msg)

    @strawberry.field
    def hidden(self) -> str | None:
        raise NotFound

    @strawberry.field
    def form(self) -> str | None:
        raise InvalidInput([Problem(("title",), "REQUIRED", "Needed.", "必須です。")])


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rename(self, title: str) -> str:
        return title


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, info: Info) -> AsyncGenerator[Call, None]:
        app = cast("ToyApp", info.context.app)
        seen = 0
        app.listening += 1
        try:
            while True:
                while seen == app.ticks:  # noqa: ASYNC110 - rung from another thread
                    await asyncio.sleep(0.01)
                seen += 1
                yield Call(title=f"第{seen}報")
        finally:
            app.listening -= 1

    @strawberry.subscription
    async def breaking(self) -> AsyncGenerator[Call, None]:
        yield Call(title="前")
        msg = "secret of the source"
        raise RuntimeError(msg)


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)


@dataclass
class ToyIdentity:
    """Knows one person by a password, and whoever a test puts in."""

    sessions: dict[str, Viewer] = field(default_factory=dict)
    tokens: dict[str, Viewer] = field(default_factory=dict)
    person_id: UUID = field(default_factory=uuid4)
    opened: int = 0
    broken: bool = False

    async def by_session(self, token: str) -> Viewer | None:
        return self.sessions.get(token)

    async def by_access_token(self, token: str) -> Viewer | None:
        if self.broken:
            msg = "the database does not answer"
            raise OSError(msg)
        return self.tokens.get(token)

    def open(self) -> str:
        self.opened += 1
        token = f"rks_{self.opened}"
        self.sessions[token] = Viewer(person_id=self.person_id)
        return token


@dataclass
class ToySignIns:
    """Signs the one person in; whoever comes from `CAREFUL` needs the code as well."""

    identity: ToyIdentity
    origins: list[Origin] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    async def sign_in(
        self, email: str, password: str, origin: Origin
    ) -> Opened | CodeWanted | None:
        self.origins.append(origin)
        if password != PASSWORD or email not in {EMAIL, CAREFUL}:
            return None
        return CodeWanted("rk1_1") if email == CAREFUL else Opened(self.identity.open())

    async def second_step(self, secret: str, code: str, origin: Origin) -> Opened | None:
        return Opened(self.identity.open()) if (secret, code) == ("rk1_1", CODE) else None

    async def prove_again(self, secret: str, proof: str, origin: Origin) -> bool:
        if secret not in self.identity.sessions or proof != PASSWORD:
            return False
        self.proved.append(secret)
        return True

    async def ask_recovery(self, email: str, origin: Origin) -> None:
        self.written.append(email)

    async def recover(self, secret: str, password: str) -> None:
        if secret != "rk1_good":
            raise NotFound
        if len(password) < 12:
            raise InvalidInput([Problem(("password",), "TOO_SHORT", "Longer.", "短すぎます。")])

    async def demo(self, role: str, origin: Origin) -> str:
        if role != "researcher":
            raise NotFound
        return self.identity.open()

    async def sign_out(self, token: str) -> None:
        self.identity.sessions.pop(token, None)


class ToyKeys:
    def published(self) -> dict[str, Any]:
        return {"keys": [{"kid": "2026"}]}


@dataclass
class ToyApp:
    """The kernel's app as far as the web face knows it."""

    settings: Settings
    clock: FixedClock = field(default_factory=FixedClock)
    identity: ToyIdentity = field(default_factory=ToyIdentity)
    sign_ins: ToySignIns = field(init=False)
    keys: ToyKeys = field(default_factory=ToyKeys)
    faults: dict[str, str | None] = field(default_factory=lambda: {"database": None})
    completed: list[float | None] = field(default_factory=list)
    ticks: int = 0
    listening: int = 0

    def __post_init__(self) -> None:
        self.sign_ins = ToySignIns(self.identity)

    async def arrival(self, complete: float | None = None) -> datetime:
        self.completed.append(complete)
        return self.clock.now()

    async def ready(self) -> dict[str, str | None]:
        return self.faults


@dataclass
class Toy:
    """A running deployment: its address, and the app behind it."""

    url: str
    app: ToyApp
    web: FastAPI

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/graphql"

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def person(self, token: str = "rkp_demo") -> dict[str, str]:
        """Headers of a signed-in person with an access token."""
        self.app.identity.tokens[token] = Viewer(person_id=self.app.identity.person_id)
        return {"authorization": f"Bearer {token}"}

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something on the server's side, at most 10 seconds."""
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def toy_settings(tmp_path: Path, **changes: Any) -> Settings:
    return Settings(data_dir=tmp_path, **{"introspection": True, "demo": True, **changes})


@contextmanager
def toy_server(settings: Settings, port: int = 0) -> Iterator[Toy]:
    """A real uvicorn on loopback, stopped at the end."""
    app = ToyApp(settings)

    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[App]:
        yield cast("App", app)

    web = create_app(settings, schema=SCHEMA, open_app=opened, add_pages=_pages)
    server = uvicorn.Server(server_config(web, settings, host="127.0.0.1", port=port))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        found = server.servers[0].sockets[0].getsockname()[1]
        yield Toy(f"http://127.0.0.1:{found}", app, web)
    finally:
        server.should_exit = True
        thread.join(20)


def _pages(web: FastAPI) -> list[str]:
    @web.get("/boom", include_in_schema=False)
    def boom() -> None:
        msg = "the password is hunter2"
        raise RuntimeError(msg)

    return [TRUSTED, TRUSTED_LIVE]
