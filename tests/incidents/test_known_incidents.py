"""What leaked from other systems of the kind, each as a test with its name.

Every one of them shows first that there is something that could leak. Those whose noun does not
exist yet (digests, review counters, history widgets) come with the noun. A reader list that changes
when a reviewer opens the proposal stands in tests/audit/test_reads.py.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from renkei.access.policy.clauses import MEMBERS_GATE, Audience, org, person
from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.access.store import police
from renkei.briefs.sharing import Readers, narrow_brief, share_brief
from renkei.briefs.tables import BriefVersion
from renkei.directory import groups
from renkei.directory.accounts import open_account
from renkei.directory.holdings import leave_post
from renkei.directory.operating import OPERATOR
from renkei.directory.tables import Organization
from renkei.notices.courier import compose
from renkei.notices.tables import Delivery
from support.asking import Asker, gid
from support.factories import Town

SECRET = "後から足された極秘の段落"


@pytest.fixture
def ask(town: Town) -> Asker:
    """Asks the schema in the town."""
    return Asker(town.app)


async def test_an_item_added_to_a_shared_report_after_sharing_stays_with_its_own_readers(
    town: Town, ask: Asker
) -> None:
    """A report was shared; what was added to it later went to all its readers."""
    brief = await town.released("AMBER", shared_with=[town.firm])
    makers = Audience.of(org(brief.organization_id))
    async with town.world.database.writing() as session:
        added = BriefVersion(
            brief_id=brief.id,
            number=2,
            title_ja=SECRET,
            body_ja=SECRET,
            information_date=brief.information_date,
            created_at=brief.created_at,
            audience_id=0,
            gate_id=0,
        )
        await police(session, added, makers, MEMBERS_GATE)
        session.add(added)
        await session.commit()
    document = """query ($id: ID!) { node(id: $id) { ... on Brief {
      versions { number body { ja } } current { number body { ja } } } } }"""
    identity = gid("Brief", brief.id)
    assert SECRET in str(await ask(document, town.analyst, id=identity))
    found = (await ask(document, town.firm, id=identity))["node"]
    assert SECRET not in str(found)
    assert ([one["number"] for one in found["versions"]], found["current"]["number"]) == ([1], 1)


async def test_an_empty_sharing_group_publishes_to_nobody(town: Town, ask: Asker) -> None:
    """A report that was shared with a group of nobody went to everybody."""
    brief = await town.released("AMBER")
    group = await town.world.play(town.analyst, groups.create_group, name_ja="空の会（架空）")
    await town.world.play(
        town.analyst, share_brief, brief_id=brief.id, readers=Readers(group_ids=[group.id])
    )
    await town.react()
    document = '{ briefs { totalCount } search(text: "磁石") { totalCount } }'
    for viewer in (ANONYMOUS, town.firm, town.other_firm, town.funding.ministry):
        assert await ask(document, viewer) == {
            "briefs": {"totalCount": 0},
            "search": {"totalCount": 0},
        }
    assert (await ask(document, town.analyst))["briefs"] == {"totalCount": 1}
    # Nor do those who keep it read by that: they read as its makers, and would not otherwise.
    assert "group:" not in str((await town.world.again(town.analyst)).tokens)


async def test_a_list_shows_nothing_that_the_page_refuses(town: Town, ask: Asker) -> None:
    """A list was narrowed by another rule than the page: it showed what could not be opened."""
    for tlp in ("CLEAR", "GREEN", "AMBER", "RED"):
        await town.released(tlp, shared_with=[town.firm] if tlp == "AMBER" else ())
    await town.brief("CLEAR")
    everyone = (ANONYMOUS, town.firm, town.other_firm, town.analyst)
    seen = {}
    for viewer in everyone:
        listed = (await ask("{ briefs(first: 100) { totalCount nodes { id code } } }", viewer))[
            "briefs"
        ]
        assert listed["totalCount"] == len(listed["nodes"])
        for row in listed["nodes"]:
            page = "query ($id: ID!, $c: String!) { node(id: $id) { id } brief(code: $c) { id } }"
            opened = await ask(page, viewer, id=row["id"], c=row["code"])
            assert opened == {"node": {"id": row["id"]}, "brief": {"id": row["id"]}}
        seen[viewer.person_id] = len(listed["nodes"])
    assert [seen[viewer.person_id] for viewer in everyone] == [1, 3, 2, 5]


async def test_a_job_runs_with_the_rights_of_whom_it_writes_to(town: Town) -> None:
    """A mail was rendered with the rights of whoever had caused it, or had once asked for it."""
    brief = await town.released("AMBER", shared_with=[town.firm])
    await town.react()
    (delivery,) = [
        row
        for row in await town.rows(Delivery)
        if (await _recipient(town, row.notice_id)) == town.firm.person_id
    ]
    assert await compose(town.app, delivery.id, delivery.notice_id) is not None
    # Who shared it still reads it; the recipient has left the post by which they did.
    await town.world.play(
        OPERATOR, leave_post, post_id=town.firm.posts[0].id, person_id=town.firm.person_id
    )
    assert await compose(town.app, delivery.id, delivery.notice_id) is None
    assert brief.title_ja


async def _recipient(town: Town, notice_id: Any) -> Any:
    from renkei.notices.tables import Notice

    notice = Notice.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    async with town.world.database.reading() as connection:
        query = select(notice.c.person_id).where(notice.c.id == notice_id)
        return (await connection.execute(query)).scalar_one()


async def test_a_mail_that_waits_is_stopped_by_a_marking_raised_meanwhile(town: Town) -> None:
    """A digest held what had been excluded by the time that it went out."""
    brief = await town.released("GREEN")
    await town.world.play(
        town.analyst,
        share_brief,
        brief_id=brief.id,
        readers=Readers(organization_ids=[town.firm.organization_id]),
    )
    await town.react()
    (delivery,) = [
        row
        for row in await town.rows(Delivery)
        if (await _recipient(town, row.notice_id)) == town.firm.person_id
    ]
    assert await compose(town.app, delivery.id, delivery.notice_id) is not None
    await town.world.play(
        town.analyst,
        narrow_brief,
        brief_id=brief.id,
        exclude_organization_ids=[town.firm.organization_id],
    )
    assert await compose(town.app, delivery.id, delivery.notice_id) is None


PEOPLE = """query ($filter: PersonFilter, $order: PersonOrder) {
  people(filter: $filter, orderBy: $order, first: 100) { totalCount nodes { name email } } }"""


async def with_addresses(town: Town) -> dict[str, Viewer]:
    """Three people of two organisations whose addresses are known to their colleagues alone."""
    firm = town.firm.posts[0].organization_id
    colleague = await town.world.viewer(await town.world.person("鳴瀬 同僚", firm, "firm"))
    people = {"b-firm": town.firm, "a-colleague": colleague, "c-other": town.other_firm}
    async with town.world.database.writing() as session:
        from renkei.identity.tables import Account

        for viewer in people.values():
            row = await session.get(Account, viewer.person_id)
            await session.delete(row)
        await session.commit()
    for name, viewer in people.items():
        await town.world.play(
            OPERATOR,
            open_account,
            person_id=viewer.person_id,
            email=f"{name}@firms.example",
            password_hash="!",
        )
    return people


async def test_a_search_argument_returns_no_hidden_profile(town: Town, ask: Asker) -> None:
    """A filter over hidden fields told, one guess after another, who the reviewers were."""
    people = await with_addresses(town)
    guess = {"filter": {"emails": ["c-other@firms.example", "b-firm@firms.example"]}}
    found = {
        name: (await ask(PEOPLE, viewer, **guess))["people"]["nodes"]
        for name, viewer in {**people, "analyst": town.analyst}.items()
    }
    other = {"name": "汐見 徹", "email": "c-other@firms.example"}
    mine = {"name": "鳴瀬 𠮷彦", "email": "b-firm@firms.example"}
    assert found == {
        "b-firm": [mine],
        "a-colleague": [mine],
        "c-other": [other],
        "analyst": [],
    }


async def test_an_order_over_hidden_fields_says_nothing_of_them(town: Town, ask: Asker) -> None:
    """Rows were ordered by a column that was masked in what was shown."""
    people = await with_addresses(town)
    order = {"order": {"field": "EMAIL", "direction": "DESC"}}
    rows = (await ask(PEOPLE, people["b-firm"], **order))["people"]["nodes"]
    assert [row["email"] for row in rows if row["email"]] == [
        "b-firm@firms.example",
        "a-colleague@firms.example",
    ]
    # Hidden addresses stand together at the other end, in an order of their own: that of keys.
    hidden = [row for row in rows if row["email"] is None]
    assert rows[-len(hidden) :] == hidden
    same = (await ask(PEOPLE, town.analyst, **order))["people"]["nodes"]
    assert {row["email"] for row in same} == {None}


async def test_paging_over_hidden_fields_neither_skips_nor_repeats(town: Town, ask: Asker) -> None:
    await with_addresses(town)
    document = """query ($after: String) {
      people(first: 2, after: $after, orderBy: { field: EMAIL, direction: ASC }) {
        nodes { id } pageInfo { hasNextPage endCursor } } }"""
    every = (await ask("{ people(first: 100) { nodes { id } } }", town.firm))["people"]["nodes"]
    paged: list[str] = []
    after = None
    while True:
        page = (await ask(document, town.firm, after=after))["people"]
        paged += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert (len(paged), set(paged)) == (len(every), {node["id"] for node in every})


async def test_a_filter_by_what_is_hidden_matches_nothing(town: Town, ask: Asker) -> None:
    """Links told of their hidden ends: a visible record was found by the id of a hidden one."""
    await town.released("CLEAR")
    document = """query ($ids: [ID!]) { briefs(filter: { organizations: $ids }) { totalCount
      nodes { organization { name { ja } } } } }"""
    ids = [gid("Organization", town.analyst.posts[0].organization_id)]
    assert (await ask(document, town.firm, ids=ids))["briefs"]["totalCount"] == 1
    async with town.world.database.writing() as session:
        row = await session.get(Organization, town.analyst.organization_id)
        assert row is not None
        mine = Audience.of(person(town.analyst.person_id))  # type: ignore[arg-type]  # they have one
        await police(session, row, mine, MEMBERS_GATE)
        session.add(row)
        await session.commit()
    hidden = await ask(document, town.firm, ids=ids)
    missing = await ask(document, town.firm, ids=[gid("Organization", uuid4())])
    assert hidden == missing == {"briefs": {"totalCount": 0, "nodes": []}}
    # Without the filter the brief is there, and the end of its link is not.
    every = await ask("{ briefs { nodes { organization { name { ja } } } } }", town.firm)
    assert every == {"briefs": {"nodes": [{"organization": None}]}}
