"""A small stand-in for a Meilisearch server: real HTTP on the loopback, the used part of its API.

Tasks are worked off in order, and only once somebody asks after one of them. Filters follow the
server's grammar and its way to compare values; bodies are checked against its OpenAPI document
where that lies beside the repository. Ranking is a mere share of the query's words.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jsonschema import Draft202012Validator

from support.paths import SHARED

KEY = "test-key"
_OPENAPI = SHARED / "meilisearch" / "meilisearch-openapi.json"
_LEXEME = re.compile(r'\s*("(?:\\.|[^"\\])*"|[\w\-/.]+|[\[\](),=])', re.DOTALL)


class Refused(Exception):  # noqa: N818 - the server's answer, not a failure of ours
    """An answer other than 2xx, with the server's error code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class Index:
    """One index: documents by id, settings, and when it was last changed."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Standin:
    """The server's state. `requests` are the bodies of all searches, for tests to look at."""

    def __init__(self) -> None:
        self.url = ""
        self.indexes: dict[str, Index] = {}
        self.tasks: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self._due: list[Callable[[], None]] = []

    def answer(self, method: str, path: str, body: Any) -> Any:
        """The answer to one request. Raises Refused."""
        for verb, pattern, schema, handler in _ROUTES:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                _validate(schema, body)
                return handler(self, body, *found.groups())
        raise Refused(404, "not_found")

    def enqueue(self, kind: str, name: str | None, work: Callable[[], None]) -> dict[str, Any]:
        task = {"uid": len(self.tasks), "indexUid": name, "status": "enqueued", "type": kind}
        self.tasks.append({**task, "enqueuedAt": "2026-11-24T03:00:00.123456789Z", "error": None})
        self._due.append(work)
        return {"taskUid": task["uid"], **self.tasks[-1]}

    def task(self, number: int) -> dict[str, Any]:
        """The task as it was; whoever asks once more sees it done."""
        seen = dict(self.tasks[number])
        for task, work in zip(self.tasks[: number + 1], self._due, strict=False):
            if task["status"] == "enqueued":
                try:
                    work()
                    task["status"] = "succeeded"
                except Refused as refused:
                    task.update(status="failed", error=refused_body(refused))
        return seen

    def index(self, name: str) -> Index:
        if name not in self.indexes:
            raise Refused(404, "index_not_found")
        return self.indexes[name]

    def changed(self, name: str) -> Index:
        """The index for a change; made without settings where there is none, as the server does."""
        made = self.indexes.setdefault(name, Index())
        made.updated_at = datetime.now(UTC)
        return made


def refused_body(refused: Refused) -> dict[str, str]:
    return {"message": refused.code, "code": refused.code, "type": "invalid_request", "link": ""}


def _create(state: Standin, body: Any) -> Any:
    def work() -> None:
        if body["uid"] in state.indexes:
            raise Refused(409, "index_already_exists")
        state.changed(body["uid"])

    return state.enqueue("indexCreation", body["uid"], work)


def _drop(state: Standin, _: Any, name: str) -> Any:
    def work() -> None:
        state.index(name)
        del state.indexes[name]

    return state.enqueue("indexDeletion", name, work)


def _info(state: Standin, _: Any, name: str) -> Any:
    at = state.index(name).updated_at.strftime("%Y-%m-%dT%H:%M:%S.%f789Z")
    return {"uid": name, "createdAt": at, "updatedAt": at, "primaryKey": "id"}


def _settings(state: Standin, body: Any, name: str) -> Any:
    return state.enqueue("settingsUpdate", name, lambda: state.changed(name).settings.update(body))


def _add(state: Standin, body: Any, name: str) -> Any:
    entries = {entry["id"]: entry for entry in body}
    if not all(re.fullmatch(r"[\w-]{1,511}", key, re.ASCII) for key in entries):
        raise Refused(400, "invalid_document_id")
    return state.enqueue(
        "documentAdditionOrUpdate", name, lambda: state.changed(name).documents.update(entries)
    )


def _delete(state: Standin, body: Any, name: str) -> Any:
    def work() -> None:
        index = state.index(name)
        matches = parse(body["filter"], index.settings.get("filterableAttributes", []))
        index.documents = {k: v for k, v in index.documents.items() if not matches(v)}

    return state.enqueue("documentDeletion", name, work)


def _document(state: Standin, _: Any, name: str, key: str) -> Any:
    index = state.index(name)
    if key not in index.documents:
        raise Refused(404, "document_not_found")
    return _shown(index, index.documents[key])


def _swap(state: Standin, body: Any) -> Any:
    def work() -> None:
        for pair in body:
            one, other = pair["indexes"]
            first, second = state.index(one), state.index(other)
            state.indexes[one], state.indexes[other] = second, first

    return state.enqueue("indexSwap", None, work)


def _search(state: Standin, body: Any) -> Any:
    state.requests.append(body)
    best: dict[str, dict[str, Any]] = {}
    for query in body["queries"]:
        index = state.index(query["indexUid"])
        visible = parse(query["filter"], index.settings.get("filterableAttributes", []))
        for key, document in index.documents.items():
            share = _share(index, query, document) if visible(document) else 0.0
            score = share * query["federationOptions"]["weight"]
            if (
                score
                > best.get(key, {"_federation": {"weightedRankingScore": 0.0}})["_federation"][
                    "weightedRankingScore"
                ]
            ):
                shown = _shown(index, document)
                best[key] = {**shown, "_federation": {"weightedRankingScore": score}}
    hits = sorted(best.values(), key=lambda hit: -hit["_federation"]["weightedRankingScore"])
    page, length = body["federation"]["page"], body["federation"]["hitsPerPage"]
    return {
        "hits": hits[(page - 1) * length : page * length],
        "totalHits": len(hits),
        "page": page,
        "hitsPerPage": length,
        "totalPages": -(-len(hits) // length),
        "processingTimeMs": 0,
    }


def _share(index: Index, query: dict[str, Any], document: dict[str, Any]) -> float:
    """How many of the query's words the document holds, from the first on; 0 is no hit."""
    languages = [rule["locales"] for rule in index.settings.get("localizedAttributes", [])]
    if not query["q"].isascii() and not languages == [query.get("locales")] == [["jpn"]]:
        return 0.0  # taken for another language: Chinese words are not the Japanese ones
    text = " ".join(document.get(name, "") for name in query["attributesToSearchOn"])
    words = query["q"].split()
    held = next((n for n, word in enumerate(words) if word not in text), len(words))
    return held / len(words) if words else 1.0


def _shown(index: Index, document: dict[str, Any]) -> dict[str, Any]:
    shown = index.settings.get("displayedAttributes", list(document))
    return {name: value for name, value in document.items() if name in shown}


Condition = Callable[[dict[str, Any]], bool]


def parse(text: str, filterable: list[str]) -> Condition:
    """A filter of `=`, `IN`, `NOT IN`, `AND`, `OR` and parentheses. Raises Refused."""
    lexemes, at = [], 0
    while text[at:].strip():
        found = _LEXEME.match(text, at)
        if found is None:
            raise Refused(400, "invalid_search_filter")
        lexemes.append(found[1])
        at = found.end()
    try:
        condition = _either(lexemes, filterable)
    except IndexError:
        raise Refused(400, "invalid_search_filter") from None
    if lexemes:
        raise Refused(400, "invalid_search_filter")
    return condition


def _either(rest: list[str], filterable: list[str]) -> Condition:
    some = [_both(rest, filterable)]
    while rest[:1] == ["OR"]:
        del rest[0]
        some.append(_both(rest, filterable))
    return lambda document: any(condition(document) for condition in some)


def _both(rest: list[str], filterable: list[str]) -> Condition:
    every = [_one(rest, filterable)]
    while rest[:1] == ["AND"]:
        del rest[0]
        every.append(_one(rest, filterable))
    return lambda document: all(condition(document) for condition in every)


def _one(rest: list[str], filterable: list[str]) -> Condition:
    name = rest.pop(0)
    if name == "(":
        inner = _either(rest, filterable)
        _expect(rest, ")")
        return inner
    if name not in filterable:
        raise Refused(400, "invalid_search_filter")
    negated = rest[0] == "NOT"
    if negated:
        del rest[0]
    if rest[0] == "=" and not negated:
        del rest[0]
        wanted = {_value(rest.pop(0))}
    else:
        _expect(rest, "IN")
        _expect(rest, "[")
        wanted = set()
        while rest[0] != "]":
            wanted.add(_value(rest.pop(0)))
            if rest[0] != "]":
                _expect(rest, ",")
        _expect(rest, "]")

    def holds(document: dict[str, Any]) -> bool:
        held = document.get(name, [])
        values = held if isinstance(held, list) else [held]
        return any(_compared(str(value)) in wanted for value in values) != negated

    return holds


def _expect(rest: list[str], lexeme: str) -> None:
    if rest.pop(0) != lexeme:
        raise Refused(400, "invalid_search_filter")


def _value(lexeme: str) -> str:
    """A value of the filter; in quotes only an escaped quote is unescaped, a backslash stays."""
    quoted = lexeme.startswith('"')
    return _compared(lexeme[1:-1].replace('\\"', '"') if quoted else lexeme)


def _compared(value: str) -> str:
    return unicodedata.normalize("NFKD", value.strip()).lower()


_UID = r"/indexes/([\w-]+)"
_ROUTES: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("GET", r"/tasks/(\d+)", "", lambda state, _, number: state.task(int(number))),
    ("GET", _UID, "", _info),
    ("GET", _UID + r"/documents/([\w-]+)", "", _document),
    ("DELETE", _UID, "", _drop),
    ("POST", "/indexes", "IndexCreateRequest", _create),
    ("PATCH", _UID + "/settings", "Settings_Unchecked", _settings),
    ("POST", _UID + "/documents", "", _add),
    ("POST", _UID + "/documents/delete", "DocumentDeletionByFilter", _delete),
    ("POST", "/swap-indexes", "SwapIndexesPayload", _swap),
    ("POST", "/multi-search", "FederatedSearch", _search),
)


@cache
def _components() -> dict[str, Any] | None:
    if not _OPENAPI.exists():
        return None
    read: dict[str, Any] = json.loads(_OPENAPI.read_text(encoding="utf-8"))["components"]
    return read


def _validate(schema: str, body: Any) -> None:
    """Refuse a body of another shape, and any field that the document doesn't know."""
    components = _components()
    if not schema or components is None:
        return
    checked = {"$ref": f"#/components/schemas/{schema}", "components": components}
    known = components["schemas"][schema]["properties"]
    for part in body if isinstance(body, list) else [body]:
        if not Draft202012Validator(checked).is_valid(part) or not known.keys() >= part.keys():
            raise Refused(400, "bad_request")


class _Handler(BaseHTTPRequestHandler):
    state: Standin

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        status, answer = 200, None
        with self.state.lock:
            try:
                if self.headers["Authorization"] != f"Bearer {KEY}":
                    raise Refused(403, "invalid_api_key")
                if self.command in ("POST", "PATCH"):
                    if self.headers["Content-Type"] != "application/json":
                        raise Refused(415, "invalid_content_type")
                    # The server takes no half of a surrogate pair.
                    json.dumps(json.loads(sent), ensure_ascii=False).encode()
                body = json.loads(sent) if sent else None
                answer = self.state.answer(self.command, self.path.partition("?")[0], body)
            except UnicodeEncodeError:
                status, answer = 400, refused_body(Refused(400, "malformed_payload"))
            except Refused as refused:
                status, answer = refused.status, refused_body(refused)
        written = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Keep the tests' output clean."""


@contextmanager
def standin() -> Iterator[Standin]:
    """A stand-in that listens until the end of the `with`."""
    state = Standin()
    handler = type("Handler", (_Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
