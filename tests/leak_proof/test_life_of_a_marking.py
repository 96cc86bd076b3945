"""Marking, sharing, raising, lowering, joining, leaving, in any order: who sees is the oracle's."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from leak_proof.modelling import BriefModel, Model
from renkei.access import consents
from renkei.access.policy import clauses
from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.app import App
from renkei.briefs import lowering, service, sharing
from renkei.briefs.tables import Brief
from renkei.clock import FixedClock
from renkei.database import migrate
from renkei.directory import groups, holdings
from renkei.directory.operating import OPERATOR
from renkei.reactions import reindex
from renkei.reading.page import Page
from renkei.search.finding import find
from renkei.search.port import SearchQuery
from support.asking import settings_for
from support.factories import Town, town_in
from support.world import World

BRIEFS: Any = Brief.__table__  # type: ignore[attr-defined]  # SQLModel sets it
LABELS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
people = st.sampled_from(("firm", "other_firm", "researcher", "partner"))
labels = st.sampled_from(LABELS)


@cache
def template() -> Path:
    """A migrated, empty database, made once a process."""
    file = Path(tempfile.mkdtemp(prefix="life-")) / "template.db"
    migrate.upgrade(f"sqlite+aiosqlite:///{file}")
    return file


class LifeOfAMarking(RuleBasedStateMachine):
    """A think tank, two firms, two universities; each rule is one use case and its trace in the
    model, each look compares a person's list, count and search with the oracle's.
    """

    def __init__(self) -> None:
        super().__init__()
        template()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.model = Model()
        self.clock = FixedClock()
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def play(self, viewer: Viewer, use_case: Any, **arguments: Any) -> Any:
        """A use case as the person is now, and the index after it."""

        async def played() -> Any:
            now = viewer if viewer is OPERATOR else await self.town.world.again(viewer)
            answer = await self.town.world.play(now, use_case, **arguments)
            await self.town.react()
            return answer

        self.clock.advance(seconds=1)
        return self.run(played())

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())

    async def _begin(self) -> None:
        file = self.folder / "renkei.db"
        shutil.copyfile(template(), file)
        settings_here = settings_for(f"sqlite+aiosqlite:///{file}", self.folder)
        app = await self.stack.enter_async_context(App.opened(settings_here, clock=self.clock))
        self.town: Town = await town_in(app, World(app.database, self.clock))
        town = self.town
        self.second = await town.world.viewer(town.reviewer_id)
        self.cast: dict[str, Viewer] = {
            "analyst": town.analyst,
            "second": self.second,
            "firm": town.firm,
            "other_firm": town.other_firm,
            "researcher": town.funding.researcher,
            "partner": town.funding.partner,
        }
        for viewer in self.cast.values():
            (post,) = viewer.posts
            assert viewer.person_id is not None
            self.model.facts["organizations"][str(post.organization_id)] = {"country": None}
            at = self.clock.now()
            self.model.hold(viewer.person_id, post.id, post.organization_id, post.role, at)
        self.group = await town.world.play(town.analyst, groups.create_group, name_ja="会（架空）")
        await reindex(app)

    def token_of(self, who: str, kind: str) -> str:
        viewer = self.cast[who]
        (post,) = viewer.posts
        assert viewer.person_id is not None
        return {
            "organization": clauses.org(post.organization_id),
            "post": clauses.post(post.id),
            "person": clauses.person(viewer.person_id),
            "group": clauses.group(self.group.id),
        }[kind]

    @rule(tlp=labels, later=st.booleans())
    @precondition(lambda self: len(self.model.briefs) < 3)
    def release(self, tlp: str, later: bool) -> None:
        draft = self.run(self.town.brief(tlp))
        hour = self.clock.now() + timedelta(hours=1) if later else None
        brief = self.play(
            self.town.analyst, service.release_brief, brief_id=draft.id, opens_at=hour
        )
        makers = (self.token_of("analyst", "organization"), self.token_of("analyst", "person"))
        self.model.briefs[brief.id] = BriefModel(makers, tlp, hour)

    def some_brief(self, data: Any) -> Any:
        return data.draw(st.sampled_from(sorted(self.model.briefs)))

    @rule(
        data=st.data(),
        who=people,
        kind=st.sampled_from(("organization", "post", "person", "group")),
        ends=st.booleans(),
    )
    @precondition(lambda self: self.model.briefs)
    def share(self, data: Any, who: str, kind: str, ends: bool) -> None:
        key = self.some_brief(data)
        brief = self.model.briefs[key]
        if brief.tlp == "RED" and kind != "person":
            return
        token = self.token_of(who, kind)
        until = self.clock.now() + timedelta(hours=2) if ends else None
        named: dict[str, Any] = {f"{kind}_ids": [clauses_key(token)]}
        readers = sharing.Readers(until=until, **named)
        self.play(self.town.analyst, sharing.share_brief, brief_id=key, readers=readers)
        brief.named[token] = until
        brief.denied.discard(token)

    @rule(data=st.data(), who=people, kind=st.sampled_from(("organization", "person")))
    @precondition(lambda self: self.model.briefs)
    def exclude(self, data: Any, who: str, kind: str) -> None:
        key = self.some_brief(data)
        brief = self.model.briefs[key]
        if brief.tlp == "CLEAR":
            return
        token = self.token_of(who, kind)
        excluded = {f"exclude_{kind}_ids": [clauses_key(token)]}
        self.play(self.town.analyst, sharing.narrow_brief, brief_id=key, **excluded)
        brief.named.pop(token, None)
        brief.denied.add(token)

    @rule(data=st.data(), who=people)
    @precondition(lambda self: self.model.briefs)
    def take_back(self, data: Any, who: str) -> None:
        key = self.some_brief(data)
        token = self.token_of(who, "organization")
        self.play(self.town.analyst, sharing.narrow_brief, brief_id=key, withdraw_from=[token])
        self.model.briefs[key].named.pop(token, None)
        self.model.briefs[key].denied.discard(token)

    @rule(data=st.data(), tlp=labels)
    @precondition(lambda self: self.model.briefs)
    def raise_marking(self, data: Any, tlp: str) -> None:
        key = self.some_brief(data)
        brief = self.model.briefs[key]
        if LABELS.index(tlp) < LABELS.index(brief.tlp):
            return
        self.play(self.town.analyst, sharing.narrow_brief, brief_id=key, tlp=tlp)
        brief.tlp = tlp
        if tlp == "RED":
            brief.named = {t: end for t, end in brief.named.items() if t.startswith("person:")}

    @rule(data=st.data(), tlp=labels, approve=st.booleans())
    @precondition(lambda self: self.model.briefs)
    def lower(self, data: Any, tlp: str, approve: bool) -> None:
        key = self.some_brief(data)
        brief = self.model.briefs[key]
        if LABELS.index(tlp) >= LABELS.index(brief.tlp):
            return
        proposed = self.play(
            self.town.analyst, lowering.propose_lowering, brief_id=key, tlp=tlp, reason="理由"
        )
        self.play(self.second, lowering.decide_lowering, lowering_id=proposed.id, approve=approve)
        if approve:
            brief.tlp = tlp
            brief.consent = brief.consent and tlp != "CLEAR"

    @rule(data=st.data())
    @precondition(lambda self: self.model.briefs)
    def ask_for_consent(self, data: Any) -> None:
        key = self.some_brief(data)
        brief = self.model.briefs[key]
        analyst = self.town.analyst.person_id
        assert analyst is not None
        if brief.tlp == "CLEAR" or not self.model.has("consents", person=analyst):
            return
        self.play(self.town.analyst, sharing.narrow_brief, brief_id=key, needs_consent=True)
        brief.consent = True

    @rule(who=st.sampled_from(("analyst", "second", "firm", "researcher")))
    def consent_or_not(self, who: str) -> None:
        viewer = self.cast[who]
        assert viewer.person_id is not None
        if self.model.has("consents", person=viewer.person_id):
            if who in {"analyst", "second"}:
                return
            self.play(viewer, consents.withdraw_consent, to="confidentiality")
            self.model.end("consents", self.clock.now(), person=viewer.person_id)
            return
        self.play(viewer, consents.give_consent, to="confidentiality")
        given = {"person": str(viewer.person_id), "consent": "confidentiality"}
        self.model.facts["consents"].append(given | {"since": self.clock.now(), "until": None})

    @rule(who=people)
    def join_or_leave_the_group(self, who: str) -> None:
        organization = self.cast[who].posts[0].organization_id
        ends = {"group": self.group.id, "organization": organization}
        arguments = {"group_id": self.group.id, "organization_id": organization}
        if self.model.has("group_members", **ends):
            self.play(self.town.analyst, groups.remove_from_group, **arguments)
            self.model.end("group_members", self.clock.now(), **ends)
            return
        self.play(self.town.analyst, groups.add_to_group, **arguments)
        row = {name: str(key) for name, key in ends.items()}
        self.model.facts["group_members"].append(row | {"since": self.clock.now(), "until": None})

    @rule(who=people)
    def leave_the_post_or_come_back(self, who: str) -> None:
        viewer = self.cast[who]
        (post,) = viewer.posts
        assert viewer.person_id is not None
        arguments = {"post_id": post.id, "person_id": viewer.person_id}
        if self.model.has("holdings", person=viewer.person_id):
            self.play(OPERATOR, holdings.leave_post, **arguments)
            self.model.end("holdings", self.clock.now(), person=viewer.person_id)
            return
        self.play(OPERATOR, holdings.appoint, **arguments)
        at = self.clock.now()
        self.model.hold(viewer.person_id, post.id, post.organization_id, post.role, at)

    @rule(who=people, where=people)
    def belong_elsewhere_too(self, who: str, where: str) -> None:
        person, organization = self.cast[who].person_id, self.cast[where].posts[0].organization_id
        assert person is not None
        ends = {"person": person, "organization": organization}
        arguments = {"person_id": person, "organization_id": organization}
        if self.model.has("affiliations", **ends):
            self.play(OPERATOR, groups.end_affiliation, **arguments)
            self.model.end("affiliations", self.clock.now(), **ends)
            return
        self.play(OPERATOR, groups.record_affiliation, **arguments)
        row = {name: str(key) for name, key in ends.items()}
        self.model.facts["affiliations"].append(row | {"since": self.clock.now(), "until": None})

    @rule(minutes=st.sampled_from((1, 59, 60, 121)), indexed=st.booleans())
    def time_goes_by(self, minutes: int, indexed: bool) -> None:
        self.clock.advance(minutes=minutes)
        if indexed:
            self.run(self.town.react())

    @rule(who=st.sampled_from(("nobody", "second", "firm", "other_firm", "researcher", "partner")))
    def look(self, who: str) -> None:
        self.run(self._look(who))

    async def _look(self, who: str) -> None:
        viewer = ANONYMOUS
        if who != "nobody":
            viewer = await self.town.world.again(self.cast[who])
        expected = self.model.sees(viewer.person_id, self.clock.now())
        reader = self.town.world.reader(viewer)
        page = Page(size=100)
        try:
            listed = await reader.page(BRIEFS, page)
            count = await reader.count(BRIEFS, page)
            query = SearchQuery(
                text="磁石", tokens=viewer.tokens, affiliations=viewer.affiliations, limit=50
            )
            found = await find(
                self.town.app.search, reader, query, {"brief": (BRIEFS, frozenset())}
            )
        finally:
            await reader.close()
        assert {str(record.id) for record in listed.records} == expected, who
        assert count == len(expected)
        hits = {str(record.id) for record in found.records}
        # Search may leave out what has just opened, and nothing else; it never shows more.
        assert hits <= expected
        assert found.total == len(hits)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def clauses_key(token: str) -> UUID:
    """The key in a token."""
    return UUID(token.partition(":")[2])


LifeOfAMarking.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    # A failing life is told as it was found; making it shorter takes minutes.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
TestLifeOfAMarking = LifeOfAMarking.TestCase
