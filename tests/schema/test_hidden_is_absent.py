"""A hidden record is answered like one that never was: same bytes, same statements, every way."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from support.asking import Asker, gid
from support.factories import Town

REFUSED = "__typename ... on Refusal { code message messageJa }"
# Each takes the brief's id as $id; the version is the hidden one's own.
WAYS = {
    "node": "query ($id: ID!) { node(id: $id) { __typename id } }",
    "nodes": "query ($id: ID!) { nodes(ids: [$id]) { __typename id } }",
    "share": "mutation ($id: ID!, $org: ID!) { shareBrief(input: "
    "{ briefId: $id, organizationIds: [$org] }) { %s } }",
    "share with nobody known": "mutation ($id: ID!, $org: ID!) { shareBrief(input: "
    "{ briefId: $id, groupIds: [$org], personIds: [$id] }) { %s } }",
    "raise": "mutation ($id: ID!) { raiseBriefMarking(input: "
    "{ briefId: $id, marking: { tlp: TLP_RED } }) { %s } }",
    "raise with a bad marking": "mutation ($id: ID!) { raiseBriefMarking(input: "
    "{ briefId: $id, marking: { grade: 3 } }) { %s } }",
    "propose a lowering": "mutation ($id: ID!) { proposeLowering(input: "
    '{ briefId: $id, marking: { tlp: TLP_CLEAR }, reason: "" }) { %s } }',
    "decide a lowering": "mutation ($id: ID!) { decideLowering(input: "
    "{ loweringId: $id, approve: true }) { %s } }",
    "release": "mutation ($id: ID!) { releaseBrief(input: { briefId: $id }) { %s } }",
    "preview": "mutation ($id: ID!, $org: ID!) { previewAudience(input: "
    "{ recordId: $id, organizationId: $org }) { %s } }",
    "follow": "mutation ($id: ID!) { followBrief(input: { briefId: $id, byEmail: true }) { %s } }",
    "another noun's act": "mutation ($id: ID!) { publishCall(input: { callId: $id }) { %s } }",
}


@pytest.fixture
def ask(town: Town) -> Asker:
    """Asks the schema in the town."""
    return Asker(town.app)


@pytest.mark.parametrize("way", list(WAYS))
async def test_a_hidden_id_is_answered_like_a_missing_one(town: Town, ask: Asker, way: str) -> None:
    brief = await town.released("AMBER")
    document = WAYS[way].replace("%s", REFUSED)
    org = gid("Organization", town.firm.posts[0].organization_id)
    variables = {"org": org} if "$org" in document else {}

    async def asked(identity: str) -> tuple[Any, list[str]]:
        with ask.statements() as statements:
            result = await ask.result(document, town.other_firm, id=identity, **variables)
        return (result.data, [str(error) for error in result.errors or ()]), list(statements)

    hidden = await asked(gid("Brief", brief.id))
    missing = await asked(gid("Brief", uuid4()))
    assert hidden == missing
    # There is something to hide: its makers get another answer.
    with_rights = await ask.result(document, town.analyst, id=gid("Brief", brief.id), **variables)
    if way not in {"another noun's act", "decide a lowering"}:
        assert with_rights.data != hidden[0][0]


@pytest.mark.parametrize("kind", ["Call", "Person", "Receipt", "Nothing", "BriefVersion"])
async def test_an_id_of_another_type_leads_nowhere(town: Town, ask: Asker, kind: str) -> None:
    brief = await town.released("AMBER")
    document = WAYS["raise"].replace("%s", REFUSED)
    answer = await ask(document, town.analyst, id=gid(kind, brief.id))
    assert answer["raiseBriefMarking"]["__typename"] == "NotFound"


async def test_a_malformed_id_leads_nowhere(town: Town, ask: Asker) -> None:
    document = WAYS["raise"].replace("%s", REFUSED)
    node = WAYS["node"]
    for identity in ("", "x", "QnJpZWY6", "髙", "A" * 5_000, "' OR 1=1 --", "\0"):
        answer = await ask(document, town.analyst, id=identity)
        assert answer["raiseBriefMarking"]["__typename"] == "NotFound"
        assert await ask(node, town.analyst, id=identity) == {"node": None}
