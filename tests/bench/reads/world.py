"""The world that reads are measured in: whole calls of proposals, briefs, and full inboxes.

Every proposal has an audience of its own, so that the agency's viewer meets one for each; a fifth
of the briefs is above TLP:GREEN; a notice is of what its reader sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from bench.policy_world import MARKS, NOW, Big, Row
from bench.policy_world import Size as PolicySize
from renkei.access.policy.clauses import (
    EVERYONE,
    MEMBERS_GATE,
    OPEN_GATE,
    Audience,
    office,
    org,
    person,
)
from renkei.identity.secrets import TOKEN_PREFIX, hash_secret

# Counts up when other rows are made: what was kept of an older world is of no use then.
FORM = 2
OFFICERS, READERS, SAMPLED = 8, 40, 64
TEAM, AREAS_A_CALL, TOKENS_YEARS = 3, 2, 20
THEMES = (
    *("小型無人機", "量子暗号", "衛星通信", "極超音速", "海洋観測", "人工知能", "半導体", "蓄電池"),
    *("複合材料", "水中音響", "宇宙状況把握", "光通信", "合成生物学", "高出力レーザー"),
    *("移動ロボット", "電波航法"),
)
ASPECTS = (
    *("自律制御", "分散処理", "耐環境性", "信頼性評価", "高感度化", "小型軽量化"),
    *("省電力化", "標準化"),
)


@dataclass(frozen=True)
class Size:
    """How many records there are."""

    areas: int = 60
    organizations: int = 2_000
    people: int = 10_000
    calls: int = 1_000
    proposals: int = 50_000
    briefs: int = 5_000
    notices: int = 240_000

    @property
    def records(self) -> int:
        """All of them."""
        return sum(getattr(self, one.name) for one in fields(self))

    def scaled(self, by: float) -> Size:
        """As much of each, but never so few that a document has nothing to read."""
        least = Size(20, 20, 80, 60, 400, 60, 80 * 24)
        return Size(
            **{
                one.name: max(getattr(least, one.name), round(by * getattr(self, one.name)))
                for one in fields(self)
            }
        )


@dataclass
class ReadWorld:
    """The rows, made in order, and what a client has to know to ask for them."""

    size: Size
    big: Big = field(default_factory=lambda: Big(PolicySize()))
    organizations: list[UUID] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)
    areas: list[UUID] = field(default_factory=list)
    calls: list[UUID] = field(default_factory=list)
    briefs: list[UUID] = field(default_factory=list)
    proposals: list[UUID] = field(default_factory=list)
    # Briefs that everybody signed in reads, and those that an organisation is named in.
    open_briefs: list[int] = field(default_factory=list)
    shared: dict[UUID, list[int]] = field(default_factory=dict)

    @property
    def rng(self) -> Random:
        """The one source of chance: the same world each time."""
        return self.big.rng

    def asked(self) -> dict[str, list[str]]:
        """Whose tokens there are, which proposals are asked for, and what is searched."""
        texts = [f"{theme} {ASPECTS[n % len(ASPECTS)]}" for n, theme in enumerate(THEMES)]
        return {
            "officers": [_secret(n) for n in range(OFFICERS)],
            "readers": [_secret(n) for n in range(OFFICERS, OFFICERS + READERS)],
            "people": [str(key) for key in self.people[OFFICERS : OFFICERS + READERS]],
            "proposals": [str(key) for key in self.proposals[:SAMPLED]],
            "texts": texts,
        }

    def tables(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Every table's rows, clauses last: they are known when all else was made."""
        size, key = self.size, self.big.key
        self.organizations = [key() for _ in range(size.organizations)]
        self.people = [key() for _ in range(size.people)]
        self.areas = [key() for _ in range(size.areas)]
        self.calls = [key() for _ in range(size.calls)]
        public = self.big.policed(EVERYONE, OPEN_GATE)
        members = self.big.policed(Audience.of("member"), MEMBERS_GATE)
        yield "organization", (self._organization(n) | public for n in range(size.organizations))
        yield "person", (self._person(n) | members for n in range(size.people))
        posts = [key() for _ in range(size.organizations)]
        yield "post", (self._post(n, post) | public for n, post in enumerate(posts))
        yield (
            "holding",
            (
                {"id": key(), "post_id": posts[self._home(n)], "person_id": who, "start": NOW}
                for n, who in enumerate(self.people)
            ),
        )
        yield "account", (self._account(n, who) for n, who in enumerate(self.people))
        yield "access_token", (self._token(n) for n in range(OFFICERS + READERS))
        listed, programme = key(), key()
        area_list = {"id": listed, "code": "20areas", "version": "1", "name_ja": "一覧"}
        yield "area_list", iter([area_list | public])
        yield "area", (self._area(n, listed) | public for n in range(size.areas))
        yield "programme", iter([self._programme(programme) | public])
        yield "call", (self._call(n, programme) | public for n in range(size.calls))
        yield "call_area", (row for n in range(size.calls) for row in self._call_areas(n))
        yield "brief", (self._brief(n) for n in range(size.briefs))
        rows = [self._proposal(n) for n in range(size.proposals)]
        yield "proposal", (proposal for proposal, _ in rows)
        yield "proposal_member", (member for _, team in rows for member in team)
        yield "fact", iter(self._facts())
        yield "notice", (row for n in range(size.people) for row in self._inbox(n))
        yield from self.big.clauses()

    def _home(self, n: int) -> int:
        """The organisation of a person: officers are the agency's, others anybody's but its."""
        return 1 if n < OFFICERS else 2 + n % (self.size.organizations - 2)

    def _organization(self, n: int) -> Row:
        kind = ("MINISTRY", "AGENCY")[n] if n < 2 else "RESEARCH"
        made = {"id": self.organizations[n], "kind": kind, "created_at": NOW, "version": 1}
        return made | {"name_ja": f"見本組織{n}", "name_kana": f"みほんそしき{n:05}"}

    def _person(self, n: int) -> Row:
        made = {"id": self.people[n], "created_at": NOW, "version": 1}
        return made | {"name": f"見本 {n}郎", "name_kana": f"みほん {n:05}"}

    def _post(self, n: int, key: UUID) -> Row:
        role = ("ministry", "agency")[n] if n < 2 else "researcher"
        made = {"id": key, "organization_id": self.organizations[n], "role": role}
        return made | {"title_ja": "担当", "created_at": NOW}

    def _account(self, n: int, who: UUID) -> Row:
        return {"person_id": who, "email": f"p{n}@bench.example", "password_hash": "-"}

    def _token(self, n: int) -> Row:
        secret = _secret(n)
        return {
            "id": self.big.key(),
            "prefix": secret[:10],
            "token_hash": hash_secret(secret),
            "person_id": self.people[n],
            "name": "bench",
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=365 * TOKENS_YEARS),
        }

    def _area(self, n: int, listed: UUID) -> Row:
        made = {"id": self.areas[n], "list_id": listed, "list_code": "20areas", "position": n}
        made |= {"list_version": "1", "code": f"A{n:03}", "name_ja": f"領域{n}"}
        return made | {"confidence": "verified", "source": "bench"}

    def _programme(self, key: UUID) -> Row:
        made = {"id": key, "code": "G", "organization_id": self.organizations[0]}
        made |= {"kind": "RESEARCH", "title_ja": "制度", "summary_ja": "", "created_at": NOW}
        return made | {"version": 1, "tlp": "CLEAR", **MARKS}

    def _title(self, n: int) -> str:
        theme, aspect = self.rng.choice(THEMES), self.rng.choice(ASPECTS)
        return f"{theme}の{aspect}に関する研究{n}"

    def _call(self, n: int, programme: UUID) -> Row:
        made = {"id": self.calls[n], "code": f"K{n}", "programme_id": programme, "version": 1}
        made |= {"organization_id": self.organizations[n % 2], "title_ja": self._title(n)}
        made |= {"summary_ja": "", "body_ja": "", "status": "OPEN", "opens_at": NOW}
        made |= {"needs_institution": True, "indirect_percent": 30, "created_at": NOW}
        closes = NOW + timedelta(minutes=self.rng.randrange(500_000))
        return made | {"closes_at": closes, "published_at": NOW, "tlp": "CLEAR", **MARKS}

    def _call_areas(self, n: int) -> list[Row]:
        chosen = self.rng.sample(self.areas, AREAS_A_CALL)
        return [{"call_id": self.calls[n], "area_id": area} for area in chosen]

    def _brief(self, n: int) -> Row:
        key, maker = self.big.key(), self.organizations[2 + n % (self.size.organizations - 2)]
        self.briefs.append(key)
        tlp, audience, gate = "CLEAR", EVERYONE, OPEN_GATE
        if n % 5 == 0:
            named = {maker, *self.rng.sample(self.organizations[2:], 3)}
            tlp, audience, gate = "AMBER", Audience.of(*map(org, named)), MEMBERS_GATE
            for one in sorted(named):
                self.shared.setdefault(one, []).append(n)
        else:
            self.open_briefs.append(n)
            if n % 5 > 2:
                tlp, audience, gate = "GREEN", Audience.of("member"), MEMBERS_GATE
        at = NOW - timedelta(minutes=self.rng.randrange(1_000_000))
        made = {"id": key, "code": f"B{n}", "organization_id": maker, "kind": "ANALYSIS"}
        made |= {"status": "RELEASED", "title_ja": self._title(n), "summary_ja": ""}
        made |= {"information_date": date(2026, 10, 1), "released_at": at}
        made |= {"author_id": self.people[n % len(self.people)], "created_at": at, "updated_at": at}
        return made | {"version": 1, "tlp": tlp, **MARKS, **self.big.policed(audience, gate)}

    def _proposal(self, n: int) -> tuple[Row, list[Row]]:
        rng, key = self.rng, self.big.key()
        self.proposals.append(key)
        team = rng.sample(range(self.size.people), TEAM)
        lead = self.organizations[self._home(team[0])]
        who = [self.people[one] for one in team]
        audience = Audience.of(*map(person, who), office(lead), org(self.organizations[1]))
        policed = self.big.policed(audience, MEMBERS_GATE)
        at = NOW - timedelta(minutes=rng.randrange(1_000_000))
        made = {"id": key, "number": f"P{n}", "call_id": self.calls[n % self.size.calls]}
        made |= {"lead_organization_id": lead, "pi_person_id": who[0], "status": "SUBMITTED"}
        made |= {"title": self._title(n), "summary": "", "plan": {}, "returned_reason": ""}
        made |= {"created_at": at, "updated_at": at, "submitted_at": at, "version": 1}
        members = [
            {"id": self.big.key(), "proposal_id": key, "person_id": self.people[one]}
            | {"organization_id": self.organizations[self._home(one)], "is_pi": place == 0}
            | {"effort_percent": 20, "consent": "given", "position": place, **policed}
            for place, one in enumerate(team)
        ]
        return made | {"tlp": "AMBER+STRICT", **MARKS, **policed}, members

    def _facts(self) -> list[Row]:
        """A fact each of calls and briefs, numbered in that order."""
        told = [("call.published", key) for key in self.calls]
        told += [("brief.released", key) for key in self.briefs]
        return [
            {"id": n, "kind": kind, "subject_id": key, "at": NOW, "data": {}}
            for n, (kind, key) in enumerate(told, start=1)
        ]

    def _inbox(self, n: int) -> Iterator[Row]:
        """What one person was told of: calls and briefs by halves, the briefs shared with them."""
        rng, calls = self.rng, self.size.calls
        many = max(1, self.size.notices // self.size.people)
        shared = self.shared.get(self.organizations[self._home(n)], [])[: many // 4]
        briefs = shared + rng.sample(self.open_briefs, many // 2 - len(shared))
        subjects: list[tuple[int, Any]] = [(1 + calls + one, self.briefs[one]) for one in briefs]
        subjects += [(1 + one, None) for one in rng.sample(range(calls), many - len(briefs))]
        policed = self.big.policed(Audience.of(person(self.people[n])), MEMBERS_GATE)
        for fact, brief in subjects:
            kind, reason = ("brief.released", "brief") if brief else ("call.published", "area")
            made = {"id": self.big.key(), "person_id": self.people[n], "fact_id": fact}
            made |= {"kind": kind, "reason": reason, "brief_id": brief}
            made |= {"call_id": None if brief else self.calls[fact - 1]}
            at = NOW - timedelta(minutes=rng.randrange(100_000))
            yield made | {"created_at": at, **policed}


def _secret(n: int) -> str:
    """The access token of the n-th person who has one. Nothing but this world knows it."""
    return f"{TOKEN_PREFIX}bench-{n}"
