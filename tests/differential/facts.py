"""What an oracle reads: a world's rows as plain dicts, seen by one viewer at one instant."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from leak_proof.oracle import Oracle

Row = Mapping[str, Any]
Rows = Mapping[str, list[dict[str, Any]]]

# The kinds of records that have an id, and where their rows stand.
TABLES = {
    "Area": "area",
    "AreaList": "area_list",
    "AuditSeal": "audit_seal",
    "Brief": "brief",
    "BriefVersion": "brief_version",
    "BudgetLine": "budget_line",
    "Call": "call",
    "Concept": "concept",
    "Follow": "follow",
    "GroupMember": "sharing_group_member",
    "Lowering": "marking_lowering",
    "Notice": "notice",
    "Organization": "organization",
    "Person": "person",
    "Post": "post",
    "Programme": "programme",
    "Proposal": "proposal",
    "ProposalMember": "proposal_member",
    "Reading": "reading",
    "ReadingAlarm": "reading_alarm",
    "Receipt": "receipt",
    "SharingGroup": "sharing_group",
}


class Record:
    """A row that the viewer sees, and its type."""

    def __init__(self, kind: str, row: Row) -> None:
        self.kind = kind
        self.row = row

    @property
    def key(self) -> UUID:
        """The row's key."""
        key: UUID = self.row["id"]
        return key


def write_id(kind: str, key: UUID) -> str:
    """A global id."""
    return base64.urlsafe_b64encode(kind.encode() + b":" + key.bytes).decode().rstrip("=")


def read_id(value: str) -> tuple[str, UUID] | None:
    """The type's name and the key in a global id; None where it is nothing's."""
    try:
        raw = base64.urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))
        kind, _, key = raw.partition(b":")
        return kind.decode("ascii"), UUID(bytes=key)
    except (ValueError, binascii.Error):
        return None


class View:
    """One viewer's view of a world: `person` or nobody, with what the request says.

    `folds`: the database compares a text filter without regard to ASCII case (SQLite's LIKE).
    """

    def __init__(
        self,
        facts: Mapping[str, Any],
        rows: Rows,
        at: datetime,
        *,
        person: UUID | None,
        country: str | None = None,
        stepped_up: bool = False,
        folds: bool = False,
    ) -> None:
        self.at = at
        self.rows = rows
        self.facts = facts
        self.person = person
        self.country = country
        self.folds = folds
        told = str(person) if person is not None else None
        self.oracle = Oracle(
            facts, {"person": told, "country": country, "stepped_up": stepped_up}, at
        )
        self._visible: dict[str, dict[UUID, Row]] = {}

    def visible(self, table: str) -> dict[UUID, Row]:
        """Every row of the table that the viewer sees, by key."""
        if table not in self._visible:
            self._visible[table] = {
                row["id"]: row
                for row in self.rows.get(table, ())
                if self.oracle.sees(str(row["id"]))
            }
        return self._visible[table]

    def record(self, kind: str, key: UUID | None) -> Record | None:
        """The record of this key; None where it is missing or hidden."""
        row = None if key is None else self.visible(TABLES[kind]).get(key)
        return None if row is None else Record(kind, row)

    def first(self, kind: str, **wanted: Any) -> Record | None:
        """The visible record whose unique columns say this."""
        return next(
            (Record(kind, row) for row in self._matching(TABLES[kind], wanted)),
            None,
        )

    def part(self, table: str, **wanted: Any) -> Row | None:
        """The row of a part, where it is there and the viewer sees it."""
        return next(iter(self._matching(table, wanted)), None)

    def _matching(self, table: str, wanted: Mapping[str, Any]) -> Iterable[Row]:
        return (
            row
            for row in self.visible(table).values()
            if all(row[column] == value for column, value in wanted.items())
        )

    def children(self, kind: str, reference: str, parent: UUID) -> list[Row]:
        """Visible rows that point at the parent."""
        return [row for row in self.visible(TABLES[kind]).values() if row[reference] == parent]

    def linked(self, kind: str, junction: str, near: str, far: str, parent: UUID) -> list[Row]:
        """Visible rows that a junction links with the parent: one for each link.

        Of a post those count who hold it now, as their own.
        """
        seen = self.visible(TABLES[kind])
        return [
            seen[link[far]]
            for link in self.rows.get(junction, ())
            if link[near] == parent
            and link[far] in seen
            and (junction != "holding" or (link["kind"] == "HOLDER" and self.holds(link)))
        ]

    @cached_property
    def posts(self) -> list[Mapping[str, Any]]:
        """The rows of the posts that the viewer holds now, the longest held first."""
        mine = [
            row
            for row in self.rows["holding"]
            if row["person_id"] == self.person and self.holds(row)
        ]
        every = {row["id"]: row for row in self.rows["post"]}
        mine.sort(key=lambda row: (row["kind"] == "DEPUTY", row["start"], row["post_id"]))
        return [every[row["post_id"]] | {"deputy": row["kind"] == "DEPUTY"} for row in mine]

    def holds(self, holding: Mapping[str, Any]) -> bool:
        """Whether the holding is in force now."""
        return holding["start"] <= self.at and (
            holding["until"] is None or self.at < holding["until"]
        )

    def keeps(self, organization: UUID) -> bool:
        """Whether the viewer is the organisation's own administrator now."""
        return any(
            post["organization_id"] == organization and post["role"] == "org-administrator"
            for post in self.posts
        )

    def works_for(self, organization: UUID) -> bool:
        """Whether the viewer holds a post in the organisation now."""
        return any(post["organization_id"] == organization for post in self.posts)
