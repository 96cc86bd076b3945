"""The statements of plans go by indexes, in a world of some thousands of rows.

Asked of the databases themselves (EXPLAIN), as an officer, who meets a clause for each proposal,
and as a reader, who meets few.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.policy_world import pour
from bench.reads.world import OFFICERS, ReadWorld, Size
from renkei.app import App
from renkei.clock import FixedClock
from renkei.database.engine import Database
from renkei_schema.ids import write_id
from support.asking import settings_for
from support.databases import Databases
from support.explaining import SCAN, Step, explained, noted
from support.planning import Planning, execution, levels

# Areas are few: the shortest way through them is from end to end.
SIZE = Size(
    areas=60,
    organizations=60,
    people=400,
    calls=4_000,
    proposals=8_000,
    briefs=4_000,
    notices=9_600,
)
LARGE = {"call", "call_area", "brief", "proposal", "proposal_member", "notice", "clause_token"}
DOCUMENTS = {
    "newest briefs": "{ briefs(first: 20) { nodes { code } } }",
    "next calls": "{ calls(first: 20) { nodes { code } } }",
    "newest proposals": "{ proposals(first: 20) { nodes { number } } }",
    "area": '{ calls(first: 20, filter: {areas: ["A001"]}) { nodes { code } } }',
    "nest": "{ calls(first: 10) { nodes { proposals(first: 5) { nodes { title } } } } }",
    "count": "{ calls(first: 20) { nodes { proposals { totalCount } } } }",
    "proposal": "query ($proposal: ID!) { node(id: $proposal) "
    "{ ... on Proposal { title members { effortPercent } } } }",
    "brief": "query ($brief: ID!) { node(id: $brief) { ... on Brief { code } } }",
    "inbox": "{ inbox(first: 20) { nodes { kind } } }",
}
KEYS = {"pk_{}", "sqlite_autoindex_{}_1"}
# (who, what is asked) → the tables, and the index by which each is gone through on either database.
WAYS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("officer", "newest briefs"): {"brief": "ix_brief_updated_at"},
    ("reader", "newest briefs"): {"brief": "ix_brief_updated_at"},
    ("officer", "next calls"): {"call": "ix_call_closes_at"},
    ("reader", "next calls"): {"call": "ix_call_closes_at"},
    ("officer", "newest proposals"): {"proposal": "ix_proposal_updated_at"},
    ("reader", "newest proposals"): {"proposal": "ix_proposal_audience_id"},
    ("officer", "area"): {"call_area": "ix_call_area_area_id"},
    ("reader", "area"): {"call_area": "ix_call_area_area_id"},
    ("officer", "nest"): {"proposal": "ix_proposal_of_call"},
    ("reader", "nest"): {"proposal": "ix_proposal_of_call"},
    ("officer", "count"): {"proposal": "ix_proposal_of_call"},
    ("reader", "count"): {"proposal": "ix_proposal_of_call"},
    ("officer", "proposal"): {
        "proposal": "key",
        "proposal_member": "ix_proposal_member_proposal_id",
    },
    ("officer", "brief"): {"brief": "key"},
    ("reader", "brief"): {"brief": "key"},
    ("officer", "inbox"): {"notice": "ix_notice_inbox"},
    ("reader", "inbox"): {"notice": "ix_notice_inbox"},
}
WHO = ("officer", "reader")
Ways = Mapping[tuple[str, str], list[Step]]


@pytest.fixture(scope="module")
def ways(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Ways:
    """How each document is answered, to whom, as steps through tables."""
    return asyncio.run(_ways(databases, tmp_path_factory.mktemp("explain")))


async def _ways(databases: Databases, folder: Path) -> Ways:
    found: dict[tuple[str, str], list[Step]] = {}
    world = ReadWorld(SIZE)
    async with databases.fresh(folder) as url:
        database = Database(url)
        await pour(database, world.tables())
        await database.close()
        ids = {
            "proposal": str(write_id("Proposal", world.proposals[0])),
            "brief": str(write_id("Brief", world.briefs[1])),
        }
        async with App.opened(settings_for(url, folder), clock=FixedClock()) as app:
            planning = Planning(app, execution())
            for who, number in zip(WHO, (0, OFFICERS), strict=True):
                viewer = await app.identity.viewer(world.people[number])
                assert viewer is not None
                for name, document in DOCUMENTS.items():
                    sent = {one: key for one, key in ids.items() if f"${one}:" in document}
                    with noted() as statements:
                        assert await planning.planned(document, viewer, **sent) is not None
                    asked = levels([told.text for told in statements])
                    steps = [
                        step
                        for told in statements
                        if told.text in asked
                        for step in await explained(url, told)
                    ]
                    found[who, name] = steps
    return found


@pytest.mark.parametrize(("who", "asked"), WAYS)
def test_a_document_is_answered_by_indexes(ways: Ways, who: str, asked: str) -> None:
    steps = ways[who, asked]
    scanned = {step.table for step in steps if step.how == SCAN}
    assert scanned & LARGE == set()
    for table, expected in WAYS[who, asked].items():
        names = {key.format(table) for key in KEYS} if expected == "key" else {expected}
        assert {step.how for step in steps if step.table == table} & names, (table, steps)
