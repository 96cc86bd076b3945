"""Known holes, planted one at a time: the proof counts only where it has found each of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest.mock import patch

import tantivy
from sqlalchemy import and_, exists, false, or_, true

from renkei import viewers
from renkei.access import store as access_store
from renkei.access.policy import clauses, predicate, reach
from renkei.access.policy.viewer import ALLOWED, Viewer
from renkei.audit.service import Leaving
from renkei.directory import holders
from renkei.exports import rows as exported
from renkei.exports import service as exporting
from renkei.exports.rules import NOTHING
from renkei.notices import courier
from renkei.reading import layout, page, parts, reader, seen, statements
from renkei.search import finding
from renkei.search import reader as engine
from renkei_schema import standings

# The package has a word of the same name as this module of its.
filters = import_module("renkei_schema.declare.filters")
Plant = Callable[[], Any]


@dataclass(frozen=True)
class Hole:
    """One way to leak, and how it is planted: for as long as the context lasts."""

    name: str
    plant: Plant
    # The paths on which it is looked for, by how their names begin; and whether it shows besides.
    shows: tuple[str, ...] = ("briefs", "search")
    beside: bool = False
    # It is in the executor that answers where a plan can't.
    plain: bool = False


def everybody(*_given: Any, **_how: Any) -> Any:
    """A predicate that lets everything through."""
    return true()


@contextmanager
def put(where: Any, name: str, instead: Any) -> Iterator[None]:
    """Something of the product's replaced for as long as the block runs."""
    with patch.object(where, name, instead):
        yield


@contextmanager
def blind(where: Any, function: str, module: ModuleType, *names: str) -> Iterator[None]:
    """The function runs with the module's predicates letting everything through.

    What else runs meanwhile keeps the predicates: the blindness is the call's own, since calls that
    wait for each other would not end in the order in which they began.
    """
    original, blinded = getattr(where, function), ContextVar("blinded", default=False)

    def unless_blinded(predicate: Any) -> Any:
        return lambda *given, **how: true() if blinded.get() else predicate(*given, **how)

    if inspect.iscoroutinefunction(original):

        async def asynchronous(*given: Any, **named: Any) -> Any:
            token = blinded.set(True)
            try:
                return await original(*given, **named)
            finally:
                blinded.reset(token)

        instead: Any = asynchronous
    else:

        def plain(*given: Any, **named: Any) -> Any:
            token = blinded.set(True)
            try:
                return original(*given, **named)
            finally:
                blinded.reset(token)

        instead = plain
    with ExitStack() as stack:
        for name in names or ("visible",):
            stack.enter_context(patch.object(module, name, unless_blinded(getattr(module, name))))
        stack.enter_context(patch.object(where, function, instead))
        yield


def _in_force(*, starts: bool, ends: bool) -> Callable[..., Any]:
    def in_force(token: Any, met: Any) -> Any:
        at = met.now()
        begun = or_(token.c.start.is_(None), token.c.start <= at) if starts else true()
        lasting = or_(token.c.until.is_(None), token.c.until > at) if ends else true()
        return and_(begun, lasting)

    return in_force


def _empty_is_everyone() -> Any:
    original = predicate._audience

    def audience(met: Any, source: Any, **how: Any) -> Any:
        token = reach._TOKENS.alias()
        named = exists().where(token.c.clause_id == source.c.audience_id, token.c.group_no == 0)
        return or_(original(met, source, **how), ~named)

    return put(predicate, "_audience", audience)


def _either_clause() -> Any:
    audience, gate = predicate._audience, predicate._gate
    return patch.multiple(
        predicate,
        _audience=lambda r, s, **how: or_(audience(r, s, **how), gate(r, s)),
        _gate=everybody,
    )


def _denied_by_posts_alone() -> Any:
    original = Viewer.__post_init__

    def first_only(self: Viewer) -> None:
        original(self)
        mine = {clauses.org(post.organization_id) for post in self.posts[:1]}
        object.__setattr__(self, "affiliations", frozenset(mine))

    return put(Viewer, "__post_init__", first_only)


def _at_home_everywhere() -> Any:
    original = Viewer.__post_init__

    def every_home(self: Viewer) -> None:
        original(self)
        homes = {clauses.home(country) for country in self.homes if country is not None}
        object.__setattr__(self, "tokens", self.tokens | homes)

    return put(Viewer, "__post_init__", every_home)


def _members_anonymous() -> Any:
    original = Viewer.__post_init__

    def members(self: Viewer) -> None:
        original(self)
        object.__setattr__(self, "tokens", self.tokens | {clauses.MEMBER})

    return put(Viewer, "__post_init__", members)


def _yesterdays_viewer() -> Any:
    original = viewers._belongings

    def yesterday(among: Any, at: Any) -> Any:
        return original(among, at - timedelta(days=1))

    return put(viewers, "_belongings", yesterday)


def _taught_by_all() -> Any:
    original, engine_query = engine._statistics, tantivy.Query

    def statistics(snapshot: Any, query: Any) -> Any:
        schema = snapshot.schema

        class Blind:
            """The engine's queries, but for the flag of those that may teach."""

            def __getattr__(self, name: str) -> Any:
                return getattr(engine_query, name)

            def term_query(self, _schema: Any, name: str, term: str, *more: Any) -> Any:
                if name == "flag":
                    return engine_query.all_query()
                return engine_query.term_query(schema, name, term, *more)

        with patch.object(engine, "Query", Blind()):
            return original(snapshot, query)

    return put(engine, "_statistics", statistics)


def _stale_counts() -> Any:
    async def nothing_is_stale(self: Any, statement: Any) -> Any:
        del self, statement
        return []

    return put(reader.Reader, "internal", nothing_is_stale)


@contextmanager
def _hits_unread() -> Iterator[None]:
    with _stale_counts(), blind(finding, "_read", reader):
        yield


@contextmanager
def _ordered_blindly() -> Iterator[None]:
    """The order asks the part itself; what is shown of it stays masked."""
    original = parts.sort_key

    def blindly(*given: Any) -> Any:
        with patch.object(parts, "visible", everybody):
            return original(*given)

    with patch.object(statements, "sort_key", blindly), patch.object(page, "sort_key", blindly):
        yield


def _filtered_blindly() -> Any:
    original = parts.matches

    def blindly(*given: Any) -> Any:
        with patch.object(parts, "visible", everybody):
            return original(*given)

    return put(filters, "matches", blindly)


def _audience_told() -> Any:
    return put(standings, "may_know_audience", lambda _viewer, _originator: True)


def _unnoted() -> Any:
    return put(seen.Seen, "note_rows", lambda *_given: None)


def _unmarked() -> Any:
    return put(exporting, "strictest_of", lambda *_markings: NOTHING)


def _unentered() -> Any:
    return put(exporting, "Leaving", lambda viewer, _read, *more: Leaving(viewer, {}, *more))


R = reader.Reader
L = layout.Layout
PARTS = ("people", "proposals", "node.Receipt")
LISTS = ("briefs", "calls", "people")
NODES = ("node",)
HOLES: tuple[Hole, ...] = (
    Hole("a list without the predicate", lambda: blind(L, "whole", statements)),
    Hole("a count without the predicate", lambda: blind(L, "_column", layout)),
    Hole("a nested list without the predicate", lambda: blind(L, "nested", statements), ("calls",)),
    Hole("a bounded list without the predicate", lambda: blind(L, "listed", layout), LISTS),
    Hole("a reference without the predicate", lambda: blind(L, "_select", layout), LISTS),
    Hole("a record by its key without the predicate", lambda: blind(L, "by_key", layout), NODES),
    Hole("plain: a list", lambda: blind(R, "page", statements), plain=True),
    Hole("plain: a count", lambda: blind(R, "count", statements), plain=True),
    Hole("plain: a nested list", lambda: blind(R, "pages", statements), ("calls",), plain=True),
    Hole("plain: a nested count", lambda: blind(R, "counts", reader), ("calls",), plain=True),
    Hole("plain: a bounded list", lambda: blind(R, "listed", reader), LISTS, plain=True),
    Hole("plain: a loader by key", lambda: blind(R, "by_keys", reader), NODES, plain=True),
    Hole(
        "a child seen outside its parent",
        lambda: put(predicate, "source_info", lambda _source: {}),
        ("node.BriefVersion", "node.ProposalMember", "node.Receipt", "inbox", "follows"),
    ),
    Hole("the gate is not asked", lambda: put(predicate, "_gate", everybody), LISTS),
    Hole("the audience is not asked", lambda: put(predicate, "_audience", everybody), LISTS),
    Hole("one of the two clauses is enough", _either_clause, LISTS),
    Hole("an empty audience is everyone", _empty_is_everyone, LISTS),
    Hole("exclusions are forgotten", lambda: put(reach, "_denied", lambda *_: false()), LISTS),
    Hole("exclusions are held against one post alone", _denied_by_posts_alone, LISTS),
    Hole(
        "a token holds before it begins",
        lambda: put(reach, "_in_force", _in_force(starts=False, ends=True)),
        LISTS,
    ),
    Hole(
        "a token holds after it ended",
        lambda: put(reach, "_in_force", _in_force(starts=True, ends=False)),
        LISTS,
    ),
    Hole("posts that were left still count", _yesterdays_viewer, LISTS),
    Hole("who stands in two countries is at home in both", _at_home_everywhere, LISTS),
    Hole("the anonymous are members", _members_anonymous, LISTS),
    Hole("a part is selected without its clauses", lambda: put(parts, "visible", everybody), PARTS),
    Hole("a part is filtered by without its clauses", _filtered_blindly, ("people.filter",)),
    Hole(
        "plain: ordered by a masked part", _ordered_blindly, ("people.orderBy.EMAIL",), plain=True
    ),
    Hole(
        "a filter by a hidden end matches",
        lambda: put(filters, "seen_end", everybody),
        ("briefs.filter", "calls.filter", "proposals.filter", "concepts.filter"),
    ),
    Hole(
        "a filter by a hidden tag matches",
        lambda: put(filters, "visible", everybody),
        ("briefs.filter", "calls.filter"),
    ),
    Hole(
        "dates and plans of posts are told to everybody",
        lambda: put(holders, "knows_terms", everybody),
        ("organizations", "people"),
    ),
    Hole(
        "invitations are told to everybody",
        lambda: put(holders, "may_keep_posts", lambda *_given: ALLOWED),
        ("organizations",),
    ),
    Hole("a reader is told who else reads", _audience_told, ("briefs", "proposals")),
    Hole(
        "search counts what the viewer may not see",
        lambda: put(engine, "visible", lambda _schema, _query: []),
        ("search",),
    ),
    Hole("ranking learns from hidden texts", _taught_by_all, ("search",)),
    Hole("a stale index is believed", _stale_counts, ("search",)),
    Hole("hits are not read again", _hits_unread, ("search",)),
    Hole(
        "a mail is written with nobody's eyes",
        lambda: put(courier, "visible", everybody),
        ("viewer",),
        beside=True,
    ),
    Hole(
        "a hidden record is refused instead of not found",
        lambda: put(access_store, "visible", everybody),
        ("viewer",),
        beside=True,
    ),
    Hole("the entry leaves out what was read", _unnoted, LISTS),
    Hole(
        "an export without the predicate",
        lambda: blind(exported, "_page", statements),
        ("viewer",),
        beside=True,
    ),
    Hole(
        "an export names the hidden end of a link",
        lambda: blind(exported, "_beside", reader),
        ("viewer",),
        beside=True,
    ),
    Hole(
        "an export tells a part without its clauses",
        lambda: blind(exported, "_page", parts),
        ("viewer",),
        beside=True,
    ),
    Hole("an export is marked laxer than its rows", _unmarked, ("viewer",), beside=True),
    Hole("an export leaves no entry of its rows", _unentered, ("viewer",), beside=True),
)
