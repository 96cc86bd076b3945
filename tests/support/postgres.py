"""A private PostgreSQL cluster: unix socket only, nothing synced to disk, gone afterwards."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

USER = "renkei"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
}
# Code-point order, as SQLite sorts, and as compose.yaml asks for.
LOCALE = "C.UTF-8"

# Resolved before any fork.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Cluster:
    """A running PostgreSQL of our own, and the addresses of its databases."""

    def __init__(self, programs: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.programs = programs
        self._settings = {**SETTINGS, **(settings or {})}
        # Short: the socket's whole path may have 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="rkpg-", dir="/tmp"))
        self._server: subprocess.Popen[bytes] | None = None

    def start(self, kept: Path | None = None) -> None:
        """Start a server over a new cluster, or over the one that `keep` has put into `kept`.

        Raises with the server's log where it won't start.
        """
        who = _unprivileged()
        if who:
            os.chown(self.directory, pwd.getpwnam(who["user"]).pw_uid, -1)
        data = self.directory / "data"
        if kept is None:
            self._make(data, who)
        else:
            with tarfile.open(kept) as archive:
                archive.extractall(data, numeric_owner=True, filter="fully_trusted")
        settings = self._settings | {"unix_socket_directories": str(self.directory)}
        flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
        with (self.directory / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [self.programs / "postgres", "-D", data, *flags],
                cwd=self.directory,
                stdout=log,
                stderr=log,
                # Not the terminal's Ctrl-C: the fixture stops it.
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - resolved before the fork, one call
                **who,
            )
        self._await_ready(data / "postmaster.pid")

    def _make(self, data: Path, who: dict[str, Any]) -> None:
        options = ["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", LOCALE]
        made = subprocess.run(
            [self.programs / "initdb", "--pgdata", data, "--no-sync", *options],
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
            **who,
        )
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{made.stderr}")

    @property
    def pid(self) -> int:
        """The server's process, whose children serve the connections."""
        assert self._server is not None
        return self._server.pid

    def keep(self, archive: Path) -> None:
        """Stop the server and pack its databases into `archive`, whole or not at all."""
        self._end()
        unfinished = archive.with_suffix(".part")
        with tarfile.open(unfinished, "w") as packed:
            packed.add(self.directory / "data", ".")
        unfinished.replace(archive)

    def stop(self) -> None:
        """Stop the server without waiting for connections, and remove everything."""
        self._end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _end(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._server.send_signal(signal.SIGQUIT)
                self._server.wait(timeout=20)
            self._server = None

    def url(self, database: str) -> str:
        """The address of one of its databases, as a deployment would set it."""
        return f"postgresql+asyncpg://{USER}@/{database}?host={self.directory}"

    def _await_ready(self, pid_file: Path) -> None:
        assert self._server is not None
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._server.poll() is None:
            # The server writes its state as the file's last line.
            if pid_file.exists() and pid_file.read_text().split()[-1:] == ["ready"]:
                return
            time.sleep(0.02)
        log = (self.directory / "log").read_text(errors="replace")
        self.stop()
        raise RuntimeError(f"PostgreSQL did not start:\n{log}")


def _unprivileged() -> dict[str, Any]:
    """How to start PostgreSQL, which refuses to run as root: as another user where we are root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def die_with_parent() -> None:
    """A test run that was killed with -9 leaves no server: stop at once when the parent dies."""
    if _LIBC is not None:
        _LIBC.prctl(1, signal.SIGQUIT, 0, 0, 0)
