"""What forms do: one function a page, which sends mutations and says what comes of them.

`ACTS` names the pages that take a form. An act gives back where to go next, the form with its
problems, or None where what it is about is missing or not for this reader.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from renkei_web.portal.acts_of_access import change_access, preview_brief
from renkei_web.portal.acts_of_account import (
    administer_account,
    change_account,
    confirm_address,
)
from renkei_web.portal.acts_of_briefs import edit_brief, new_brief
from renkei_web.portal.acts_of_groups import change_group, consent, new_group
from renkei_web.portal.acts_of_posts import accept, change_post, keep_posts, rotate
from renkei_web.portal.acts_of_proposals import (
    act_on_call,
    act_on_proposal,
    confirm_proposal,
    edit_proposal,
)
from renkei_web.portal.asking import Asking
from renkei_web.portal.mutations import mutate, refused
from renkei_web.portal.sent import Back, Go, Outcome, Sent

Act = Callable[[Asking, Sent], Awaitable[Outcome]]


async def new_concept(asking: Asking, sent: Sent) -> Outcome:
    """Publish an R&D concept."""
    sending = {
        "programmeId": sent.needed("programmeId"),
        "type": sent.needed("type"),
        "titleJa": sent.text("titleJa"),
        "titleEn": sent.optional("titleEn"),
        "summaryJa": sent.text("summaryJa"),
        "summaryEn": sent.optional("summaryEn"),
        "ceilingYen": sent.number("ceilingYen"),
        "ministryIds": sent.chosen("ministryIds"),
        "agencyId": sent.needed("agencyId"),
        "areas": sent.chosen("areas"),
        "idempotencyKey": sent.text("key"),
    }
    if sent.problems:
        return sent.state()
    answer = await mutate(asking, "publish_concept", sending)
    return refused(asking, sent, answer) or Go("programmes", done="concept")


def _call(sent: Sent) -> dict[str, Any]:
    """A call's draft as the form has it."""
    return {
        "conceptId": sent.optional("conceptId"),
        "programmeId": sent.optional("programmeId"),
        "titleJa": sent.text("titleJa"),
        "titleEn": sent.optional("titleEn"),
        "summaryJa": sent.text("summaryJa"),
        "summaryEn": sent.optional("summaryEn"),
        "bodyJa": sent.text("bodyJa"),
        "bodyEn": sent.optional("bodyEn"),
        "opensAt": sent.instant("opensAt"),
        "closesAt": sent.instant("closesAt"),
        "areas": sent.chosen("areas"),
        "needsInstitution": sent.ticked("needsInstitution"),
        "budgetYen": sent.number("budgetYen"),
        "maxYears": sent.number("maxYears"),
        "indirectPercent": sent.number("indirectPercent") or 0,
        "idempotencyKey": sent.text("key"),
    }


async def new_call(asking: Asking, sent: Sent) -> Outcome:
    """Draft a call, and publish it where that is asked."""
    sending = _call(sent)
    if sent.problems:
        return sent.state()
    answer = await mutate(asking, "draft_call", sending)
    return refused(asking, sent, answer) or await _after_saving_call(asking, sent, answer["call"])


async def edit_call(asking: Asking, sent: Sent) -> Outcome:
    """Save a call's draft, and publish it where that is asked."""
    data = await asking.ask("call_edit", {"code": asking.path["code"]})
    if data["call"] is None:
        return None
    sending = _call(sent) | {"callId": data["call"]["id"], "version": sent.number("version") or 0}
    if sent.problems:
        return sent.state()
    answer = await mutate(asking, "edit_call", sending)
    return refused(asking, sent, answer) or await _after_saving_call(asking, sent, answer["call"])


async def _after_saving_call(asking: Asking, sent: Sent, call: Mapping[str, Any]) -> Outcome:
    here = {"code": call["code"]}
    if sent.text("act") != "publish":
        return Go("call_edit", here, done="saved")
    answer = await mutate(asking, "publish_call", {"callId": call["id"]})
    problems = refused(asking, sent, answer)
    if problems is None:
        return Go("call", here, done="published")
    # The draft is saved by now: the form goes on as that draft's, from its present version.
    asking.go_on_as("call_edit", {"code": call["code"]})
    return problems.with_value("version", str(call["version"]))


# What can be followed, and how the API names its id.
_FOLLOWED = {"area": "areaId", "call": "callId", "brief": "briefId"}


async def follow(asking: Asking, sent: Sent) -> Outcome:
    """Follow or stop following, or whether by mail too; back to where the button was."""
    act, kind = sent.text("act"), sent.text("kind")
    if act == "stop":
        answer = await mutate(asking, "unfollow", {"followId": sent.text("follow")})
        done = "unfollowed"
    elif kind in _FOLLOWED:
        sending = {_FOLLOWED[kind]: sent.text("subject"), "byEmail": act != "email-off"}
        answer = await mutate(asking, f"follow_{kind}", sending)
        done = "followed" if act == "start" else "saved"
    else:
        return None
    problems = refused(asking, sent, answer)
    if problems is not None:
        return problems
    back = sent.optional("back")
    return Back(back, done) if back else Go("follows", done=done)


async def read_notices(asking: Asking, sent: Sent) -> Outcome:
    """Mark everything as read, or one notice on the way to what it is about."""
    if sent.text("act") == "read-all":
        answer = await mutate(asking, "mark_all_notices_read", {})
        return refused(asking, sent, answer) or Go("inbox", done="read")
    answer = await mutate(asking, "mark_notice_read", {"noticeId": sent.text("notice")})
    problems = refused(asking, sent, answer)
    return problems or Back(sent.text("to"))


ACTS: Mapping[str, Act] = {
    "concept_new": new_concept,
    "call_new": new_call,
    "call_edit": edit_call,
    "call": act_on_call,
    "proposal": act_on_proposal,
    "proposal_edit": edit_proposal,
    "proposal_confirm": confirm_proposal,
    "brief_new": new_brief,
    "brief_edit": edit_brief,
    "brief_access": change_access,
    "brief_preview": preview_brief,
    "group_new": new_group,
    "group": change_group,
    "consents": consent,
    "account": change_account,
    "account_address": confirm_address,
    "accounts": administer_account,
    "organization_posts": keep_posts,
    "post": change_post,
    "rotation": rotate,
    "invitation": accept,
    "follows": follow,
    "inbox": read_notices,
}
