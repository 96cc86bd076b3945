"""How good the answers are: judged queries asked through the port, scored, and timed.

A directory holds `corpus.jsonl` ({"id", "title", "text"}), `queries.jsonl` ({"id", "category",
"text"}) and, for scores, `qrels.jsonl` ({"query_id", "doc_id", "relevance"}; relevance above 0 is
relevant). Scores are binary nDCG@10, MRR@10 and recall@10.
"""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from uuid import NAMESPACE_URL, UUID, uuid5

from renkei.search.documents import PUBLIC, SearchDocument
from renkei.search.port import SearchEngine, SearchQuery
from renkei.text import Text

_DEPTH = 10
_MEASURES = ("ndcg@10", "mrr@10", "recall@10")
_GROUPS = ("question", "keyword", "variant", "prefix")
_KIND = "paragraph"
# All paragraphs are of one instant, so that none ranks before another for being new.
_WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)

Scores = dict[str, float]


async def evaluate(directory: Path, engine: SearchEngine, run: TextIO | None) -> dict[str, Any]:
    """Replace the index by the corpus in `directory`, ask all its queries, and tell how it went.

    The answer is `{"groups": …, "categories": …, "query_cpu_ms": {"p50", "p99"}}`, scores from 0
    to 1, CPU time of the whole process in milliseconds a query; without `qrels.jsonl` groups and
    categories are empty. `run` receives a line `query_id doc_id rank` for each hit, rank from 1.
    Everything that the engine held before is gone: give it a directory of its own.
    """
    names: dict[UUID, str] = {}
    await engine.replace_all(_documents(directory / "corpus.jsonl", names))
    relevant = _relevant(directory / "qrels.jsonl")
    by_category: dict[str, list[Scores]] = defaultdict(list)
    milliseconds: list[float] = []
    for query in _lines(directory / "queries.jsonl"):
        started = time.process_time()
        found = await engine.search(
            SearchQuery(text=query["text"], tokens=frozenset({PUBLIC}), limit=_DEPTH)
        )
        milliseconds.append((time.process_time() - started) * 1000)
        answer = [names[identity] for identity in found.ids]
        if run is not None:
            run.writelines(
                f"{query['id']} {name} {rank}\n" for rank, name in enumerate(answer, start=1)
            )
        if relevant is not None:
            wanted = relevant.get(query["id"], frozenset())
            by_category[query["category"]].append(_scores(answer, wanted))
    return {
        "groups": _groups(by_category),
        "categories": {name: _mean(scores) for name, scores in sorted(by_category.items())},
        "query_cpu_ms": {
            "p50": _percentile(milliseconds, 0.50),
            "p99": _percentile(milliseconds, 0.99),
        },
    }


async def _documents(path: Path, names: dict[UUID, str]) -> AsyncIterator[SearchDocument]:
    """The corpus as public documents; fills `names` with the file's own ids."""
    for line in _lines(path):
        identity = uuid5(NAMESPACE_URL, line["id"])
        names[identity] = line["id"]
        yield SearchDocument(
            id=identity,
            kind=_KIND,
            title=Text(line.get("title", "")),
            body=line["text"],
            areas=(),
            audience=frozenset({PUBLIC}),
            deny=frozenset(),
            gates=(),
            changed_at=_WRITTEN,
        )


def _relevant(path: Path) -> Mapping[str, frozenset[str]] | None:
    if not path.exists():
        return None
    judged: dict[str, set[str]] = defaultdict(set)
    for line in _lines(path):
        if line["relevance"] > 0:
            judged[line["query_id"]].add(line["doc_id"])
    return {query: frozenset(documents) for query, documents in judged.items()}


def _scores(answer: Sequence[str], wanted: frozenset[str]) -> Scores:
    ranks = [rank for rank, name in enumerate(answer, start=1) if name in wanted]
    ideal = _gain(range(1, min(len(wanted), _DEPTH) + 1))
    return {
        "ndcg@10": _gain(ranks) / ideal if ideal else 0.0,
        "mrr@10": 1 / ranks[0] if ranks else 0.0,
        "recall@10": len(ranks) / len(wanted) if wanted else 0.0,
    }


def _gain(ranks: Iterable[int]) -> float:
    return sum(1 / math.log2(rank + 1) for rank in ranks)


def _groups(by_category: Mapping[str, Sequence[Scores]]) -> dict[str, Scores]:
    """The four groups, and `mean`: the mean of those of them that have queries."""
    grouped: dict[str, list[Scores]] = defaultdict(list)
    for category, scores in by_category.items():
        grouped[_group(category)].extend(scores)
    groups = {name: _mean(grouped[name]) for name in _GROUPS if grouped[name]}
    return {"mean": _mean(list(groups.values())), **groups} if groups else {}


def _group(category: str) -> str:
    head = category.partition("_")[0]
    return "variant" if head == "var" else head


def _mean(scores: Sequence[Scores]) -> Scores:
    return {name: sum(one[name] for one in scores) / len(scores) for name in _MEASURES}


def _percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank); 0 without values."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(max(math.ceil(share * len(ordered)) - 1, 0), len(ordered) - 1)]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
