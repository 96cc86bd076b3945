"""The port: what the kernel asks of a search engine. It answers with ids and order, never text.

Every engine obeys the same three conditions of `SearchDocument`, and orders by nothing that the
viewer may not read. What it returns is checked again in the database before anyone sees it.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from renkei.search.documents import SearchDocument

# A total is exact up to here, then "at least"; pages end here too.
EXACT_TOTAL = 10_000
# With more stale ids than this, totals are withheld and the answer says `degraded`.
MAX_STALE = 1_000


class SearchUnavailable(Exception):  # noqa: N818 - a state of the engine that callers act upon
    """The engine could not take a change; the change is due again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """One question of one viewer.

    `tokens` are the viewer's tokens; `affiliations` all tokens that deny tokens are compared with,
    written without `not:`. `kinds` and `areas` narrow where given (one of them is enough; an empty
    tuple matches nothing). `exclude` are the ids whose index entry is older than a narrowing.
    """

    text: str
    tokens: frozenset[str]
    affiliations: frozenset[str] = frozenset()
    kinds: tuple[str, ...] | None = None
    areas: tuple[str, ...] | None = None
    exclude: frozenset[UUID] = frozenset()
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One hit. `score` has no unit and only compares hits of one answer."""

    id: UUID
    kind: str
    score: float


@dataclass(frozen=True, slots=True)
class SearchHits:
    """A page of hits, best first.

    `total` counts all hits that the viewer may see: exact, or "at least" where `total_is_exact` is
    false (above 10,000), or None where it can't be told. `degraded` says that the engine is away,
    must be rebuilt, or lags by more than 1,000 records; the page may then be short or empty.
    """

    hits: tuple[SearchHit, ...]
    total: int | None
    total_is_exact: bool
    degraded: bool = False

    @property
    def ids(self) -> tuple[UUID, ...]:
        """The hits' ids, best first."""
        return tuple(hit.id for hit in self.hits)


class SearchEngine(Protocol):
    """One search engine. `search` and `healthy` never raise for what a person typed."""

    async def put(self, docs: Iterable[SearchDocument]) -> None:
        """Add or replace documents by id; found from now on by every process.

        Raises SearchUnavailable where it can't; nothing of `docs` is then indexed.
        """
        ...

    async def remove(self, ids: Collection[UUID]) -> None:
        """Take documents out; unknown ids are no error. Raises SearchUnavailable."""
        ...

    async def search(self, query: SearchQuery) -> SearchHits:
        """The page of hits; `degraded` instead of an exception where the engine is away."""
        ...

    async def replace_all(self, docs: AsyncIterable[SearchDocument]) -> int:
        """Rebuild from `docs` without downtime and tell how many there were.

        The old index answers until the new one takes its place. A document that is put or removed
        meanwhile is newer than what `docs` says of it. Raises SearchUnavailable, also while another
        rebuild is under way; where `docs` raises, the old index stays.
        """
        ...

    async def healthy(self) -> bool:
        """Whether the index is there, readable, of this version's form, and was built whole.

        Where it is not, rebuild it: an index that was lost and begun anew by the next change
        answers, but lacks everything that did not change since.
        """
        ...
