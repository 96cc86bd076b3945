"""Where the embedded index lives: whole generations side by side, one of them current.

    <root>/current          the name of the generation that answers
    <root>/write.lock       held while anything is written
    <root>/rebuild.lock     held as long as a rebuild runs; names nothing once its process is dead
    <root>/rebuilding       the name of the generation that the rebuild fills
    <root>/g-<time>-<pid>/  one tantivy index; `form` says what it was built with, `whole` that it
                            was rebuilt from all records, and while it is filled `touched` lists
                            the ids written by others meanwhile

Locks are the kernel's (`flock`), so `kill -9` releases them. A generation becomes current by one
rename; a half-built one is never current, and the next writer sweeps it away.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from renkei.search.fields import form
from renkei.search.port import SearchUnavailable

# Another process writes for well under a second, a batch of a rebuild for a few.
_WRITE_WAIT_SECONDS = 60.0
_POLL_SECONDS = 0.02


class Generations:
    """The generations under one directory. Every method may be called by any process or thread."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> Path | None:
        """The generation that answers, or None where nothing was ever indexed."""
        return self._named("current")

    def building(self) -> Path | None:
        """The generation that a living rebuild fills. Call it with the write lock held."""
        path = self._named("rebuilding")
        if path is None:
            return None
        with self._flock("rebuild.lock", wait=0) as alone:
            if not alone:
                return path
            # The rebuild's process died: what it left is of no use.
            (self.root / "rebuilding").unlink(missing_ok=True)
            shutil.rmtree(path, ignore_errors=True)
            return None

    def create(self) -> Path:
        """An empty directory for a new generation, its form written down."""
        path = self.root / f"g-{time.time_ns()}-{os.getpid()}"
        path.mkdir(parents=True)
        (path / "form").write_text(form(), encoding="utf-8")
        return path

    def promote(self, path: Path, *, whole: bool) -> None:
        """Make `path` current in one step, and keep only it and the one before it.

        `whole` says that it was rebuilt from all records. The one before stays for readers that
        are just opening it.
        """
        before = self.current()
        if whole:
            (path / "whole").touch()
        self._name("current", path)
        (self.root / "rebuilding").unlink(missing_ok=True)
        (path / "touched").unlink(missing_ok=True)
        for other in self.root.glob("g-*"):
            if other not in (path, before):
                shutil.rmtree(other, ignore_errors=True)

    def begin(self) -> Path:
        """A new generation for a rebuild. Call it with both locks held."""
        path = self.create()
        self._name("rebuilding", path)
        return path

    def abandon(self, path: Path) -> None:
        """Give up a rebuild; the current generation stays. Call it with the write lock held."""
        (self.root / "rebuilding").unlink(missing_ok=True)
        shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Alone among writers. Raises SearchUnavailable where another one holds on too long."""
        with self._flock("write.lock", wait=_WRITE_WAIT_SECONDS) as alone:
            if not alone:
                raise SearchUnavailable("another process has been writing the index for too long")
            yield

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Alone among rebuilds. Raises SearchUnavailable where one is under way."""
        with self._flock("rebuild.lock", wait=1.0) as alone:
            if not alone:
                raise SearchUnavailable("another rebuild of the index is under way")
            yield

    def _named(self, pointer: str) -> Path | None:
        try:
            name = (self.root / pointer).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        return self.root / name if name.startswith("g-") and "/" not in name else None

    def _name(self, pointer: str, path: Path) -> None:
        aside = self.root / f".{pointer}-{os.getpid()}"
        with aside.open("w", encoding="utf-8") as file:
            file.write(path.name)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.root / pointer)

    @contextmanager
    def _flock(self, name: str, *, wait: float) -> Iterator[bool]:
        """Whether the lock could be had within `wait` seconds; released at the end."""
        self.root.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + wait
        with (self.root / name).open("a", encoding="utf-8") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() >= until:
                        yield False
                        return
                    time.sleep(_POLL_SECONDS)
                else:
                    yield True
                    return


def is_whole(path: Path) -> bool:
    """Whether a generation was rebuilt from all records, and not begun by a first change."""
    return (path / "whole").exists()


def is_current_form(path: Path) -> bool:
    """Whether a generation was built with this version's fields and glossary."""
    try:
        return (path / "form").read_text(encoding="utf-8") == form()
    except FileNotFoundError:
        return False
