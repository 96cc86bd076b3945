"""A large world for the policy's cost: many briefs, and proposals with an audience each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import SQLModel

from renkei import tables as _all_tables
from renkei.access.policy.clauses import (
    MEMBERS_GATE,
    OPEN_GATE,
    Audience,
    Clause,
    Gate,
    digest,
    office,
    org,
    person,
)
from renkei.access.policy.viewer import ANONYMOUS, HeldPost, Viewer
from renkei.database.engine import Database

_ = _all_tables
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MARKS = {"grade": 1, "restrictions": "", "releasable_to": "", "needs_consent": False}
CHUNK = 5_000
Row = dict[str, Any]


@dataclass
class Size:
    """How large the world is."""

    briefs: int = 200_000
    proposals: int = 50_000
    organizations: int = 2_000
    people: int = 5_000
    areas: int = 20


@dataclass
class Big:
    """The rows, made in order; and who looks."""

    size: Size
    rng: Random = field(default_factory=lambda: Random(7))
    ids: dict[Clause, int] = field(default_factory=dict)
    organizations: list[UUID] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)
    areas: list[UUID] = field(default_factory=list)
    calls: list[UUID] = field(default_factory=list)
    briefs: list[tuple[UUID, Audience]] = field(default_factory=list)

    def key(self) -> UUID:
        """A random key."""
        return UUID(int=self.rng.getrandbits(128), version=4)

    def policed(self, audience: Audience, gate: Gate) -> Row:
        """The two columns of a record; each distinct clause once."""
        for clause in (audience, gate):
            self.ids.setdefault(clause, len(self.ids) + 1)
        return {"audience_id": self.ids[audience], "gate_id": self.ids[gate]}

    def viewers(self) -> dict[str, Viewer]:
        """Nobody, a firm's member, an officer of the agency and of the ministry."""
        ministry, agency, *rest = self.organizations

        def member(organization: UUID, role: str) -> Viewer:
            who = self.people[0]
            return Viewer(
                person_id=who,
                posts=(HeldPost(UUID(int=1), organization, role),),
                affiliations=frozenset({person(who), org(organization)}),
            )

        return {
            "anonymous": ANONYMOUS,
            "firm": member(rest[0], "firm"),
            "agency": member(agency, "agency"),
            "ministry": member(ministry, "ministry"),
        }

    def tables(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Every table's rows, clauses last: they are known when all else was made."""
        everyone, members = Audience.of("public"), Audience.of("member")
        size = self.size
        self.organizations = [self.key() for _ in range(size.organizations)]
        self.people = [self.key() for _ in range(size.people)]
        self.areas = [self.key() for _ in range(size.areas)]
        self.calls = [self.key() for _ in range(50)]
        listed, programme = self.key(), self.key()
        public = self.policed(everyone, OPEN_GATE)
        yield (
            "organization",
            (
                {
                    "id": key,
                    "kind": "FIRM",
                    "name_ja": f"組織{n}",
                    "name_kana": "",
                    "created_at": NOW,
                }
                | {"version": 1, **public}
                for n, key in enumerate(self.organizations)
            ),
        )
        open_to_members = self.policed(members, MEMBERS_GATE)
        yield (
            "person",
            (
                {"id": key, "name": f"人{n}", "name_kana": "", "created_at": NOW, "version": 1}
                | open_to_members
                for n, key in enumerate(self.people)
            ),
        )
        yield (
            "area_list",
            iter([{"id": listed, "code": "20areas", "version": "1", "name_ja": "一覧", **public}]),
        )
        yield (
            "area",
            (
                {"id": key, "list_id": listed, "list_code": "20areas", "list_version": "1"}
                | {"code": f"A{n}", "name_ja": f"領域{n}", "position": n, "confidence": "verified"}
                | {"source": "bench", **public}
                for n, key in enumerate(self.areas)
            ),
        )
        yield (
            "programme",
            iter(
                [
                    {"id": programme, "code": "G", "organization_id": self.organizations[0]}
                    | {"kind": "RESEARCH", "title_ja": "制度", "summary_ja": "", "created_at": NOW}
                    | {"version": 1, "tlp": "CLEAR", **MARKS, **public}
                ]
            ),
        )
        yield "call", (self._call(n, key, programme, public) for n, key in enumerate(self.calls))
        yield "brief", (self._brief(n) for n in range(size.briefs))
        yield (
            "brief_area",
            (
                {"brief_id": key, "area_id": self.areas[n % size.areas]}
                for n, (key, _) in enumerate(self.briefs)
            ),
        )
        yield "proposal", (self._proposal(n) for n in range(size.proposals))
        yield from self.clauses()

    def clauses(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """The clauses that records were given so far, and their tokens."""
        yield (
            "clause",
            (
                {"id": number, "kind": "audience" if isinstance(clause, Audience) else "gate"}
                | {"digest": digest(clause), "group_count": len(clause.groups)}
                for clause, number in self.ids.items()
            ),
        )
        yield (
            "clause_token",
            (
                {"clause_id": number, "group_no": place, "name": token.name}
                | {"start": token.start, "until": token.until}
                for clause, number in self.ids.items()
                for place, group in self._groups(clause)
                for token in group
            ),
        )

    def _groups(self, clause: Clause) -> Iterator[tuple[int, Any]]:
        yield from enumerate(clause.groups)
        if isinstance(clause, Audience) and clause.deny:
            yield -1, Audience.of(*clause.deny).allow

    def _call(self, n: int, key: UUID, programme: UUID, public: Row) -> Row:
        return {
            "id": key,
            "code": f"K{n}",
            "programme_id": programme,
            "organization_id": self.organizations[0],
            "title_ja": f"公募{n}",
            "summary_ja": "",
            "body_ja": "",
            "status": "OPEN",
            "opens_at": NOW,
            "closes_at": NOW + timedelta(days=30),
            "needs_institution": True,
            "indirect_percent": 30,
            "created_at": NOW,
            "version": 1,
            "tlp": "CLEAR",
            **MARKS,
            **public,
        }

    def _brief(self, n: int) -> Row:
        rng, key = self.rng, self.key()
        draw = rng.random()
        maker = org(self.organizations[2 + n % 200])
        if draw < 0.3:
            tlp, audience, gate = "CLEAR", Audience.of("public"), OPEN_GATE
        elif draw < 0.5:
            tlp, audience, gate = "GREEN", Audience.of("member"), MEMBERS_GATE
        elif draw < 0.95:
            named = rng.sample(self.organizations, rng.randint(1, 5))
            deny = [org(rng.choice(self.organizations))] if rng.random() < 0.1 else []
            tlp, gate = "AMBER", MEMBERS_GATE
            audience = Audience.of(maker, *map(org, named), deny=deny)
        else:
            tlp, gate = "RED", MEMBERS_GATE
            audience = Audience.of(maker, person(rng.choice(self.people)))
        self.briefs.append((key, audience))
        at = NOW - timedelta(minutes=rng.randrange(1_000_000))
        return {
            "id": key,
            "code": f"B{n}",
            "organization_id": self.organizations[2 + n % 200],
            "kind": "ANALYSIS",
            "status": "RELEASED",
            "title_ja": f"ブリーフ{n}",
            "summary_ja": "",
            "information_date": date(2026, 10, 1),
            "author_id": self.people[n % len(self.people)],
            "created_at": at,
            "updated_at": at,
            "version": 1,
            "tlp": tlp,
            **MARKS,
            **self.policed(audience, gate),
        }

    def _proposal(self, n: int) -> Row:
        rng, key = self.rng, self.key()
        lead = rng.choice(self.organizations)
        team = rng.sample(self.people, 3)
        ministry, agency = self.organizations[:2]
        audience = Audience.of(*map(person, team), office(lead), org(ministry), org(agency))
        at = NOW - timedelta(minutes=rng.randrange(1_000_000))
        return {
            "id": key,
            "number": f"P{n}",
            "call_id": self.calls[n % 50],
            "lead_organization_id": lead,
            "pi_person_id": team[0],
            "status": "SUBMITTED",
            "title": f"提案{n}",
            "summary": "",
            "plan": {},
            "returned_reason": "",
            "created_at": at,
            "updated_at": at,
            "version": 1,
            "tlp": "AMBER+STRICT",
            **MARKS,
            **self.policed(audience, MEMBERS_GATE),
        }


async def fill(database: Database, size: Size) -> Big:
    """Put the world into a migrated, empty database, and let it count what it holds."""
    big = Big(size)
    await pour(database, big.tables())
    return big


async def pour(database: Database, tables: Iterable[tuple[str, Iterable[Row]]]) -> None:
    """Put these rows into a migrated, empty database, and let it count what it holds."""
    made: dict[str, list[Row]] = {name: list(rows) for name, rows in tables}
    order = [table.name for table in SQLModel.metadata.sorted_tables if table.name in made]
    async with database.engine.execution_options(renkei_writes=True).connect() as connection:
        for name in order:
            table = SQLModel.metadata.tables[name]
            for chunk in _chunks(made[name]):
                await connection.execute(insert(table), chunk)
        await connection.commit()
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("ANALYZE")
        await connection.commit()


def _chunks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    rest = iter(rows)
    while chunk := list(itertools.islice(rest, CHUNK)):
        yield chunk
