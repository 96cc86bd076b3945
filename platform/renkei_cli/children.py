"""One child process: started in a group of its own, restarted when it dies, stopped for certain."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

FIRST_PAUSE = 0.2  # seconds before a dead child is started again; doubled each time
LONGEST_PAUSE = 10.0
STEADY_AFTER = 30.0  # a child that lived this long begins again with the first pause
TRIES_BEFORE_READY = 3
STOP_WITHIN = 10.0

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec nothing must be looked up.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class NeverReady(Exception):  # noqa: N818 - the supervisor's word for why it gives up
    """A child died again and again without having been ready once."""


@dataclass
class Child:
    """A program that has to run for as long as the supervisor does.

    `ready` asks the running program whether it does its work; it is asked until it says yes.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]]
    say: Callable[[str], None]
    has_been_ready: asyncio.Event = field(default_factory=asyncio.Event)
    restarts: int = 0
    _process: asyncio.subprocess.Process | None = None

    async def keep_running(self) -> None:
        """Run the program, and again whenever it ends, until cancelled.

        Cancelling leaves the program as it is: `stop` ends it. Raises `NeverReady` where it ended
        three times before it was ready for the first time: a port in use or a broken setting
        doesn't mend itself.
        """
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            self._process = await self._start()
            watch = asyncio.create_task(self._await_ready())
            try:
                code = await self._process.wait()
            finally:
                watch.cancel()
            end_group(self._process, signal.SIGKILL)
            self._process = None
            if not self.has_been_ready.is_set() and self.restarts + 1 >= TRIES_BEFORE_READY:
                raise NeverReady(f"{self.name} ended with {code} before it was ready; giving up")
            if time.monotonic() - began >= STEADY_AFTER:
                pause = FIRST_PAUSE
            self.restarts += 1
            self.say(f"{self.name} ended with {code}; starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def stop(self) -> None:
        """End the program and what it started: asked to first, made to after ten seconds."""
        process, self._process = self._process, None
        if process is None:
            return
        end_group(process, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_WITHIN)
        end_group(process, signal.SIGKILL)
        await process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.argv,
            env=self.env,
            stdin=asyncio.subprocess.DEVNULL,
            # A group of its own: Ctrl-C reaches the supervisor, which stops all in order.
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )

    async def _await_ready(self) -> None:
        while not await self.ready():  # noqa: ASYNC110 - what is asked is another process
            await asyncio.sleep(0.05)
        self.has_been_ready.set()


def end_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send the signal to the process and all that it started; none left is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _die_with(parent: int) -> Callable[[], None] | None:
    """What the child does before it becomes the program: ask to be killed when `parent` dies.

    So that even `kill -9` of the supervisor leaves no child. Linux only; elsewhere a supervisor
    that was killed with -9 leaves its children.
    """
    if _LIBC is None:
        return None
    libc = _LIBC

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
