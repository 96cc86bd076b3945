"""The evaluation's own arithmetic on three paragraphs, and a slice of the judged queries."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from renkei.search.embedded import EmbeddedSearch
from renkei.search.evaluate import evaluate

CORPUS = [
    {"id": "d1", "title": "量子計算", "text": "量子計算は重ね合わせを用いる。"},
    {"id": "d2", "title": "造船", "text": "造船所では船を造る。"},
    {"id": "d3", "title": "計算機", "text": "計算機の歴史。"},
]
QUERIES = [
    {"id": "q1", "category": "question", "text": "量子計算は何を用いるか？"},
    {"id": "q2", "category": "keyword_answer", "text": "造船所"},
    {"id": "q3", "category": "var_reading", "text": "ぞうせん"},
    {"id": "q4", "category": "prefix_kana", "text": "鯨"},
]
QRELS = [
    {"query_id": "q1", "doc_id": "d1", "relevance": 1},
    {"query_id": "q2", "doc_id": "d2", "relevance": 1},
    {"query_id": "q3", "doc_id": "d2", "relevance": 1},
    {"query_id": "q3", "doc_id": "d1", "relevance": 0},
    {"query_id": "q4", "doc_id": "d1", "relevance": 1},
]
PERFECT = {"ndcg@10": 1.0, "mrr@10": 1.0, "recall@10": 1.0}
NOTHING = {"ndcg@10": 0.0, "mrr@10": 0.0, "recall@10": 0.0}


def write(directory: Path, name: str, lines: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (directory / name).write_text(text, encoding="utf-8")


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    directory = tmp_path / "judged"
    directory.mkdir()
    write(directory, "corpus.jsonl", CORPUS)
    write(directory, "queries.jsonl", QUERIES)
    write(directory, "qrels.jsonl", QRELS)
    return directory


async def test_groups_categories_and_the_mean_of_the_groups(
    engine: EmbeddedSearch, judged: Path
) -> None:
    result = await evaluate(judged, engine, None)
    assert result["groups"] == {
        "mean": {"ndcg@10": 0.75, "mrr@10": 0.75, "recall@10": 0.75},
        "question": PERFECT,
        "keyword": PERFECT,
        "variant": PERFECT,
        "prefix": NOTHING,
    }
    assert result["categories"] == {
        "keyword_answer": PERFECT,
        "prefix_kana": NOTHING,
        "question": PERFECT,
        "var_reading": PERFECT,
    }
    assert 0 < result["query_cpu_ms"]["p50"] <= result["query_cpu_ms"]["p99"]


async def test_a_run_has_a_line_for_each_hit(engine: EmbeddedSearch, judged: Path) -> None:
    run = io.StringIO()
    await evaluate(judged, engine, run)
    lines = run.getvalue().splitlines()
    assert lines[0] == "q1 d1 1"
    assert lines[-2:] == ["q2 d2 1", "q3 d2 1"]


async def test_without_judgements_there_are_times_and_no_scores(
    engine: EmbeddedSearch, judged: Path
) -> None:
    (judged / "qrels.jsonl").unlink()
    result = await evaluate(judged, engine, None)
    assert (result["groups"], result["categories"]) == ({}, {})
    assert result["query_cpu_ms"]["p50"] > 0


@pytest.mark.needs_shared
async def test_a_slice_of_the_judged_queries_is_answered_well(
    engine: EmbeddedSearch, tmp_path: Path, shared_dir: Path
) -> None:
    """Every 40th query, among all that answers one and every tenth paragraph besides.

    Easier than the whole, where the mean is .89; the bar only tells a broken engine from a whole
    one.
    """
    source = shared_dir / "search-eval" / "dev"

    def lines(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (source / name).read_text("utf-8").splitlines()]

    queries = lines("queries.jsonl")[::40]
    asked = {query["id"] for query in queries}
    judgements = [line for line in lines("qrels.jsonl") if line["query_id"] in asked]
    wanted = {line["doc_id"] for line in judgements}
    corpus = [
        line
        for number, line in enumerate(lines("corpus.jsonl"))
        if number % 10 == 0 or line["id"] in wanted
    ]
    write(tmp_path, "corpus.jsonl", corpus)
    write(tmp_path, "queries.jsonl", queries)
    write(tmp_path, "qrels.jsonl", judgements)
    result = await evaluate(tmp_path, engine, None)
    assert result["groups"]["mean"]["ndcg@10"] > 0.85
