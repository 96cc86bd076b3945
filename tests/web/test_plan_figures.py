"""What plans answered and what they left, as operators see it; and what is ready at start."""

from __future__ import annotations

import re

import httpx
import pytest
from graphql import parse

from renkei_web.documents import DocumentCache, KnownDocument, TrustedDocuments
from renkei_web.execution import Execution
from renkei_web.guard import Asked
from renkei_web.portal.documents import documents
from renkei_web.warming import warm
from support.planning import execution

LEFT = re.compile(r'^renkei_graphql_plan_fallbacks_total\{field="([^"]+)"\} (\S+)$', re.MULTILINE)
ANSWERED = re.compile(r"^renkei_graphql_plans_total (\S+)$", re.MULTILINE)


def figures(client: httpx.Client) -> tuple[float, dict[str, float]]:
    """How many documents plans answered, and how many they left by field."""
    text = client.get("/metrics").text
    (answered,) = ANSWERED.findall(text)
    return float(answered), {field: float(count) for field, count in LEFT.findall(text)}


def test_fallbacks_are_counted_by_field(client: httpx.Client, anyone: httpx.Client) -> None:
    answered, left = figures(anyone)
    for query in ("{ me }", "{ language }", "{ me }"):
        assert client.post("/graphql", json={"query": query}).status_code == 200
    assert figures(anyone) == (answered, left | {"Query.me": 2.0, "Query.language": 1.0})


@pytest.fixture
def portal() -> Execution:
    """The product's own way to answers, with the portal's documents registered."""
    made = execution()
    made.trusted = TrustedDocuments(documents().values())
    return made


def test_every_document_of_the_portal_is_ready_and_planned_at_start(
    portal: Execution, monkeypatch: pytest.MonkeyPatch
) -> None:
    warm(portal)
    assert portal.plans.fallbacks == {}
    assert len(portal.cache) == len(set(documents().values()))

    def never(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("renkei_web.execution.parse_document", never)
    monkeypatch.setattr(portal, "_validate", never)
    queries = 0
    for source in documents().values():
        prepared = portal.prepare(Asked(source, None, None, {}), anonymous=True)
        if prepared.planned is not None:
            queries += 1
            assert len(prepared.planned.plans) == 1
    assert queries > 30


@pytest.mark.parametrize(
    "source",
    ["query Broken { calls { nowhere } }", "not a document", "{ calls(first: 0) { totalCount } }"],
)
def test_a_document_that_is_refused_stops_no_start(source: str) -> None:
    made = execution()
    made.trusted = TrustedDocuments([source, "query Good { demo }"])
    warm(made)
    assert len(made.cache) == 1


def test_a_document_that_no_plan_knows_is_counted_at_start() -> None:
    made = execution()
    made.trusted = TrustedDocuments(
        ["query A { __schema { description } } query B($id: ID!) { node(id: $id) { id } }"]
    )
    warm(made)
    assert made.plans.fallbacks == {"Query.__schema": 1}
    assert len(made.cache) == 1


def test_registered_documents_are_never_pushed_out() -> None:
    cache = DocumentCache(characters=1_000)
    document = parse("{ demo }")
    cache.put("ours", KnownDocument(document, 900), for_good=True)
    for number in range(20):
        cache.put(f"another {number}", KnownDocument(document, 200))
    assert cache.get("ours") is not None
    assert cache.get("another 0") is None
    assert cache.get("another 19") is not None
    assert len(cache) == 1 + 5
