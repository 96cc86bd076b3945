"""What one statement reads, column by column: its own rows, and rows joined to them one to one.

A layout is filled while a question is looked at. From it the statement is made, once for each shape
of page and of reach; each sending brings only its values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    func,
    select,
    true,
)

from renkei.access.policy.predicate import visible
from renkei.access.policy.reach import Reach
from renkei.database.parameters import looked_up, one_of
from renkei.reading.links import Children
from renkei.reading.page import By, Page
from renkei.reading.parts import column_of
from renkei.reading.seen import Noted, noted_by
from renkei.reading.statements import KEYS, OWN, level, narrowings, nested_from, ordering

# The first column of each row: the parent's key, or the key by which the row was asked for.
KEY = 0


@dataclass(eq=False)
class Source:
    """Rows of one table in a layout. Joined by `on`: (its own column, the other source's)."""

    layout: Layout
    table: Table
    beside: Source | None = None
    on: tuple[str, str] = ("", "")
    joined: dict[tuple[str, str, str], Source] = field(default_factory=dict)

    def column(self, name: str) -> int:
        """The place of a column, or of a part's, in each row."""
        return self.layout.place((self, name))

    def one(self, table: Table, own: str, reference: str) -> Source:
        """The row of `table` whose column `own` is this row's `reference`."""
        key = (table.name, own, reference)
        if key not in self.joined:
            self.joined[key] = self.layout.joins(table, self, (own, reference))
        return self.joined[key]

    def count(self, link: Children, name: str) -> int:
        """The place of the number of its children within the filters of the page of this `name`."""
        return self.layout.place(Counted(self, link, name))

    @property
    def there(self) -> int | None:
        """The place of the key that is null where no row was joined; None: there is always one."""
        return None if self.beside is None else self.column("id")

    @property
    def noted(self) -> Noted:
        """How a row of it is noted as read."""
        return noted_by(self.table, self.column)


@dataclass(frozen=True, eq=False)
class Counted:
    """A number beside each row: of its children, or (no link) of the whole list."""

    source: Source
    link: Children | None
    name: str


# The pages whose filters numbers are counted within, by the name that their values bear.
Pages = Mapping[str, Page]
Entry = tuple[Source, str] | Counted


class Layout:
    """The columns of one statement in their order, `KEY` first."""

    def __init__(self, table: Table) -> None:
        self._entries: list[Entry] = []
        self._places: dict[Any, int] = {}
        self._sources: list[Source] = []
        # Whether it matters where a page ends: one row more tells whether others follow, and the
        # steps of its order, the last columns, make cursors.
        self.ends = False
        self.own = self.joins(table, None, ("", ""))

    def joins(self, table: Table, beside: Source | None, on: tuple[str, str]) -> Source:
        """Rows of one more table, joined to those of another."""
        source = Source(self, table, beside, on)
        self._sources.append(source)
        return source

    def place(self, entry: Entry) -> int:
        """The place of the entry, taken where it has none yet."""
        if entry not in self._places:
            self._entries.append(entry)
            self._places[entry] = len(self._entries)
        return self._places[entry]

    def total(self) -> int:
        """The place of the number of all rows in the page's filters, whatever the page."""
        return self.place(Counted(self.own, None, OWN))

    @property
    def width(self) -> int:
        """How many columns there are, before those of a page's order."""
        return len(self._entries) + 1

    def counted(self) -> tuple[str, ...]:
        """The names of the pages whose filters its numbers are counted within."""
        names = [entry.name for entry in self._entries if isinstance(entry, Counted)]
        return tuple(name for name in names if name != OWN)

    def noted(self) -> list[Noted]:
        """How each row's records are noted as read: before the statement is made."""
        return [source.noted for source in self._sources]

    # The statements, each over a reach that is named: its values come with the sending.

    def whole(self, reach: Reach, pages: Pages) -> Select[Any]:
        """A page of the whole table."""
        page = pages[OWN]
        found = level(reach, self.own.table, self._asking(page), true()).subquery("level")
        return self._select(reach, pages, found, found, found.c.id).order_by(
            *ordering(reach, found, page.steps, reverse=page.backwards)
        )

    def nested(self, reach: Reach, link: Children, pages: Pages) -> Select[Any]:
        """The same page of each parent's children."""
        page = pages[OWN]
        parent, origin, source = nested_from(reach, link, None, self._asking(page))
        return self._select(reach, pages, origin, source, parent).order_by(
            *ordering(reach, source, page.steps, reverse=page.backwards)
        )

    def listed(
        self, reach: Reach, link: Children, order: tuple[By, ...], pages: Pages
    ) -> Select[Any]:
        """All children of each parent."""
        table = self.own.table
        parent, origin = link.pairs(reach, table)
        return (
            self._select(reach, pages, origin, table, parent)
            .where(_in_keys(reach, parent), visible(reach, table))
            .order_by(*ordering(reach, table, Page(order=order).steps, reverse=False))
        )

    def by_key(self, reach: Reach, column: str, pages: Pages) -> Select[Any]:
        """The rows whose unique `column` is one of the keys."""
        table = self.own.table
        key = table.c[column]
        return self._select(reach, pages, table, table, key).where(
            _in_keys(reach, key), visible(reach, table)
        )

    def _asking(self, page: Page) -> Page:
        own = [
            entry[1]
            for entry in self._entries
            if not isinstance(entry, Counted) and entry[0] is self.own
        ]
        references = [source.on[1] for source in self._sources if source.beside is self.own]
        return replace(page, columns=frozenset([*own, *references]))

    def _needed(self, source: Source) -> frozenset[str]:
        """The columns of a joined row that are shown, lead on, or say who may see what is its."""
        shown = {
            entry[1]
            for entry in self._entries
            if not isinstance(entry, Counted) and entry[0] is source
        }
        leading = {other.on[1] for other in self._sources if other.beside is source}
        deciding = {"id", "audience_id"}
        return frozenset((shown | leading | deciding) & set(source.table.c.keys()))

    def _select(
        self,
        reach: Reach,
        pages: Pages,
        origin: FromClause,
        own: FromClause,
        key: ColumnElement[Any],
    ) -> Select[Any]:
        """The columns in their order, from `own` rows in `origin` and what is joined to them.

        What is joined comes after the page is chosen: a join never costs more than the page.
        """
        rows: dict[Source, FromClause] = {self.own: own}
        for number, source in enumerate(self._sources[1:]):
            assert source.beside is not None  # all but the own rows are joined to others
            mine, theirs = source.on
            reference = rows[source.beside].c[theirs]
            rows[source], meets = _one(
                reach, _numbered(source.table, number), mine, reference, self._needed(source)
            )
            origin = origin.outerjoin(rows[source], meets)
        steps = pages[OWN].steps if self.ends else ()
        columns = [
            key,
            *(self._column(reach, pages, rows, entry) for entry in self._entries),
            *(column_of(reach, own, step.column) for step in steps),
        ]
        labelled = [column.label(f"c{place}") for place, column in enumerate(columns)]
        return select(*labelled).select_from(origin)

    def _column(
        self, reach: Reach, pages: Pages, rows: dict[Source, FromClause], entry: Entry
    ) -> ColumnElement[Any]:
        if not isinstance(entry, Counted):
            source, name = entry
            return column_of(reach, rows[source], name)
        table = entry.link.table if entry.link else entry.source.table
        counted = table.alias()
        parent = rows[entry.source].c.id
        belongs = entry.link.of(reach, parent, counted) if entry.link else true()
        return (
            select(func.count())
            .select_from(counted)
            .where(
                belongs,
                visible(reach, counted, counting=True),
                *narrowings(reach, counted, pages[entry.name], entry.name),
            )
            .correlate_except(counted)
            .scalar_subquery()
        )


@cache
def _numbered(table: Table, number: int) -> FromClause:
    """Always the same alias: to make one costs more than all else of a statement."""
    return table.alias(f"one_{number}")


def _one(
    reach: Reach, alias: FromClause, own: str, reference: ColumnElement[Any], needed: frozenset[str]
) -> tuple[FromClause, ColumnElement[bool]]:
    """The row whose `own` is the `reference`, to be joined: what it is, and by what.

    PostgreSQL would rather read a whole table with its policy and hash it than look up the few rows
    that a page refers to. A LATERAL with an OFFSET keeps it from that: of 10,000 people, those of
    250 proposals took 39 ms of 74.
    """
    meets = and_(alias.c[own] == reference, visible(reach, alias))
    if not reach.postgres:
        return alias, meets
    columns = [alias.c[name] for name in sorted(needed)]
    found = looked_up(select(*columns).where(meets), postgres=True)
    return found.correlate_except(alias).lateral(f"the_{alias.name}"), true()  # type: ignore[attr-defined]  # an alias has a name


def _in_keys(reach: Reach, column: ColumnElement[Any]) -> ColumnElement[bool]:
    return one_of(column, None, postgres=reach.postgres, name=KEYS)
