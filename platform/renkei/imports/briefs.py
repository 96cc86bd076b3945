"""Importing briefs: rows of a file, or one Markdown file, become drafts of the acting analyst."""

from __future__ import annotations

import re
from datetime import date

from renkei.access.policy.reach import Reach
from renkei.briefs import rules, service
from renkei.briefs.content import BriefDraft
from renkei.briefs.tables import Brief
from renkei.calendar import parse_wareki
from renkei.imports.fields import Fields
from renkei.imports.kinds import done, is_titled
from renkei.ledger.unit import Unit
from renkei.text import Text, normalise

_WAREKI = re.compile(r"(?:令和|平成)(?:元|[0-9０-９]{1,2})年[0-9０-９]{1,2}月[0-9０-９]{1,2}日")


async def brief(unit: Unit, reach: Reach, fields: Fields) -> bool:
    """A draft of a brief; nothing is released by an import.

    One with the same title from the same organisation is there already. Where `information_date`
    is missing, a Japanese date that stands alone near the text's start is taken.
    """
    body = fields.text("body_ja") or ""
    draft = BriefDraft(
        title=Text(fields.text("title_ja") or "", fields.text("title_en")),
        kind=fields.member("kind", rules.BriefKind),
        summary=Text(fields.text("summary_ja") or "", fields.text("summary_en")),
        body=Text(body, fields.text("body_en")),
        information_date=fields.day("information_date") or dated(body),
        areas=fields.codes("areas"),
        tlp=fields.text("tlp"),
        grade=fields.whole("grade"),
        restrictions=fields.text("restrictions"),
        judgements=_judgements(fields),
        sources=_sources(fields),
        recommendations=_recommendations(fields),
    )
    done(fields)
    if await is_titled(unit, reach, Brief, draft.title.ja):
        return False
    await service.draft_brief(unit, reach, draft=draft)
    return True


def dated(body: str) -> date | None:
    """The day of a line near the start that holds a Japanese date and nothing else."""
    for line in body.split("\n", 10)[:10]:
        if _WAREKI.fullmatch(line.strip()):
            found, _ = parse_wareki(normalise(line))
            return found.date if found is not None else None
    return None


def _text(fields: Fields, name: str) -> Text:
    return Text(fields.text(f"{name}_ja") or "", fields.text(f"{name}_en"))


def _judgements(fields: Fields) -> list[rules.Judgement]:
    found = []
    for place, one in enumerate(fields.rows("judgements")):
        reason = _text(one, "reason")
        found.append(
            rules.Judgement(
                statement=_text(one, "statement"),
                likelihood=one.member("likelihood", rules.Likelihood),
                confidence=one.member("confidence", rules.Confidence),
                reason=reason if reason.ja or reason.en else None,
                sources=tuple(int(code) for code in one.codes("sources") if code.isdigit()),
            )
        )
        _take(fields, "judgements", place, one)
    return found


def _sources(fields: Fields) -> list[rules.Source]:
    found = []
    for place, one in enumerate(fields.rows("sources")):
        found.append(
            rules.Source(
                type=one.text("type") or "",
                title=one.text("title") or "",
                publisher=one.text("publisher") or "",
                date=one.day("date"),
                reliability=one.member("reliability", rules.Reliability),
                url=one.text("url"),
                public=one.flag("public", default=False),
            )
        )
        _take(fields, "sources", place, one)
    return found


def _recommendations(fields: Fields) -> list[rules.Recommendation]:
    found = []
    for place, one in enumerate(fields.rows("recommendations")):
        status = one.member("status", rules.RecommendationStatus)
        found.append(
            rules.Recommendation(
                statement=_text(one, "statement"),
                addressee=one.text("addressee") or "",
                status=status or rules.RecommendationStatus.OPEN,
            )
        )
        _take(fields, "recommendations", place, one)
    return found


def _take(fields: Fields, name: str, place: int, one: Fields) -> None:
    one.check_all_used()
    fields.problems += [problem.under(name, str(place)) for problem in one.problems]
