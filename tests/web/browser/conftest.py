"""The portal on a real server, opened in headless Chromium."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from renkei.access.policy.viewer import Viewer
from renkei.clock import FixedClock
from renkei_web.server import server_config
from support.signing_in import session_of
from web.portal.kept import KeptScenes
from web.portal.scene import Scene

DESKTOP, PHONE = 1280, 320


@dataclass
class Portal:
    """A running portal and a browser to look at it.

    `complaints` is what the browser's console says; that a page was refused or is missing is one of
    them, and right where a test `expects_refusals`.
    """

    scene: Scene
    url: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    expects_refusals: bool = False

    async def visit(
        self, viewer: Viewer | None = None, *, width: int = DESKTOP, scripts: bool = True
    ) -> Page:
        """A page of a browser window in which this person is signed in, or nobody."""
        context = await self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            locale="ja-JP",
        )
        if viewer is not None:
            await self._sign_in(context, viewer)
        page = await context.new_page()
        page.on("console", self._noted)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    async def _sign_in(self, context: BrowserContext, viewer: Viewer) -> None:
        assert viewer.person_id is not None
        secret = await session_of(self.scene.app, viewer.person_id)
        await context.add_cookies([{"name": "renkei_session", "value": secret, "url": self.url}])

    def _noted(self, message: ConsoleMessage) -> None:
        refusal = "the server responded with a status of 4" in message.text
        if message.type in {"error", "warning"} and not (refusal and self.expects_refusals):
            self.complaints.append(f"{message.text} ({message.location})")


@pytest.fixture
async def portal(
    browser: Browser, embedded_scenes: KeptScenes, tmp_path: Path, clock: FixedClock
) -> AsyncIterator[Portal]:
    """The portal with a little of everything in it; no complaint of the browser is left over."""
    listener = socket.create_server(("127.0.0.1", 0))
    # By name: passkeys belong to a name, and a number is none.
    here = f"http://localhost:{listener.getsockname()[1]}"
    async with embedded_scenes.opened(tmp_path, clock, public_url=here) as scene:
        config = server_config(scene.web, scene.app.settings, host="127.0.0.1", port=0)
        # The scene has opened the deployment already.
        config.lifespan = "off"
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
            await asyncio.sleep(0.01)
        opened = Portal(scene, here, browser)
        yield opened
        for context in browser.contexts:
            await context.close()
        server.should_exit = True
        await serving
    assert opened.complaints == []
