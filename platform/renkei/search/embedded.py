"""The embedded engine: tantivy on a directory, written by any process, read by all.

Nothing is kept open for writing between two changes, so the worker and the web process share a
directory without knowing of each other, and a process may be killed at any point: a commit is
whole or absent, locks end with the process, and a half-built generation is swept by the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Collection, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import tantivy

from renkei.search import fields
from renkei.search.documents import SearchDocument
from renkei.search.generations import Generations, is_current_form, is_whole
from renkei.search.port import SearchHits, SearchQuery, SearchUnavailable
from renkei.search.reader import Reader

_log = logging.getLogger(__name__)

# One writing thread: a commit is then one segment, and the machine's other core stays free.
_HEAP_BYTES = 50_000_000
_BATCH = 2_000


class EmbeddedSearch:
    """The port's embedded engine over one directory, which is made when something is first put."""

    def __init__(self, directory: Path, *, batch: int = _BATCH) -> None:
        """`batch` is how many documents a rebuild commits at a time."""
        self._generations = Generations(directory)
        self._reader = Reader(self._generations)
        self._batch = batch

    async def put(self, docs: Iterable[SearchDocument]) -> None:
        """See `SearchEngine.put`; one commit for all of `docs`."""
        await asyncio.to_thread(self._change, tuple(docs), ())

    async def remove(self, ids: Collection[UUID]) -> None:
        """See `SearchEngine.remove`."""
        await asyncio.to_thread(self._change, (), tuple(ids))

    async def search(self, query: SearchQuery) -> SearchHits:
        """See `SearchEngine.search`."""
        try:
            return await asyncio.to_thread(self._reader.search, query)
        except (SearchUnavailable, OSError, ValueError):
            # The query's text stays out of the log: what people look for is theirs.
            _log.warning("the embedded index can't answer", exc_info=True)
            return SearchHits((), None, total_is_exact=False, degraded=True)

    async def replace_all(self, docs: AsyncIterable[SearchDocument]) -> int:
        """See `SearchEngine.replace_all`; both indexes lie on the disk until the swap."""
        with ExitStack() as locks:
            # Waited for in a thread: the lock may be held for a moment by a writer that looks.
            await asyncio.to_thread(locks.enter_context, self._generations.rebuilding())
            building = await asyncio.to_thread(self._begin)
            try:
                count = 0
                batch: list[SearchDocument] = []
                async for document in docs:
                    batch.append(document)
                    if len(batch) >= self._batch:
                        count += await asyncio.to_thread(self._fill, building, tuple(batch))
                        batch.clear()
                count += await asyncio.to_thread(self._fill, building, tuple(batch))
                await asyncio.to_thread(self._swap, building)
            except BaseException:
                await asyncio.to_thread(self._abandon, building)
                raise
            return count

    async def healthy(self) -> bool:
        """See `SearchEngine.healthy`."""
        try:
            snapshot = await asyncio.to_thread(self._reader.snapshot)
        except SearchUnavailable:
            return False
        return is_whole(snapshot.generation)

    def _change(self, docs: Sequence[SearchDocument], ids: Sequence[UUID]) -> None:
        if not docs and not ids:
            return
        entries = _entries(docs)
        changed = [*entries, *ids]
        with self._generations.writing():
            current = self._generations.current()
            if current is None:
                current = self._generations.create()
                _write(current, entries, changed)
                self._generations.promote(current, whole=False)
            elif not is_current_form(current):
                raise SearchUnavailable("the index was built by another version; rebuild it")
            else:
                _write(current, entries, changed)
            building = self._generations.building()
            if building is not None:
                # Noted first: killed in between, the rebuild leaves it out and it is put again.
                with (building / "touched").open("a", encoding="utf-8") as touched:
                    touched.writelines(f"{identity}\n" for identity in changed)
                _write(building, entries, changed)

    def _begin(self) -> Path:
        with self._generations.writing():
            building = self._generations.begin()
            _write(building, {}, ())
            return building

    def _fill(self, building: Path, docs: Sequence[SearchDocument]) -> int:
        """Add a batch of the rebuild, leaving out what others changed since it began."""
        entries = _entries(docs)
        with self._generations.writing():
            touched = _touched(building)
            fresh = {key: entry for key, entry in entries.items() if str(key) not in touched}
            _write(building, fresh, tuple(fresh))
        return len(entries)

    def _swap(self, building: Path) -> None:
        with self._generations.writing():
            self._generations.promote(building, whole=True)

    def _abandon(self, building: Path) -> None:
        with self._generations.writing():
            self._generations.abandon(building)


def _entries(docs: Iterable[SearchDocument]) -> dict[UUID, tantivy.Document]:
    """The index's form of each document; of two with one id the later counts."""
    latest = {document.id: document for document in docs}
    return {identity: fields.entry(document) for identity, document in latest.items()}


def _write(
    generation: Path, entries: dict[UUID, tantivy.Document], replaced: Sequence[UUID]
) -> None:
    """One commit: `replaced` out, `entries` in. Raises SearchUnavailable where it fails."""
    try:
        index = tantivy.Index(fields.schema(), path=str(generation))
        writer = index.writer(_HEAP_BYTES, num_threads=1)
        try:
            for identity in replaced:
                writer.delete_documents_by_term("id", str(identity))
            for entry in entries.values():
                writer.add_document(entry)
            writer.commit()
        finally:
            writer.wait_merging_threads()
    except (OSError, ValueError) as error:
        raise SearchUnavailable(f"the index can't be written: {error}") from error


def _touched(building: Path) -> frozenset[str]:
    try:
        return frozenset((building / "touched").read_text(encoding="utf-8").split())
    except FileNotFoundError:
        return frozenset()
