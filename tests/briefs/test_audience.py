"""Who reads a brief, on every path: lists, counts, links, search. Outside there is no trace."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.clauses import org
from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.briefs.service import release_brief
from renkei.briefs.sharing import Readers, narrow_brief, share_brief
from renkei.briefs.tables import Brief, BriefVersion
from renkei.problems import InvalidInput, NotAllowed, NotFound
from renkei.reactions import reindex
from renkei.reading.links import children
from renkei.reading.page import Page
from renkei.search.finding import find
from renkei.search.port import SearchQuery
from renkei.search.tables import SearchStale
from support.factories import Town

BRIEFS: Any = Brief.__table__  # type: ignore[attr-defined]  # SQLModel sets it
VERSIONS = children(BriefVersion.brief_id)
TITLE = "title_ja"


async def trace(town: Town, viewer: Viewer, brief: Brief) -> tuple[int, ...]:
    """How often the viewer meets it: in the list, its count, by key, its versions, search."""
    reader = town.world.reader(viewer)
    everything = Page(size=100, columns=frozenset({TITLE}))
    try:
        listed = await reader.page(BRIEFS, everything)
        keyed = await reader.by_keys(BRIEFS, "id", [brief.id], frozenset({TITLE}))
        versions = await reader.listed(VERSIONS, [brief.id], frozenset({TITLE}), ())
        query = SearchQuery(
            text="磁石", tokens=viewer.tokens, affiliations=viewer.affiliations, limit=10
        )
        found = await find(town.app.search, reader, query, {"brief": (BRIEFS, frozenset({TITLE}))})
        return (
            len(listed.records),
            await reader.count(BRIEFS, everything),
            len(keyed),
            len(versions[brief.id]),
            len(found.records),
            found.total or 0,
        )
    finally:
        await reader.close()


async def share(town: Town, viewer: Viewer, brief: Brief, **named: Any) -> Brief:
    """Share the brief as this viewer with whoever is named."""
    return await town.world.play(viewer, share_brief, brief_id=brief.id, readers=Readers(**named))


EVERYWHERE = (1, 1, 1, 1, 1, 1)
NOWHERE = (0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("tlp", "readers"),
    [
        ("CLEAR", {"analyst", "firm", "other_firm", "ministry", "anonymous"}),
        ("GREEN", {"analyst", "firm", "other_firm", "ministry"}),
        ("AMBER", {"analyst", "firm"}),
        ("AMBER+STRICT", {"analyst", "firm"}),
    ],
)
async def test_a_released_brief_is_read_by_its_audience_and_by_nobody_else(
    town: Town, tlp: str, readers: set[str]
) -> None:
    brief = await town.released(tlp, shared_with=[town.firm])
    await reindex(town.app)
    people = {
        "analyst": town.analyst,
        "firm": town.firm,
        "other_firm": town.other_firm,
        "ministry": town.funding.ministry,
        "anonymous": ANONYMOUS,
    }
    seen = {name: await trace(town, viewer, brief) for name, viewer in people.items()}
    assert seen == {name: EVERYWHERE if name in readers else NOWHERE for name in people}


async def test_a_draft_is_its_makers_alone_even_where_it_is_shared_already(town: Town) -> None:
    brief = await town.brief("CLEAR")
    await town.share(brief, town.firm)
    await reindex(town.app)
    assert await trace(town, town.analyst, brief) == EVERYWHERE
    for viewer in (town.firm, town.other_firm, ANONYMOUS):
        assert await trace(town, viewer, brief) == NOWHERE
    await town.world.play(town.analyst, release_brief, brief_id=brief.id)
    await reindex(town.app)
    assert await trace(town, ANONYMOUS, brief) == EVERYWHERE


async def test_sharing_adds_readers_at_once(town: Town) -> None:
    brief = await town.released("AMBER")
    await reindex(town.app)
    assert await trace(town, town.firm, brief) == NOWHERE
    await town.share(brief, town.firm)
    await town.react()
    assert await trace(town, town.firm, brief) == EVERYWHERE
    assert await trace(town, town.other_firm, brief) == NOWHERE


async def test_narrowing_takes_effect_before_the_index_knows(town: Town) -> None:
    brief = await town.released("GREEN", shared_with=[town.firm])
    await reindex(town.app)
    assert await trace(town, town.other_firm, brief) == EVERYWHERE
    narrowed = await town.world.play(
        town.analyst, narrow_brief, brief_id=brief.id, tlp="AMBER+STRICT"
    )
    assert narrowed.tlp == "AMBER+STRICT"
    # Nothing has reacted yet: the index still holds the old tokens.
    assert await trace(town, town.other_firm, brief) == NOWHERE
    async with town.world.database.writing() as session:
        stale = (await session.execute(select(SearchStale))).scalars().all()
        assert [(row.record_id, row.kind) for row in stale] == [(brief.id, "brief")]
        rows = await session.execute(
            select(col(BriefVersion.audience_id), col(BriefVersion.gate_id)).where(
                col(BriefVersion.brief_id) == brief.id
            )
        )
        assert [tuple(row) for row in rows.all()] == [(narrowed.audience_id, narrowed.gate_id)]
    # Search leaves it out for everyone until it is indexed anew; the other paths show it.
    assert await trace(town, town.firm, brief) == (1, 1, 1, 1, 0, 0)
    await town.react()
    assert await trace(town, town.firm, brief) == EVERYWHERE
    assert await trace(town, town.other_firm, brief) == NOWHERE


async def test_it_can_be_taken_back_from_an_organisation(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm, town.other_firm])
    firm = town.firm.posts[0].organization_id
    await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, withdraw_from=[org(firm)])
    await reindex(town.app)
    assert await trace(town, town.firm, brief) == NOWHERE
    assert (await trace(town, town.other_firm, brief))[:4] == EVERYWHERE[:4]


async def test_a_marking_is_never_lowered_by_one_person(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    with pytest.raises(NotAllowed) as refusal:
        await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, tlp="GREEN")
    assert "second person" in refusal.value.message
    assert await trace(town, town.other_firm, brief) == NOWHERE


async def test_red_names_persons_and_never_an_organisation(town: Town) -> None:
    brief = await town.released("RED")
    firm = town.firm.posts[0].organization_id
    with pytest.raises(InvalidInput) as refusal:
        await town.world.play(
            town.analyst, share_brief, brief_id=brief.id, readers=Readers(organization_ids=[firm])
        )
    assert [(one.path, one.code) for one in refusal.value.problems] == [
        (("organizationIds", "0"), "RED_NAMES_PERSONS")
    ]
    colleague = await town.world.viewer(await town.world.person("同僚", firm, "firm"))
    await town.world.play(
        town.analyst,
        share_brief,
        brief_id=brief.id,
        readers=Readers(person_ids=[town.firm.person_id]),
    )
    await reindex(town.app)
    assert await trace(town, town.firm, brief) == EVERYWHERE
    assert await trace(town, colleague, brief) == NOWHERE
    # Named one after the other, both stay named.
    await town.world.play(
        town.analyst,
        share_brief,
        brief_id=brief.id,
        readers=Readers(person_ids=[colleague.person_id]),
    )
    assert [(await trace(town, one, brief))[0] for one in (town.firm, colleague)] == [1, 1]


async def test_raised_to_red_it_leaves_the_organisations(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, tlp="RED")
    assert await trace(town, town.firm, brief) == NOWHERE
    assert (await trace(town, town.analyst, brief))[:4] == EVERYWHERE[:4]


async def test_whom_to_share_with_is_named_and_known(town: Town) -> None:
    brief = await town.released("AMBER")
    for named, problem in (
        (Readers(), (("organizationIds",), "REQUIRED")),
        (
            Readers(organization_ids=[None]),
            (("organizationIds", "0"), "UNKNOWN_ORGANIZATION"),
        ),
        (Readers(group_ids=[brief.id]), (("groupIds", "0"), "UNKNOWN_GROUP")),
        (Readers(post_ids=[brief.id]), (("postIds", "0"), "UNKNOWN_POST")),
        (Readers(person_ids=[brief.id]), (("personIds", "0"), "UNKNOWN_PERSON")),
    ):
        with pytest.raises(InvalidInput) as refusal:
            await town.world.play(town.analyst, share_brief, brief_id=brief.id, readers=named)
        assert [(one.path, one.code) for one in refusal.value.problems] == [problem]


async def test_readers_do_not_share_it_on_and_others_do_not_find_it(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    other = town.other_firm.posts[0].organization_id
    with pytest.raises(NotAllowed):
        await town.world.play(
            town.firm, share_brief, brief_id=brief.id, readers=Readers(organization_ids=[other])
        )
    with pytest.raises(NotFound):
        await town.world.play(
            town.other_firm,
            share_brief,
            brief_id=brief.id,
            readers=Readers(organization_ids=[other]),
        )
