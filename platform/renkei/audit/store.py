"""Queries of the audit: what the records are that were read, and by what they were read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Table, literal, select
from sqlmodel import SQLModel

from renkei.access.policy.reach import KEPT, Reach, kept_reach, tokens_met
from renkei.access.policy.viewer import Viewer
from renkei.database.asking import Ask, Asking
from renkei.database.parameters import one_of
from renkei.reading.seen import maker_of

JOB = "audit.leave"
_KEYS, _CLAUSES = "keys", "clauses"
Keys = Collection[tuple[str, UUID]]


class ReadRecordFacts(NamedTuple):
    """A record that was read: its marking, its audience, who made it."""

    kind: str
    id: UUID
    tlp: str
    audience_id: int
    originator_id: UUID | None


class ReadFacts:
    """What is to be known of records that were read; its statements are made once and kept."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._postgres = asking.postgres

    async def records(self, ask: Ask, asked: Keys) -> dict[tuple[str, UUID], ReadRecordFacts]:
        """The marked ones of these records: a statement for each table."""
        keys: dict[str, set[UUID]] = {}
        for kind, key in asked:
            keys.setdefault(kind, set()).add(key)
        found: dict[tuple[str, UUID], ReadRecordFacts] = {}
        for kind in sorted(keys):
            table = SQLModel.metadata.tables[kind]
            if "tlp" not in table.c:
                continue
            sql = self._asking.kept((JOB, kind), partial(self._facts, table), JOB)
            for row in await ask(sql, {_KEYS: list(keys[kind])}):
                found[kind, row[0]] = ReadRecordFacts(kind, *row)
        return found

    async def met(
        self,
        ask: Ask,
        viewer: Viewer,
        at: datetime,
        audiences: Collection[int],
        tokens: Collection[str],
    ) -> Mapping[int, frozenset[str]]:
        """By which of these tokens the viewer is in each audience; none where they are denied."""
        if not audiences or not tokens:
            return {}
        given = {
            **Reach(viewer, at, self._postgres, named=KEPT).values(),
            f"{KEPT}_tokens": sorted(tokens),
            _CLAUSES: list(audiences),
        }
        found: dict[int, set[str]] = {}
        sql = self._asking.kept((JOB, "met"), self._met, JOB)
        for clause_id, name in await ask(sql, given):
            found.setdefault(clause_id, set()).add(name)
        return {clause_id: frozenset(names) for clause_id, names in found.items()}

    def _facts(self, table: Table) -> Select[Any]:
        originator = maker_of(table)
        return select(
            table.c.id,
            table.c.tlp,
            table.c.audience_id,
            table.c[originator] if originator else literal(None).label("nobody"),
        ).where(one_of(table.c.id, None, postgres=self._postgres, name=_KEYS))

    def _met(self) -> Any:
        clause_id, name, held = tokens_met(kept_reach(postgres=self._postgres, few=False))
        among = one_of(clause_id, None, postgres=self._postgres, name=_CLAUSES)
        return select(clause_id, name).where(held, among)
