"""Briefs over GraphQL: made, shared, corrected, narrowed; outside the audience nothing shows."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.clock import FixedClock
from renkei.reactions import reindex
from support.asking import Asker, gid
from support.factories import Town, town_in
from support.world import World

PROBLEMS = "... on InvalidInput { code problems { path code message messageJa } }"
REFUSED = "... on Refusal { code message messageJa }"


@pytest.fixture
async def town(ask: Asker, clock: FixedClock) -> Town:
    """The town in the asker's database."""
    return await town_in(ask.app, World(ask.app.database, clock))


def draft(town: Town, **changes: Any) -> dict[str, Any]:
    """A draft as a client sends it, with nothing missing."""
    return {
        "kind": "SUPPLY_CHAIN_RISK",
        "titleJa": "髙純度ガリウムの調達先",
        "titleEn": "Sources of high-purity gallium",
        "summaryJa": "調達先は３か国に限られます。",
        "bodyJa": "半導体の材料です。",
        "informationDate": "2026-10-31",
        "areas": ["A20-ROBO"],
        "reviewerId": gid("Person", town.reviewer_id),
        "marking": {"tlp": "TLP_AMBER", "grade": 1, "restrictions": "転送禁止"},
        "judgements": [
            {
                "statement": {"ja": "調達先は２年で増える"},
                "likelihood": "LIKELY",
                "confidence": "LOW",
                "reason": {"ja": "公表された計画がある"},
                "sources": [1],
            }
        ],
        "sources": [
            {
                "type": "統計",
                "title": "貿易統計（架空）",
                "publisher": "見本省",
                "date": "2026-10-20",
                "reliability": "A",
                "public": True,
            }
        ],
        "recommendations": [{"statement": {"ja": "備蓄を増やす"}, "addressee": "見本省"}],
    } | changes


async def change(
    ask: Asker, name: str, viewer: Viewer, shape: str, /, **sent: Any
) -> dict[str, Any]:
    """The answer of a mutation."""
    kind = f"{name[0].upper()}{name[1:]}Input!"
    document = f"mutation ($input: {kind}) {{ {name}(input: $input) {{ __typename {shape} }} }}"
    answer: dict[str, Any] = (await ask(document, viewer, input=sent))[name]
    return answer


async def drafted(ask: Asker, town: Town, **changes: Any) -> dict[str, Any]:
    shape = "... on BriefDrafted { brief { id code version status } }"
    answer = await change(ask, "draftBrief", town.analyst, shape, **draft(town, **changes))
    assert answer["__typename"] == "BriefDrafted"
    brief: dict[str, Any] = answer["brief"]
    return brief


async def released(ask: Asker, town: Town, *readers: Viewer, **changes: Any) -> dict[str, Any]:
    brief = await drafted(ask, town, **changes)
    if readers:
        organizations = [gid("Organization", one.posts[0].organization_id) for one in readers]
        await change(
            ask, "shareBrief", town.analyst, "", briefId=brief["id"], organizationIds=organizations
        )
    shape = "... on BriefReleased { brief { id code version status } }"
    answer = await change(ask, "releaseBrief", town.analyst, shape, briefId=brief["id"])
    found: dict[str, Any] = answer["brief"]
    return found


async def test_a_brief_says_all_that_it_was_given(ask: Asker, town: Town) -> None:
    brief = await released(ask, town, town.firm)
    document = """query ($code: String!) { brief(code: $code) {
      kind status title { ja en } informationDate organization { name { ja } } author { name }
      reviewer { name } marking { tlp label grade restrictions } areas { code }
      audience { whom effect organization { name { ja } } person { name } name }
      versions { number }
      viewerCan { edit { allowed reason { ja } } share { allowed } correct { allowed } }
      current { number title { ja } summary { ja } body { ja } informationDate correctionNote
        judgements { statement { ja } likelihood likelihoodWord { ja en } likelihoodFrom
          likelihoodUntil confidence confidenceWord { ja } reason { ja } sources }
        sources { type title publisher date reliability reliabilityWord { ja } url public }
        recommendations { statement { ja } addressee status } } } }"""
    found = (await ask(document, town.analyst, code=brief["code"]))["brief"]
    # Told in the order of tokens, which is that of random keys.
    found["audience"].sort(key=str)
    assert found == {
        "kind": "SUPPLY_CHAIN_RISK",
        "status": "RELEASED",
        "title": {"ja": "髙純度ガリウムの調達先", "en": "Sources of high-purity gallium"},
        "informationDate": "2026-10-31",
        "organization": {"name": {"ja": "経済安全保障研究所（架空）"}},
        "author": {"name": "佐伯 髙志"},
        "reviewer": {"name": "中原 澪"},
        "marking": {
            "tlp": "TLP_AMBER",
            "label": "TLP:AMBER",
            "grade": 1,
            "restrictions": "転送禁止",
        },
        "areas": [{"code": "A20-ROBO"}],
        "audience": sorted(
            [
                standing("ORGANIZATION", organization="経済安全保障研究所（架空）"),
                standing("ORGANIZATION", organization="鳴瀬精機（架空）"),
                standing("PERSON", person="佐伯 髙志"),
                standing("MEMBERS", effect="ASKED"),
            ],
            key=str,
        ),
        "versions": [{"number": 1}],
        "viewerCan": {
            "edit": {
                "allowed": False,
                "reason": {
                    "ja": "公表・共有したブリーフは書き換えません。訂正は新しい版で行います。"
                },
            },
            "share": {"allowed": True},
            "correct": {"allowed": True},
        },
        "current": {
            "number": 1,
            "title": {"ja": "髙純度ガリウムの調達先"},
            "summary": {"ja": "調達先は３か国に限られます。"},
            "body": {"ja": "半導体の材料です。"},
            "informationDate": "2026-10-31",
            "correctionNote": "",
            "judgements": [
                {
                    "statement": {"ja": "調達先は２年で増える"},
                    "likelihood": "LIKELY",
                    "likelihoodWord": {"ja": "やや高い", "en": "likely"},
                    "likelihoodFrom": 55,
                    "likelihoodUntil": 80,
                    "confidence": "LOW",
                    "confidenceWord": {"ja": "低"},
                    "reason": {"ja": "公表された計画がある"},
                    "sources": [1],
                }
            ],
            "sources": [
                {
                    "type": "統計",
                    "title": "貿易統計（架空）",
                    "publisher": "見本省",
                    "date": "2026-10-20",
                    "reliability": "A",
                    "reliabilityWord": {"ja": "確か"},
                    "url": None,
                    "public": True,
                }
            ],
            "recommendations": [
                {"statement": {"ja": "備蓄を増やす"}, "addressee": "見本省", "status": "OPEN"}
            ],
        },
    }


def standing(
    whom: str, *, effect: str = "READS", organization: str = "", person: str = ""
) -> dict[str, Any]:
    """One part of who reads, as the API tells it."""
    return {
        "whom": whom,
        "effect": effect,
        "organization": {"name": {"ja": organization}} if organization else None,
        "person": {"name": person} if person else None,
        "name": "",
    }


async def test_a_reader_is_told_why_they_read_and_not_who_else_does(ask: Asker, town: Town) -> None:
    brief = await released(ask, town, town.firm, town.other_firm)
    document = """query ($code: String!) { brief(code: $code) {
      audience { whom } viewerReads { whom organization { name { ja } } } } }"""
    found = await ask(document, town.firm, code=brief["code"])
    mine = {"whom": "ORGANIZATION", "organization": {"name": {"ja": "鳴瀬精機（架空）"}}}
    assert found == {"brief": {"audience": None, "viewerReads": [mine]}}


async def test_a_drafts_originator_is_told_who_will_read_it(ask: Asker, town: Town) -> None:
    brief = await drafted(ask, town)
    organizations = [gid("Organization", town.firm.posts[0].organization_id)]
    await change(
        ask, "shareBrief", town.analyst, "", briefId=brief["id"], organizationIds=organizations
    )
    document = """query ($id: ID!) { node(id: $id) { ... on Brief {
      audience { ...Told } audienceOnceReleased { ...Told } } } }
      fragment Told on Standing { whom effect organization { name { ja } } person { name } }"""
    told = (await ask(document, town.analyst, id=brief["id"]))["node"]
    named = {
        "whom": "ORGANIZATION",
        "effect": "READS",
        "organization": {"name": {"ja": "鳴瀬精機（架空）"}},
        "person": None,
    }
    assert named not in told["audience"]
    assert named in told["audienceOnceReleased"]
    await change(ask, "releaseBrief", town.analyst, "", briefId=brief["id"])
    after = (await ask(document, town.analyst, id=brief["id"]))["node"]
    # What was foretold is what came.
    assert sorted(after["audience"], key=str) == sorted(told["audienceOnceReleased"], key=str)
    assert after["audienceOnceReleased"] is None
    reader = (await ask(document, town.firm, id=brief["id"]))["node"]
    assert reader == {"audience": None, "audienceOnceReleased": None}


async def test_outside_its_audience_there_is_no_trace_of_it(ask: Asker, town: Town) -> None:
    brief = await released(ask, town, town.firm)
    await reindex(ask.app)
    document = """query ($id: ID!, $code: String!, $who: ID!) {
      node(id: $id) { id } nodes(ids: [$id]) { id } brief(code: $code) { code }
      briefs { totalCount nodes { code } pageInfo { hasNextPage startCursor } }
      mine: briefs(filter: { organizations: [$who], text: "ガリウム", areas: ["A20-ROBO"] }) {
        totalCount }
      search(text: "ガリウム", kinds: [BRIEF]) { totalCount hits { item { __typename } } } }"""
    who = gid("Organization", town.analyst.posts[0].organization_id)

    async def answers(viewer: Viewer, key: str, code: str) -> Any:
        return await ask(document, viewer, id=key, code=code, who=who)

    missing = (gid("Brief", uuid4()), "B000-0000-0000")
    for viewer in (town.other_firm, town.funding.ministry, town.funding.researcher, ANONYMOUS):
        hidden = await answers(viewer, brief["id"], brief["code"])
        assert hidden == await answers(viewer, *missing)
        assert hidden == {
            "node": None,
            "nodes": [None],
            "brief": None,
            "briefs": {
                "totalCount": 0,
                "nodes": [],
                "pageInfo": {"hasNextPage": False, "startCursor": None},
            },
            "mine": {"totalCount": 0},
            "search": {"totalCount": 0, "hits": []},
        }
    seen = await answers(town.firm, brief["id"], brief["code"])
    assert (seen["node"], seen["brief"]) == ({"id": brief["id"]}, {"code": brief["code"]})
    assert (seen["briefs"]["totalCount"], seen["mine"]["totalCount"]) == (1, 1)
    assert seen["search"]["totalCount"] == 1


@pytest.mark.parametrize("name", ["releaseBrief", "shareBrief", "raiseBriefMarking"])
async def test_a_hidden_brief_and_none_are_refused_alike(ask: Asker, town: Town, name: str) -> None:
    brief = await released(ask, town, town.firm)
    more: dict[str, Any] = {"marking": {"tlp": "TLP_RED"}} if name == "raiseBriefMarking" else {}
    answers = [
        await change(ask, name, town.other_firm, REFUSED, briefId=key, **more)
        for key in (brief["id"], gid("Brief", uuid4()), gid("Call", uuid4()), "でたらめ")
    ]
    assert [one["code"] for one in answers] == ["NOT_FOUND"] * 4
    assert all(one == answers[0] for one in answers)
    visible = await change(ask, name, town.firm, REFUSED, briefId=brief["id"], **more)
    assert visible["code"] == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"marking": None}, ["marking", "tlp"]),
        ({"marking": {"grade": 1}}, ["marking", "tlp"]),
        ({"marking": {"tlp": "TLP_GREEN", "grade": 3}}, ["marking", "grade"]),
        ({"titleJa": "字" * 100_000}, ["titleJa"]),
        ({"titleJa": "量子\0"}, ["titleJa"]),
        ({"summaryJa": "\ud842"}, ["summaryJa"]),
        ({"areas": ["A20-ROBO", "A20-NAI"]}, ["areas", "1"]),
        ({"reviewerId": "でたらめ"}, ["reviewer"]),
    ],
)
async def test_bad_input_is_refused_in_both_languages_with_its_path(
    ask: Asker, town: Town, changes: dict[str, Any], problem: list[str]
) -> None:
    answer = await change(ask, "draftBrief", town.analyst, PROBLEMS, **draft(town, **changes))
    assert answer["__typename"] == "InvalidInput"
    assert answer["problems"][0]["path"] == problem
    assert all(one["message"] and one["messageJa"] for one in answer["problems"])


async def test_an_unknown_label_is_told_before_anything_runs(ask: Asker, town: Town) -> None:
    document = "mutation ($input: DraftBriefInput!) { draftBrief(input: $input) { __typename } }"
    sent = draft(town, marking={"tlp": "TLP_PURPLE", "grade": 1})
    result = await ask.result(document, town.analyst, input=sent)
    assert [error.message for error in result.errors if "TLP_PURPLE" in error.message] != []


async def test_the_same_key_makes_one_draft(ask: Asker, town: Town) -> None:
    first = await drafted(ask, town, idempotencyKey="下書き１")
    assert await drafted(ask, town, idempotencyKey="下書き１") == first
    counted = await ask("{ briefs { totalCount } }", town.analyst)
    assert counted == {"briefs": {"totalCount": 1}}


async def test_editing_correcting_and_narrowing_answer_with_the_new_state(
    ask: Asker, town: Town
) -> None:
    brief = await drafted(ask, town)
    edit = draft(town, titleJa="ガリウムの調達先（改）", briefId=brief["id"], version=1)
    shape = (
        "... on BriefEdited { brief { version title { ja } } } ... on Conflict { currentVersion }"
    )
    edited = await change(ask, "editBrief", town.analyst, shape, **edit)
    assert edited["brief"] == {"version": 2, "title": {"ja": "ガリウムの調達先（改）"}}
    assert (await change(ask, "editBrief", town.analyst, shape, **edit))["currentVersion"] == 2
    await change(ask, "releaseBrief", town.analyst, "", briefId=brief["id"])
    sent = draft(town, summaryJa="４か国です。", briefId=brief["id"], version=3)
    del sent["marking"]
    corrected = await change(
        ask,
        "correctBrief",
        town.analyst,
        "... on BriefCorrected { brief { current { number } versions { correctionNote } } }",
        **sent,
        correctionNote="国の数を直しました。",
    )
    assert corrected["brief"] == {
        "current": {"number": 2},
        "versions": [{"correctionNote": ""}, {"correctionNote": "国の数を直しました。"}],
    }
    shape = f"... on BriefNarrowed {{ brief {{ marking {{ label grade }} }} }} {REFUSED}"
    narrowed = {"briefId": brief["id"], "marking": {"tlp": "TLP_AMBER_STRICT"}}
    answer = await change(ask, "raiseBriefMarking", town.analyst, shape, **narrowed)
    assert answer["brief"] == {"marking": {"label": "TLP:AMBER+STRICT", "grade": 1}}
    lowered = {"briefId": brief["id"], "marking": {"tlp": "TLP_CLEAR"}}
    answer = await change(ask, "raiseBriefMarking", town.analyst, shape, **lowered)
    assert (answer["__typename"], answer["code"]) == ("NotAllowed", "NOT_ALLOWED")


async def test_statements_are_bounded_by_depth_and_not_by_rows(
    ask: Asker, town: Town, database_kind: str
) -> None:
    document = """{ briefs(first: 50) { nodes { code current { number sources { title } }
      versions { number } areas { code } organization { name { ja } } author { name }
      audience { whom organization { code: corporateNumber } } } } }"""
    counts = []
    for _ in range(3):
        await released(ask, town, town.firm)
        with ask.statements() as statements:
            await ask(document, town.analyst)
        counts.append(len([one for one in statements if one.startswith(("SELECT", "WITH"))]))
    # One for the list, one for each of six links and the clauses; on SQLite, two before them for
    # what the viewer meets.
    assert counts == [10 if database_kind == "sqlite" else 8] * 3
