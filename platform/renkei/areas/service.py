"""The use case of the lists: loading versions of them (R12). Lists are public."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from renkei.access.policy.clauses import EVERYONE, OPEN_GATE
from renkei.access.policy.reach import Reach
from renkei.access.store import intern
from renkei.areas import rules, store
from renkei.areas.rules import AreaRow, Catalogue, Confidence, Mapping
from renkei.areas.tables import Area, AreaList, AreaMapping
from renkei.directory.abilities import require_administrator
from renkei.ledger.unit import Unit
from renkei.problems import Problem, refuse_if

# What may be put right in a row of a version that is stored: none of it changes what a tag means.
_MENDABLE = ("name_en", "position", "confidence", "source", "effective_from", "effective_to")


@dataclass(frozen=True)
class Loaded:
    """How much was new or put right; all zero where everything was there already."""

    lists: int = 0
    rows: int = 0
    mended: int = 0
    mappings: int = 0


@dataclass(frozen=True)
class _Clauses:
    """The two clauses of everything public, interned once."""

    audience_id: int
    gate_id: int


async def load_area_lists(
    unit: Unit, reach: Reach, *, catalogue: Catalogue, mappings: tuple[Mapping, ...] = ()
) -> Loaded:
    """Store what `catalogue` has and the database lacks; running it twice changes nothing.

    A row that is stored already is put right where source, confidence, days or the English name
    changed. Its Japanese name changes only while the wording is unconfirmed: a confirmed one is
    part of what tags refer to (R12.2), and a changed one is a new version of the list. Nothing is
    ever deleted. Refused: by whoever is no administrator; another wording of a confirmed row.
    """
    require_administrator(reach.viewer)
    session = unit.session
    public = _Clauses(await intern(session, EVERYONE), await intern(session, OPEN_GATE))
    stored = await store.lists_by_place(session, reach)
    lists = rows = mended = 0
    ids: dict[store.Place, UUID] = {}
    problems: list[Problem] = []
    for one in catalogue.lists:
        area_list = stored.get((one.code, one.version))
        if area_list is None:
            area_list = _new_list(one, public)
            session.add(area_list)
            await session.flush()
            lists += 1
        known = await store.rows_of_list(session, reach, area_list.id)
        wanted = tuple(
            row for row in catalogue.rows_of(one.code) if row.list_version == one.version
        )
        added, changed, found = _merge(wanted, known, area_list, public)
        problems += found
        session.add_all(added)
        await session.flush()
        every = known | {row.code: row for row in added}
        _set_parents(wanted, every)
        ids |= {(one.code, row.code): row.id for row in every.values()}
        await session.flush()
        if added or changed:
            await unit.record(
                "area_list.loaded",
                area_list.id,
                actor=reach.viewer.actor,
                added=len(added),
                mended=changed,
            )
        rows, mended = rows + len(added), mended + changed
    refuse_if(problems)
    return Loaded(lists, rows, mended, await _map(unit, mappings, ids))


def _new_list(one: rules.AreaList, public: _Clauses) -> AreaList:
    return AreaList(
        id=uuid4(),
        code=one.code,
        version=one.version,
        name_ja=one.name.ja,
        name_en=one.name.en,
        effective_from=one.effective_from,
        effective_to=one.effective_to,
        audience_id=public.audience_id,
        gate_id=public.gate_id,
    )


def _merge(
    wanted: tuple[AreaRow, ...], known: dict[str, Area], area_list: AreaList, public: _Clauses
) -> tuple[list[Area], int, list[Problem]]:
    """New rows of a list, how many stored ones were put right, and refused changes of wording."""
    added: list[Area] = []
    changed = 0
    problems: list[Problem] = []
    for row in wanted:
        fresh = _row(row, area_list, public)
        stored = known.get(row.code)
        if stored is None:
            added.append(fresh)
            continue
        if stored.name_ja != fresh.name_ja and stored.confidence == Confidence.VERIFIED:
            problems.append(_wording_fixed(row, stored.name_ja))
            continue
        differing = [
            name
            for name in ("name_ja", *_MENDABLE)
            if getattr(stored, name) != getattr(fresh, name)
        ]
        for name in differing:
            setattr(stored, name, getattr(fresh, name))
        changed += bool(differing)
    return added, changed, problems


def _row(row: AreaRow, area_list: AreaList, public: _Clauses) -> Area:
    return Area(
        id=uuid4(),
        list_id=area_list.id,
        list_code=area_list.code,
        list_version=area_list.version,
        code=row.code,
        name_ja=row.name.ja,
        name_en=row.name.en,
        position=row.order,
        confidence=row.confidence.value,
        source=row.source,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        audience_id=public.audience_id,
        gate_id=public.gate_id,
    )


def _set_parents(wanted: tuple[AreaRow, ...], rows: dict[str, Area]) -> None:
    for row in wanted:
        parent = rows.get(row.parent) if row.parent else None
        if parent is not None and rows[row.code].parent_id != parent.id:
            rows[row.code].parent_id = parent.id


async def _map(unit: Unit, mappings: tuple[Mapping, ...], ids: dict[store.Place, UUID]) -> int:
    """Store new correspondences, each in both directions and marked as our judgement."""
    known = await store.mapped(unit.session)
    pairs: dict[tuple[UUID, UUID], str] = {}
    for mapping in mappings:
        start = ids[mapping.from_list, mapping.from_code]
        end = ids[mapping.to_list, mapping.to_code]
        pairs[start, end] = pairs[end, start] = mapping.basis
    fresh = [ends for ends in pairs if ends not in known]
    unit.session.add_all(
        AreaMapping(id=uuid4(), from_area_id=start, to_area_id=end, basis=pairs[start, end])
        for start, end in fresh
    )
    await unit.session.flush()
    return len(fresh)


def _wording_fixed(row: AreaRow, stored: str) -> Problem:
    return Problem(
        ("rows", f"{row.list_code}/{row.code}", "name_ja"),
        "WORDING_CONFIRMED",
        f"The confirmed wording is 「{stored}」; another wording is a new version of the list.",
        f"確認済みの文言は「{stored}」です。文言を変えるときは、一覧の新しい版にします。",
    )
