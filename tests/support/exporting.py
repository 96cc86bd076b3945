"""Exports in process: read through anybody's eyes, and read back from each format."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import orjson

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.app import App
from renkei.exports.delivery import write_to
from renkei.exports.eyes import Eyes, PersonsEyes
from renkei.exports.rows import keys_of
from renkei.exports.service import About, House, gather
from renkei.exports.spool import Nested, Spool
from renkei_schema.kinds import kinds
from support.factories import Town


@dataclass
class Exporter:
    """Exports from one app. What was written last stands in `files`, by format."""

    app: App
    files: dict[str, bytes] = field(default_factory=dict)
    about: About | None = None

    @property
    def house(self) -> House:
        """What exporting needs of the app."""
        return House(self.app.database, self.app.clock, self.app.reads)

    def eyes(self, viewer: Viewer) -> Eyes:
        """This viewer's eyes, without the two who answer for it."""
        if viewer.person_id is None:
            return Eyes()
        return PersonsEyes(self.app.database, self.app.clock, viewer.person_id)

    async def __call__(
        self, name: str, viewer: Viewer | Eyes, *formats: str, size: int = 2
    ) -> list[dict[str, Any]]:
        """The rows as they were read, by key; written in these formats besides."""
        kind = kinds()[name]
        eyes = viewer if isinstance(viewer, Eyes) else self.eyes(viewer)
        with Spool() as spool:
            self.about = await gather(self.house, kind, eyes, spool, size=size)
            for form in formats:
                file = io.BytesIO()
                write_to(file, form, kind, spool, self.about)
                self.files[form] = file.getvalue()
            return [
                {key: plain(cell) for key, cell in zip(keys_of(kind), row, strict=True)}
                for row in spool
            ]

    def csv(self) -> list[dict[str, str]]:
        """The CSV's records."""
        text = self.files["csv"].decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def jsonl(self) -> list[dict[str, Any]]:
        """The lines' objects."""
        return [orjson.loads(line) for line in self.files["jsonl"].splitlines()]

    def workbook(self) -> Any:
        """The workbook, as another library reads it."""
        return openpyxl.load_workbook(io.BytesIO(self.files["xlsx"]))


def plain(cell: Any) -> Any:
    """A cell without the wrapping of values of several parts."""
    return cell.value if isinstance(cell, Nested) else cell


def viewers(town: Town) -> dict[str, Viewer]:
    """Each kind of viewer."""
    funding = town.funding
    return {
        "anonymous": ANONYMOUS,
        "firm": town.firm,
        "other firm": town.other_firm,
        "analyst": town.analyst,
        "ministry": funding.ministry,
        "researcher": funding.researcher,
        "partner": funding.partner,
        "office": funding.office,
        "stranger": funding.stranger,
    }
