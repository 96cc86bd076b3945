"""Following and the inbox over the API: one's own rows, live, and only what shows then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from renkei.access.policy.clauses import org
from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.briefs.sharing import narrow_brief
from renkei.directory.accounts import disable_account
from renkei.directory.operating import OPERATOR
from renkei.notices import service
from renkei_schema.context import Context
from renkei_schema.errors import ApiError
from renkei_schema.schema import schema
from support.asking import Asker, gid
from support.factories import Town, town_in
from support.world import World

FOLLOW = """
mutation ($input: FollowAreaInput!) { followArea(input: $input) {
  __typename
  ... on Followed { follow { id byEmail area { code } call { code } brief { code } } }
  ... on Refusal { code }
} }
"""
INBOX = """
query ($unread: Boolean) {
  unreadCount
  inbox(filter: {unread: $unread}) { totalCount nodes {
    id kind topic title { ja en } reason { ja } readAt
    call { code } brief { code } proposal { number }
  } }
}
"""
READ = """
mutation ($id: ID!) { markNoticeRead(input: {noticeId: $id}) {
  __typename ... on NoticeRead { notice { readAt } } ... on Refusal { code }
} }
"""
READ_ALL = """
mutation { markAllNoticesRead(input: {}) { ... on AllNoticesRead { count } } }
"""
LIVE = "subscription { noticeArrived { id kind call { code } brief { code } } }"


@pytest.fixture
async def town(ask: Asker, clock: Any) -> Town:
    town = await town_in(ask.app, World(ask.app.database, clock))
    await town.react()
    return town


async def inbox(ask: Asker, viewer: Viewer, unread: bool | None = None) -> dict[str, Any]:
    return await ask(INBOX, viewer, unread=unread)


async def test_following_an_area_and_finding_its_call_in_the_inbox(ask: Asker, town: Town) -> None:
    sent = {"areaId": gid("Area", await town.area()), "byEmail": False}
    answer = (await ask(FOLLOW, town.firm, input=sent))["followArea"]
    follow = answer["follow"].pop("id")
    assert answer == {
        "__typename": "Followed",
        "follow": {"byEmail": False, "area": {"code": "A20-ROBO"}, "call": None, "brief": None},
    }
    call = await town.funding.call()
    await town.react()
    told = await inbox(ask, town.firm)
    notice = told["inbox"]["nodes"][0].pop("id")
    assert told == {
        "unreadCount": 1,
        "inbox": {
            "totalCount": 1,
            "nodes": [
                {
                    "kind": "call.published",
                    "topic": "CALL",
                    "title": {"ja": "公募が公開されました", "en": "A call was published"},
                    "reason": {"ja": "フォローしている領域にかかわるためです。"},
                    "readAt": None,
                    "call": {"code": call.code},
                    "brief": None,
                    "proposal": None,
                }
            ],
        },
    }
    empty = {"unreadCount": 0, "inbox": {"totalCount": 0, "nodes": []}}
    assert await inbox(ask, town.other_firm) == empty
    assert await inbox(ask, ANONYMOUS) == empty
    for global_id in (follow, notice):
        node = "query ($id: ID!) { node(id: $id) { id } }"
        assert await ask(node, town.firm, id=global_id) == {"node": {"id": global_id}}
        assert await ask(node, town.other_firm, id=global_id) == {"node": None}


async def test_reading_one_and_all(ask: Asker, town: Town) -> None:
    await town.follow_area(town.firm)
    for title in ("一つ目", "二つ目", "三つ目"):
        await town.funding.call(title_ja=title)
    await town.react()
    first = (await inbox(ask, town.firm))["inbox"]["nodes"][0]["id"]
    hidden = (await ask(READ, town.other_firm, id=first))["markNoticeRead"]
    missing = (await ask(READ, town.other_firm, id=gid("Notice", uuid4())))["markNoticeRead"]
    assert hidden == missing == {"__typename": "NotFound", "code": "NOT_FOUND"}
    read = (await ask(READ, town.firm, id=first))["markNoticeRead"]
    assert read["notice"]["readAt"] is not None
    assert [
        (await inbox(ask, town.firm, unread=one))["inbox"]["totalCount"] for one in (True, False)
    ] == [2, 1]
    assert await ask(READ_ALL, town.firm) == {"markAllNoticesRead": {"count": 2}}
    assert (await inbox(ask, town.firm))["unreadCount"] == 0


async def test_following_what_is_hidden_is_following_what_is_missing(
    ask: Asker, town: Town
) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    follow = """
    mutation ($id: ID!) { followBrief(input: {briefId: $id}) {
      __typename ... on Refusal { code message messageJa } } }
    """
    ids = [gid("Brief", brief.id), gid("Brief", uuid4()), gid("Call", brief.id), "でたらめ"]
    answers = [await ask(follow, town.other_firm, id=one) for one in ids]
    assert answers[0]["followBrief"]["code"] == "NOT_FOUND"
    assert answers == [answers[0]] * 4


async def test_unfollowing_ones_own_alone(ask: Asker, town: Town) -> None:
    follow = await town.follow_area(town.firm)
    unfollow = """
    mutation ($id: ID!) { unfollow(input: {followId: $id}) { __typename } }
    """
    other = await ask(unfollow, town.other_firm, id=gid("Follow", follow.id))
    own = await ask(unfollow, town.firm, id=gid("Follow", follow.id))
    assert (other, own) == (
        {"unfollow": {"__typename": "NotFound"}},
        {"unfollow": {"__typename": "Unfollowed"}},
    )
    assert (await ask("{ follows { totalCount } }", town.firm))["follows"]["totalCount"] == 0


async def test_a_narrowed_briefs_notice_leaves_list_count_and_unread_count(
    ask: Asker, town: Town
) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    await town.react()
    assert (await inbox(ask, town.firm))["unreadCount"] == 1
    gone = town.firm.posts[0].organization_id
    await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, withdraw_from=[org(gone)])
    assert await inbox(ask, town.firm) == {
        "unreadCount": 0,
        "inbox": {"totalCount": 0, "nodes": []},
    }


@asynccontextmanager
async def listening(ask: Asker, viewer: Viewer) -> AsyncIterator[Any]:
    """The events of `noticeArrived` for this viewer."""
    context = Context(app=ask.app, viewer=viewer, arrived_at=await ask.app.arrival())
    events = await schema.subscribe(LIVE, context_value=context)
    try:
        yield events
    finally:
        await events.aclose()
        await context.close()


async def next_of(events: Any, within: float = 10.0) -> Any:
    async with asyncio.timeout(within):
        return await anext(events)


async def test_a_notice_arrives_live_once(ask: Asker, town: Town) -> None:
    await town.follow_area(town.firm)
    await town.funding.call(title_ja="前からある公募")
    await town.react()
    town.world.clock.advance(seconds=1)
    async with listening(ask, town.firm) as events:
        waiting = asyncio.create_task(next_of(events))
        await asyncio.sleep(0.05)
        calls = [await town.funding.call(title_ja=title) for title in ("一つ目", "二つ目")]
        await town.react()
        first, second = (await waiting).data, (await next_of(events)).data
        assert {one["noticeArrived"]["call"]["code"] for one in (first, second)} == {
            call.code for call in calls
        }
        with pytest.raises(TimeoutError):
            await next_of(events, within=1.5)


async def test_what_arrives_is_what_shows_at_that_moment(ask: Asker, town: Town) -> None:
    async with listening(ask, town.firm) as events:
        brief = await town.released("AMBER", shared_with=[town.firm])
        await town.react()
        gone = town.firm.posts[0].organization_id
        await town.world.play(
            town.analyst, narrow_brief, brief_id=brief.id, withdraw_from=[org(gone)]
        )
        call = await town.funding.call()
        await town.world.play(town.firm, service.follow_call, call_id=call.id)
        await town.react()
        arrived = (await next_of(events)).data["noticeArrived"]
        assert (arrived["kind"], arrived["brief"]) == ("call.published", None)


async def test_nobody_listens_without_a_working_account(ask: Asker, town: Town) -> None:
    async with listening(ask, ANONYMOUS) as events:
        with pytest.raises(ApiError) as refused:
            await _raised(events)
        assert refused.value.code == "NOT_SIGNED_IN"
    async with listening(ask, town.firm) as events:
        waiting = asyncio.create_task(_raised(events))
        await asyncio.sleep(0.05)
        await town.world.play(OPERATOR, disable_account, person_id=town.firm.person_id)
        with pytest.raises(ApiError) as ended:
            await waiting
        assert ended.value.code == "NOT_SIGNED_IN"


async def _raised(events: Any) -> None:
    """Raise what a stream ends with, whichever way the schema hands it over."""
    result = await next_of(events)
    assert result.errors
    raise result.errors[0].original_error
