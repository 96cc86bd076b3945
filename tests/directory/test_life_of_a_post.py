"""Appointing, leaving, deputising, expiring, in any order: who holds what is a plain model's."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from renkei.access.policy.viewer import Viewer
from renkei.clock import FixedClock
from renkei.database import migrate
from renkei.database.engine import Database
from renkei.directory import holdings
from renkei.directory.deputies import end_deputy, name_deputy
from renkei.problems import Refusal
from support.posts import Firm, firm_in
from support.world import World

people = st.sampled_from(("holder", "colleague"))
posts = st.sampled_from((0, 1))
# Hours from now; negative ones are refused, like ends before starts.
hours = st.sampled_from((-1, 0, 1, 5, 24, 100))
maybe = st.one_of(st.none(), hours)


class Held(NamedTuple):
    """One term of the model."""

    person: str
    post: int
    deputy: bool
    start: datetime
    until: datetime | None

    def at(self, instant: datetime) -> bool:
        return self.start <= instant and (self.until is None or instant < self.until)


@cache
def template() -> Path:
    """A migrated, empty database, made once a process."""
    file = Path(tempfile.mkdtemp(prefix="posts-")) / "template.db"
    migrate.upgrade(f"sqlite+aiosqlite:///{file}")
    return file


class LifeOfAPost(RuleBasedStateMachine):
    """Two people of a firm, two posts. The model is a list of terms, cut by the rules' own words:
    a deputy is of the house, so that their term ends where their own terms do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="posts-"))
        self.clock = FixedClock()
        self.model: list[Held] = []

    @initialize()
    def begin(self) -> None:
        file = self.folder / "renkei.db"
        shutil.copyfile(template(), file)
        self.database = Database(f"sqlite+aiosqlite:///{file}")
        self.firm: Firm = self.run(firm_in(World(self.database, self.clock)))
        self.posts: list[UUID] = [self.firm.post_id, self.firm.colleague.posts[0].id]
        at = self.clock.now()
        self.model = [Held("holder", 0, False, at, None), Held("colleague", 1, False, at, None)]

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def play(self, use_case: Any, **arguments: Any) -> bool:
        """Whether the keeper's use case was not refused."""
        try:
            self.run(self.firm.world.play(self.firm.keeper, use_case, **arguments))
        except Refusal:
            return False
        return True

    def who(self, name: str) -> UUID:
        viewer: Viewer = getattr(self.firm, name)
        assert viewer.person_id is not None
        return viewer.person_id

    def hence(self, hours: int | None) -> datetime | None:
        return None if hours is None else self.clock.now() + timedelta(hours=hours)

    @rule(person=people, post=posts, start=maybe, until=maybe)
    def appoint(self, person: str, post: int, start: int | None, until: int | None) -> None:
        sent = {"start": self.hence(start), "until": self.hence(until)}
        term = Held(person, post, False, sent["start"] or self.clock.now(), sent["until"])
        allowed = (
            self._sound(term)
            and self._belongs(person)
            and not any(self._meet(term, one) for one in self._own(person, post))
        )
        made = self.play(
            holdings.appoint, post_id=self.posts[post], person_id=self.who(person), **sent
        )
        assert made is allowed
        if made:
            self.model.append(term)

    @rule(person=people, post=posts, at=maybe)
    def leave(self, person: str, post: int, at: int | None) -> None:
        now, end = self.clock.now(), self.hence(at)
        mine = sorted(
            (one for one in self._own(person, post) if self._open(one)),
            key=lambda one: one.start,
        )
        allowed = bool(mine) and (end is None or end > max(mine[0].start, now))
        left = self.play(
            holdings.leave_post, post_id=self.posts[post], person_id=self.who(person), at=end
        )
        assert left is allowed
        if left:
            self.model.remove(mine[0])
            if end is not None or mine[0].start <= now:
                self.model.append(mine[0]._replace(until=end or now))
            self._cut(person)

    @rule(person=people, post=posts, start=maybe, until=hours)
    def deputise(self, person: str, post: int, start: int | None, until: int) -> None:
        begins, ends = self.hence(start) or self.clock.now(), self.hence(until)
        term = Held(person, post, True, begins, ends)
        gap = self._gap(person, begins)
        allowed = (
            self._sound(term)
            and (gap is None or (ends is not None and ends <= gap))
            and not any(
                self._meet(term, one)
                for one in self.model
                if (one.person, one.post) == (person, post)
            )
        )
        named = self.play(
            name_deputy,
            post_id=self.posts[post],
            person_id=self.who(person),
            start=self.hence(start),
            until=ends,
        )
        assert named is allowed
        if named:
            self.model.append(term)

    @rule(person=people, post=posts)
    def end_a_deputy(self, person: str, post: int) -> None:
        now = self.clock.now()
        rows = self.run(self.firm.holdings(self.posts[post]))
        found = [
            row
            for row in rows
            if row.kind == "DEPUTY" and row.person_id == self.who(person) and row.until > now
        ]
        for row in found[:1]:
            assert self.play(end_deputy, holding_id=row.id)
            (one,) = [o for o in self.model if o[:4] == (person, post, True, row.start)]
            self.model.remove(one)
            if one.start <= now:
                self.model.append(one._replace(until=now))

    @rule(passed=st.sampled_from((1, 4, 24)))
    def time_goes_by(self, passed: int) -> None:
        self.clock.advance(hours=passed)

    @rule(later=st.sampled_from((0, 1, 5, 24, 100, 200)))
    def look(self, later: int) -> None:
        """Who holds what at an instant of now or to come, as viewers are made of it."""
        now = self.clock.at
        self.clock.advance(hours=later)
        at = self.clock.now()
        for name in ("holder", "colleague"):
            viewer = self.run(self.firm.now(getattr(self.firm, name)))
            held = sorted((self.posts.index(post.id), post.deputy) for post in viewer.posts)
            expected = sorted(
                (one.post, one.deputy) for one in self.model if one.person == name and one.at(at)
            )
            assert held == expected, (name, later)
        self.clock.at = now

    def _own(self, person: str, post: int | None = None) -> list[Held]:
        return [
            one
            for one in self.model
            if one.person == person and not one.deputy and post in {None, one.post}
        ]

    def _open(self, one: Held) -> bool:
        return one.until is None or one.until > self.clock.now()

    def _belongs(self, person: str) -> bool:
        return any(self._open(one) for one in self._own(person))

    def _sound(self, term: Held) -> bool:
        ends = term.until is None or term.until > term.start
        return term.start >= self.clock.now() and ends

    def _meet(self, one: Held, other: Held) -> bool:
        instants = [one.start, other.start]
        return any(one.at(instant) and other.at(instant) for instant in instants)

    def _gap(self, person: str, at: datetime) -> datetime | None:
        """The first instant from then on at which the person holds no post of their own."""
        instants = [at, *(one.until for one in self._own(person) if one.until and one.until > at)]
        for instant in sorted(instants):
            if not any(one.at(instant) for one in self._own(person)):
                return instant
        return None

    def _cut(self, person: str) -> None:
        now, kept = self.clock.now(), []
        for one in self.model:
            if one.person != person or not one.deputy or not self._open(one):
                kept.append(one)
                continue
            gap = self._gap(person, max(one.start, now))
            if gap is None or (one.until is not None and gap >= one.until):
                kept.append(one)
            elif gap > one.start or one.start <= now:
                kept.append(one._replace(until=gap))
        self.model = kept

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.run(self.database.close())
        self.loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)


LifeOfAPost.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    # A failing life is told as it was found; making it shorter takes minutes.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
TestLifeOfAPost = LifeOfAPost.TestCase
