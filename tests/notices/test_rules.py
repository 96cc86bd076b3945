"""When reminders are due, and that whatever is told has words for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from renkei.notices.rules import TELLINGS, reminder_due
from renkei.notices.wording import TITLES
from renkei.reactions import REACTIONS, TELL

CLOSES = datetime(2027, 1, 28, 3, 0, tzinfo=UTC)  # noon in Japan
LONG_AGO = CLOSES - timedelta(days=65)


@pytest.mark.parametrize(
    ("before", "due"),
    [
        (timedelta(days=7, microseconds=1), None),
        (timedelta(days=7), 7),
        (timedelta(days=3, microseconds=1), 7),
        (timedelta(days=3), 3),
        (timedelta(days=1), 1),
        (timedelta(microseconds=1), 1),
        (timedelta(0), None),
        (timedelta(days=-1), None),
    ],
)
def test_the_nearest_reminder_is_due_up_to_the_deadline(before: timedelta, due: int | None) -> None:
    assert reminder_due(published_at=LONG_AGO, closes_at=CLOSES, now=CLOSES - before) == due


def test_a_call_of_two_days_reminds_on_its_last_day_only() -> None:
    published = CLOSES - timedelta(days=2)
    assert reminder_due(published_at=published, closes_at=CLOSES, now=published) is None
    later = CLOSES - timedelta(hours=24)
    assert reminder_due(published_at=published, closes_at=CLOSES, now=later) == 1


def test_every_fact_that_is_told_has_a_title_and_the_table_of_reactions_names_it() -> None:
    assert set(TELLINGS) == set(TITLES)
    assert set(TELLINGS) == {kind for kind, names in REACTIONS.items() if TELL in names}
