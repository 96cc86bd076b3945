"""Use cases of the directory: registering organisations and people, creating posts.

Organisations are public; people and posts are seen by every signed-in member.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from renkei.access.policy.clauses import EVERYONE, MEMBER, MEMBERS_GATE, OPEN_GATE, Audience
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import allow
from renkei.access.store import intern, load
from renkei.directory import rules, store
from renkei.directory.abilities import may_administer, may_keep_posts, require_administrator
from renkei.directory.tables import Organization, Person, Post
from renkei.ledger.unit import Unit
from renkei.problems import Problem, refuse_if
from renkei.text import check_text

MEMBERS = Audience.of(MEMBER)
_Parse = Callable[[str, tuple[str, ...]], tuple[Any, list[Problem]]]


async def register_organization(
    unit: Unit,
    reach: Reach,
    *,
    kind: str,
    name_ja: str,
    name_en: str | None = None,
    name_kana: str = "",
    corporate_number: str | None = None,
    erad_code: str | None = None,
    country: str | None = None,
) -> Organization:
    """Register an organisation, visible to everyone.

    Refused: by whoever is no administrator; a malformed 法人番号 (R1.1) or e-Rad code (R1.7), one
    that is registered already, an unknown kind. `country` (two letters) is what REL TO asks for;
    where it is not known, nobody of the organisation reads what is releasable to some countries.
    """
    require_administrator(reach.viewer)
    parsed_kind, problems = rules.parse_organization_kind(kind, ("kind",))
    problems += [
        *check_text(("nameJa",), name_ja),
        *check_text(("nameEn",), name_en, required=False),
        *check_text(("nameKana",), name_kana, required=False),
    ]
    number, found = _optional(rules.parse_corporate_number, corporate_number, ("corporateNumber",))
    code, more = _optional(rules.parse_erad_code, erad_code, ("eradCode",))
    home, unknown = rules.parse_country(country, ("country",))
    problems += found + more + unknown
    for column, value in (("corporate_number", number), ("erad_code", code)):
        problems += await _check_free(unit, reach, Organization, column, value)
    refuse_if(problems)
    assert parsed_kind is not None
    organization = Organization(
        id=uuid4(),
        kind=parsed_kind.value,
        name_ja=name_ja.strip(),
        name_kana=name_kana,
        name_en=name_en or None,
        corporate_number=number,
        erad_code=code,
        country=home,
        created_at=unit.at,
        audience_id=await intern(unit.session, EVERYONE),
        gate_id=await intern(unit.session, OPEN_GATE),
    )
    unit.session.add(organization)
    await unit.session.flush()
    await unit.record("organization.registered", organization.id, actor=reach.viewer.actor)
    return organization


async def register_person(
    unit: Unit,
    reach: Reach,
    *,
    name: str,
    name_kana: str = "",
    name_en: str | None = None,
    erad_number: str | None = None,
    orcid: str | None = None,
) -> Person:
    """Register a person, visible to members. The name is kept as typed: 髙, 﨑, 𠮷.

    Refused: by whoever is no administrator; a malformed e-Rad number (R1.2) or ORCID iD (R1.4),
    one that another person has: a number is of one person for life (R1.3).
    """
    require_administrator(reach.viewer)
    number, problems = _optional(rules.parse_erad_number, erad_number, ("eradNumber",))
    orcid_id, more = _optional(rules.parse_orcid, orcid, ("orcid",))
    problems = check_names(name, name_kana, name_en) + problems + more
    for column, value in (("erad_number", number), ("orcid", orcid_id)):
        problems += await _check_free(unit, reach, Person, column, value)
    refuse_if(problems)
    person = await new_person(
        unit,
        name=name,
        name_kana=name_kana,
        name_en=name_en,
        erad_number=number,
        orcid=orcid_id,
    )
    await unit.record("person.registered", person.id, actor=reach.viewer.actor)
    return person


def check_names(name: str, name_kana: str, name_en: str | None) -> list[Problem]:
    """The problems of a person's names."""
    return [
        *check_text(("name",), name),
        *check_text(("nameKana",), name_kana, required=False),
        *check_text(("nameEn",), name_en, required=False),
    ]


async def new_person(
    unit: Unit,
    *,
    name: str,
    name_kana: str = "",
    name_en: str | None = None,
    erad_number: str | None = None,
    orcid: str | None = None,
) -> Person:
    """Write a person, visible to members. Refuses names that are none; who may is asked before."""
    refuse_if(check_names(name, name_kana, name_en))
    person = Person(
        id=uuid4(),
        name=name.strip(),
        name_kana=name_kana,
        name_en=name_en or None,
        erad_number=erad_number,
        orcid=orcid,
        created_at=unit.at,
        audience_id=await intern(unit.session, MEMBERS),
        gate_id=await intern(unit.session, MEMBERS_GATE),
    )
    unit.session.add(person)
    await unit.session.flush()
    return person


async def create_post(
    unit: Unit,
    reach: Reach,
    *,
    organization_id: UUID,
    role: str,
    title_ja: str,
    title_en: str | None = None,
) -> Post:
    """Create a post in an organisation. What its holder may do follows from `role`.

    Refused: by whoever is neither the organisation's administrator nor the platform's; an
    organisation that does not exist, an unknown role; a role that does not fit the kind of
    organisation, for its own administrator.
    """
    organization = await load(unit.session, reach, Organization, organization_id)
    allow(may_keep_posts(reach.viewer, organization.id, role))
    problems = [
        *check_text(("titleJa",), title_ja),
        *check_text(("titleEn",), title_en, required=False),
    ]
    if role not in set(rules.Role):
        problems.append(_unknown_role())
    elif not may_administer(reach.viewer).allowed:
        problems += rules.check_role(organization.kind, role, ("role",))
    refuse_if(problems)
    post = Post(
        id=uuid4(),
        organization_id=organization.id,
        role=role,
        title_ja=title_ja.strip(),
        title_en=title_en or None,
        created_at=unit.at,
        audience_id=await intern(unit.session, MEMBERS),
        gate_id=await intern(unit.session, MEMBERS_GATE),
    )
    unit.session.add(post)
    await unit.session.flush()
    await unit.record("post.created", post.id, actor=reach.viewer.actor)
    return post


def _optional(
    parse: _Parse, raw: str | None, path: tuple[str, ...]
) -> tuple[str | None, list[Problem]]:
    """An identifier that may be missing; an empty one is missing."""
    if raw is None or not raw.strip():
        return None, []
    return parse(raw, path)


async def _check_free(
    unit: Unit,
    reach: Reach,
    table: type[Organization | Person],
    column: str,
    value: str | None,
) -> list[Problem]:
    """The problem of an identifier that somebody has already."""
    if await store.by_identifier(unit.session, reach, table, column, value) is None:
        return []
    head, *rest = column.split("_")
    return [
        Problem(
            (head + "".join(word.capitalize() for word in rest),),
            "ALREADY_REGISTERED",
            "This number is registered already.",
            "この番号は、すでに登録されています。",
        )
    ]


def _unknown_role() -> Problem:
    roles = ", ".join(rules.Role)
    return Problem(
        ("role",),
        "UNKNOWN_ROLE",
        f"Unknown role. One of: {roles}.",
        f"役割が正しくありません。次のどれかです：{roles}",
    )
