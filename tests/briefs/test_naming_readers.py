"""Naming readers of a brief: groups, posts, persons, for a time; exclusions, REL TO, consent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from renkei.access import consents
from renkei.access.policy import clauses
from renkei.access.policy.viewer import Viewer
from renkei.briefs.service import release_brief
from renkei.briefs.sharing import Readers, end_exclusions, narrow_brief, share_brief
from renkei.briefs.tables import Brief
from renkei.directory import groups
from renkei.directory.holdings import leave_post
from renkei.directory.operating import OPERATOR
from renkei.problems import InvalidInput, NotAllowed
from renkei.search.finding import find
from renkei.search.port import SearchQuery
from support.factories import Town
from support.world import settle

BRIEFS: Any = Brief.__table__  # type: ignore[attr-defined]  # SQLModel sets it


async def reads(town: Town, viewer: Viewer, brief: Brief) -> bool:
    """Whether the person sees the brief now; by key, and in search with its exact count."""
    person = await town.world.again(viewer)
    reader = town.world.reader(person)
    try:
        keyed = await reader.by_keys(BRIEFS, "id", [brief.id], frozenset())
        query = SearchQuery(
            text="磁石", tokens=person.tokens, affiliations=person.affiliations, limit=10
        )
        found = await find(town.app.search, reader, query, {"brief": (BRIEFS, frozenset())})
    finally:
        await reader.close()
    assert [record.id for record in found.records] == list(keyed), "search says otherwise"
    assert found.total == len(keyed)
    return bool(keyed)


async def share(town: Town, viewer: Viewer, brief: Brief, **named: Any) -> None:
    """Share as this person, and let the index take it."""
    person = await town.world.again(viewer)
    await town.world.play(person, share_brief, brief_id=brief.id, readers=Readers(**named))
    await town.react()


async def narrow(town: Town, brief: Brief, **changes: Any) -> None:
    """Narrow as the originator, and let the index take it."""
    originator = await town.world.again(town.analyst)
    await town.world.play(originator, narrow_brief, brief_id=brief.id, **changes)
    await town.react()


async def group_of(town: Town, *members: Viewer) -> UUID:
    """A sharing group of the think tank's."""
    group = await town.world.play(town.analyst, groups.create_group, name_ja="磁石の会（架空）")
    for member in members:
        await town.world.play(
            town.analyst,
            groups.add_to_group,
            group_id=group.id,
            organization_id=member.organization_id,
        )
    return group.id


async def test_a_group_reads_as_it_is_at_that_moment_and_an_empty_one_is_nobody(
    town: Town,
) -> None:
    brief = await town.released("AMBER")
    group_id = await group_of(town)
    await share(town, town.analyst, brief, group_ids=[group_id])
    assert not await reads(town, town.firm, brief)
    firm = town.firm.organization_id
    await town.world.play(
        town.analyst, groups.add_to_group, group_id=group_id, organization_id=firm
    )
    # Nothing was marked anew, and nothing indexed: who is in the group reads.
    assert await reads(town, town.firm, brief)
    assert not await reads(town, town.other_firm, brief)
    await town.world.play(
        town.analyst, groups.remove_from_group, group_id=group_id, organization_id=firm
    )
    assert not await reads(town, town.firm, brief)


async def test_a_post_reads_by_whoever_holds_it_and_a_person_wherever_they_go(
    town: Town,
) -> None:
    brief = await town.released("AMBER")
    post = town.firm.posts[0].id
    await share(town, town.analyst, brief, post_ids=[post], person_ids=[town.other_firm.person_id])
    colleague = await town.world.viewer(
        await town.world.person("同僚", town.firm.posts[0].organization_id, "firm")
    )
    assert [await reads(town, one, brief) for one in (town.firm, colleague)] == [True, False]
    for viewer in (town.firm, town.other_firm):
        await town.world.play(
            OPERATOR, leave_post, post_id=viewer.posts[0].id, person_id=viewer.person_id
        )
    assert [await reads(town, one, brief) for one in (town.firm, town.other_firm)] == [False, True]


async def test_an_exclusion_wins_over_every_other_post_and_affiliation(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm, town.funding.partner])
    await town.react()
    assert await reads(town, town.firm, brief)
    # Someone of the named firm is also a guest of the one that is excluded.
    await town.world.play(
        OPERATOR,
        groups.record_affiliation,
        person_id=town.firm.person_id,
        organization_id=town.other_firm.organization_id,
    )
    await narrow(town, brief, exclude_organization_ids=[town.other_firm.organization_id])
    assert not await reads(town, town.firm, brief)
    assert await reads(town, town.funding.partner, brief)
    await narrow(town, brief, exclude_person_ids=[town.funding.partner.person_id])
    assert not await reads(town, town.funding.partner, brief)
    # Naming them again lifts it: the originator says so in so many words.
    await share(town, town.analyst, brief, person_ids=[town.funding.partner.person_id])
    assert await reads(town, town.funding.partner, brief)
    assert await reads(town, town.analyst, brief)


async def readmit(town: Town, viewer: Viewer, brief: Brief, *readers: Viewer) -> None:
    """End the exclusion of these organisations, and let the index take it."""
    tokens = [clauses.org(one.organization_id) for one in readers if one.organization_id]
    person = await town.world.again(viewer)
    await town.world.play(person, end_exclusions, brief_id=brief.id, tokens=tokens)
    await town.react()


async def test_an_exclusion_ends_only_in_its_own_words(town: Town) -> None:
    brief = await town.released("GREEN")
    excluded = town.firm.organization_id
    assert excluded is not None
    await narrow(town, brief, exclude_organization_ids=[excluded])
    # Taking it back from who is excluded leaves them excluded: narrowing never widens.
    await narrow(town, brief, withdraw_from=[clauses.org(excluded)])
    assert not await reads(town, town.firm, brief)
    with pytest.raises(NotAllowed):
        await readmit(town, town.other_firm, brief, town.firm)
    await readmit(town, town.analyst, brief, town.firm)
    assert await reads(town, town.firm, brief)


async def test_the_end_of_an_exclusion_names_nobody_and_takes_no_name_away(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    await narrow(town, brief, exclude_organization_ids=[town.other_firm.organization_id])
    await readmit(town, town.analyst, brief, town.other_firm, town.firm)
    assert not await reads(town, town.other_firm, brief)
    assert await reads(town, town.firm, brief)


async def test_the_originator_cannot_be_excluded(town: Town) -> None:
    brief = await town.released("GREEN")
    own = town.analyst.organization_id
    with pytest.raises(InvalidInput) as refusal:
        await narrow(
            town,
            brief,
            exclude_organization_ids=[town.firm.organization_id, own],
            exclude_person_ids=[town.analyst.person_id],
        )
    assert [(one.path, one.code) for one in refusal.value.problems] == [
        (("excludeOrganizationIds", "1"), "EXCLUDES_ORIGINATOR"),
        (("excludePersonIds", "0"), "EXCLUDES_ORIGINATOR"),
    ]
    await town.react()
    # Nothing of it was kept.
    assert await reads(town, town.firm, brief)


async def test_releasable_to_a_country_closes_it_to_all_others_and_to_the_unknown(
    town: Town,
) -> None:
    brief = await town.released("GREEN")
    for viewer, country in ((town.analyst, "JP"), (town.firm, "JP"), (town.other_firm, "US")):
        await settle(town.world, viewer, country)
    await narrow(town, brief, releasable_to=["JP"])
    seen = [
        await reads(town, one, brief)
        for one in (town.firm, town.other_firm, town.funding.researcher)
    ]
    assert seen == [True, False, False]


async def test_where_consent_is_asked_it_opens_and_closes_with_the_consent(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    await town.world.play(town.analyst, consents.give_consent, to="confidentiality")
    await narrow(town, brief, needs_consent=True)
    assert not await reads(town, town.firm, brief)
    await town.world.play(town.firm, consents.give_consent, to="confidentiality")
    assert await reads(town, town.firm, brief)
    town.world.clock.advance(minutes=1)
    await town.world.play(town.firm, consents.withdraw_consent, to="confidentiality")
    assert not await reads(town, town.firm, brief)


async def test_a_reader_for_a_time_is_one_from_and_until_an_instant(town: Town) -> None:
    brief = await town.released("AMBER")
    now = town.world.clock.now()
    start, until = now + timedelta(hours=1), now + timedelta(hours=2)
    await share(
        town,
        town.analyst,
        brief,
        organization_ids=[town.firm.organization_id],
        start=start,
        until=until,
    )
    seen = []
    for at in (now, start - timedelta(microseconds=1), start, until):
        town.world.clock.at = at
        if at == start:
            # Until the index has taken what the clock has changed, search leaves it out.
            assert await found_by(town, town.firm) == 0
            await town.react()
        seen.append(await reads(town, town.firm, brief))
    assert seen == [False, False, True, False]


async def found_by(town: Town, viewer: Viewer) -> int:
    """How many hits search counts for the person."""
    reader = town.world.reader(viewer)
    try:
        query = SearchQuery(text="磁石", tokens=viewer.tokens, affiliations=viewer.affiliations)
        found = await find(town.app.search, reader, query, {"brief": (BRIEFS, frozenset())})
    finally:
        await reader.close()
    return found.total or 0


async def test_a_release_at_an_hour_opens_then_and_tells_then(town: Town) -> None:
    await town.follow_area(town.other_firm)
    brief = await town.brief("GREEN")
    hour = town.world.clock.now() + timedelta(hours=2)
    await town.world.play(town.analyst, release_brief, brief_id=brief.id, opens_at=hour)
    await town.react()
    assert await reads(town, town.analyst, brief)
    town.world.clock.at = hour - timedelta(microseconds=1)
    await town.react()
    assert not await reads(town, town.firm, brief)
    assert await town.inbox(town.other_firm) == []
    town.world.clock.at = hour
    await town.react()
    assert await reads(town, town.firm, brief)
    assert await town.inbox(town.other_firm) == [("brief.released", "area")]


async def test_only_who_was_given_the_right_shares_further_and_never_passes_it_on(
    town: Town,
) -> None:
    brief = await town.released("AMBER")
    firm, other = town.firm.organization_id, town.other_firm.organization_id
    await share(town, town.analyst, brief, organization_ids=[firm], may_extend=True)
    with pytest.raises(NotAllowed):
        await share(town, town.firm, brief, organization_ids=[other], may_extend=True)
    await share(town, town.firm, brief, organization_ids=[other])
    assert await reads(town, town.other_firm, brief)
    with pytest.raises(NotAllowed):
        await share(
            town,
            town.other_firm,
            brief,
            organization_ids=[town.funding.researcher.organization_id],
        )
    # Taken back from whoever passed it on, it stays with whom they named until that is taken back.
    await narrow(town, brief, withdraw_from=[clauses.org(firm)])  # type: ignore[arg-type]  # it has one
    assert [await reads(town, one, brief) for one in (town.firm, town.other_firm)] == [False, True]


async def test_sharing_changes_nothing_that_a_reader_could_tell_it_by(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    before = (brief.version, brief.updated_at)
    town.world.clock.advance(hours=1)
    shared = await town.share(brief, town.other_firm)
    assert (shared.version, shared.updated_at) == before
    taken = await town.world.play(
        town.analyst,
        narrow_brief,
        brief_id=brief.id,
        withdraw_from=[clauses.org(town.other_firm.organization_id)],  # type: ignore[arg-type]  # as above
    )
    assert (taken.version, taken.updated_at) == before
