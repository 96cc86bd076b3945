"""A toy deployment per module, with a client for it; and copies of the portal's scene."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.databases import SqliteDatabases
from web.portal.kept import KeptScenes
from web.toy import Toy, toy_server, toy_settings


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    folder: Path = tmp_path_factory.mktemp("web")
    with toy_server(toy_settings(folder)) as running:
        yield running


@pytest.fixture(scope="session")
def embedded_scenes(
    sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> KeptScenes:
    """Copies of one scene on the embedded database."""
    return KeptScenes(sqlite_databases, tmp_path_factory.mktemp("portal"))


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
