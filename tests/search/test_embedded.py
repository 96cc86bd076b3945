"""The embedded index on disk: changes, rebuilds beside changes, other processes, and kills."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from renkei.search import SearchDocument, SearchHits, SearchQuery, SearchUnavailable
from renkei.search.embedded import EmbeddedSearch

MakeDocument = Callable[..., SearchDocument]

QUANTUM = SearchQuery(text="量子", tokens=frozenset({"public"}))

PROGRAM = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4
from renkei.search import SearchDocument, SearchQuery
from renkei.search.embedded import EmbeddedSearch
from renkei.text import Text

def document(identity=None):
    return SearchDocument(id=identity or uuid4(), kind="call", title=Text("量子計算"), body="",
        areas=(), audience=frozenset({"public"}), deny=frozenset(), gates=(),
        changed_at=datetime(2026, 11, 24, tzinfo=UTC))

engine = EmbeddedSearch(Path(sys.argv[1]))
query = SearchQuery(text="量子", tokens=frozenset({"public"}))
"""


def start(directory: Path, program: str) -> subprocess.Popen[str]:
    """Another process with an engine over `directory`."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + program, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def files(directory: Path, pattern: str) -> list[Path]:
    return sorted(directory.glob(pattern))


async def stream(documents: Iterable[SearchDocument]) -> AsyncIterator[SearchDocument]:
    for made in documents:
        yield made


async def test_a_document_is_found_after_put_replaced_by_id_and_gone_after_remove(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    made = document("量子計算")
    await engine.put([made])
    first = await engine.search(QUANTUM)
    await engine.put([document("海洋観測", identity=made.id)])
    second = await engine.search(QUANTUM)
    await engine.put([made])
    await engine.remove([made.id, uuid4()])
    third = await engine.search(QUANTUM)
    assert [hits.ids for hits in (first, second, third)] == [(made.id,), (), ()]
    assert (first.hits[0].kind, first.total, first.total_is_exact) == ("call", 1, True)


async def test_of_two_documents_with_one_id_the_later_counts(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    made = document("海洋観測")
    await engine.put([made, document("量子計算", identity=made.id)])
    assert (await engine.search(QUANTUM)).ids == (made.id,)


async def test_pages_follow_each_other_without_gap_or_overlap(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    """All 23 tie, over four segments."""
    for size in (10, 6, 4, 3):
        await engine.put([document("量子計算") for _ in range(size)])

    async def page(limit: int, offset: int) -> SearchHits:
        return await engine.search(
            SearchQuery(text="量子", tokens=QUANTUM.tokens, limit=limit, offset=offset)
        )

    everything = await page(100, 0)
    pages = [await page(5, offset) for offset in range(0, 30, 5)]
    assert everything.total == len(set(everything.ids)) == 23
    assert tuple(found for one in pages for found in one.ids) == everything.ids
    assert [await page(0, 0), await page(5, 1_000_000)] == [SearchHits((), 23, True)] * 2


async def test_an_index_never_made_answers_degraded_and_is_not_healthy(
    engine: EmbeddedSearch,
) -> None:
    assert await engine.search(QUANTUM) == SearchHits((), None, False, degraded=True)
    assert not await engine.healthy()


async def test_only_a_rebuilt_index_is_healthy(
    engine: EmbeddedSearch, document: MakeDocument
) -> None:
    """One begun by a change may lack everything that did not change since."""
    await engine.put([document("量子計算")])
    begun = await engine.healthy()
    assert await engine.replace_all(stream([document("量子計算")])) == 1
    await engine.put([document("量子計算")])
    assert (begun, await engine.healthy()) == (False, True)


async def test_an_index_of_another_form_must_be_rebuilt(
    engine: EmbeddedSearch, index_directory: Path, document: MakeDocument
) -> None:
    await engine.replace_all(stream([document("量子計算")]))
    (form,) = files(index_directory, "g-*/form")
    form.write_text("0-older", encoding="utf-8")
    other = EmbeddedSearch(index_directory)
    assert ((await other.search(QUANTUM)).degraded, await other.healthy()) == (True, False)
    with pytest.raises(SearchUnavailable):
        await other.put([document("量子計算")])
    await other.replace_all(stream([document("量子計算")]))
    assert ((await other.search(QUANTUM)).total, await other.healthy()) == (1, True)


async def test_a_broken_index_answers_degraded_and_can_be_rebuilt(
    engine: EmbeddedSearch, index_directory: Path, document: MakeDocument
) -> None:
    await engine.replace_all(stream([document("量子計算")]))
    (meta,) = files(index_directory, "g-*/meta.json")
    meta.write_text("{", encoding="utf-8")
    assert (await engine.search(QUANTUM)).degraded
    assert not await engine.healthy()
    with pytest.raises(SearchUnavailable):
        await engine.put([document("量子計算")])
    await engine.replace_all(stream([document("量子計算")]))
    assert (await engine.search(QUANTUM)).total == 1


async def test_the_old_index_answers_until_the_new_one_takes_its_place(
    index_directory: Path, document: MakeDocument
) -> None:
    engine = EmbeddedSearch(index_directory, batch=2)
    old, new = document("量子計算"), [document("量子計算") for _ in range(5)]
    await engine.put([old])
    during: list[tuple[UUID, ...]] = []

    async def rows() -> AsyncIterator[SearchDocument]:
        for made in new:
            during.append((await engine.search(QUANTUM)).ids)
            yield made

    assert await engine.replace_all(rows()) == 5
    assert during == [(old.id,)] * 5
    assert set((await engine.search(QUANTUM)).ids) == {made.id for made in new}


async def test_what_changes_during_a_rebuild_is_newer_than_what_the_rebuild_reads(
    index_directory: Path, document: MakeDocument
) -> None:
    engine, elsewhere = EmbeddedSearch(index_directory, batch=1), EmbeddedSearch(index_directory)
    before, after, removed, kept = (document("量子計算") for _ in range(4))
    await engine.put([before, after, removed, kept])

    async def rows() -> AsyncIterator[SearchDocument]:
        yield before
        yield kept
        await elsewhere.put(
            [document("海洋観測", identity=before.id), document("海洋観測", identity=after.id)]
        )
        await elsewhere.remove([removed.id])
        yield after
        yield removed

    await engine.replace_all(rows())
    assert (await engine.search(QUANTUM)).ids == (kept.id,)
    ocean = SearchQuery(text="海洋", tokens=QUANTUM.tokens)
    assert set((await engine.search(ocean)).ids) == {before.id, after.id}


async def test_a_rebuild_that_fails_leaves_the_old_index(
    engine: EmbeddedSearch, index_directory: Path, document: MakeDocument
) -> None:
    old = document("量子計算")
    await engine.replace_all(stream([old]))

    async def rows() -> AsyncIterator[SearchDocument]:
        yield document("量子計算")
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await engine.replace_all(rows())
    assert (await engine.search(QUANTUM)).ids == (old.id,)
    assert len(files(index_directory, "g-*")) == 1


async def test_one_rebuild_at_a_time(index_directory: Path, document: MakeDocument) -> None:
    engine = EmbeddedSearch(index_directory)
    refused: list[bool] = []

    async def rows() -> AsyncIterator[SearchDocument]:
        with pytest.raises(SearchUnavailable):
            await EmbeddedSearch(index_directory).replace_all(stream([]))
        refused.append(True)
        yield document("量子計算")

    await engine.replace_all(rows())
    assert (refused, (await engine.search(QUANTUM)).total) == ([True], 1)


async def test_rebuilds_leave_no_more_than_two_generations(
    engine: EmbeddedSearch, index_directory: Path, document: MakeDocument
) -> None:
    for _ in range(4):
        await engine.replace_all(stream([document("量子計算")]))
    assert len(files(index_directory, "g-*")) == 2


async def test_changes_from_many_tasks_are_all_kept(
    index_directory: Path, document: MakeDocument
) -> None:
    engines = [EmbeddedSearch(index_directory) for _ in range(3)]
    await asyncio.gather(*(engines[number % 3].put([document("量子計算")]) for number in range(12)))
    assert (await engines[0].search(QUANTUM)).total == 12


async def test_another_process_sees_each_commit(
    engine: EmbeddedSearch, index_directory: Path, document: MakeDocument
) -> None:
    reader = start(
        index_directory,
        "for _ in sys.stdin: print(asyncio.run(engine.search(query)).total, flush=True)",
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    totals = []
    try:
        for _ in range(3):
            await engine.put([document("量子計算")])
            reader.stdin.write("\n")
            reader.stdin.flush()
            totals.append(await asyncio.to_thread(reader.stdout.readline))
        await engine.replace_all(stream([document("量子計算")]))
        reader.stdin.write("\n")
        reader.stdin.flush()
        totals.append(await asyncio.to_thread(reader.stdout.readline))
    finally:
        reader.communicate()
    assert totals == ["1\n", "2\n", "3\n", "1\n"]


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.012, 0.03])
async def test_a_writer_killed_at_any_point_loses_nothing_committed_and_holds_no_lock(
    engine: EmbeddedSearch, index_directory: Path, document: MakeDocument, delay: float
) -> None:
    writer = start(
        index_directory,
        "while True:\n"
        "    made = document()\n"
        "    asyncio.run(engine.put([made]))\n"
        "    print(made.id, flush=True)\n",
    )
    assert writer.stdout is not None
    committed = [UUID((await asyncio.to_thread(writer.stdout.readline)).strip()) for _ in range(5)]
    await asyncio.sleep(delay)
    os.kill(writer.pid, signal.SIGKILL)
    rest, _ = writer.communicate()
    committed += [UUID(line) for line in rest.split()]
    own = document("量子計算")
    await engine.put([own])
    found = set(
        (await engine.search(SearchQuery(text="量子", tokens=QUANTUM.tokens, limit=1_000))).ids
    )
    # The one being written when the kill came may be there or not.
    assert {*committed, own.id} <= found
    assert len(found) <= len(committed) + 2


async def test_a_rebuild_killed_halfway_is_swept_by_the_next_change(
    engine: EmbeddedSearch, index_directory: Path, document: MakeDocument
) -> None:
    old = document("量子計算")
    await engine.put([old])
    builder = start(
        index_directory,
        "engine = EmbeddedSearch(Path(sys.argv[1]), batch=1)\n"
        "async def rows():\n"
        "    yield document()\n"
        "    yield document()\n"
        "    print('half', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(engine.replace_all(rows()))\n",
    )
    assert builder.stdout is not None
    assert await asyncio.to_thread(builder.stdout.readline) == "half\n"
    generations = len(files(index_directory, "g-*"))
    os.kill(builder.pid, signal.SIGKILL)
    builder.communicate()
    new = document("量子計算")
    await engine.put([new])
    assert (generations, len(files(index_directory, "g-*"))) == (2, 1)
    assert set((await engine.search(QUANTUM)).ids) == {old.id, new.id}
    assert await engine.replace_all(stream([new])) == 1
