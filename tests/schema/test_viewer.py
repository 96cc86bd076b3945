"""Who is asking, and their access tokens."""

from __future__ import annotations

import pytest

from renkei.access.policy.viewer import Viewer
from renkei.clock import FixedClock
from support.asking import Asker
from support.signing_in import proved
from support.world import World


@pytest.fixture
async def analyst(ask: Asker, clock: FixedClock) -> Viewer:
    world = World(ask.app.database, clock)
    tank = await world.organization("THINK_TANK", "総合戦略研究所（架空）")
    return proved(await world.viewer(await world.person("佐伯 髙志", tank, "analyst")))


VIEWER = """{ viewer { person { name } organization { name { ja } } scopes language
  posts { role post { title { ja } } organization { name { ja } } }
  viewerCan { draftBrief { allowed } issueCall { allowed } propose { allowed }
    createSharingGroup { allowed }
    administer { allowed reason { en } } } accessTokens { name prefix scopes } }
  serverTime demo }"""


async def test_an_anonymous_reader_is_nobody(ask: Asker) -> None:
    assert await ask(VIEWER) == {
        "viewer": None,
        "serverTime": "2026-11-24T03:00:00+00:00",
        "demo": False,
    }


async def test_a_member_is_a_person_with_posts_and_what_they_may_begin(
    ask: Asker, analyst: Viewer
) -> None:
    tank = {"name": {"ja": "総合戦略研究所（架空）"}}
    assert (await ask(VIEWER, analyst))["viewer"] == {
        "person": {"name": "佐伯 髙志"},
        "organization": tank,
        "scopes": None,
        "language": "JA",
        "posts": [{"role": "ANALYST", "post": {"title": {"ja": "職"}}, "organization": tank}],
        "viewerCan": {
            "draftBrief": {"allowed": True},
            "issueCall": {"allowed": False},
            "propose": {"allowed": False},
            "createSharingGroup": {"allowed": True},
            "administer": {
                "allowed": False,
                "reason": {
                    "en": "Only an administrator keeps the directory of organisations, people "
                    "and posts."
                },
            },
        },
        "accessTokens": [],
    }


ISSUE = """mutation ($input: IssueAccessTokenInput!) { issueAccessToken(input: $input) {
  __typename ... on AccessTokenIssued { secret token { id name prefix scopes } }
  ... on InvalidInput { problems { path code } } ... on Refusal { code } } }"""
REVOKE = """mutation ($input: RevokeAccessTokenInput!) { revokeAccessToken(input: $input) {
  __typename ... on Refusal { code } } }"""


async def test_a_token_is_told_once_limits_what_it_may_and_is_revoked(
    ask: Asker, analyst: Viewer
) -> None:
    sent = {"name": "手元の道具", "scopes": ["proposals:write"], "days": 7}
    issued = (await ask(ISSUE, analyst, input=sent))["issueAccessToken"]
    by_token = await ask.app.identity.by_access_token(issued["secret"])
    assert by_token is not None
    seen = (await ask(VIEWER, by_token))["viewer"]
    assert seen["scopes"] == ["proposals:write"]
    assert seen["viewerCan"]["draftBrief"] == {"allowed": False}
    assert [one["name"] for one in seen["accessTokens"]] == ["手元の道具"]
    assert issued["secret"] not in str(seen)
    # A token issues no other, and revokes none.
    refused = (await ask(ISSUE, by_token, input=sent))["issueAccessToken"]
    assert (refused["__typename"], refused["code"]) == ("NotAllowed", "NOT_ALLOWED")
    which = {"tokenId": issued["token"]["id"]}
    refused = (await ask(REVOKE, by_token, input=which))["revokeAccessToken"]
    assert refused["code"] == "NOT_ALLOWED"
    revoked = (await ask(REVOKE, analyst, input=which))["revokeAccessToken"]
    assert revoked["__typename"] == "AccessTokenRevoked"
    assert await ask.app.identity.by_access_token(issued["secret"]) is None
    again = (await ask(REVOKE, analyst, input={"tokenId": "でたらめ"}))["revokeAccessToken"]
    assert again["code"] == "NOT_FOUND"


async def test_what_a_token_may_not_be_is_told_with_its_path(ask: Asker, analyst: Viewer) -> None:
    sent = {"name": "", "scopes": ["全部"], "days": 0}
    answer = (await ask(ISSUE, analyst, input=sent))["issueAccessToken"]
    assert [one["path"] for one in answer["problems"]] == [["name"], ["scopes", "0"], ["days"]]
