"""One run of a plan: this request's connection and values, and the statements that are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, func, select

from renkei.access.policy.reach import KEPT, Reach, audiences_met, gates_met, kept_reach
from renkei.access.policy.viewer import Viewer
from renkei.database.asking import Ask, Asking, Rows, Sql
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
    reach: Reach
    at: datetime
    viewer: Viewer
    seen: Seen

    def __post_init__(self) -> None:
        self.met = self.reach.values()


class Statement:
    """One statement of a plan, over a layout that is filled. `name` is that of its own page.

    `width` is how many columns its rows have before those of the page's order.
    """

    def __init__(self, layout: Layout | None, build: Build, name: str = "") -> None:
        self._build = build
        self._name = name
        self._texts: dict[Any, Sql] = {}
        # All columns are known but those by which rows are noted as read: they come last.
        self._noted = layout.noted() if layout else []
        self._counted = layout.counted() if layout else ()
        self.width = layout.width if layout else 0

    async def rows(self, run: Run, keys: Iterable[Any] | None = None) -> Rows:
        """The rows, of the parents or records with these `keys` where it is about such."""
        sql, values = self._sent(run)
        given = {**values, **run.met}
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

    def _sent(self, run: Run) -> tuple[Sql, dict[str, Any]]:
        key = (self, run.reach.few, run.asking.postgres)
        held = run.bound.sent.get(key)
        if held is None:
            pages = {name: run.bound.pages[name] for name in self._counted}
            values: dict[str, Any] = {}
            for name, page in pages.items():
                values |= where_values(page, name)
            if self._name:
                pages[OWN] = run.bound.pages[self._name]
                values |= page_values(pages[OWN])
            held = run.bound.sent[key] = (self._text(run, pages), values)
        return held

    def _text(self, run: Run, pages: dict[str, Page]) -> Sql:
        shapes = tuple((name, page.shape) for name, page in sorted(pages.items()))
        postgres = run.asking.postgres
        shape = (run.reach.few, postgres, shapes)
        if shape not in self._texts:
            if len(self._texts) >= TEXTS:
                self._texts.clear()
            reach = kept_reach(postgres=postgres, few=run.reach.few)
            self._texts[shape] = Sql(self._build(reach, pages), run.asking.dialect)
        return self._texts[shape]


async def reach_by(ask: Ask, asking: Asking, viewer: Viewer, at: datetime) -> Reach:
    """What the viewer meets at this instant; on SQLite fetched, by one statement."""
    asked = Reach(viewer, at, asking.postgres, named=KEPT)
    if asking.postgres:
        return asked
    ((audiences, gates),) = await ask(asking.kept("plan.reach", _both), asked.values())
    return asked.fetched(audiences=orjson.loads(audiences), gates=orjson.loads(gates))


def _both() -> Select[Any]:
    reach = kept_reach(postgres=False, few=False)
    lists = [one.subquery() for one in (audiences_met(reach), gates_met(reach))]
    return select(
        *(
            select(func.json_group_array(one.c.id)).select_from(one).scalar_subquery()
            for one in lists
        )
    )


def unique(keys: Iterable[Any]) -> list[Any]:
    """The keys that are there, each once, in their order."""
    return list(dict.fromkeys(key for key in keys if key is not None))
