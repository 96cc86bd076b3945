"""Grounds on which the answerers stand, kept for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leak_proof.grounds import Ground, ground_of
from support.quiet import quiet


@pytest.fixture(autouse=True)
def without_a_log() -> Iterator[None]:
    """Refused and failing requests are part of what is asked; their log lines are not."""
    with quiet():
        yield


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture(scope="session")
def ground(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A place for houses on that database."""
    with ground_of(kind, tmp_path_factory.mktemp("ground")) as found:
        yield found


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A place for houses on SQLite."""
    with ground_of("sqlite", tmp_path_factory.mktemp("sqlite")) as found:
        yield found
