"""The cases of each row, found by asking the row itself, and whether the rows' answers agree."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.reads.documents import (
    INBOX,
    LIST,
    NAMES,
    NEST,
    NODE,
    SEARCH,
    VARIANTS,
    Case,
    plain,
    records,
)
from bench.reads.load import ask
from bench.reads.rows import Row
from bench.reads.serving import Server

Cases = Mapping[str, Sequence[Case]]


class DisagreementError(Exception):
    """A row answers something else than the product: then its cost says nothing."""


def answered(row: Row, port: int, case: Case) -> Any:
    """What the row answers, as it says it."""
    status, body = asyncio.run(ask(port, row.request(case)))
    payload = json.loads(body) if status == 200 else None
    if payload is None or payload.get("errors"):
        raise DisagreementError(f"{row.name} {case.document}: {status} {body[:500]!r}")
    return row.value(case.document, payload)


def cases_of(
    row: Row, port: int, asked: Mapping[str, Sequence[str]], variants: int = VARIANTS
) -> Cases:
    """The variants of each document that the row answers, the same ones for every row."""
    officers, texts = asked["officers"], asked["texts"]
    found: dict[str, list[Case]] = {}
    for document in NAMES:
        if document not in row.documents:
            continue
        match document:
            case "list" | "nest":
                found[document] = _walked(row, port, document, officers, variants)
                continue
            case "node":
                places = asked["proposals"][:variants]
            case "inbox":
                places = asked["people"][:variants]
            case _:
                places = texts[:variants]
        tokens = asked["readers"] if document == INBOX else officers
        found[document] = [
            Case(document, tokens[n % len(tokens)], row.variables(document, place))
            for n, place in enumerate(places)
        ]
    return found


def _walked(row: Row, port: int, document: str, tokens: Sequence[str], variants: int) -> list[Case]:
    """Pages one after the other, from the first on, as far as there are any."""
    cases: list[Case] = []
    after: str | None = None
    while len(cases) < variants:
        token = tokens[len(cases) % len(tokens)]
        cases.append(Case(document, token, row.variables(document, after)))
        page = answered(row, port, cases[-1])["pageInfo"]
        if not page["hasNextPage"]:
            break
        after = page["endCursor"]
    return cases


def agreed(rows: Sequence[Row], servers: Mapping[str, Server], cases: Mapping[str, Cases]) -> int:
    """How many records the answers hold, alike of every row. Raises `DisagreementError`."""
    judge, total = rows[0], 0
    for document in (LIST, NEST, NODE, INBOX, SEARCH):
        for n, case in enumerate(cases[judge.name][document]):
            expected = plain(answered(judge, servers[judge.name].port, case))
            held = records(document, expected)
            if held == 0:
                raise DisagreementError(f"{document} {n}: nothing is shown")
            total += held
            for row in rows[1:]:
                if document not in row.documents:
                    continue
                other = cases[row.name][document]
                if len(other) != len(cases[judge.name][document]):
                    raise DisagreementError(f"{row.name} {document}: another number of pages")
                said = plain(answered(row, servers[row.name].port, other[n]))
                if said != expected:
                    where = _differs(expected, said)
                    raise DisagreementError(f"{row.name} {document} {n}: {where}")
    return total


def _differs(one: Any, other: Any, path: str = "") -> str:
    """The first place at which two answers differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(
            (
                _differs(one[name], other[name], f"{path}.{name}")
                for name in one
                if one[name] != other[name]
            ),
            path,
        )
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return next(
            (
                _differs(a, b, f"{path}[{n}]")
                for n, (a, b) in enumerate(zip(one, other, strict=True))
                if a != b
            ),
            path,
        )
    return f"{path}: {one!r:.200} against {other!r:.200}"
