"""The jobs, thin: each is one kernel call in a loop until nothing is due."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from renkei.app import App
from renkei.notices.couriers import mailer_of
from renkei.notices.deliveries import Post
from renkei.notices.reminders import remind
from renkei.react import react


class Jobs:
    """The work of one worker process. A second sweep while one runs is folded into one more."""

    def __init__(self, app: App) -> None:
        self._app = app
        settings = app.settings
        self._post = Post(
            app.database,
            app.clock,
            mailer_of(settings.smtp_url, settings.data_dir),
            sender=settings.mail_from,
            public_url=settings.public_url,
            lease=timedelta(seconds=settings.lease_seconds),
        )
        self._running = asyncio.Lock()
        self._again = False

    async def sweep(self) -> None:
        """React to all that is due, then deliver all that is due."""
        if self._running.locked():
            self._again = True
            return
        async with self._running:
            self._again = True
            while self._again:
                self._again = False
                while await react(self._app):
                    pass
                while await self._post.deliver():
                    pass

    async def remind(self) -> None:
        """Record what the clock has made due."""
        async with self._app.unit() as unit:
            await remind(unit)
