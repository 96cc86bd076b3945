"""How one type is reached from another: by a reference, or through a junction table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, and_, select, true

from renkei.access.policy.predicate import is_readable, visible
from renkei.access.policy.reach import Reach


@dataclass(frozen=True)
class Children:
    """Rows of `table` that belong to a parent row.

    `column` is the reference on `table`; with `junction`, it is the reference to the parent on the
    junction table, and `far` the reference from there to `table`. Of the junction's rows those
    count that meet `only`, where it is given: what lasts for a time, while it does.
    """

    table: Table
    column: str
    junction: Table | None = None
    far: str = ""
    only: Callable[[Reach, FromClause], ColumnElement[bool]] | None = None

    def of(
        self, reach: Reach, parent: ColumnElement[Any], source: FromClause
    ) -> ColumnElement[bool]:
        """The rows of `source` (the table or an alias of it) that belong to `parent`."""
        if self.junction is None:
            return source.c[self.column] == parent
        junction = self.junction.alias()
        # Only the junction is this subquery's own; all else belongs to the levels around it.
        return source.c.id.in_(
            select(junction.c[self.far])
            .where(junction.c[self.column] == parent, self._counts(reach, junction))
            .correlate_except(junction)
        )

    def pairs(self, reach: Reach, source: FromClause) -> tuple[ColumnElement[Any], FromClause]:
        """The parent's key as a column, and the FROM that holds it beside `source`."""
        if self.junction is None:
            return source.c[self.column], source
        junction = self.junction.alias()
        belongs = and_(junction.c[self.far] == source.c.id, self._counts(reach, junction))
        return junction.c[self.column], source.join(junction, belongs)

    def _counts(self, reach: Reach, junction: FromClause) -> ColumnElement[bool]:
        seen = _link_seen(reach, junction)
        return seen if self.only is None else and_(seen, self.only(reach, junction))


def _link_seen(reach: Reach, junction: FromClause) -> ColumnElement[bool]:
    """A link with clauses of its own is seen by them; its ends are asked where they are read."""
    return visible(reach, junction) if is_readable(junction) else true()


def children(reference: Any) -> Children:
    """Rows that point at their parent by `reference` (an attribute such as `Call.concept_id`)."""
    return Children(table=reference.expression.table, column=reference.key)


def through(
    near: Any,
    far: Any,
    only: Callable[[Reach, FromClause], ColumnElement[bool]] | None = None,
) -> Children:
    """Rows reached over a junction: `near` refers to the parent, `far` to the wanted table."""
    (foreign,) = far.expression.foreign_keys
    return Children(
        table=foreign.column.table,
        column=near.key,
        junction=near.expression.table,
        far=far.key,
        only=only,
    )
