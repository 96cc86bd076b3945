"""What forms do with proposals: begin, save, invite, hand in, forward, return, answer, withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from renkei_web.portal import formatting
from renkei_web.portal.asking import Asking
from renkei_web.portal.mutations import mutate, refused
from renkei_web.portal.sent import Go, Outcome, Part, Sent
from renkei_web.portal.views import EDIT_STEPS

PLAN_SECTIONS = ("FEASIBILITY", "CONTENT", "ORGANIZATION", "BUDGET", "SAFETY", "CORE_TECHNOLOGY")


async def act_on_call(asking: Asking, sent: Sent) -> Outcome:
    """Begin a proposal to this call, or extend its deadline."""
    data = await asking.ask("call", {"code": asking.path["code"]})
    call = data["call"]
    if call is None:
        return None
    if sent.text("act") == "extend":
        closes_at = sent.instant("closesAt")
        if sent.problems:
            return sent.state()
        sending = {"callId": call["id"], "closesAt": closes_at, "version": call["version"]}
        answer = await mutate(asking, "extend_deadline", sending)
        return refused(asking, sent, answer) or Go("call", asking.path, done="extended")
    sending = {"callId": call["id"], "idempotencyKey": sent.text("key")}
    answer = await mutate(asking, "draft_proposal", sending)
    return refused(asking, sent, answer) or Go(
        "proposal_edit", {"number": answer["proposal"]["number"]}
    )


async def edit_proposal(asking: Asking, sent: Sent) -> Outcome:
    """Save the step that was sent, then do what its button says."""
    data = await asking.ask("proposal", {"number": asking.path["number"]})
    proposal = data["proposal"]
    if proposal is None:
        return None
    step = asking.query.get("step", "basics")
    sending = _step(sent, proposal, step)
    if sent.problems:
        return sent.state()
    answer = await mutate(
        asking,
        "save_proposal",
        {"proposalId": proposal["id"], "version": sent.number("version") or 0, **sending},
    )
    problems = refused(asking, sent, answer)
    if asking.request.headers.get("hx-request"):
        return Part("components/saved", {"proposal": answer.get("proposal"), "refused": problems})
    return problems or await _after_saving(asking, sent, proposal, step)


def _step(sent: Sent, proposal: Mapping[str, Any], step: str) -> dict[str, Any]:
    """The parts of a proposal that a step's form holds; the others are left alone."""
    match step:
        case "plan":
            return {
                "plan": [
                    {"section": section, "text": sent.text(f"plan.{section}")}
                    for section in PLAN_SECTIONS
                    if f"plan.{section}" in sent.fields
                ]
            }
        case "team":
            return {"members": _members(sent), "budget": _budget(sent, proposal)}
        case "declarations":
            return {
                "otherFunding": _other_funding(sent),
                "confirmIntegrity": sent.ticked("confirmIntegrity"),
            }
        case _:
            return {
                "title": sent.text("title"),
                "summary": sent.text("summary"),
                "startsOn": sent.day("startsOn"),
                "endsOn": sent.day("endsOn"),
            }


def _members(sent: Sent) -> list[dict[str, Any]]:
    return [
        {
            "id": sent.text(f"{row}.id"),
            "effortPercent": sent.number(f"{row}.effortPercent"),
            "otherEffortPercent": sent.number(f"{row}.otherEffortPercent"),
        }
        for row in sent.rows("members")
    ]


def _budget(sent: Sent, proposal: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The cells of the budget as lines; None where the form had no budget to fill in."""
    if not formatting.fiscal_years(proposal["startsOn"], proposal["endsOn"]):
        return None
    lines = [
        {
            "organizationId": sent.text(f"{row}.organizationId"),
            "fiscalYear": sent.number(f"{row}.fiscalYear"),
            "directYen": sent.number(f"{row}.directYen"),
        }
        for row in sent.rows("budget")
    ]
    return [line | {"directYen": line["directYen"] or 0} for line in lines]


def _other_funding(sent: Sent) -> list[dict[str, Any]] | None:
    """What was declared; an empty list where "none" was ticked, None where nothing was said."""
    rows = [
        {
            "programme": sent.text(f"{row}.programme"),
            "title": sent.text(f"{row}.title"),
            "startsOn": sent.day(f"{row}.startsOn"),
            "endsOn": sent.day(f"{row}.endsOn"),
            "amountYen": sent.number(f"{row}.amountYen"),
            "effortPercent": sent.number(f"{row}.effortPercent"),
            "underNda": sent.ticked(f"{row}.underNda"),
        }
        for row in sent.rows("otherFunding")
        if any(
            sent.optional(f"{row}.{name}")
            for name in ("programme", "title", "startsOn", "endsOn", "amountYen", "effortPercent")
        )
        or sent.ticked(f"{row}.underNda")
    ]
    return rows or ([] if sent.ticked("noOtherFunding") else None)


async def _after_saving(
    asking: Asking, sent: Sent, proposal: Mapping[str, Any], step: str
) -> Outcome:
    here = {"number": proposal["number"]}
    if sent.optional("find") and sent.text("act") == "find":
        return Go(
            "proposal_edit", here | {"step": step, "find": sent.text("find")}, anchor="people"
        )
    for name, mutation, key, done in (
        ("add", "invite_partner", "personId", "invited"),
        ("remove", "remove_partner", "memberId", "removed"),
    ):
        if sent.optional(name):
            sending = {"proposalId": proposal["id"], key: sent.text(name)}
            answer = await mutate(asking, mutation, sending)
            return refused(asking, sent, answer) or Go(
                "proposal_edit", here | {"step": step}, done=done
            )
    wanted = sent.text("go")
    if wanted == "confirm":
        return Go("proposal_confirm", here)
    return Go(
        "proposal_edit",
        here | {"step": wanted if wanted in EDIT_STEPS else step},
        done="saved" if wanted == step else "",
    )


async def confirm_proposal(asking: Asking, sent: Sent) -> Outcome:
    """Hand the proposal in; where the call needs no institution, there is a receipt at once."""
    data = await asking.ask("proposal", {"number": asking.path["number"]})
    if data["proposal"] is None:
        return None
    sending = {"proposalId": data["proposal"]["id"], "idempotencyKey": sent.text("key")}
    answer = await mutate(asking, "hand_in_proposal", sending)
    problems = refused(asking, sent, answer)
    if problems is not None:
        return problems
    if answer["receipt"] is not None:
        return Go("receipt", asking.path)
    return Go("proposal", asking.path, done="handed-in")


# What each button of a proposal's page sends, and what is said when it is done.
_BUTTONS: Mapping[str, tuple[str, str]] = {
    "forward": ("forward_proposal", "forwarded"),
    "return": ("return_proposal", "returned"),
    "take-back": ("take_back_proposal", "taken-back"),
    "withdraw": ("withdraw_proposal", "withdrawn"),
    "consent": ("answer_invitation", "consented"),
    "decline": ("answer_invitation", "declined"),
}


async def act_on_proposal(asking: Asking, sent: Sent) -> Outcome:
    """Forward, return, take back, withdraw, agree or decline."""
    data = await asking.ask("proposal", {"number": asking.path["number"]})
    button = _BUTTONS.get(sent.text("act"))
    if data["proposal"] is None or button is None:
        return None
    mutation, done = button
    sending: dict[str, Any] = {
        "proposalId": data["proposal"]["id"],
        "idempotencyKey": sent.text("key"),
    }
    if mutation == "return_proposal":
        sending["reason"] = sent.text("reason")
    if mutation == "answer_invitation":
        sending["agree"] = sent.text("act") == "consent"
    answer = await mutate(asking, mutation, sending)
    problems = refused(asking, sent, answer)
    if problems is not None:
        return problems
    if done == "declined":
        # Who declined no longer sees the proposal.
        return Go("proposals", done=done)
    return Go("proposal", asking.path, done=done)
