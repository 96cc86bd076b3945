"""Search: the port, the shape of documents, and the embedded engine behind it.

The engine itself (`renkei.search.embedded`) is known only to the composition root.
"""

from renkei.search.documents import MAX_GATES, SearchDocument
from renkei.search.port import (
    SearchEngine,
    SearchHit,
    SearchHits,
    SearchQuery,
    SearchUnavailable,
)

__all__ = [
    "MAX_GATES",
    "SearchDocument",
    "SearchEngine",
    "SearchHit",
    "SearchHits",
    "SearchQuery",
    "SearchUnavailable",
]
