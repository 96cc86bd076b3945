"""What is imported from rows: each kind reads a row and runs the use case of its noun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlmodel import col

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach, reach_of
from renkei.calls import service as calls
from renkei.calls.tables import Call, Concept, Programme
from renkei.directory import rules as directory
from renkei.directory import service as registry
from renkei.directory.holdings import appoint
from renkei.directory.store import by_identifier, unknown
from renkei.directory.tables import Holding, Organization, Person, Post
from renkei.imports.fields import Fields
from renkei.ledger.unit import Unit
from renkei.problems import Problem, refuse_if
from renkei.text import check_text

# Imports a row: True where it is new, False where all of it was there already.
Importer = Callable[[Unit, Reach, Fields], Awaitable[bool]]


async def organization(unit: Unit, reach: Reach, fields: Fields) -> bool:
    """An organisation; one with the same 法人番号 and the same names is there already."""
    sent = {
        "kind": fields.text("kind") or "",
        "name_ja": fields.text("name_ja") or "",
        "name_en": fields.text("name_en"),
        "name_kana": fields.text("name_kana") or "",
        "corporate_number": fields.text("corporate_number"),
        "erad_code": fields.text("erad_code"),
    }
    done(fields)
    number, _ = directory.parse_corporate_number(sent["corporate_number"] or "")
    known = await by_identifier(unit.session, reach, Organization, "corporate_number", number)
    if known is not None and (known.name_ja, known.name_en) == (sent["name_ja"], sent["name_en"]):
        return False
    await registry.register_organization(unit, reach, **sent)  # type: ignore[arg-type]  # as named
    return True


async def person(unit: Unit, reach: Reach, fields: Fields) -> bool:
    """A person and, where `organization` (法人番号) is given, their post in it."""
    name = fields.text("name") or ""
    sent: dict[str, Any] = {
        "name_kana": fields.text("name_kana") or "",
        "name_en": fields.text("name_en"),
        "erad_number": fields.text("erad_number"),
        "orcid": fields.text("orcid"),
    }
    role, title = fields.text("role"), fields.text("title_ja")
    title_en = fields.text("title_en")
    owner = await _organization(unit, reach, fields)
    done(fields)
    if await _is_known(unit, reach, name, sent, None if owner is None else owner.id):
        return False
    human = await registry.register_person(unit, reach, name=name, **sent)
    if owner is not None:
        post = await registry.create_post(
            unit,
            reach,
            organization_id=owner.id,
            role=role or "",
            title_ja=title or "",
            title_en=title_en,
        )
        await appoint(unit, reach, post_id=post.id, person_id=human.id)
    return True


async def call(unit: Unit, reach: Reach, fields: Fields) -> bool:
    """A call, published at once where `publish` says so; its issuer is the acting person's.

    One with the same title from the same organisation is there already.
    """
    title = fields.text("title_ja") or ""
    opens_at, closes_at = fields.instant("opens_at"), fields.instant("closes_at")
    concept_id = await _by_code(unit, reach, fields, "concept", Concept)
    programme_id = await _by_code(unit, reach, fields, "programme", Programme)
    more = {
        "title_en": fields.text("title_en"),
        "summary_ja": fields.text("summary_ja") or "",
        "summary_en": fields.text("summary_en"),
        "body_ja": fields.text("body_ja") or "",
        "body_en": fields.text("body_en"),
        "areas": fields.codes("areas"),
        "needs_institution": fields.flag("needs_institution", default=True),
        "budget_yen": fields.whole("budget_yen"),
        "max_years": fields.whole("max_years"),
    }
    publish = fields.flag("publish", default=False)
    for name, instant in (("opens_at", opens_at), ("closes_at", closes_at)):
        if instant is None and not any(one.path == (name,) for one in fields.problems):
            fields.problem(name, "REQUIRED", "This field is required.", "この項目は必須です。")
    done(fields)
    assert opens_at is not None  # `done` refused a row without
    assert closes_at is not None
    if await is_titled(unit, reach, Call, title):
        return False
    drafted = await calls.draft_call(
        unit,
        reach,
        draft=calls.CallDraft(
            title_ja=title,
            opens_at=opens_at,
            closes_at=closes_at,
            concept_id=concept_id,
            programme_id=programme_id,
            **more,  # type: ignore[arg-type]  # as named
        ),
    )
    if publish:
        # What the viewer meets was fetched before the draft's own clauses were there.
        reach = await reach_of(unit.session, reach.viewer, unit.at)
        await calls.publish_call(unit, reach, call_id=drafted.id)
    return True


def done(fields: Fields) -> None:
    """All fields are read: refuse the row where one was wrong, or is nobody's."""
    fields.check_all_used()
    refuse_if(fields.problems)


async def is_titled(unit: Unit, reach: Reach, table: Any, title: str) -> bool:
    """Whether the acting person's organisation has a record of this title already."""
    if check_text((), title) or reach.viewer.organization_id is None:
        return False
    source = table.__table__
    query = select(source.c.id).where(
        source.c.organization_id == reach.viewer.organization_id,
        source.c.title_ja == title,
        visible(reach, source),
    )
    return (await unit.session.execute(query)).first() is not None


async def _organization(unit: Unit, reach: Reach, fields: Fields) -> Organization | None:
    raw = fields.text("organization")
    if raw is None:
        return None
    number, problems = directory.parse_corporate_number(raw, ("organization",))
    found: Organization | None = await by_identifier(
        unit.session, reach, Organization, "corporate_number", number
    )
    if found is None:
        fields.problems += problems or [unknown("organization", ("organization",))]
    return found


async def _is_known(
    unit: Unit, reach: Reach, name: str, sent: dict[str, Any], organization_id: UUID | None
) -> bool:
    """Whether this person is there: by number and name, else by name, kana and institution."""
    for column, parse in (
        ("erad_number", directory.parse_erad_number),
        ("orcid", directory.parse_orcid),
    ):
        if sent[column]:
            value, _ = parse(sent[column])
            found = await by_identifier(unit.session, reach, Person, column, value)
            return found is not None and found.name == name
    if organization_id is None or check_text((), name):
        return False
    source = Person.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    held = exists().where(
        col(Holding.person_id) == source.c.id,
        col(Holding.post_id) == col(Post.id),
        col(Post.organization_id) == organization_id,
        visible(reach, Post.__table__),  # type: ignore[attr-defined]  # SQLModel sets it
    )
    query = select(source.c.id).where(
        source.c.name == name,
        source.c.name_kana == sent["name_kana"],
        held,
        visible(reach, source),
    )
    return (await unit.session.execute(query)).first() is not None


async def _by_code(unit: Unit, reach: Reach, fields: Fields, name: str, table: Any) -> UUID | None:
    code = fields.text(name)
    if code is None:
        return None
    source = table.__table__
    query = select(source.c.id).where(
        source.c.code == code.replace("\0", ""), visible(reach, source)
    )
    found: UUID | None = (await unit.session.execute(query)).scalar()
    if found is None:
        fields.problems.append(
            Problem((name,), "UNKNOWN_CODE", "No such code.", "この符号はありません。")
        )
    return found
