"""The scene, filled once a test process for each kind of database; every test has a copy."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from renkei.clock import FixedClock
from renkei.signing import new_key
from support.databases import Databases
from support.funding import Funding
from support.world import World
from web.portal.scene import ORIGIN, Scene, deployed, filled

TEMPLATE = "portal_scene"


class KeptScenes:
    """Copies of a filled deployment: its database, its index, and the keys of what is in it."""

    def __init__(self, databases: Databases, folder: Path) -> None:
        self._databases = databases
        self._folder = folder
        self._signing_key = new_key()
        self._told: bytes | None = None

    @asynccontextmanager
    async def opened(
        self, folder: Path, clock: FixedClock, *, public_url: str = ORIGIN
    ) -> AsyncIterator[Scene]:
        """The deployment in this folder, at 2026-11-24 12:00 JST until the clock is moved."""
        if self._told is None:
            self._told = await self._fill()
        shutil.copytree(self._folder, folder, dirs_exist_ok=True)
        async with (
            self._databases.fresh(folder, template=TEMPLATE) as url,
            deployed(folder, url, clock, signing_key=self._signing_key, public_url=public_url) as (
                app,
                web,
            ),
        ):
            scene, funding = pickle.loads(self._told)
            world = World(app.database, clock)
            yield Scene(app=app, web=web, funding=Funding(world=world, **funding), **scene)

    async def _fill(self) -> bytes:
        clock = FixedClock()
        async with self._databases.fresh(self._folder) as url:
            async with deployed(self._folder, url, clock, signing_key=self._signing_key) as (
                app,
                web,
            ):
                scene = await filled(app, web, World(app.database, clock))
            await self._databases.keep(url, TEMPLATE)
        return pickle.dumps(
            (_told(scene, but={"app", "web", "funding"}), _told(scene.funding, but={"world"}))
        )


def _told(of: Scene | Funding, *, but: set[str]) -> dict[str, Any]:
    return {one.name: getattr(of, one.name) for one in fields(of) if one.name not in but}
