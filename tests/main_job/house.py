"""The processes of `renkei serve --demo`, started, wounded and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

READY_S = 120.0


class House:
    """One data directory and the processes over it."""

    def __init__(self, data: Path, smtp_url: str) -> None:
        self.data = data
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ready_after_s = 0.0
        self._smtp_url = smtp_url
        self._serving: subprocess.Popen[str] | None = None

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RENKEI_")}
        return {**kept, "RENKEI_SMTP_URL": self._smtp_url, "PYTHONUNBUFFERED": "1"}

    def start(self) -> None:
        """Start everything and wait for the line that says it is ready."""
        began = time.monotonic()
        self._serving = subprocess.Popen(
            [
                *(sys.executable, "-m", "renkei_cli", "serve", "--demo"),
                *("--data", str(self.data), "--port", str(self.port)),
            ],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said: list[str] = []
        ready = threading.Event()

        def listen(process: subprocess.Popen[str]) -> None:
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line)
                if "Renkei is ready" in line:
                    ready.set()

        self._listener = threading.Thread(target=listen, args=(self._serving,), daemon=True)
        self._listener.start()
        while not ready.wait(0.1):
            over = time.monotonic() - began > READY_S
            if over or self._serving.poll() is not None:
                raise AssertionError("it did not get ready:\n" + "".join(said)[-4000:])
        self.ready_after_s = time.monotonic() - began

    def stop(self) -> None:
        """Stop all of it, as Ctrl-C does; nothing may be left."""
        if self._serving is None:
            return
        left = psutil.Process(self._serving.pid).children(recursive=True)
        self._serving.send_signal(signal.SIGTERM)
        self._serving.wait(30)
        self._listener.join(10)
        assert self._serving.stdout is not None
        self._serving.stdout.close()
        _, alive = psutil.wait_procs(left, timeout=10)
        self._serving = None
        assert not alive, f"left running: {alive}"

    def kill_worker(self) -> int:
        """`kill -9` the worker; its process id."""
        assert self._serving is not None
        for child in psutil.Process(self._serving.pid).children(recursive=True):
            if "worker" in child.cmdline():
                child.kill()
                return child.pid
        raise AssertionError("there is no worker")

    def command(self, *arguments: str) -> str:
        """What a command of ours prints."""
        done = subprocess.run(
            [sys.executable, "-m", "renkei_cli", *arguments],
            env={**self._environment(), "RENKEI_DATA_DIR": str(self.data)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return (done.stdout or done.stderr).strip()

    def token(self, role: str) -> str:
        """An access token of a demo account."""
        return self.command("token", "create", "--email", f"{role}@demo.renkei.example")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
