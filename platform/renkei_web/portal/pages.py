"""The table of pages: where each is, which document it asks, what its template shows of the answer.

A page is one document and one template of the same name. `variables` makes the document's variables
of the address; `shown` adds to the answer what only the template needs. `found` names the field of
the answer without which there is no such page for this reader, `may` the ability without which it
can't be used: then the reader is told why, or sent `instead` to where the same can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from renkei_web.portal import (
    formatting,
    views,
    views_of_account,
    views_of_briefs,
    views_of_posts,
)
from renkei_web.portal.asking import Asking
from renkei_web.portal.catalogue import catalogue

Data = dict[str, Any]

# Which calls a tab shows, and in which order.
CALL_TABS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "open": (("OPEN",), "ASC"),
    "forecast": (("PRE_ANNOUNCED",), "ASC"),
    "closed": (("CLOSED", "UNDER_REVIEW", "DECIDED", "CANCELLED"), "DESC"),
}
SEARCH_KINDS = ("CALL", "BRIEF", "ORGANIZATION", "PERSON", "AREA")
ORGANIZATION_KINDS = ("MINISTRY", "AGENCY", "RESEARCH", "FIRM", "THINK_TANK")
SEARCH_MAX = 1_000
TOKEN_MAX = 200


def _nothing(asking: Asking) -> Data:
    return {}


def _as_it_is(data: Data, asking: Asking) -> Data:
    return {}


@dataclass(frozen=True)
class Page:
    """One page. `member` pages send anonymous readers to sign in first."""

    name: str
    variables: Callable[[Asking], Data] = _nothing
    shown: Callable[[Data, Asking], Data] = _as_it_is
    found: str | None = None
    member: bool = False
    may: str = ""
    instead: str = ""


def _tab(asking: Asking) -> str:
    asked = asking.query.get("status", "open")
    return asked if asked in CALL_TABS else "open"


def _calls(asking: Asking) -> Data:
    statuses, direction = CALL_TABS[_tab(asking)]
    return {
        "statuses": list(statuses),
        "order": {"field": "CLOSES_AT", "direction": direction},
    }


def _among(asking: Asking, name: str, allowed: tuple[str, ...]) -> list[str]:
    return [value for value in asking.query.getlist(name) if value in allowed]


def _areas(asking: Asking) -> list[str] | None:
    return asking.query.getlist("areas") or None


def _after(asking: Asking) -> str | None:
    return asking.query.get("after") or None


def _path(name: str) -> Callable[[Asking], Data]:
    return lambda asking: {name: asking.path[name]}


def _with_query(*names: str) -> Callable[[Data, Asking], Data]:
    """What was asked in the address, for forms and page turning: lists for repeated names."""

    def shown(data: Data, asking: Asking) -> Data:
        query: Data = {
            name: asking.query.getlist(name)
            if name in {"areas", "kinds"}
            else asking.path.get(name) or asking.query.get(name, "")
            for name in (*names, "after")
        }
        return {"query": query}

    return shown


def _calls_shown(data: Data, asking: Asking) -> Data:
    query = _with_query("areas")(data, asking)["query"]
    return {"query": query | {"status": _tab(asking)}, "status": _tab(asking)}


def _front_shown(data: Data, asking: Asking) -> Data:
    return {"status": _tab(asking), "openCount": data["closing"]}


def _search(asking: Asking) -> Data:
    return {
        "text": asking.query.get("q", "")[:SEARCH_MAX],
        "kinds": _among(asking, "kinds", SEARCH_KINDS) or None,
        "areas": _areas(asking),
        "after": _after(asking),
    }


def _search_shown(data: Data, asking: Asking) -> Data:
    return {
        **_with_query("q", "kinds", "areas")(data, asking),
        "hits": views.hits_of(data["search"], asking.lang),
    }


def _area(asking: Asking) -> Data:
    return {"code": asking.path["code"], "codes": [asking.path["code"]]}


def _organizations(asking: Asking) -> Data:
    return {
        "text": asking.query.get("text") or None,
        "kinds": _among(asking, "kinds", ORGANIZATION_KINDS) or None,
        "after": _after(asking),
    }


def _organization(asking: Asking) -> Data:
    return {"id": asking.path["id"], "ids": [asking.path["id"]]}


def _find(asking: Asking) -> str | None:
    return asking.query.get("find", "").strip() or None


def _group(asking: Asking) -> Data:
    find = _find(asking)
    return {"id": asking.path["id"], "find": find, "finding": find is not None}


def _brief_shown(data: Data, asking: Asking) -> Data:
    return {
        "why": views_of_briefs.why_read(data["brief"], asking.lang),
        "abilities": views_of_briefs.abilities_of(data["brief"], asking.lang),
    }


def _brief_access_shown(data: Data, asking: Asking) -> Data:
    return {
        **_with_query("code", "find")(data, asking),
        "access": views_of_briefs.access_of(data["brief"], asking.lang),
        "readings": views_of_briefs.readings_of(data["brief"]["readings"]["edges"]),
        "posts": views_of_briefs.post_options(data["organizations"]["edges"], asking.lang),
    }


def _step(asking: Asking) -> str:
    asked = asking.query.get("step", "basics")
    return asked if asked in views.EDIT_STEPS else "basics"


def _proposal_edit(asking: Asking) -> Data:
    find = asking.query.get("find", "").strip()
    return {"number": asking.path["number"], "find": find, "finding": bool(find)}


def _proposal_shown(step: Callable[[Asking], str] | None) -> Callable[[Data, Asking], Data]:
    def shown(data: Data, asking: Asking) -> Data:
        proposal = data["proposal"]
        missing = views.missing_of(proposal, asking.lang)
        more: Data = {
            "missing": missing,
            "budget": views.budget_of(proposal, asking.lang),
        }
        if step is not None:
            here = step(asking)
            more["step"] = here
            more["steps"] = views.edit_steps(proposal, missing, here, asking.lang)
            more["people"] = data.get("people")
            more["find"] = asking.query.get("find", "")
        return more

    return shown


def _receipt_shown(data: Data, asking: Asking) -> Data:
    proposal = data["proposal"]
    return {
        "receipt": proposal["receipt"],
        "steps": views.submission_steps(proposal, asking.lang),
        "budget": views.budget_of(proposal, asking.lang),
        "organizations": views.organizations_of(proposal),
        "seal_date": formatting.wareki_short(proposal["receipt"]["submittedAt"])
        if proposal["receipt"]
        else "",
    }


def _inbox(asking: Asking) -> Data:
    return {"unread": True if asking.query.get("unread") else None, "after": _after(asking)}


def _inbox_shown(data: Data, asking: Asking) -> Data:
    notices = [edge["node"] for edge in data["inbox"]["edges"]]
    return {
        **_with_query("unread")(data, asking),
        "groups": views.inbox_groups(notices, asking.now),
    }


def _invitation(asking: Asking) -> Data:
    return {"token": asking.query.get("token", "")[:TOKEN_MAX]}


def _invitation_shown(data: Data, asking: Asking) -> Data:
    refused = asking.query.get("refused", "")
    known = refused in catalogue()["terms.invitation_refused"]
    return {**_invitation(asking), "refused": refused if known else ""}


def _accounts(asking: Asking) -> Data:
    find, person = _find(asking), asking.query.get("person", "")
    return {"find": find, "finding": find is not None, "id": person, "chosen": bool(person)}


# What the front page is to somebody who is signed in.
HOME = Page("home")

PAGES = (
    Page("front", _calls, _front_shown),
    Page("search", _search, _search_shown),
    Page("areas"),
    Page("area", _area, found="area"),
    Page("programmes"),
    Page("concept_new", member=True, may="viewer.viewerCan.issueCall"),
    Page(
        "calls",
        lambda asking: {**_calls(asking), "areas": _areas(asking), "after": _after(asking)},
        _calls_shown,
    ),
    Page("call_new", member=True, may="viewer.viewerCan.issueCall"),
    Page("call", _path("code"), found="call"),
    Page(
        "call_edit",
        _path("code"),
        found="call",
        member=True,
        may="call.viewerCan.edit",
        instead="call",
    ),
    Page("proposals", lambda asking: {"after": _after(asking)}, _with_query(), member=True),
    Page("proposal", _path("number"), _proposal_shown(None), found="proposal", member=True),
    Page(
        "proposal_edit",
        _proposal_edit,
        _proposal_shown(_step),
        found="proposal",
        member=True,
        may="proposal.viewerCan.edit",
        instead="proposal",
    ),
    Page(
        "proposal_confirm",
        _path("number"),
        _proposal_shown(lambda asking: "confirm"),
        found="proposal",
        member=True,
        may="proposal.viewerCan.handIn",
        instead="proposal",
    ),
    Page("receipt", _path("number"), _receipt_shown, found="proposal.receipt", member=True),
    Page(
        "briefs",
        lambda asking: {"areas": _areas(asking), "after": _after(asking)},
        _with_query("areas"),
    ),
    Page("brief_new", member=True, may="viewer.viewerCan.draftBrief"),
    Page("brief", _path("code"), _brief_shown, found="brief"),
    Page(
        "brief_edit",
        _path("code"),
        found="brief",
        member=True,
        may="brief.viewerCan.edit",
        instead="brief_access",
    ),
    Page(
        "brief_access",
        lambda asking: {
            "code": asking.path["code"],
            "find": _find(asking),
            "after": _after(asking),
        },
        _brief_access_shown,
        found="brief",
        member=True,
        may="brief.viewerCan.share",
        instead="brief",
    ),
    # Whoever is told who can see it may look through another one's eyes: the same people.
    Page(
        "brief_preview",
        lambda asking: {"code": asking.path["code"], "find": _find(asking)},
        _with_query("code", "find"),
        found="brief.audience",
        member=True,
    ),
    Page("groups", lambda asking: {"after": _after(asking)}, _with_query(), member=True),
    Page("group_new", member=True, may="viewer.viewerCan.createSharingGroup"),
    Page("group", _group, _with_query("id", "find"), found="sharingGroup", member=True),
    Page("consents", member=True),
    Page("account", shown=views_of_account.account, member=True),
    Page(
        "account_address",
        shown=lambda _, asking: {"secret": asking.query.get("secret", "")},
        member=True,
    ),
    Page(
        "accounts",
        _accounts,
        _with_query("find", "person"),
        member=True,
        may="viewer.viewerCan.administer",
    ),
    Page("sign_in_code", shown=views_of_account.sign_in),
    Page("recover", shown=views_of_account.recover),
    Page("recover_set", shown=views_of_account.recover),
    Page("prove_again", shown=views_of_account.prove, member=True),
    Page("inbox", _inbox, _inbox_shown, member=True),
    Page("follows", member=True),
    # Nobody but administrators is told that there is such a page.
    Page(
        "audit",
        lambda asking: {"after": _after(asking)},
        _with_query(),
        found="audit",
        member=True,
    ),
    Page("organizations", _organizations, _with_query("text", "kinds")),
    Page("organization", _organization, found="organization"),
    Page(
        "organization_posts",
        _path("id"),
        lambda data, asking: {
            "post_options": views_of_posts.post_options(data["organization"]["posts"], asking.lang)
        },
        found="organization",
        member=True,
    ),
    Page(
        "post",
        _path("id"),
        lambda data, asking: views_of_posts.post_shown(data, asking.lang),
        found="post",
        member=True,
    ),
    # Whoever keeps the posts is told of the invitations: the same people.
    Page(
        "rotation",
        _path("id"),
        lambda data, asking: {
            "people": views_of_posts.people_of(data["organization"]["posts"], asking.lang),
            "next_april": formatting.next_april(asking.now),
        },
        found="organization.invitations",
        member=True,
    ),
    Page("handover", _path("id"), found="handover", member=True),
    Page("invitation", _invitation, _invitation_shown),
    Page("sign_in", shown=views_of_account.sign_in),
    Page("help"),
    Page("accessibility"),
)
