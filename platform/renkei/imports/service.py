"""The use case of importing: every row or none, each refused row by its line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from renkei.access.policy.reach import Reach
from renkei.areas import rules as areas
from renkei.areas.service import load_area_lists
from renkei.areas.store import lists_by_place
from renkei.imports import kinds
from renkei.imports.briefs import brief
from renkei.imports.fields import Fields
from renkei.imports.files import Row
from renkei.ledger.unit import Unit
from renkei.problems import InvalidInput, Problem, refuse_if
from renkei.text import Text

ROW_BY_ROW: Mapping[str, kinds.Importer] = {
    "organizations": kinds.organization,
    "people": kinds.person,
    "calls": kinds.call,
    "briefs": brief,
}
KINDS = ("areas", *ROW_BY_ROW)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Report:
    """What an import found. Where rows were refused nothing may be kept: the edge rolls back."""

    rows: int
    added: int
    refused: tuple[Problem, ...] = ()

    @property
    def unchanged(self) -> int:
        """Rows that were there already."""
        lines = {problem.path[0] for problem in self.refused}
        return self.rows - self.added - len(lines)


async def import_rows(
    unit: Unit,
    reach: Reach,
    *,
    kind: str,
    rows: Sequence[Row],
    defaults: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Import rows of one of `KINDS`, each through the use case of its noun, as the reach's viewer.

    `defaults` fill fields that a row lacks. `progress(done, of)` is called after each row. A
    refused row does not stop the others: all problems are told at once, by line. The caller
    commits only a report without refusals. Refused as a whole: whoever may not do it at all.
    """
    filled = [Row(row.line, {**(defaults or {}), **row.values}) for row in rows]
    if kind == "areas":
        return await _areas(unit, reach, filled, progress)
    importer = ROW_BY_ROW[kind]
    added, refused = 0, []
    for done, row in enumerate(filled, start=1):
        try:
            # A refused row leaves nothing behind that the next would trip over.
            async with unit.session.begin_nested():
                added += await importer(unit, reach, Fields(row.values))
        except InvalidInput as refusal:
            refused += [_under(row, problem) for problem in refusal.problems]
        except IntegrityError:
            refused.append(_twice(row))
        if progress is not None:
            progress(done, len(filled))
    return Report(len(filled), added, tuple(refused))


async def _areas(
    unit: Unit, reach: Reach, rows: Sequence[Row], progress: Progress | None
) -> Report:
    """Rows of the lists that are there: parents and order are checked over all of them at once."""
    known = await lists_by_place(unit.session, reach)
    newest = {
        one.code: areas.AreaList(
            one.code, one.version, Text(one.name_ja, one.name_en), one.effective_from
        )
        for _, one in sorted(known.items())
    }
    # Each row on a line of its own, so that the rule's problems name places that are known here.
    text = "\n".join(f"- {json.dumps(_plain(row.values), ensure_ascii=False)}" for row in rows)
    catalogue, problems = areas.parse_catalogue(text, tuple(newest.values()))
    placed = {f"line {place}": row for place, row in enumerate(rows, start=1)}
    if catalogue is None:
        return Report(
            len(rows),
            0,
            tuple(
                _under(placed[problem.path[0]], Problem(problem.path[1:], *_said(problem)))
                if problem.path and problem.path[0] in placed
                else problem
                for problem in problems
            ),
        )
    touched = tuple(
        one for one in newest.values() if any(row.list_code == one.code for row in catalogue.rows)
    )
    loaded = await load_area_lists(unit, reach, catalogue=areas.Catalogue(touched, catalogue.rows))
    if progress is not None:
        progress(len(rows), len(rows))
    return Report(len(rows), loaded.rows + loaded.mended)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Text alone, as the lists' own reader takes it; what is nested it refuses by itself."""
    return {
        key: value if isinstance(value, list | dict) else str(value)
        for key, value in values.items()
        if value is not None
    }


def _said(problem: Problem) -> tuple[str, str, str]:
    return problem.code, problem.message, problem.message_ja


def _under(row: Row, problem: Problem) -> Problem:
    """The problem at its line, the field spelt as the file spells it: `name_ja`, not `nameJa`."""
    steps = (re.sub(r"(?<=[a-z])(?=[A-Z])", "_", step).lower() for step in problem.path)
    return Problem(row.path(*steps), *_said(problem))


def _twice(row: Row) -> Problem:
    return Problem(
        row.path(),
        "TWICE",
        "This row is in the file or in the database already.",
        "この行は、ファイルの中かデータベースにすでにあります。",
    )


def check_kind(kind: str) -> None:
    """Refuse a kind that can't be imported."""
    if kind not in KINDS:
        known = ", ".join(KINDS)
        refuse_if(
            [Problem(("kind",), "UNKNOWN_KIND", f"One of: {known}.", f"次のどれかです：{known}")]
        )
