"""What a template shows of an answer besides the answer itself: groups, sums, steps, marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from renkei_web.portal import formatting
from renkei_web.portal.addresses import address
from renkei_web.portal.catalogue import say, term
from renkei_web.portal.form_state import FieldProblem

EDIT_STEPS = ("basics", "plan", "team", "declarations")
STEP_OF_FIELD = {
    "title": "basics",
    "summary": "basics",
    "startsOn": "basics",
    "endsOn": "basics",
    "leadOrganizationId": "basics",
    "plan": "plan",
    "members": "team",
    "budget": "team",
}
# Problems with these words alone don't say what they are about; the field's name goes before.
_NAMELESS = frozenset({"REQUIRED", "TOO_LONG", "CONTROL_CHARACTER", "OUT_OF_RANGE"})


class Missing(NamedTuple):
    """One thing that a proposal lacks: on which step, at which field, in words."""

    step: str
    name: str
    says: str


def missing_of(proposal: Mapping[str, Any], lang: str) -> list[Missing]:
    """Everything that stands between a draft and handing it in, as the API tells it."""
    return [_missing(proposal, problem, lang) for problem in proposal["missing"]]


def _missing(proposal: Mapping[str, Any], problem: Mapping[str, Any], lang: str) -> Missing:
    path = problem["path"]
    head = path[0] if path else ""
    words = problem["message"] if lang == "en" else problem["messageJa"]
    if problem["code"] in _NAMELESS and path:
        words = f"{_name_of_field(proposal, path, lang)}{say('common.colon', lang, {})}{words}"
    # A stored budget has no place on the page: its lines are cells by organisation and year.
    name = "budget" if head == "budget" else ".".join(path)
    return Missing(STEP_OF_FIELD.get(head, "declarations"), name, words)


def _name_of_field(proposal: Mapping[str, Any], path: Sequence[str], lang: str) -> str:
    if path[0] == "members" and len(path) > 2:
        person = proposal["members"][int(path[1])]["person"]
        name = formatting.plain({"ja": person["name"], "en": person["nameEn"]}, lang)
        return f"{name} {term('proposal_field', path[2], lang)}"
    return term("proposal_field", path[-1], lang)


class Step(NamedTuple):
    """A step of the navigation; `state`: done, todo, here or next."""

    name: str
    state: str
    note: str = ""
    address: str | None = None
    reached: bool = False


def edit_steps(
    proposal: Mapping[str, Any], missing: Sequence[Missing], here: str, lang: str
) -> list[Step]:
    """The steps of the editor with how much each still lacks, and the review at their end."""
    steps: list[Step] = []
    for place, name in enumerate((*EDIT_STEPS, "confirm")):
        lacking = sum(item.step == name for item in missing)
        if name == here:
            state = "here"
        elif name == "confirm":
            state = "next"
        else:
            state = "todo" if lacking else "done"
        if name == "confirm":
            where = (
                None if missing else address(lang, "proposal_confirm", number=proposal["number"])
            )
            note = ""
        else:
            where = address(lang, "proposal_edit", number=proposal["number"], step=name)
            key = "proposal_edit.step_lacks" if lacking else "proposal_edit.step_filled"
            note = str(say(key, lang, {"n": lacking}))
        reached = place > 0 and (steps[-1].state in {"done", "here"} or state == "here")
        steps.append(Step(term("proposal_step", name, lang), state, note, where, reached))
    return steps


def submission_steps(proposal: Mapping[str, Any], lang: str) -> list[Step]:
    """The way that a submitted proposal went."""
    names = ["entered", "reviewed", "approved", "received"]
    if not proposal["call"]["needsInstitution"]:
        names.remove("approved")
    last = len(names) - 1
    return [
        Step(term("submission_step", name, lang), "here" if place == last else "done", reached=True)
        for place, name in enumerate(names)
    ]


def budget_of(proposal: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The budget as a table: organisations of the team down, fiscal years of the period across."""
    years = formatting.fiscal_years(proposal["startsOn"], proposal["endsOn"])
    organizations = {
        member["organization"]["id"]: member["organization"]
        for member in proposal["members"]
        if member["organization"]
    }
    held = {
        (line["organization"]["id"], line["fiscalYear"]): line["directYen"]
        for line in proposal["budget"]
        if line["organization"]
    }
    rows = []
    for down, (key, organization) in enumerate(organizations.items()):
        cells: list[dict[str, Any]] = [
            {
                "base": f"budget.{down * len(years) + across}",
                "name": f"budget.{down * len(years) + across}.directYen",
                "year": year,
                "heading": formatting.fiscal_year(year, lang),
                "amount": held.get((key, year)),
            }
            for across, year in enumerate(years)
        ]
        total = sum(cell["amount"] or 0 for cell in cells)
        rows.append({"organization": organization, "cells": cells, "total": total})
    costs = {one["fiscalYear"]: one for one in proposal["costs"]}
    totals = [
        (name, [costs[year][field] if year in costs else 0 for year in years])
        for name, field in (
            ("direct", "directYen"),
            ("indirect", "indirectYen"),
            ("total", "totalYen"),
        )
    ]
    sums = {name: sum(amounts) for name, amounts in totals}
    return {
        "years": years,
        "headings": [(formatting.fiscal_year(year, lang), "number") for year in years],
        "rows": rows,
        "totals": [(name, [*amounts, sums[name]]) for name, amounts in totals],
        **sums,
    }


def organizations_of(proposal: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The names of the team's organisations, each once, the lead first."""
    names = {proposal["leadOrganization"]["id"]: proposal["leadOrganization"]["name"]}
    for member in proposal["members"]:
        if member["organization"]:
            names.setdefault(member["organization"]["id"], member["organization"]["name"])
    return list(names.values())


def marked(pieces: Sequence[Mapping[str, Any]]) -> Markup:
    """A snippet with what answers the query marked."""
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece["text"])
        if piece["marked"]
        else escape(piece["text"])
        for piece in pieces
    )


_HIT_PAGES = {"Call": "call", "Brief": "brief", "Area": "area", "Organization": "organization"}


def hits_of(search: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """What was found: the record, its title, its address where it has a page, a marked snippet."""
    found = []
    for hit in search["hits"]:
        item = hit["item"]
        kind = item["__typename"]
        if kind == "Person":
            title, where = _name_of_person(item, lang), None
        else:
            title = formatting.text(item.get("title") or item.get("name"), lang)
            key = {"id": item["id"]} if kind == "Organization" else {"code": item["code"]}
            where = address(lang, _HIT_PAGES[kind], **key)
        found.append(
            {"item": item, "title": title, "address": where, "snippet": marked(hit["snippet"])}
        )
    return found


def _name_of_person(item: Mapping[str, Any], lang: str) -> str:
    return formatting.person_name({"name": item["personName"], "nameEn": item["nameEn"]}, lang)


def inbox_groups(
    notices: Sequence[Mapping[str, Any]], now: datetime
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Notices with a deadline first, then today's, then the rest; empty groups are left out."""
    groups: dict[str, list[Mapping[str, Any]]] = {"deadlines": [], "today": [], "earlier": []}
    for notice in notices:
        if notice["topic"] == "DEADLINE":
            groups["deadlines"].append(notice)
        elif formatting.day_of(notice["createdAt"], "ja") == formatting.day_of(now, "ja"):
            groups["today"].append(notice)
        else:
            groups["earlier"].append(notice)
    return [(name, found) for name, found in groups.items() if found]


def problems_of(answer: Mapping[str, Any]) -> tuple[FieldProblem, ...]:
    """The problems of a refused form."""
    return tuple(
        FieldProblem(tuple(problem["path"]), problem["message"], problem["messageJa"])
        for problem in answer.get("problems", ())
    )
