"""How a process tells its supervisor that it is ready: systemd's `READY=1` datagram.

`renkei serve` sets NOTIFY_SOCKET for its worker, as systemd does for a service of Type=notify, so
the same line works under both. A process started by hand has no NOTIFY_SOCKET and says nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Self

NOTIFY_SOCKET = "NOTIFY_SOCKET"


def notify_ready() -> None:
    """Say that this process does its work from now on. Nobody listening is no fault."""
    address = os.environ.get(NOTIFY_SOCKET, "")
    if not address:
        return
    # systemd writes an abstract socket's name with "@" for the leading NUL.
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
        try:
            speaker.connect(address)
            speaker.send(b"READY=1")
        except OSError:
            return


class ReadyListener:
    """The supervisor's end: hears `READY=1` on a socket of its own in a private directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._heard = asyncio.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def __enter__(self) -> Self:
        self._socket.bind(str(self.path))
        asyncio.get_running_loop().add_reader(self._socket, self._read)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self.path.unlink(missing_ok=True)

    async def heard(self) -> bool:
        """Whether the process said that it is ready."""
        return self._heard.is_set()

    def _read(self) -> None:
        if b"READY=1" in self._socket.recv(4096).split(b"\n"):
            self._heard.set()
