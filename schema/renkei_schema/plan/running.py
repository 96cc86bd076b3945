"""One run of a plan: this request's connection and values, and the statements that are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, Table, func, select

from renkei.access.policy.predicate import is_seen_by_few
from renkei.access.policy.reach import KEPT, Reach, audiences_met, gates_met, kept_reach
from renkei.access.policy.viewer import Viewer
from renkei.database.asking import Ask, Asking
from renkei.database.sql import Rows, Sql
from renkei.reading.layout import Layout, Pages
from renkei.reading.page import Cursors, Page
from renkei.reading.seen import Seen
from renkei.reading.statements import KEYS, OWN, page_values, where_values
from renkei_schema.context import Context
from renkei_schema.plan.selecting import Document

Build = Callable[[Reach, Pages], Select[Any]]
# Texts that one statement keeps: one for each shape of its pages, and of reach.
TEXTS = 64


@dataclass
class Bound:
    """A plan with one request's variables: pages, and arguments of all other kinds, by name."""

    document: Document
    cursors: Cursors
    pages: dict[str, Page] = field(default_factory=dict)
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Of each statement: its text and the values that the arguments gave, by reach and dialect.
    sent: dict[Any, tuple[Sql, dict[str, Any]]] = field(default_factory=dict)


@dataclass
class Run:
    """One request on its way through a plan."""

    context: Context
    bound: Bound
    ask: Ask
    asking: Asking
    at: datetime
    viewer: Viewer
    seen: Seen
    _met: dict[bool, tuple[Reach, dict[str, Any]]] = field(default_factory=dict)

    async def met(self, *, by_clauses: bool) -> tuple[Reach, dict[str, Any]]:
        """What the viewer meets, and it as values: fetched for statements that go by clauses."""
        if by_clauses not in self._met:
            reach = Reach(self.context.viewer, self.at, self.asking.postgres, named=KEPT)
            if by_clauses:
                reach = await _fetched(self.ask, self.asking, reach)
            self._met[by_clauses] = reach, reach.values()
        return self._met[by_clauses]


class Statement:
    """One statement of a plan, over a layout that is filled. `name` is that of its own page.

    `width` is how many columns its rows have before those of the page's order. Of a `whole` table,
    the viewer's part is found by its clauses where most viewers see little of it.
    """

    def __init__(
        self, layout: Layout | None, build: Build, name: str = "", *, whole: Table | None = None
    ) -> None:
        self._build = build
        self._by_clauses = whole is not None and is_seen_by_few(whole)
        self._name = name
        self._texts: dict[Any, Sql] = {}
        # All columns are known but those by which rows are noted as read: they come last.
        self._noted = layout.noted() if layout else []
        self._counted = layout.counted() if layout else ()
        self.width = layout.width if layout else 0
        self._more = layout.ends if layout else False

    async def rows(self, run: Run, keys: Iterable[Any] | None = None) -> Rows:
        """The rows, of the parents or records with these `keys` where it is about such."""
        reach, met = await run.met(by_clauses=self._by_clauses)
        sql, values = self._sent(run, few=reach.few)
        given = {**values, **met}
        if keys is not None:
            given[KEYS] = list(keys)
        return await run.ask(sql, given)

    def note(self, run: Run, rows: Rows) -> None:
        """Note what was read, so that the request can leave its entry."""
        for noted in self._noted:
            run.seen.note_rows(noted, rows)

    def page(self, run: Run) -> Page:
        """The page that it reads."""
        return run.bound.pages[self._name]

    def _sent(self, run: Run, *, few: bool) -> tuple[Sql, dict[str, Any]]:
        key = (self, few, run.asking.postgres)
        held = run.bound.sent.get(key)
        if held is None:
            pages = {name: run.bound.pages[name] for name in self._counted}
            values: dict[str, Any] = {}
            for name, page in pages.items():
                values |= where_values(page, name)
            if self._name:
                pages[OWN] = run.bound.pages[self._name]
                values |= page_values(pages[OWN], more=self._more)
            held = run.bound.sent[key] = (self._text(run, pages, few=few), values)
        return held

    def _text(self, run: Run, pages: dict[str, Page], *, few: bool) -> Sql:
        shapes = tuple((name, page.shape) for name, page in sorted(pages.items()))
        postgres = run.asking.postgres
        shape = (few, postgres, shapes)
        if shape not in self._texts:
            if len(self._texts) >= TEXTS:
                self._texts.clear()
            reach = kept_reach(postgres=postgres, few=few)
            self._texts[shape] = Sql(self._build(reach, pages), run.asking.dialect)
        return self._texts[shape]


async def _fetched(ask: Ask, asking: Asking, reach: Reach) -> Reach:
    """The clauses that the viewer meets, by one statement."""
    sql = asking.kept("plan.reach", lambda: _both(postgres=asking.postgres))
    ((audiences, gates),) = await ask(sql, reach.values())
    if not asking.postgres:
        audiences, gates = orjson.loads(audiences), orjson.loads(gates)
    return reach.fetched(audiences=audiences, gates=gates)


def _both(*, postgres: bool) -> Select[Any]:
    reach = kept_reach(postgres=postgres, few=False)
    met = [audiences_met(reach), gates_met(reach)]
    if postgres:
        return select(*(func.array(one.scalar_subquery()) for one in met))
    lists = [one.subquery() for one in met]
    return select(
        *(
            select(func.json_group_array(one.c.id)).select_from(one).scalar_subquery()
            for one in lists
        )
    )


def unique(keys: Iterable[Any]) -> list[Any]:
    """The keys that are there, each once, in their order."""
    return list(dict.fromkeys(key for key in keys if key is not None))
