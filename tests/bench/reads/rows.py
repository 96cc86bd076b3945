"""The rows of the table: the product and its rivals, how each is started and asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from bench.reads import documents
from bench.reads.documents import INBOX, LIST, NAMES, NEST, NODE, ROOTS, SEARCH, Case
from bench.reads.places import Place
from bench.reads.rivals import postgraphile
from bench.reads.rivals.node import Installed, installed
from bench.reads.rivals.statements import ENTRY, STATEMENTS, VIEWER
from renkei.signing import new_key
from renkei_schema.ids import write_id
from support.paths import FINDS_TESTS

HERE = Path(__file__).parent
# Signs the cursors of one run.
SECRET = "bench-secret"


@dataclass(frozen=True)
class Row:
    """One way of answering. `note` says what it leaves out, for the table."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    request: Callable[[Case], bytes]
    # The answer's value under the document's name, shaped as ours is.
    value: Callable[[str, Any], Any]
    # The variables of a document's variant, given its cursor or key.
    variables: Callable[[str, str | None], dict[str, Any]]
    note: str = "policy, viewer, entries"
    documents: frozenset[str] = field(default_factory=lambda: frozenset(NAMES))


def http(method: str, target: str, token: str, body: bytes = b"") -> bytes:
    """One request as bytes, as a client with an access token sends it."""
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Accept: application/json\r\n\r\n" + body


def graphql(texts: Mapping[str, str]) -> Callable[[Case], bytes]:
    """Requests of a GraphQL server that knows these documents."""

    def request(case: Case) -> bytes:
        return http_graphql(texts[case.document], case.token, case.variables)

    return request


def http_graphql(text: str, token: str, variables: Mapping[str, Any] | None = None) -> bytes:
    """One document with its variables as a request."""
    sent = {"query": text, "variables": variables or {}}
    return http("POST", "/graphql", token, json.dumps(sent).encode())


def _value(document: str, payload: Any) -> Any:
    return payload["data"][ROOTS[document]]


def _variables(document: str, place: str | None) -> dict[str, Any]:
    match document:
        case "list" | "nest":
            return {"after": place}
        case "node":
            return {"id": str(write_id("Proposal", UUID(place)))}
        case "search":
            return {"text": place}
        case _:
            return {}


def _rest(case: Case) -> bytes:
    path = {LIST: "/calls", NEST: "/areas", INBOX: "/inbox", SEARCH: "/search"}.get(case.document)
    if case.document == NODE:
        path = f"/proposals/{case.variables['key']}"
    sent = [f"{name}={quote(value)}" for name, value in case.variables.items() if name != "key"]
    return http("GET", f"{path}?{'&'.join(sent)}" if sent else str(path), case.token)


def _rest_variables(document: str, place: str | None) -> dict[str, Any]:
    match document:
        case "list" | "nest":
            return {} if place is None else {"after": place}
        case "node":
            return {"key": place}
        case "search":
            return {"text": place}
        case _:
            return {}


def rows_for(
    place: Place, cache: Path, scratch: Path, wanted: frozenset[str]
) -> tuple[list[Row], dict[str, str]]:
    """The wanted rows that can be had here, and why the others can't."""
    environment = {
        "RENKEI_DATABASE_URL": place.url,
        "RENKEI_DATA_DIR": str(place.data),
        "RENKEI_SECRET_KEY": SECRET,
        "RENKEI_SIGNING_KEY": new_key(),
        "RENKEI_REDIS_URL": "",
    }
    ours = [sys.executable, "-m", "renkei_cli", "web", "--port", "{port}"]
    every = [
        Row("renkei", ours, environment, graphql(documents.GRAPHQL), _value, _variables),
        Row(
            "strawberry",
            [sys.executable, "-m", "bench.reads.rivals.plain"],
            environment | FINDS_TESTS,
            graphql(documents.GRAPHQL),
            _value,
            _variables,
        ),
    ]
    if place.cluster is not None:
        every.append(
            Row(
                "rest",
                [sys.executable, "-m", "bench.reads.rivals.rest"],
                environment | FINDS_TESTS,
                _rest,
                lambda _, payload: payload,
                _rest_variables,
            )
        )
    rows = [row for row in every if row.name in wanted]
    missing: dict[str, str] = {}
    if place.cluster is None:
        return rows, missing
    for name, made in (("mercurius", _mercurius), ("postgraphile", _postgraphile)):
        if name in wanted:
            found = installed(name, cache)
            if isinstance(found, str):
                missing[name] = found
            else:
                rows.append(made(found, str(place.cluster.directory), scratch))
    return rows, missing


def _node_environment(found: Installed, socket: str) -> dict[str, str]:
    return {"PGHOST": socket, "PGUSER": "renkei", "PGDATABASE": "bench", "NODE_ENV": "production"}


def _mercurius(found: Installed, socket: str, scratch: Path) -> Row:
    statements = scratch / "statements.json"
    told = {"statements": STATEMENTS, "viewer": VIEWER, "entry": ENTRY}
    statements.write_text(json.dumps(told), encoding="utf-8")
    return Row(
        "mercurius",
        [str(found.node), str(found.folder / "server.mjs")],
        _node_environment(found, socket) | {"BENCH_STATEMENTS": str(statements)},
        graphql(documents.GRAPHQL),
        _value,
        _variables,
        note="policy, viewer and entries by three statements of its own; no readings",
        documents=frozenset(documents.AVERAGED),
    )


def _postgraphile(found: Installed, socket: str, scratch: Path) -> Row:
    del scratch
    return Row(
        "postgraphile",
        [str(found.node), str(found.folder / "server.mjs")],
        _node_environment(found, socket),
        graphql(postgraphile.GRAPHQL),
        postgraphile.value,
        postgraphile.variables,
        note="no policy, no viewer, no entries",
        documents=frozenset(documents.AVERAGED),
    )
