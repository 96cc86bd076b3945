"""Where things are, and which of them this machine has."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Material beside the repository that a user's clone doesn't have.
SHARED = ROOT.parent / "shared"
# A process of its own finds the tests' modules by this; pytest tells them to itself alone.
FINDS_TESTS = {"PYTHONPATH": str(ROOT / "tests")}
MEILISEARCH_URL = os.environ.get("RENKEI_TEST_MEILISEARCH_URL", "")


def in_ci() -> bool:
    """Whether a skipped test counts as failed."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def chromium() -> Path | None:
    """The system's Chromium; None where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    return None


def postgres_programs() -> Path | None:
    """The folder with `initdb` and `postgres`, version 15 before others; None without."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    packaged.sort(key=lambda folder: folder.parent.name != "15")
    on_path = shutil.which("initdb")
    candidates = [*packaged, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in candidates if (folder / "postgres").exists()), None)
