"""Documents and engines for the tests of search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from renkei.search import SearchDocument
from renkei.search.embedded import EmbeddedSearch
from renkei.text import Text

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

MakeDocument = Callable[..., SearchDocument]


def make_document(
    title: str = "題名",
    body: str = "",
    *,
    identity: UUID | None = None,
    kind: str = "call",
    title_en: str | None = None,
    areas: tuple[str, ...] = (),
    audience: frozenset[str] | None = None,
    deny: frozenset[str] = frozenset(),
    gates: tuple[frozenset[str], ...] = (),
    changed_at: datetime = NOON,
) -> SearchDocument:
    """A public document, unless told otherwise."""
    return SearchDocument(
        id=identity or uuid4(),
        kind=kind,
        title=Text(title, title_en),
        body=body,
        areas=areas,
        audience=frozenset({"public"}) if audience is None else audience,
        deny=deny,
        gates=gates,
        changed_at=changed_at,
    )


@pytest.fixture
def document() -> MakeDocument:
    """Makes a public document with what the test is about."""
    return make_document


@pytest.fixture
def index_directory(tmp_path: Path) -> Path:
    """Where this test's index lies; nothing is there yet."""
    return tmp_path / "index"


@pytest.fixture
def engine(index_directory: Path) -> EmbeddedSearch:
    """An embedded engine over an empty directory."""
    return EmbeddedSearch(index_directory)
