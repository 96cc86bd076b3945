"""From a document to a plan: a walk over what is asked, along the words of the declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)
from sqlalchemy import Select, Table

from renkei.access.policy.reach import Reach
from renkei.reading.layout import Layout, Pages, Source
from renkei.reading.links import Children
from renkei.reading.page import By, Cursors, Page
from renkei.reading.statements import OWN, count
from renkei_schema.context import Context
from renkei_schema.declare.pages import page_of
from renkei_schema.declare.words import (
    Answered,
    Back,
    ByKey,
    Counted,
    First,
    Found,
    Itself,
    Listed,
    One,
    Paged,
    Refers,
    Rooted,
    Told,
    Word,
)
from renkei_schema.ids import write_id
from renkei_schema.node import TABLES, TYPE_NAMES
from renkei_schema.plan import hooks
from renkei_schema.plan.levels import (
    CountLevel,
    FoundLevel,
    KeyLevel,
    ListLevel,
    ObjectLevel,
    PageLevel,
    Part,
    PlaceLevel,
    Rowed,
    ThereLevel,
)
from renkei_schema.plan.running import Bound, Run, Statement
from renkei_schema.plan.selecting import Asked, Document, Unplanned
from renkei_schema.plan.values import Values
from renkei_schema.plan.writing import TYPE_NAME, Block, Code, an_object, entries_of

Sets = Sequence[SelectionSetNode]
OfLayout = Callable[[Layout, Reach, Pages], Select[Any]]
# What a page level's connection is asked for, beside its total.
_ROWS = ("nodes", "edges", "pageInfo")


class Plan:
    """A document made ready: its levels, and where its arguments go."""

    def __init__(self, schema: strawberry.Schema, document: Document, sets: Sets) -> None:
        self._schema = schema
        self._core = hooks.core_of(schema)
        self._document = document
        self._code = Code()
        self._values = Values(document, self._code, self._object_level)
        self._arguments: dict[str, tuple[Word, GraphQLField, FieldNode]] = {}
        self._root = Block(self._code, "o")
        root: Any = self._core.query_type
        self._root.writes(an_object(document, root, sets, partial(self._at_root, root)))
        # Arguments are read even where nothing is asked of what they choose: they may be refused.
        self._read = tuple(self._arguments)

    @property
    def source(self) -> str:
        """The Python that was written for it."""
        return "\n".join(self._code.source)

    def bound(self, document: Document, cursors: Cursors) -> Bound:
        """The plan with the arguments of these variables. Raises what the plain executor tells."""
        bound = Bound(document, cursors)
        self._reads(bound, self._read)
        return bound

    def _reads(self, bound: Bound, names: Iterable[str]) -> None:
        """Read the arguments of these names, where they were not read yet."""
        for name in names:
            if name in bound.pages or name in bound.arguments:
                continue
            word, field, node = self._arguments[name]
            given = hooks.arguments_of(self._schema, field, node, bound.document.variables)
            match word:
                case Paged():
                    bound.pages[name] = page_of(word, bound.cursors, **given)
                case Found() | Counted():
                    bound.pages[name] = word.page(**given)
                case _:
                    bound.arguments[name] = given

    async def run(self, run: Run) -> dict[str, Any]:
        """The data of the answer."""
        (data,) = await self._root.written(run, [None])
        found: dict[str, Any] = data
        return found

    def _takes(self, word: Word, field: GraphQLField, asked: Asked) -> str:
        """A name for the field's arguments."""
        name = f"p{len(self._arguments)}"
        self._arguments[name] = (word, field, asked.nodes[0])
        return name

    def _at_root(self, named: GraphQLObjectType, asked: Asked) -> str:
        place = f"{named.name}.{asked.name}"
        field = named.fields.get(asked.name)
        word = hooks.word_of(field) if field is not None else None
        if field is None or word is None:
            raise Unplanned(place)
        block, below = self._root, asked.below
        match word:
            case Paged():
                return self._connection(block, None, word, field, asked)
            case Counted(table=table):
                return block.below(self._count(table, self._takes(word, field, asked)))
            case Found(table=table):
                name = self._takes(word, field, asked)
                rowed = self._rowed(table, _object_of(field), below, _whole, name)
                return block.below(FoundLevel(word, rowed))
            case ByKey(table=table, column=column):
                rowed = self._rowed(table, _object_of(field), below, _by_key(column))
                return block.below(KeyLevel(word, rowed, self._takes(word, field, asked)))
            case Refers():
                return self._places(block, word, field, asked)
            case Rooted(function=function):
                name = self._takes(word, field, asked)

                def values(run: Run, items: Sequence[Any]) -> Any:
                    return _once(function, run.context, run.bound.arguments[name], items)

                return self._object_level(block, values, field.type, below)
        raise Unplanned(place)

    def row(self, block: Block, source: Source, named: GraphQLObjectType, sets: Sets) -> str:
        """The source of an object that is written of a row."""
        of = partial(self._of_row, block, source, named)
        return an_object(self._document, named, sets, of)

    def _of_row(  # noqa: C901, PLR0911 - one case a word
        self, block: Block, source: Source, named: GraphQLObjectType, asked: Asked
    ) -> str:
        field = named.fields[asked.name]
        word = hooks.word_of(field)
        below = asked.below
        match word:
            case None if asked.name == "id" and named.name in TABLES:
                write = self._code.hold(partial(write_id, named.name))
                return f"{write}(r[{source.column('id')}])"
            case Told():
                return self._values.told(block, source, word, field, asked)
            case Itself():
                return self.row(block, source, _object_of(field), below)
            case One(reference=reference, target=target):
                joined = source.one(target, "id", reference)
                return self._joined(block, joined, field, below)
            case Back(target=target, column=column):
                return self._joined(block, source.one(target, column, "id"), field, below)
            case Listed(link=link, order=order):
                rowed = self._rowed(link.table, _object_of(field), below, _listed(link, order))
                return block.below(ListLevel(rowed, source.column("id")))
            case First(link=link, order=order):
                rowed = self._rowed(link.table, _object_of(field), below, _first(link, order))
                return block.below(ListLevel(rowed, source.column("id"), first=True))
            case Paged():
                return self._connection(block, source, word, field, asked)
            case Answered(needs=needs, answers=answers):
                places = [(name, source.column(name)) for name in sorted(needs)]

                def values(run: Run, items: Sequence[Any]) -> Any:
                    rows = [{name: row[place] for name, place in places} for row in items]
                    return answers(run.context, rows)

                return self._object_level(block, values, field.type, below, source.there)
        raise Unplanned(f"{named.name}.{asked.name}")

    def _joined(self, block: Block, joined: Source, field: GraphQLField, below: Sets) -> str:
        there = f"r[{joined.column('id')}] is None"
        return f"(None if {there} else {self.row(block, joined, _object_of(field), below)})"

    def _rowed(
        self,
        table: Table,
        named: GraphQLObjectType,
        below: Sets,
        build: OfLayout,
        name: str = "",
    ) -> Rowed:
        """Rows of a table with a statement of their own."""
        layout = Layout(table)
        block = Block(self._code, "r")
        block.writes(self.row(block, layout.own, named, below))
        return Rowed(Statement(layout, partial(build, layout), name), block)

    def _count(self, table: Table, name: str) -> CountLevel:
        return CountLevel(
            Statement(None, lambda reach, pages: count(reach, table, pages[OWN]), name, whole=table)
        )

    def _connection(
        self, block: Block, source: Source | None, word: Paged, field: GraphQLField, asked: Asked
    ) -> str:
        """The source of a connection: numbers beside the row above, and the parts of one level."""
        name = self._takes(word, field, asked)
        connection = _object_of(field)
        fields = self._document.fields(connection, asked.below)
        layout = Layout(word.table)
        parts: list[Part] = []
        entries: list[tuple[str, str | int]] = []
        rows = any(one.name in _ROWS for one in fields)
        for one in fields:
            if one.name == TYPE_NAME:
                entries.append((one.key, repr(connection.name)))
            elif one.name == "totalCount" and source is not None and word.link is not None:
                entries.append((one.key, f"r[{source.count(word.link, name)}]"))
            elif one.name == "totalCount" and not rows:
                entries.append((one.key, block.below(self._count(word.table, name))))
            else:
                entries.append((one.key, len(parts)))
                parts.append(self._part(layout, connection, one))
        below = ""
        if parts:
            totals = any(part.total is not None for part in parts)
            build = _whole if word.link is None else _nested(word.link)
            level = PageLevel(
                Statement(
                    layout,
                    partial(build, layout),
                    name,
                    whole=word.table if word.link is None else None,
                ),
                None if source is None else source.column("id"),
                tuple(parts),
                self._count(word.table, name) if totals else None,
            )
            below = block.below(level)
        return entries_of(
            [(key, at if isinstance(at, str) else f"{below}[{at}]") for key, at in entries]
        )

    def _part(self, layout: Layout, connection: GraphQLObjectType, asked: Asked) -> Part:
        field = connection.fields[asked.name]
        if asked.name == "totalCount":
            return Part(total=layout.total())
        named = _object_of(field)
        if asked.name == "pageInfo":
            layout.ends = True
            fields = self._document.fields(named, asked.below)
            return Part(page_info=tuple((one.key, one.name) for one in fields))
        block = Block(self._code, "r")
        if asked.name == "nodes":
            return Part(block=block.writes(self.row(block, layout.own, named, asked.below)))
        node = _object_of(named.fields["node"])

        def of_edge(one: Asked) -> str:
            if one.name != "cursor":
                return self.row(block, layout.own, node, one.below)
            layout.ends = True
            return "cursor(r)"

        return Part(block=block.writes(an_object(self._document, named, asked.below, of_edge)))

    def _places(self, block: Block, word: Refers, field: GraphQLField, asked: Asked) -> str:
        made: dict[Table, tuple[Rowed, list[str]]] = {}

        def branch(run: Run, table: Table) -> Rowed:
            # Made when a record of the table is first met: an interface has many.
            if table not in made:
                named: Any = self._core.get_type(TYPE_NAMES[table.name])
                known = set(self._arguments)
                rowed = self._rowed(table, named, asked.below, _by_key("id"))
                made[table] = rowed, [name for name in self._arguments if name not in known]
            rowed, names = made[table]
            self._reads(run.bound, names)
            return rowed

        each: Any = get_nullable_type(field.type)
        nullable = not is_non_null_type(each.of_type if is_list_type(each) else field.type)
        return block.below(PlaceLevel(word, self._takes(word, field, asked), branch, nullable))

    def _object_level(
        self,
        block: Block,
        values: Callable[[Run, Sequence[Any]], Any],
        shape: Any,
        below: Sets,
        there: int | None = None,
    ) -> str:
        """A level of objects: each block of theirs is written of one object alone."""
        inner = Block(self._code, "o")
        inner.writes(self._values.item(inner, get_named_type(shape), below, self._of_object))
        level = ObjectLevel(values, shape, inner)
        return block.below(level if there is None else ThereLevel(level, there))

    def _of_object(
        self, block: Block, named: GraphQLObjectType, asked: Asked, field: GraphQLField
    ) -> str | None:
        """A field of an object that leads on to a level; None: the object tells it by itself."""
        match hooks.word_of(field):
            case Refers() as word:
                return self._places(block, word, field, asked)
            case Answered(answers=answers):

                def values(run: Run, items: Sequence[Any]) -> Any:
                    return answers(run.context, list(items))

                return self._object_level(block, values, field.type, asked.below)
        return None


def _object_of(field: GraphQLField) -> GraphQLObjectType:
    named = get_named_type(field.type)
    if not isinstance(named, GraphQLObjectType):
        raise Unplanned(str(field.type))
    return named


# The statements of a layout. Each asks it when the text is made, not before.


def _whole(layout: Layout, reach: Reach, pages: Pages) -> Select[Any]:
    return layout.whole(reach, pages)


def _nested(link: Children) -> OfLayout:
    return lambda layout, reach, pages: layout.nested(reach, link, pages)


def _listed(link: Children, order: tuple[By, ...]) -> OfLayout:
    return lambda layout, reach, pages: layout.listed(reach, link, order, pages)


def _first(link: Children, order: tuple[By, ...]) -> OfLayout:
    own = {OWN: Page(size=1, order=order)}
    return lambda layout, reach, pages: layout.nested(reach, link, {**pages, **own})


def _by_key(column: str) -> OfLayout:
    return lambda layout, reach, pages: layout.by_key(reach, column, pages)


async def _once(
    function: Callable[..., Any], context: Context, arguments: dict[str, Any], items: Sequence[Any]
) -> list[Any]:
    told = function(context, **arguments)
    if inspect.isawaitable(told):
        told = await told
    return [told for _ in items]
