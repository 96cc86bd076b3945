"""The worker process: reactions, mail and reminders, woken by arq and by the clock."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from renkei.app import App
from renkei.audit import anchors
from renkei.audit.sealing import seal
from renkei.audit.watching import DAY, HOUR, watch
from renkei.notices.courier import deliver
from renkei.notices.mailing import Mailer
from renkei.notices.reminders import remind
from renkei.notices.smtp import mailer_of
from renkei.reactions import react_once
from renkei.settings import Settings
from renkei_workers.queue import listen
from renkei_workers.rounds import Rounds

# Without Redis nobody wakes the worker, so it looks for work itself this often, in seconds.
SWEEP_WITHOUT_REDIS = 1.0
REMIND_EVERY = 60.0
# What is committed is sealed this often, in seconds, and bulk reading is looked for.
SEAL_EVERY = 60.0
WATCH_EVERY = 60.0
# Entries may be committed a little later than the instant that they tell.
LATE = timedelta(minutes=2)
# What is under way when the worker is told to stop may take this long, in seconds; the rest of it
# is taken over by its lease.
FINISH_WITHIN = 30.0

log = structlog.get_logger("renkei.worker")


async def run_worker(
    settings: Settings,
    *,
    mailer: Mailer | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Work until SIGTERM or SIGINT, then finish what is under way and return.

    `ready` is called once work has begun. Any number of workers may run side by side.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with App.opened(settings) as app:
            await work(app, mailer or mailer_of(settings), stop, ready=ready)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def work(
    app: App, mailer: Mailer, stop: asyncio.Event, *, ready: Callable[[], None] = lambda: None
) -> None:
    """Work in this process until `stop` is set."""
    every = float(app.settings.sweep_seconds) if app.redis is not None else SWEEP_WITHOUT_REDIS
    delivering = Rounds("notices.deliver", lambda: deliver(app, mailer), every=every)
    reacting = Rounds("ledger.sweep", lambda: react_once(app), every=every, then=[delivering])

    async def reminding() -> int:
        async with app.unit() as unit:
            recorded = await remind(unit)
        if recorded:
            reacting.wake()
        return 0

    rounds = [
        reacting,
        delivering,
        Rounds("audit.seal", lambda: _seal(app), every=SEAL_EVERY),
        Rounds("audit.watch", _Watching(app, reacting).once, every=WATCH_EVERY),
    ]
    ears: asyncio.Task[None] | None = None
    if app.settings.redis_url:
        ears = asyncio.create_task(
            listen(app.settings.redis_url, sweep=reacting.wake, remind=reminding)
        )
    else:
        rounds.append(Rounds("calls.remind", reminding, every=REMIND_EVERY))
    running = [asyncio.create_task(one.run()) for one in rounds]
    log.info("worker.ready", woken_by="redis" if ears else "clock", sweeps_every=every)
    ready()
    try:
        await stop.wait()
    finally:
        for one in rounds:
            one.stop()
        if ears is not None:
            ears.cancel()
            with suppress(asyncio.CancelledError):
                await ears
        _, late = await asyncio.wait(running, timeout=FINISH_WITHIN)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        log.info("worker.stopped", unfinished=len(late))


async def _seal(app: App) -> int:
    """Seal a batch, and export its anchor at once; how many rows it held."""
    sealed = await seal(app)
    try:
        await anchors.export(app)
    except OSError as error:
        # The seals stand, and their anchors are written as soon as they can be.
        log.error("audit.anchors_not_written", why=str(error))
    return sealed


class _Watching:
    """Looks for bulk reading: at first for all of the last day's, then for what came since."""

    def __init__(self, app: App, reacting: Rounds) -> None:
        self._app = app
        self._reacting = reacting
        self._since: datetime | None = None

    async def once(self) -> int:
        """One look. Nothing is left to do after it."""
        settings = self._app.settings
        thresholds = {HOUR: settings.alarm_per_hour, DAY: settings.alarm_per_day}
        async with self._app.unit() as unit:
            raised = await watch(unit, thresholds=thresholds, since=self._since)
            at = unit.at
        self._since = at - LATE
        if raised:
            self._reacting.wake()
        return 0
