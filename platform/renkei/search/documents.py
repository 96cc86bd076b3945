"""The shape of what is searched: one document a readable record, with the tokens in force now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from renkei.text import Text

# The policy knows five groups (grade, TLP, REL TO, export control, parent); one is kept in hand.
MAX_GATES = 6
PUBLIC = "public"
DENY_PREFIX = "not:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """What is indexed of one record.

    `kind` is the record's noun (`call`, `brief`). `areas` are codes of technology areas. It is
    found only by a viewer with one token of `audience` (empty: nobody), one token of each group of
    `gates`, and no affiliation named in `deny` (`not:org:…`). `changed_at` is an aware instant;
    among equal hits the latest comes first.

    Raises ValueError for more than 6 gate groups and for an instant without a time zone: a
    document that cannot be guarded is not indexed.
    """

    id: UUID
    kind: str
    title: Text
    body: str
    areas: tuple[str, ...]
    audience: frozenset[str]
    deny: frozenset[str]
    gates: tuple[frozenset[str], ...]
    changed_at: datetime

    def __post_init__(self) -> None:
        if len(self.gates) > MAX_GATES:
            raise ValueError(f"{len(self.gates)} gate groups; an engine keeps {MAX_GATES}")
        if self.changed_at.tzinfo is None:
            raise ValueError("changed_at has no time zone")

    @property
    def teaches(self) -> bool:
        """Whether ranking may learn from it: everybody may read it, without any condition.

        What orders one viewer's hits must not come from a text that this viewer may not read
        (promise "Ranking too"), so one deny token is enough to keep a document out.
        """
        return PUBLIC in self.audience and not self.gates and not self.deny
