"""The search port over a Meilisearch server, through its official client in a thread.

The visibility rule is the filter of every query, and only ids and kinds come back. Within the
filter the order is, for now, the server's own (not `ranking`'s). Proved so far against the
tests' stand-in of the server's API only, never against a real server.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import threading
from collections.abc import AsyncIterable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import meilisearch
from meilisearch.errors import MeilisearchApiError, MeilisearchError
from meilisearch.models.task import TaskInfo

from renkei.clock import Clock, SystemClock
from renkei.language import analyse_normalised, fingerprint, fold_normalised, normalise
from renkei.search.asking import TEXT_LIMIT
from renkei.search.documents import DENY_PREFIX, MAX_GATES, SearchDocument
from renkei.search.port import (
    EXACT_TOTAL,
    MAX_STALE,
    SearchHit,
    SearchHits,
    SearchQuery,
    SearchUnavailable,
)

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")

# Raise it when fields or settings change: an index of another form is rebuilt, never found in.
_FORM = 1
_FAILURES = (MeilisearchError, OSError, ValueError, KeyError, TypeError)
_REQUEST_SECONDS = 15
_CHANGE_MS, _REBUILD_MS = 60_000, 600_000
# A building index that nobody wrote to for longer is what a killed rebuild left behind.
_ABANDONED = timedelta(minutes=15)
_BATCH = 1_000
_PLAIN = re.compile(r"[a-z0-9:_.+-]{1,200}")
_OPEN = "*"
_OPERATORS = re.compile(r'["-]')
# The fields that one query each asks, and what a hit there is worth beside the others.
_ASKED = {"raw": (("title", "body"), 1.0), "words": (("words",), 0.95), "aloud": (("aloud",), 0.8)}
_GATES = tuple(f"g{number}" for number in range(MAX_GATES))
_SETTINGS: Mapping[str, Any] = {
    "searchableAttributes": ["title", "body", "words", "aloud"],
    "displayedAttributes": ["id", "kind"],
    "filterableAttributes": ["id", "form", "audience", "deny", *_GATES, "noun", "area"],
    "localizedAttributes": [{"attributePatterns": ["*"], "locales": ["jpn"]}],
    "rankingRules": [
        *("words", "proximity", "attributeRank", "wordPosition", "exactness", "changed_at:desc")
    ],
    # Corrections are drawn from the words of all documents, hidden ones among them.
    "typoTolerance": {"enabled": False},
    "facetSearch": False,
    "pagination": {"maxTotalHits": EXACT_TOTAL + 1},
}


class MeilisearchEngine:
    """The port's engine on a server at `url`; `index` names its index there.

    While another process rebuilds, changes raise SearchUnavailable and are due again; changes
    through the engine that rebuilds go to both indexes.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        index: str = "renkei",
        batch: int = _BATCH,
        clock: Clock | None = None,
    ) -> None:
        """`batch` is how many documents a rebuild sends at a time."""
        self._url, self._key, self._batch = url, key, batch
        self._index, self._building = index, f"{index}-building"
        self._clock = clock or SystemClock()
        # The server works off tasks as they were sent; the lock makes that order ours.
        self._lock = threading.Lock()
        self._touched: set[str] | None = None  # None: this engine rebuilds nothing now

    async def put(self, docs: Iterable[SearchDocument]) -> None:
        """See `SearchEngine.put`. After a time-out the change may still come; again is no harm."""
        await _in_thread(self._change, _entries(docs), ())

    async def remove(self, ids: Collection[UUID]) -> None:
        """See `SearchEngine.remove`."""
        await _in_thread(self._change, {}, tuple(str(identity) for identity in ids))

    async def search(self, query: SearchQuery) -> SearchHits:
        """See `SearchEngine.search`."""
        try:
            return await asyncio.to_thread(self._search, query)
        except _FAILURES as error:
            # The server's messages repeat the query, and what people look for is theirs.
            _log.warning("the search server can't answer: %s", _reason(error))
            return SearchHits((), None, total_is_exact=False, degraded=True)

    async def replace_all(self, docs: AsyncIterable[SearchDocument]) -> int:
        """See `SearchEngine.replace_all`; both indexes lie on the server until the swap."""
        await _in_thread(self._begin)
        try:
            count = 0
            batch: list[SearchDocument] = []
            async for document in docs:
                batch.append(document)
                if len(batch) >= self._batch:
                    count += await _in_thread(self._fill, _entries(batch))
                    batch.clear()
            count += await _in_thread(self._fill, _entries(batch))
            await _in_thread(self._swap)
        except BaseException:
            await asyncio.to_thread(self._abandon)
            raise
        return count

    async def healthy(self) -> bool:
        """See `SearchEngine.healthy`."""
        try:
            await asyncio.to_thread(self._client().index(self._index).get_document, _whole())
        except _FAILURES:
            return False
        return True

    def _client(self) -> meilisearch.Client:
        """A client for one thread: it keeps the headers of the request under way in itself."""
        return meilisearch.Client(self._url, self._key, timeout=_REQUEST_SECONDS)

    def _change(self, entries: Mapping[str, Mapping[str, Any]], ids: Sequence[str]) -> None:
        if not entries and not ids:
            return
        client = self._client()
        with self._lock:
            targets = [self._index]
            if self._touched is not None:
                self._touched.update(entries, ids)
                targets.append(self._building)
            elif self._another_rebuilds(client):
                raise SearchUnavailable("another process rebuilds the index")
            self._ensure(client)
            sent = [_send(client.index(name), entries, ids) for name in targets]
        for task in sent:
            _finish(client, task, _CHANGE_MS)

    def _search(self, query: SearchQuery) -> SearchHits:
        lagging = len(query.exclude) > MAX_STALE
        phrases = _phrases(query.text)
        if not phrases or not query.tokens or query.kinds == () or query.areas == ():
            return SearchHits((), None if lagging else 0, not lagging, lagging)
        begin = max(query.offset, 0)
        size = max(min(begin + query.limit, EXACT_TOTAL) - begin, 0)
        # The server counts exactly for whole pages only; any other stretch is cut from the first.
        aligned = size > 0 and begin % size == 0
        page, length = (begin // size + 1, size) if aligned else (1, max(begin + size, 1))
        asked = [
            {
                "indexUid": self._index,
                "q": phrase,
                "attributesToSearchOn": list(_ASKED[name][0]),
                "federationOptions": {"weight": _ASKED[name][1]},
                "filter": _filter(query),
                "locales": ["jpn"],
                "matchingStrategy": "last",
                "attributesToRetrieve": ["id", "kind"],
            }
            for name, phrase in phrases.items()
        ]
        found: Any = self._client().multi_search(
            asked, {"page": page, "hitsPerPage": min(length, EXACT_TOTAL)}
        )
        first = 0 if aligned else begin
        hits = tuple(_hit(hit) for hit in found["hits"][first : first + size])
        total = int(found["totalHits"])
        if lagging:
            return SearchHits(hits, None, total_is_exact=False, degraded=True)
        return SearchHits(hits, min(total, EXACT_TOTAL), total_is_exact=total <= EXACT_TOTAL)

    def _begin(self) -> None:
        client = self._client()
        with self._lock:
            if self._touched is not None or self._another_rebuilds(client):
                raise SearchUnavailable("another rebuild is under way")
            if _info(client, self._building) is not None:
                _finish(client, client.delete_index(self._building), _CHANGE_MS)
            self._ensure(client)
            # Fails where another process was quicker.
            self._create(client, self._building)
            self._touched = set()

    def _fill(self, entries: Mapping[str, Mapping[str, Any]]) -> int:
        """Send a batch of the rebuild, leaving out what was changed since it began."""
        client = self._client()
        with self._lock:
            if self._touched is None:
                raise SearchUnavailable("the rebuild was given up")
            fresh = {key: entry for key, entry in entries.items() if key not in self._touched}
            sent = _send(client.index(self._building), fresh, ()) if fresh else None
        if sent is not None:
            _finish(client, sent, _REBUILD_MS)
        return len(entries)

    def _swap(self) -> None:
        client = self._client()
        marker = {"id": _whole(), "form": _form()}
        with self._lock:
            sent = client.index(self._building).add_documents([marker], "id")
            _finish(client, sent, _REBUILD_MS)
            swap = client.swap_indexes([{"indexes": [self._index, self._building]}])
            _finish(client, swap, _REBUILD_MS)
        self._abandon()  # the name means the old index now

    def _abandon(self) -> None:
        """Delete what bears the building's name; where that fails it is swept when it is old."""
        client = self._client()
        with self._lock:
            if self._touched is None:
                return
            self._touched = None
            try:
                _finish(client, client.delete_index(self._building), _CHANGE_MS)
            except (*_FAILURES, SearchUnavailable) as error:
                _log.warning("a building index was left behind: %s", _reason(error))

    def _another_rebuilds(self, client: meilisearch.Client) -> bool:
        info = _info(client, self._building)
        if info is None:
            return False
        return self._clock.now() - datetime.fromisoformat(info["updatedAt"]) < _ABANDONED

    def _ensure(self, client: meilisearch.Client) -> None:
        """Make the index with its settings where there is none; without them nothing is found."""
        if _info(client, self._index) is None:
            self._create(client, self._index)

    def _create(self, client: meilisearch.Client, name: str) -> None:
        _finish(client, client.create_index(name, {"primaryKey": "id"}), _CHANGE_MS)
        _finish(client, client.index(name).update_settings(dict(_SETTINGS)), _CHANGE_MS)


async def _in_thread(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except _FAILURES as error:
        raise SearchUnavailable(f"the search server failed: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    code = error.code if isinstance(error, MeilisearchApiError) else None
    return str(code or type(error).__name__)


def _info(client: meilisearch.Client, name: str) -> dict[str, Any] | None:
    try:
        return client.get_raw_index(name)
    except MeilisearchApiError as error:
        if error.code == "index_not_found":
            return None
        raise


def _send(index: Any, entries: Mapping[str, Mapping[str, Any]], ids: Sequence[str]) -> TaskInfo:
    """One task: documents in, or, where there are none, ids out."""
    if entries:
        sent: TaskInfo = index.add_documents(list(entries.values()), "id")
    else:
        sent = index.delete_documents(filter=f"id IN {_list(ids)}")
    return sent


def _finish(client: meilisearch.Client, task: TaskInfo, timeout_ms: int) -> None:
    """Wait until the server worked the task off. Raises SearchUnavailable where it failed."""
    done = client.wait_for_task(task.task_uid, timeout_in_ms=timeout_ms)
    if done.status != "succeeded":
        code = (done.error or {}).get("code")
        raise SearchUnavailable(f"the search server's task {done.status}: {code}")


def _form() -> str:
    return f"{_FORM}-{fingerprint()}"


def _whole() -> str:
    """The id of the entry that says "built whole"; without an audience nobody finds it."""
    return f"whole-{_form()}"


def _entries(docs: Iterable[SearchDocument]) -> dict[str, dict[str, Any]]:
    """The index's form of each document; of two with one id the later counts."""
    return {str(document.id): _entry(document) for document in docs}


def _entry(document: SearchDocument) -> dict[str, Any]:
    title = normalise(f"{document.title.ja}\n{document.title.en or ''}")
    body = normalise(document.body)
    _, words, aloud = _terms(f"{title}\n{body}")
    gates = [sorted(map(_key, group)) for group in document.gates]
    gates += [[_OPEN]] * (MAX_GATES - len(gates))
    return {
        "id": str(document.id),
        "form": _form(),
        "kind": document.kind,
        "noun": _key(document.kind),
        "area": [_key(area) for area in document.areas],
        "audience": sorted(map(_key, document.audience)),
        "deny": sorted(_key(token.removeprefix(DENY_PREFIX)) for token in document.deny),
        **dict(zip(_GATES, gates, strict=True)),
        "title": title,
        "body": body,
        "words": " ".join(words),
        "aloud": " ".join(aloud),
        "changed_at": document.changed_at.timestamp(),
    }


def _filter(query: SearchQuery) -> str:
    """The visibility rule and the narrowings. No value in it holds a quote or a backslash."""
    tokens = sorted(map(_key, query.tokens))
    conditions = [f'form = "{_form()}"', f"audience IN {_list(tokens)}"]
    conditions += [f"{gate} IN {_list([_OPEN, *tokens])}" for gate in _GATES]
    if query.affiliations:
        denied = sorted(_key(token.removeprefix(DENY_PREFIX)) for token in query.affiliations)
        conditions.append(f"deny NOT IN {_list(denied)}")
    if query.kinds is not None:
        conditions.append(f"noun IN {_list(map(_key, query.kinds))}")
    if query.areas is not None:
        conditions.append(f"area IN {_list(map(_key, query.areas))}")
    if query.exclude:
        conditions.append(f"id NOT IN {_list(sorted(map(str, query.exclude)))}")
    return " AND ".join(conditions)


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def _key(token: str) -> str:
    """A token as the filter compares it: itself where it is plain, else a digest of it.

    The server trims, lower-cases, folds and cuts the values it compares, and its grammar can't
    write every text that holds a backslash; two tokens must never become one by that.
    """
    if _PLAIN.fullmatch(token):
        return token
    return "%" + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _terms(normalised: str) -> tuple[list[str], list[str], list[str]]:
    """The content words of a text: as written, as the dictionary writes them, and as read."""
    content = [token for token in analyse_normalised(normalised) if token.content]
    return (
        [token.surface for token in content],
        ["".join(token.word.split()) for token in content],
        [token.reading for token in content if token.reading],
    )


def _phrases(text: str) -> dict[str, str]:
    """What each group of fields is asked; nothing where the text holds nothing to search.

    Particles are left out here, since the server heeds ten words only. An empty phrase would
    mean "everything" to it, and quotes and hyphens would be operators.
    """
    normalised = _OPERATORS.sub(" ", normalise(text[:TEXT_LIMIT]))
    raw, words, aloud = _terms(normalised)
    phrases = {
        "raw": " ".join(raw) or normalised.strip(),
        "words": " ".join(words),
        "aloud": " ".join(aloud) or fold_normalised(normalised).strip(),
    }
    return {name: said for name, said in phrases.items() if any(map(str.isalnum, said))}


def _hit(found: Mapping[str, Any]) -> SearchHit:
    score = float(found["_federation"]["weightedRankingScore"])
    return SearchHit(UUID(found["id"]), str(found["kind"]), score)
