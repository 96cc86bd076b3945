"""What forms do with who reads a brief: share, take back, exclude, mark anew; and the preview.

None of these carries a key: said twice, each of them is as it was after the first time. All forms
of the page would have the same one, and only one of them could be sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renkei_web.portal.asking import Asking
from renkei_web.portal.mutations import mutate, place_of, refused
from renkei_web.portal.sent import Go, Outcome, Seen, Sent
from renkei_web.portal.views_of_briefs import why_read

# The mutation behind each button, and what is said when it succeeded. What a narrowing doesn't name
# of the marking stays as it is.
_DOES = {
    "share": ("share_brief", "shared"),
    "withdraw": ("raise_brief_marking", "taken-back-from"),
    "readmit": ("end_exclusions", "readmitted"),
    "exclude": ("raise_brief_marking", "excluded"),
    "raise": ("raise_brief_marking", "narrowed"),
    "lower": ("propose_lowering", "lowering-proposed"),
}


async def change_access(asking: Asking, sent: Sent) -> Outcome:
    """Do what the pressed button says to who reads the brief."""
    if sent.text("approve") or sent.text("decline"):
        return await _decided(asking, sent)
    one_of_them = [name for name in ("withdraw", "readmit") if sent.text(name)]
    what = one_of_them[0] if one_of_them else sent.text("act")
    sending: dict[str, Any] = {"briefId": sent.text("brief")}
    match what:
        case "share":
            sending |= _readers(sent)
        case "withdraw":
            sending |= {"marking": {}, "withdrawFrom": sent.chosen(what)}
        case "readmit":
            sending |= {"excludedIds": sent.chosen(what)}
        case "exclude":
            sending |= {
                "marking": {},
                "excludeOrganizationIds": sent.chosen("excludeOrganizationIds"),
                "excludePersonIds": sent.chosen("excludePersonIds"),
            }
        case "raise":
            sending |= {"marking": _marking(sent, "marking")}
        case "lower":
            sending |= {
                "marking": _marking(sent, "lower.marking"),
                "reason": sent.text("lower.reason"),
            }
        case _:
            return None
    if sent.problems:
        return sent.state()
    mutation, done = _DOES[what]
    answer = await mutate(asking, mutation, sending)
    place = _place_of_lowering if what == "lower" else place_of
    return refused(asking, sent, answer, place) or Go("brief_access", asking.path, done=done)


async def preview_brief(asking: Asking, sent: Sent) -> Outcome:
    """Look at the brief through the eyes of the chosen organisation."""
    organization_id = sent.needed("organizationId")
    if sent.problems:
        return sent.state()
    sending = {"recordId": sent.text("brief"), "organizationId": organization_id}
    answer = await mutate(asking, "preview_audience", sending)
    asking.with_own_eyes()
    problems = refused(asking, sent, answer)
    if problems is not None:
        return problems
    record = answer["record"]
    return Seen({"preview": answer, "why": why_read(record, asking.lang) if record else []})


def _readers(sent: Sent) -> dict[str, Any]:
    return {
        "organizationIds": sent.chosen("organizationIds"),
        "groupIds": sent.chosen("groupIds"),
        "postIds": sent.chosen("postIds"),
        "personIds": sent.chosen("personIds"),
        "mayExtend": sent.ticked("mayExtend"),
        "startsAt": _instant(sent, "startsAt"),
        "endsAt": _instant(sent, "endsAt"),
    }


def _instant(sent: Sent, name: str) -> str | None:
    return sent.instant(name) if sent.optional(name) else None


def _marking(sent: Sent, base: str) -> dict[str, Any]:
    """A marking as its fields have it. No country named is no limit by country."""
    return {
        "tlp": sent.optional(f"{base}.tlp"),
        "grade": sent.number(f"{base}.grade"),
        "restrictions": sent.text(f"{base}.restrictions"),
        "releasableTo": sent.words(f"{base}.releasableTo"),
        "needsConsent": sent.text(f"{base}.needsConsent") == "yes",
    }


def _place_of_lowering(path: Sequence[str]) -> tuple[str, ...]:
    """Its fields stand under `lower`; what the brief's content lacks is told at the marking."""
    if path[0] in {"marking", "reason"}:
        return ("lower", *place_of(path))
    return ("lower", "marking")


async def _decided(asking: Asking, sent: Sent) -> Outcome:
    approves = bool(sent.text("approve"))
    sending = {
        "loweringId": sent.text("approve") or sent.text("decline"),
        "approve": approves,
    }
    answer = await mutate(asking, "decide_lowering", sending)
    done = "lowered" if approves else "lowering-declined"
    return refused(asking, sent, answer, _place_of_lowering) or Go(
        "brief_access", asking.path, done=done
    )
