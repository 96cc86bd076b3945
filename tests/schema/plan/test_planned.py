"""Every field that a query can reach is planned, and every statement of a plan is policed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leak_proof.grounds import Ground, ground_of
from support.statements import readable_tables, unpoliced
from support.walking import CANARY, Walk, fields_of_queries, walked


@contextmanager
def a_ground(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A place for the world, where the programs for it are there."""
    if kind == "postgresql":
        request.getfixturevalue("postgres")
    with ground_of(kind, folder) as ground:
        yield ground


@pytest.fixture(scope="module")
def walk(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Walk:
    """Every way gone once, on each kind of database."""
    with a_ground(database_kind, tmp_path_factory.mktemp("walk"), request) as ground:
        return asyncio.run(walked(ground))


def test_every_way_is_answered_by_a_plan(walk: Walk) -> None:
    assert dict(walk.fallbacks) == {}
    assert walk.errors == []
    assert walk.answered == walk.documents


def test_the_ways_ask_for_every_field_that_a_query_can_reach(walk: Walk) -> None:
    assert fields_of_queries() - walk.fields == set()


def test_every_statement_asks_the_policy_of_each_table_that_it_reads(
    walk: Walk, database_kind: str
) -> None:
    read = {name for text in walk.statements for name in readable_tables() if name in text}
    assert len(read) > 20
    past = {text: tables for text in walk.statements if (tables := unpoliced(text, database_kind))}
    assert past == {}


def test_no_statement_holds_what_a_client_sent(walk: Walk) -> None:
    assert [text for text in walk.statements if CANARY in text] == []
