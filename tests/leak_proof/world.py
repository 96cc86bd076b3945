"""A random world as plain dicts: what the oracle asks about, and the rows that a database gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from leak_proof import drawing
from leak_proof.drawing import key_of, text
from leak_proof.oracle import no_facts

Row = dict[str, Any]
TLPS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")


@dataclass
class World:
    """One world. `facts` is the oracle's dict; `rows` are rows by table, in the order of making."""

    rng: Random
    facts: dict[str, Any] = field(default_factory=no_facts)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    pool: list[str] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)

    def add(self, table: str, /, **values: Any) -> Row:
        """A row of an internal table."""
        self.rows.setdefault(table, []).append(values)
        return values

    def record(
        self,
        table: str,
        on: tuple[UUID | None, ...] = (),
        *,
        open_share: float = 0.4,
        **values: Any,
    ) -> UUID:
        """A readable row with clauses of its own, that stands on other records."""
        key: UUID = values.setdefault("id", key_of(self.rng))
        self.facts["records"][str(key)] = {
            "table": table,
            "stands_on": [str(one) for one in on if one is not None],
            **drawing.clauses(self.rng, self.pool, open_share=open_share),
        }
        self.add(table, **values)
        return key

    def pick(self, table: str) -> UUID:
        """The key of a random row."""
        key: UUID = self.rng.choice(self.rows[table])["id"]
        return key

    def texts(self, key: UUID, *columns: str) -> dict[str, Any]:
        """A text with a canary for each of the columns."""
        return {column: text(self.rng, key, column) for column in columns}

    def marking(self) -> dict[str, Any]:
        """The columns of a marking: what they say is shown; the clauses decide."""
        return {
            "tlp": self.rng.choice(TLPS),
            "grade": 1,
            "restrictions": "",
            "releasable_to": "",
            "needs_consent": False,
        }
