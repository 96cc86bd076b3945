"""The audience preview: through two pairs of eyes, for the originator, and on record."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from renkei.access.policy.viewer import Viewer
from renkei.ledger.tables import Fact
from support.asking import Asker, gid
from support.factories import Town
from support.world import settle

PREVIEW = """mutation ($input: PreviewAudienceInput!) { previewAudience(input: $input) {
  __typename ... on Refusal { code }
  ... on InvalidInput { problems { path code } }
  ... on AudiencePreviewed {
    organization { name { ja } }
    record { ... on Brief {
      title { ja } versions { number } author { name email }
      audience { whom } viewerReads { whom } readings { totalCount } lowerings { reason }
      viewerCan { share { allowed } edit { allowed } } } } } } }"""


@pytest.fixture
def ask(town: Town) -> Asker:
    """Asks the schema in the town."""
    return Asker(town.app)


async def preview(ask: Asker, viewer: Viewer, brief: Any, organization_id: Any) -> Any:
    """What the viewer is shown of how the organisation sees the brief."""
    sent = {
        "recordId": gid("Brief", brief.id),
        "organizationId": gid("Organization", organization_id),
    }
    return (await ask(PREVIEW, viewer, input=sent))["previewAudience"]


async def test_it_shows_what_the_other_organisation_sees_and_no_more(
    town: Town, ask: Asker
) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    seen = await preview(ask, town.analyst, brief, town.firm.organization_id)
    assert seen == {
        "__typename": "AudiencePreviewed",
        "organization": {"name": {"ja": "鳴瀬精機（架空）"}},
        "record": {
            "title": {"ja": brief.title_ja},
            "versions": [{"number": 1}],
            # Neither the address, nor who else reads, nor what only the originator may do.
            "author": {"name": "佐伯 髙志", "email": None},
            "audience": None,
            "viewerReads": [{"whom": "ORGANIZATION"}],
            "readings": {"totalCount": 0},
            "lowerings": [],
            "viewerCan": {"share": {"allowed": False}, "edit": {"allowed": False}},
        },
    }
    nothing = await preview(ask, town.analyst, brief, town.other_firm.organization_id)
    assert nothing["record"] is None


async def test_it_is_what_a_member_of_that_organisation_is_really_shown(
    town: Town, ask: Asker
) -> None:
    """For markings of every kind the preview and the member's own look agree."""
    await settle(town.world, town.firm, "JP")
    for tlp in ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"):
        named = [town.firm] if tlp in {"AMBER", "AMBER+STRICT"} else []
        brief = await town.released(tlp, shared_with=named)
        document = "query ($id: ID!) { node(id: $id) { ... on Brief { title { ja } } } }"
        for member in (town.firm, town.other_firm):
            own = (await ask(document, member, id=gid("Brief", brief.id)))["node"]
            shown = await preview(ask, town.analyst, brief, member.organization_id)
            assert (shown["record"] or {}).get("title") == (own or {}).get("title")


async def test_only_the_originator_looks_and_each_look_is_on_record(town: Town, ask: Asker) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    other = town.other_firm.organization_id
    refused = await preview(ask, town.firm, brief, other)
    assert refused == {"__typename": "NotAllowed", "code": "NOT_ALLOWED"}
    absent = await preview(ask, town.other_firm, brief, other)
    assert absent == {"__typename": "NotFound", "code": "NOT_FOUND"}
    unknown = await preview(ask, town.analyst, brief, brief.id)
    assert unknown["problems"] == [{"path": ["organizationId"], "code": "UNKNOWN_ORGANIZATION"}]
    await preview(ask, town.analyst, brief, other)
    fact = Fact.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    async with town.world.database.reading() as connection:
        looks = (
            await connection.execute(select(fact).where(fact.c.kind == "audience.previewed"))
        ).all()
    assert [
        (one.subject_id, one.actor_person_id, one.data["organization_id"]) for one in looks
    ] == [(brief.id, town.analyst.person_id, str(other))]


async def test_what_follows_in_the_same_document_stays_narrowed(town: Town, ask: Asker) -> None:
    """A preview never widens anything: whatever is read after it is read through both eyes."""
    brief = await town.released("AMBER")
    document = """mutation ($a: PreviewAudienceInput!, $b: FollowBriefInput!) {
      previewAudience(input: $a) { __typename }
      followBrief(input: $b) { ... on Followed { follow { brief { title { ja } } } } } }"""
    sent = {
        "a": {
            "recordId": gid("Brief", brief.id),
            "organizationId": gid("Organization", town.firm.posts[0].organization_id),
        },
        "b": {"briefId": gid("Brief", brief.id), "byEmail": False},
    }
    answer = await ask(document, town.analyst, **sent)
    assert answer["followBrief"] == {"follow": None}
