"""Grounds on which the answerers stand, kept for all tests of a process."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from leak_proof.grounds import Ground, ground_of


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Refused and failing requests are part of what is asked; their log lines are not."""
    kept = structlog.get_config()
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**kept)
    logging.disable(logging.NOTSET)


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
