"""A toy deployment per module, with a client for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from web.toy import Toy, toy_server, toy_settings


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    folder: Path = tmp_path_factory.mktemp("web")
    with toy_server(toy_settings(folder)) as running:
        yield running


@pytest.fixture
def client(toy: Toy) -> Iterator[httpx.Client]:
    """A program's client, signed in by an access token."""
    with httpx.Client(base_url=toy.url, headers=toy.person(), timeout=20) as opened:
        yield opened


@pytest.fixture
def anyone(toy: Toy) -> Iterator[httpx.Client]:
    """A client that is nobody."""
    with httpx.Client(base_url=toy.url, timeout=20) as opened:
        yield opened
