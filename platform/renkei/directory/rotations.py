"""A rotation of posts (人事異動): a list of who leaves and who comes, in force at one instant.

It is planned as a whole or not at all: each line that can't be is told, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import allow
from renkei.access.store import load
from renkei.directory import store
from renkei.directory.abilities import may_keep_posts
from renkei.directory.holdings import (
    check_member,
    guard_of,
    hold,
    holds_then,
    settled,
    told,
)
from renkei.directory.tables import Holding, Organization, Person, Post
from renkei.directory.terms import HoldingKind, Term, check_term
from renkei.ledger.unit import Unit
from renkei.problems import Problem, refuse_if

LINES_MAX = 200


@dataclass(frozen=True)
class Line:
    """One line of the list: this person leaves, or comes to, this post. None: an unknown id."""

    post_id: UUID | None
    person_id: UUID | None


@dataclass(frozen=True)
class _Read:
    """What the lines name: posts of the organisation and people, as far as the viewer sees them."""

    posts: Mapping[UUID, Post]
    people: frozenset[UUID]


async def rotate(
    unit: Unit,
    reach: Reach,
    *,
    organization_id: UUID,
    takes_effect_at: datetime,
    leaving: Sequence[Line],
    appointing: Sequence[Line],
) -> list[Holding]:
    """Plan a rotation: at that instant, whoever is `leaving` holds the post no more, and whoever is
    `appointing` does. Each holding can be changed or called off by itself until then.

    Refused as a whole: by whoever may not keep the organisation's posts; an instant that has
    passed; no line, or more than 200; a post that is none of the organisation; an unknown person;
    who leaves what they don't hold then, or comes to what they hold already; a line that is there
    twice; who does not belong to the organisation; where it would be left without an administrator.
    """
    organization = await load(unit.session, reach, Organization, organization_id, lock=True)
    allow(may_keep_posts(reach.viewer, organization.id, ""))
    refuse_if(_check_lines(unit, takes_effect_at, leaving, appointing))
    read = await _read(unit, reach, organization.id, [*leaving, *appointing])
    problems: list[Problem] = []
    ending: list[tuple[Post, Holding]] = []
    for place, line in enumerate(leaving):
        found = await _leaving(unit, read, line, takes_effect_at, ("leaving", str(place)))
        if isinstance(found, Problem):
            problems.append(found)
        else:
            ending.append(found)
    ended = {holding.id for _, holding in ending}
    coming: list[tuple[Post, UUID]] = []
    for place, line in enumerate(appointing):
        path = ("appointing", str(place))
        lacking = await _appointing(unit, reach, read, line, takes_effect_at, ended, path)
        problems += lacking
        if not lacking and line.post_id and line.person_id:
            coming.append((read.posts[line.post_id], line.person_id))
    for post in read.posts.values():
        allow(may_keep_posts(reach.viewer, organization.id, post.role))
    refuse_if(problems)
    guard = await guard_of(unit, reach.viewer, *read.posts.values())
    holdings = [
        await hold(unit, reach.viewer.actor, post, person_id, Term(takes_effect_at))
        for post, person_id in coming
    ]
    # Who comes is there before who leaves goes: a deputy who changes posts stays one.
    for _, holding in ending:
        holding.until = takes_effect_at
    for post, holding in ending:
        await settled(unit, post, holding.person_id)
        await unit.record("post.left", post.id, actor=reach.viewer.actor, **told(holding))
    await guard.check(unit)
    await unit.record(
        "organization.rotated",
        organization.id,
        actor=reach.viewer.actor,
        takes_effect_at=takes_effect_at.isoformat(),
        leaving=len(ending),
        appointing=len(coming),
    )
    return [*(holding for _, holding in ending), *holdings]


def _check_lines(
    unit: Unit, at: datetime, leaving: Sequence[Line], appointing: Sequence[Line]
) -> list[Problem]:
    problems = check_term(Term(at), unit.at, start=("takesEffectAt",), until=())
    if not 1 <= len(leaving) + len(appointing) <= LINES_MAX:
        problems.append(
            Problem(
                (),
                "OUT_OF_RANGE",
                f"A rotation has 1 to {LINES_MAX} lines.",
                f"辞令案は1行から{LINES_MAX}行までです。",
            )
        )
    for name, lines in (("leaving", leaving), ("appointing", appointing)):
        for place, line in enumerate(lines):
            if line in lines[:place]:
                problems.append(
                    Problem(
                        (name, str(place)),
                        "TWICE",
                        "This line is there already.",
                        "同じ行が、すでにあります。",
                    )
                )
    return problems


async def _read(unit: Unit, reach: Reach, organization_id: UUID, lines: Sequence[Line]) -> _Read:
    posts = {post.id: post for post in await store.posts_in(unit.session, reach, organization_id)}
    people = select(col(Person.id)).where(
        col(Person.id).in_({line.person_id for line in lines} - {None}),
        visible(reach, Person.__table__),  # type: ignore[attr-defined]  # SQLModel sets it
    )
    named = {line.post_id for line in lines}
    return _Read(
        {key: post for key, post in posts.items() if key in named},
        frozenset((await unit.session.execute(people)).scalars()),
    )


def _unknown(read: _Read, line: Line, path: tuple[str, ...]) -> list[Problem]:
    problems = []
    if line.post_id not in read.posts:
        problems.append(store.unknown("post", (*path, "postId")))
    if line.person_id not in read.people:
        problems.append(store.unknown("person", (*path, "personId")))
    return problems


async def _leaving(
    unit: Unit, read: _Read, line: Line, at: datetime, path: tuple[str, ...]
) -> tuple[Post, Holding] | Problem:
    unknown = _unknown(read, line, path)
    if unknown:
        return unknown[0]
    assert line.post_id is not None  # an unknown one was told
    for one in await store.holdings_of(unit.session, line.post_id, unit.at):
        held = one.person_id == line.person_id and one.kind == HoldingKind.HOLDER
        if held and one.start < at and (one.until is None or one.until >= at):
            return read.posts[line.post_id], one
    return Problem(
        (*path, "personId"),
        "NOT_HOLDING",
        "They don't hold this post then.",
        "この人は、その時点でこのポストに就いていません。",
    )


async def _appointing(
    unit: Unit,
    reach: Reach,
    read: _Read,
    line: Line,
    at: datetime,
    ended: set[UUID],
    path: tuple[str, ...],
) -> list[Problem]:
    unknown = _unknown(read, line, path)
    if unknown:
        return unknown
    assert line.post_id is not None  # an unknown one was told
    assert line.person_id is not None  # as above
    post = read.posts[line.post_id]
    problems = await check_member(unit, reach.viewer, post, line.person_id, (*path, "personId"))
    if await holds_then(unit, post.id, line.person_id, Term(at), besides=ended):
        problems.append(
            Problem(
                (*path, "personId"),
                "HOLDING_ALREADY",
                "They hold this post already then.",
                "この人は、その時点ですでにこのポストに就いています。",
            )
        )
    return problems
