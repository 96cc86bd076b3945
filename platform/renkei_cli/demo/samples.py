"""The sample data as it lies in `data/`, and in the kernel's words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

import yaml

from renkei.briefs import rules as briefs
from renkei.briefs.content import BriefDraft
from renkei.calendar import day_in_jst, noon_jst
from renkei.text import Text

Sample = dict[str, Any]


def load(name: str) -> dict[str, list[Sample]]:
    """The lists of one file of samples, by their names."""
    text = (files("renkei_cli.demo") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    content: dict[str, list[Sample]] = yaml.safe_load(text)
    return content


def opening(sample: Sample, now: datetime) -> datetime:
    """When a sample call opens: 10:00 JST, `opens_in_days` from today."""
    return noon_jst(_day(now, sample["opens_in_days"])) - timedelta(hours=2)


def closing(sample: Sample, now: datetime) -> datetime:
    """When a sample call closes: noon JST, `closes_in_days` from today."""
    return noon_jst(_day(now, sample["closes_in_days"]))


def _day(now: datetime, days: int) -> date:
    return day_in_jst(now) + timedelta(days=days)


def text_of(sample: Sample, name: str) -> Text:
    """The text in both languages."""
    return Text(sample[f"{name}_ja"], sample.get(f"{name}_en"))


def brief_draft(sample: Sample, reviewer_id: Any, now: datetime) -> BriefDraft:
    """A sample brief as its author sends it."""
    informed = sample.get("information_date") or _day(now, -sample["information_days_ago"])
    return BriefDraft(
        title=text_of(sample, "title"),
        summary=text_of(sample, "summary"),
        body=text_of(sample, "body"),
        kind=briefs.BriefKind(sample["kind"]),
        information_date=informed,
        areas=sample["areas"],
        reviewer_id=reviewer_id,
        tlp=sample["tlp"],
        grade=sample["grade"],
        restrictions=sample["restrictions"],
        judgements=[_judgement(one) for one in sample["judgements"]],
        sources=[_source(one) for one in sample["sources"]],
        recommendations=[
            briefs.Recommendation(
                text_of(one, "statement"),
                one["addressee"],
                briefs.RecommendationStatus(one["status"]),
            )
            for one in sample["recommendations"]
        ],
    )


def _judgement(sample: Sample) -> briefs.Judgement:
    return briefs.Judgement(
        statement=text_of(sample, "statement"),
        likelihood=briefs.Likelihood(sample["likelihood"]),
        confidence=briefs.Confidence(sample["confidence"]),
        reason=text_of(sample, "reason"),
        sources=tuple(sample["sources"]),
    )


def _source(sample: Sample) -> briefs.Source:
    return briefs.Source(
        type=sample["type"],
        title=sample["title"],
        publisher=sample["publisher"],
        date=sample["date"],
        reliability=briefs.Reliability(sample["reliability"]),
        url=sample.get("url"),
        public=sample["public"],
    )
