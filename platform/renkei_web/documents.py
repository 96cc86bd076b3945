"""Documents that need no reading twice: the registered ones, and those parsed and validated."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import DocumentNode

from renkei_schema.plan.planner import Planned

CHARACTERS_KEPT = 400_000


def document_id(source: str) -> str:
    """The id under which a document is registered: `sha256:` and the hash of its text in UTF-8."""
    return "sha256:" + hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


class TrustedDocuments:
    """The documents that anyone may send: the portal's, and those of registered clients."""

    def __init__(self, sources: Iterable[str] = ()) -> None:
        self._sources = {document_id(source): source for source in sources}

    def register(self, source: str) -> str:
        """Trust a document; returns its id."""
        trusted = document_id(source)
        self._sources[trusted] = source
        return trusted

    def sources(self) -> Iterable[str]:
        """The texts of all of them."""
        return self._sources.values()

    def source(self, trusted: str) -> str | None:
        """The text of the document registered under this id."""
        return self._sources.get(trusted)


@dataclass(frozen=True)
class KnownDocument:
    """A document that is valid; of its operations, the costs that no variable changes and plans."""

    document: DocumentNode
    characters: int
    costs: dict[str, int] = field(default_factory=dict)
    plans: dict[str, Planned] = field(default_factory=dict)


class DocumentCache:
    """The valid documents used last, by hash; bounded by their length, as a tree's size is.

    Registered ones are held for good: there are as many as were registered, and no other is to
    push them out.
    """

    def __init__(self, characters: int = CHARACTERS_KEPT) -> None:
        self._allowed = characters
        self._held = 0
        self._known: OrderedDict[str, KnownDocument] = OrderedDict()
        self._for_good: dict[str, KnownDocument] = {}

    def get(self, key: str) -> KnownDocument | None:
        """The document of this hash, if it is still held."""
        known = self._for_good.get(key)
        if known is not None:
            return known
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
        return known

    def put(self, key: str, known: KnownDocument, *, for_good: bool = False) -> None:
        """Hold a document; the ones unused the longest make room for it."""
        if for_good:
            self._for_good[key] = known
            return
        if known.characters > self._allowed // 4 or key in self._known:
            return
        self._known[key] = known
        self._held += known.characters
        while self._held > self._allowed:
            _, dropped = self._known.popitem(last=False)
            self._held -= dropped.characters

    def __len__(self) -> int:
        return len(self._known) + len(self._for_good)
