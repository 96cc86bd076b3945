"""Reads are entries: one a request, durable before its first byte, told at its grain."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from renkei.access.policy.clauses import MEMBERS_GATE, Audience, org, person
from renkei.access.policy.system import as_system
from renkei.access.policy.viewer import HeldPost, Viewer
from renkei.access.store import police
from renkei.audit.rules import Told, told_to_originator
from renkei.audit.service import Leaving
from renkei.audit.store import JOB
from renkei.audit.tables import ReadEntry, Reading, ReadRecord
from renkei.briefs.tables import Brief
from renkei.proposals import submission
from renkei.proposals.tables import Proposal
from renkei.signing import SigningKeys, new_key
from support.asking import Asker, gid
from support.factories import Town
from support.faults import without_table

KEYS = SigningKeys.of(new_key())
BRIEF = """query ($id: ID!) { node(id: $id) { ... on Brief {
  title { ja } versions { number } readings { totalCount nodes {
    organization { name { ja } } person { name } } } } } }"""
PROPOSAL = """query ($id: ID!) { node(id: $id) { ... on Proposal {
  number readings { totalCount nodes { organization { name { ja } } person { name } } } } } }"""


@pytest.fixture
def ask(town: Town) -> Asker:
    """Asks the schema in the town."""
    return Asker(town.app)


async def entries(town: Town) -> list[tuple[str, set[str]]]:
    """Every entry: the way, and the kinds of the records that it names; oldest first."""
    async with town.world.database.reading() as connection:
        rows = (
            await connection.execute(
                select(ReadEntry.__table__.c.id, ReadEntry.__table__.c.way).order_by(  # type: ignore[attr-defined]  # SQLModel sets it
                    ReadEntry.__table__.c.at  # type: ignore[attr-defined]  # as above
                )
            )
        ).all()
        named = (await connection.execute(select(ReadRecord.__table__))).all()  # type: ignore[attr-defined]  # as above
    return [(row.way, {one.record_kind for one in named if one.entry_id == row.id}) for row in rows]


async def read(ask: Asker, document: str, viewer: Viewer, identity: str) -> Any:
    """Ask as HTTP does: the entry is left before the answer is given."""
    from renkei_schema.context import Context
    from renkei_schema.schema import schema
    from renkei_web.documents import TrustedDocuments
    from renkei_web.execution import Execution

    app = ask.app
    execution = Execution(schema, TrustedDocuments(), app.settings)
    context = Context(app=app, viewer=viewer, arrived_at=app.clock.now(), request_id="r1")
    try:
        return await execution.run(document, context, {"id": identity})
    finally:
        await context.close()


async def test_a_request_leaves_one_entry_that_names_all_that_it_returned(
    town: Town, ask: Asker
) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    answer = await read(ask, BRIEF, town.firm, gid("Brief", brief.id))
    assert answer["data"]["node"]["versions"] == [{"number": 1}]
    assert await entries(town) == [("graphql", {"brief"})]
    public = await town.released("CLEAR")
    members = await town.released("GREEN")
    for one in (public, members):
        await read(ask, BRIEF, town.firm, gid("Brief", one.id))
    # Up to TLP:GREEN nothing is entered, and what was not found is not read.
    await read(ask, BRIEF, town.other_firm, gid("Brief", brief.id))
    assert len(await entries(town)) == 1


async def test_what_was_only_looked_at_to_tell_whether_there_is_more_is_not_named(
    town: Town, ask: Asker
) -> None:
    for _ in range(3):
        await town.released("AMBER", shared_with=[town.firm])
    document = """query ($id: ID!) { node(id: $id) { id }
      briefs(first: 1) { nodes { code } pageInfo { hasNextPage } } }"""
    answer = await read(ask, document, town.firm, "")
    assert answer["data"]["briefs"]["pageInfo"]["hasNextPage"] is True
    async with town.world.database.reading() as connection:
        named = (await connection.execute(select(ReadRecord.__table__))).all()  # type: ignore[attr-defined]  # SQLModel sets it
    assert len(named) == 1


async def test_a_child_read_alone_names_the_record_that_it_stands_in(
    town: Town, ask: Asker
) -> None:
    brief = await town.released("RED")
    async with town.world.database.reading() as connection:
        versions = SQLModel.metadata.tables["brief_version"]
        key = (await connection.execute(select(versions.c.id))).scalar_one()
    document = "query ($id: ID!) { node(id: $id) { ... on BriefVersion { body { ja } } } }"
    await read(ask, document, town.analyst, gid("BriefVersion", key))
    async with town.world.database.reading() as connection:
        named = (await connection.execute(select(ReadRecord.__table__))).all()  # type: ignore[attr-defined]  # SQLModel sets it
    assert [(one.record_kind, one.record_id, one.tlp) for one in named] == [
        ("brief", brief.id, "RED")
    ]


async def test_where_the_entry_cannot_be_left_nothing_leaves(town: Town, ask: Asker) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])

    # The last of the tables that an entry is written to is not there.
    other = "query ($id: ID!) { node(id: $id) { ... on Brief { title { ja } } } }"
    async with without_table(town.world.database, "reading"):
        answer = await read(ask, other, town.firm, gid("Brief", brief.id))
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]
    assert "重希土" not in str(answer)
    assert await entries(town) == []
    # It recovers without hands.
    assert (await read(ask, BRIEF, town.firm, gid("Brief", brief.id)))["data"]["node"] is not None


async def test_many_requests_at_once_leave_an_entry_each(town: Town, ask: Asker) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    identity = gid("Brief", brief.id)
    await asyncio.gather(*(read(ask, BRIEF, town.firm, identity) for _ in range(20)))
    assert await entries(town) == [("graphql", {"brief"})] * 20


async def test_the_originator_sees_others_by_organisation_and_its_own_by_name(
    town: Town, ask: Asker
) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    identity = gid("Brief", brief.id)
    await read(ask, BRIEF, town.firm, identity)
    town.world.clock.advance(minutes=1)
    await read(ask, BRIEF, await town.world.viewer(town.reviewer_id), identity)
    found = (await read(ask, BRIEF, town.analyst, identity))["data"]["node"]["readings"]
    assert found == {
        "totalCount": 2,
        "nodes": [
            {
                "organization": {"name": {"ja": "経済安全保障研究所（架空）"}},
                "person": {"name": "中原 澪"},
            },
            {"organization": {"name": {"ja": "鳴瀬精機（架空）"}}, "person": None},
        ],
    }
    # A reader sees nobody's reading, their own neither.
    seen = (await read(ask, BRIEF, town.firm, identity))["data"]["node"]["readings"]
    assert seen == {"totalCount": 0, "nodes": []}


async def test_records_of_one_audience_are_each_told_at_their_own_grain(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    # As of a proposal whose audience has the same tokens: its originator learns of its own alone.
    proposal_id = uuid4()
    facts = (brief.tlp, brief.audience_id, brief.organization_id)
    at = town.world.clock.now()
    for kinds in (("brief", "proposal"), ("proposal", "brief")):
        keys = {"brief": brief.id, "proposal": proposal_id}
        noted = {(kind, keys[kind]): facts for kind in kinds}
        await town.app.reads.leave(Leaving(town.firm, noted, at, "graphql", ""))
    readings = SQLModel.metadata.tables["reading"]
    async with town.world.database.reading() as connection:
        told = (await connection.execute(as_system(select(readings), JOB))).all()
    assert [(one.record_kind, one.organization_id, one.person_id) for one in told] == [
        ("brief", town.firm.organization_id, None)
    ] * 2


async def test_a_reader_list_does_not_change_when_a_reviewer_opens_the_proposal(
    town: Town, ask: Asker
) -> None:
    """A field's incident: the list of readers told the applicant who reviews, and when."""
    funding = town.funding
    call = await funding.call(needs_institution=False)
    proposal = await funding.complete_proposal(call)
    await town.world.play(
        funding.researcher, submission.hand_in, proposal_id=proposal.id, keys=KEYS
    )
    agency = funding.agency_id
    reviewer = await town.world.viewer(await town.world.person("審査 薫", agency, "reviewer"))
    officer = await town.world.viewer(await town.world.person("採択 実", agency, "agency"))
    identity = gid("Proposal", proposal.id)
    await read(ask, PROPOSAL, funding.office, identity)
    before = await read(ask, PROPOSAL, funding.researcher, identity)
    for judge in (reviewer, officer, funding.ministry):
        seen = await read(ask, PROPOSAL, judge, identity)
        # They do read it: there is something that could be told.
        assert seen["data"]["node"]["number"] == proposal.number
        assert seen["data"]["node"]["readings"]["totalCount"] == 0
    async with town.world.database.writing() as session:
        # What the applicant's own second look has added is taken away again.
        mine = Reading.__table__  # type: ignore[attr-defined]  # SQLModel sets it
        rows = (await session.execute(select(mine.c.person_id).order_by(mine.c.at))).scalars()
        assert set(rows) == {funding.office.person_id, funding.researcher.person_id}
    after = await read(ask, PROPOSAL, funding.researcher, identity)
    assert before["data"]["node"]["readings"]["totalCount"] == 1
    names = {one["person"]["name"] for one in after["data"]["node"]["readings"]["nodes"]}
    assert names == {"事務 真", "髙瀬 美咲"}


def viewer_of(role: str, organization: Any, person_id: Any) -> Viewer:
    """A person with one post."""
    return Viewer(person_id=person_id, posts=(HeldPost(organization, organization, role),))


@pytest.mark.parametrize(
    ("role", "own", "named", "readers", "told"),
    [
        ("firm", False, False, "", "organization"),
        ("firm", False, True, "", "person"),
        ("analyst", True, False, "", "person"),
        ("reviewer", False, True, "", None),
        ("reviewer", True, False, "own", None),
        ("administrator", False, False, "", None),
        ("agency", False, False, "own", None),
        ("office", True, False, "own", "person"),
        ("researcher", False, True, "own", "person"),
    ],
)
def test_at_what_grain_a_reading_may_be_known(
    role: str, own: bool, named: bool, readers: str, told: str | None
) -> None:
    from uuid import UUID

    originator, elsewhere, who = UUID(int=1), UUID(int=2), UUID(int=3)
    home = originator if own else elsewhere
    viewer = viewer_of(role, home, who)
    met = {person(who)} if named else {org(home)}
    expected = {
        None: None,
        "organization": Told(home, None),
        "person": Told(home, who),
    }[told]
    found = told_to_originator(viewer, originator_id=originator, met=met, readers=readers)
    assert found == expected


async def test_entries_and_clauses_are_only_ever_added(town: Town, ask: Asker) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    await read(ask, BRIEF, town.firm, gid("Brief", brief.id))
    for statement in (
        "UPDATE read_entry SET way = 'none'",
        "DELETE FROM read_record",
        "DELETE FROM read_entry",
        "UPDATE clause_token SET name = 'public'",
        "DELETE FROM clause_token",
        "UPDATE clause SET group_count = 0",
        "DELETE FROM clause",
    ):
        async with town.world.database.writing() as session:
            with pytest.raises(DBAPIError) as refused:
                await session.execute(text(statement))
        assert "append-only" in str(refused.value)


async def test_a_withdrawn_reader_leaves_no_entry(town: Town, ask: Asker) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    async with town.world.database.writing() as session:
        row = await session.get(Brief, brief.id)
        assert row is not None
        await police(session, row, Audience.of(), MEMBERS_GATE)
        session.add(row)
        await session.commit()
    answer = await read(ask, BRIEF, town.firm, gid("Brief", brief.id))
    assert answer == {"data": {"node": None}}
    assert await entries(town) == []


def test_every_marked_table_says_who_made_its_records_or_stands_in_one_that_does() -> None:
    """Without that, a reading of it would be told to nobody."""
    tables = [
        table
        for table in SQLModel.metadata.tables.values()
        if {"tlp", "gate_id"} <= set(table.c.keys())
    ]
    silent = [
        table.name
        for table in tables
        if "originator" not in table.info and "parents" not in table.info
    ]
    assert silent == ["marking_lowering"]
    assert Proposal.__table__.info["readers"] == "own"  # type: ignore[attr-defined]  # SQLModel sets it
