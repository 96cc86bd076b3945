"""What a brief says: as it is sent, as it is stored, and as the rules ask about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from renkei.access.markings import Marking
from renkei.briefs import rules
from renkei.briefs.rules import Judgement, Recommendation, Source
from renkei.briefs.tables import Brief, BriefVersion
from renkei.problems import Problem
from renkei.text import Text

# What a draft may still lack; everything else that is wrong is wrong in a draft too.
_MAY_WAIT = frozenset(
    {"REQUIRED", "AREA_NEEDED", "SOURCE_NEEDED", "REVIEWER_IS_AUTHOR", "NON_PUBLIC_SOURCE"}
)
_NEVER_WAITS = frozenset({("titleJa",), ("kind",), ("informationDate",)})
LINES_MAX = 100


@dataclass(frozen=True)
class BriefDraft:
    """What the makers send of a brief. `areas` are codes; the marking comes in its parts."""

    title: Text
    kind: rules.BriefKind | None
    information_date: date | None
    tlp: str | None
    grade: int | None
    restrictions: str | None = None
    releasable_to: Sequence[str] | None = None
    needs_consent: bool = False
    summary: Text = Text("")  # noqa: RUF009 - it is frozen
    body: Text = Text("")  # noqa: RUF009 - it is frozen
    areas: Sequence[str] = ()
    reviewer_id: UUID | None = None
    judgements: Sequence[Judgement] = ()
    sources: Sequence[Source] = ()
    recommendations: Sequence[Recommendation] = ()


def facts_of(
    draft: BriefDraft,
    *,
    marking: Marking | None,
    authors: Sequence[UUID],
) -> rules.BriefFacts:
    """What the rules ask about."""
    return rules.BriefFacts(
        title=draft.title,
        summary=draft.summary,
        body=draft.body,
        kind=draft.kind,
        areas=tuple(draft.areas),
        information_date=draft.information_date,
        authors=tuple(str(author) for author in authors),
        reviewer=None if draft.reviewer_id is None else str(draft.reviewer_id),
        marking=marking,
        judgements=tuple(draft.judgements),
        sources=tuple(draft.sources),
        recommendations=tuple(draft.recommendations),
    )


def check_draft(facts: rules.BriefFacts, *, now: datetime) -> list[Problem]:
    """What is wrong with a draft: it may be incomplete, but not malformed.

    A marking that is missing or unknown is told by whoever read it, part by part.
    """
    return [
        problem
        for problem in rules.check_release(facts, now=now)
        if problem.path != ("marking",)
        and (problem.code not in _MAY_WAIT or problem.path in _NEVER_WAITS)
    ]


def check_lengths(draft: BriefDraft) -> list[Problem]:
    """The problems of lists that no reader would read to the end: 100 lines each at most."""
    return [
        Problem(
            (name,),
            "TOO_MANY",
            f"At most {LINES_MAX} of these; there are {len(lines)}.",
            f"{LINES_MAX}件までです（いま{len(lines)}件）。",
        )
        for name, lines in (
            ("areas", draft.areas),
            ("judgements", draft.judgements),
            ("sources", draft.sources),
            ("recommendations", draft.recommendations),
        )
        if len(lines) > LINES_MAX
    ]


def draft_of(brief: Brief, version: BriefVersion, areas: Sequence[str]) -> BriefDraft:
    """A stored brief in the form in which it was sent."""
    return BriefDraft(
        title=Text(version.title_ja, version.title_en),
        kind=rules.BriefKind(brief.kind),
        information_date=version.information_date,
        tlp=brief.tlp,
        grade=brief.grade,
        restrictions=brief.restrictions,
        releasable_to=brief.releasable_to.split() or None,
        needs_consent=brief.needs_consent,
        summary=Text(version.summary_ja, version.summary_en),
        body=Text(version.body_ja, version.body_en),
        areas=areas,
        reviewer_id=brief.reviewer_id,
        judgements=[judgement_of(row) for row in version.judgements],
        sources=[source_of(row) for row in version.sources],
        recommendations=[recommendation_of(row) for row in version.recommendations],
    )


def fill(brief: Brief, version: BriefVersion, draft: BriefDraft) -> None:
    """Put a checked draft into its two rows; the brief repeats what lists and filters show."""
    assert draft.kind is not None  # the checks refuse a brief without either
    assert draft.information_date is not None
    brief.kind = draft.kind.value
    brief.reviewer_id = draft.reviewer_id
    for row in (brief, version):
        row.title_ja, row.title_en = draft.title.ja.strip(), draft.title.en or None
        row.summary_ja, row.summary_en = draft.summary.ja, draft.summary.en or None
        row.information_date = draft.information_date
    version.body_ja, version.body_en = draft.body.ja, draft.body.en or None
    version.judgements = [judgement_row(one) for one in draft.judgements]
    version.sources = [source_row(one) for one in draft.sources]
    version.recommendations = [recommendation_row(one) for one in draft.recommendations]


def judgement_row(one: Judgement) -> dict[str, Any]:
    """A judgement as it is stored."""
    return {
        **_text_row("statement", one.statement),
        "likelihood": one.likelihood and one.likelihood.value,
        "confidence": one.confidence and one.confidence.value,
        **_text_row("reason", one.reason),
        "sources": list(one.sources),
    }


def judgement_of(row: dict[str, Any]) -> Judgement:
    """A stored judgement."""
    return Judgement(
        statement=_text_of("statement", row) or Text(""),
        likelihood=row["likelihood"] and rules.Likelihood(row["likelihood"]),
        confidence=row["confidence"] and rules.Confidence(row["confidence"]),
        reason=_text_of("reason", row),
        sources=tuple(row["sources"]),
    )


def source_row(one: Source) -> dict[str, Any]:
    """A source as it is stored."""
    return {
        "type": one.type,
        "title": one.title,
        "publisher": one.publisher,
        "date": one.date and one.date.isoformat(),
        "reliability": one.reliability and one.reliability.value,
        "url": one.url,
        "public": one.public,
    }


def source_of(row: dict[str, Any]) -> Source:
    """A stored source."""
    return Source(
        type=row["type"],
        title=row["title"],
        publisher=row["publisher"],
        date=date.fromisoformat(row["date"]) if row["date"] else None,
        reliability=row["reliability"] and rules.Reliability(row["reliability"]),
        url=row["url"],
        public=row["public"],
    )


def recommendation_row(one: Recommendation) -> dict[str, Any]:
    """A recommendation as it is stored."""
    return {
        **_text_row("statement", one.statement),
        "addressee": one.addressee,
        "status": one.status.value,
    }


def recommendation_of(row: dict[str, Any]) -> Recommendation:
    """A stored recommendation."""
    return Recommendation(
        statement=_text_of("statement", row) or Text(""),
        addressee=row["addressee"],
        status=rules.RecommendationStatus(row["status"]),
    )


def _text_row(name: str, text: Text | None) -> dict[str, str | None]:
    """Two plain texts, so that search finds both without knowing what they are."""
    return {f"{name}_ja": text.ja if text else None, f"{name}_en": text.en if text else None}


def _text_of(name: str, row: dict[str, Any]) -> Text | None:
    ja, en = row[f"{name}_ja"], row[f"{name}_en"]
    return None if ja is None and en is None else Text(ja or "", en)
