"""What forms do with briefs: draft, save, share with named organisations, release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from renkei_web.portal.asking import Asking
from renkei_web.portal.mutations import mutate, refused
from renkei_web.portal.sent import Go, Outcome, Sent

# Of a row in one of these lists nothing is sent where all of these are empty.
_WRITTEN = {
    "judgements": ("statementJa", "statementEn", "reasonJa"),
    "sources": ("title", "publisher", "url"),
    "recommendations": ("statementJa", "statementEn", "addressee"),
}


async def new_brief(asking: Asking, sent: Sent) -> Outcome:
    """Draft a brief; share and release it where that is asked."""
    sending = _brief(sent)
    if sent.problems:
        return sent.state()
    answer = await mutate(asking, "draft_brief", sending)
    return refused(asking, sent, answer) or await _after_saving(asking, sent, answer["brief"])


async def edit_brief(asking: Asking, sent: Sent) -> Outcome:
    """Save a draft, share it with more, release it: as far as it is asked."""
    data = await asking.ask("brief_edit", {"code": asking.path["code"]})
    brief = data["brief"]
    if brief is None:
        return None
    sending = _brief(sent) | {"briefId": brief["id"], "version": sent.number("version") or 0}
    if sent.problems:
        return sent.state()
    answer = await mutate(asking, "edit_brief", sending)
    return refused(asking, sent, answer) or await _after_saving(asking, sent, answer["brief"])


async def _after_saving(asking: Asking, sent: Sent, brief: Mapping[str, Any]) -> Outcome:
    here = {"code": brief["code"]}
    more = sent.chosen("organizationIds")
    answers = []
    if more:
        answers.append(
            await mutate(asking, "share_brief", {"briefId": brief["id"], "organizationIds": more})
        )
    if sent.text("act") == "release":
        answers.append(await mutate(asking, "release_brief", {"briefId": brief["id"]}))
    for answer in answers:
        problems = refused(asking, sent, answer)
        if problems is not None:
            # The draft is saved by now: the form goes on as that draft's, from its version.
            asking.go_on_as("brief_edit", {"code": brief["code"]})
            data = await asking.ask("brief_edit", {"code": brief["code"]})
            return problems.with_value("version", str(data["brief"]["version"]))
    if sent.text("act") == "release":
        return Go("brief", here, done="released")
    return Go("brief_edit", here, done="shared" if more else "saved")


def _brief(sent: Sent) -> dict[str, Any]:
    grade = sent.number("marking.grade")
    return {
        "kind": sent.needed("kind"),
        "titleJa": sent.text("titleJa"),
        "titleEn": sent.optional("titleEn"),
        "summaryJa": sent.text("summaryJa"),
        "summaryEn": sent.optional("summaryEn"),
        "bodyJa": sent.text("bodyJa"),
        "bodyEn": sent.optional("bodyEn"),
        "informationDate": sent.day("informationDate") or sent.needed("informationDate"),
        "areas": sent.chosen("areas"),
        "reviewerId": sent.optional("reviewerId"),
        "judgements": [_judgement(sent, row) for row in _rows(sent, "judgements")],
        "sources": [_source(sent, row) for row in _rows(sent, "sources")],
        "recommendations": [
            {
                "statement": _text(sent, f"{row}.statement"),
                "addressee": sent.text(f"{row}.addressee"),
            }
            for row in _rows(sent, "recommendations")
        ],
        "marking": {
            "tlp": sent.optional("marking.tlp"),
            "grade": grade,
            "restrictions": sent.text("marking.restrictions"),
            "releasableTo": sent.words("marking.releasableTo") or None,
            "needsConsent": sent.ticked("marking.needsConsent"),
        },
        "idempotencyKey": sent.text("key"),
    }


def _rows(sent: Sent, name: str) -> list[str]:
    return [
        row
        for row in sent.rows(name)
        if any(sent.optional(f"{row}.{part}") for part in _WRITTEN[name])
    ]


def _text(sent: Sent, name: str) -> dict[str, str | None]:
    return {"ja": sent.text(f"{name}Ja"), "en": sent.optional(f"{name}En")}


def _judgement(sent: Sent, row: str) -> dict[str, Any]:
    reason = _text(sent, f"{row}.reason")
    return {
        "statement": _text(sent, f"{row}.statement"),
        "likelihood": sent.optional(f"{row}.likelihood"),
        "confidence": sent.optional(f"{row}.confidence"),
        "reason": reason if reason["ja"] or reason["en"] else None,
        "sources": sent.numbers(f"{row}.sources"),
    }


def _source(sent: Sent, row: str) -> dict[str, Any]:
    return {
        "type": sent.text(f"{row}.type"),
        "title": sent.text(f"{row}.title"),
        "publisher": sent.text(f"{row}.publisher"),
        "date": sent.day(f"{row}.date"),
        "reliability": sent.optional(f"{row}.reliability"),
        "url": sent.optional(f"{row}.url"),
        "public": sent.ticked(f"{row}.public"),
    }
