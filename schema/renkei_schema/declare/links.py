"""Words for what a field leads to: one row, some rows, the record behind a place."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

import strawberry
from sqlalchemy import Table

from renkei.reading.links import Children
from renkei.reading.page import By, Page
from renkei.reading.record import Record
from renkei_schema.context import Context, Info
from renkei_schema.declare.words import (
    REQUIRED,
    Answered,
    Back,
    ByKey,
    Counted,
    First,
    Found,
    Listed,
    One,
    Place,
    Refers,
    Rooted,
    arguments_of,
    asked,
    spoken,
    table_of,
    taking,
)


def one(reference: Any, description: str) -> Any:
    """The row that a reference points at; null where there is none, or none for this viewer."""
    column = reference.key
    (foreign,) = reference.expression.foreign_keys
    target: Table = foreign.column.table

    async def resolve(root: Any, info: Info) -> Any:
        key = root.values[column]
        if key is None:
            return None
        return await info.context.loaders.record(target, key, asked(info, target))

    word = One(needs=frozenset({column}), reference=column, target=target)
    return spoken(word, description, resolve)


def back(reference: Any, description: str) -> Any:
    """The one row that points here by a unique reference."""
    table: Table = reference.expression.table
    column = reference.key

    async def resolve(root: Any, info: Info) -> Any:
        needed = asked(info, table) | {column}
        return await info.context.loaders.record(table, root.id, needed, column=column)

    return spoken(Back(target=table, column=column), description, resolve)


def listed(link: Children, description: str, *order: By) -> Any:
    """A plain list: only where it is bounded by nature (a call's areas, a proposal's members)."""

    async def resolve(root: Any, info: Info) -> Any:
        return await info.context.loaders.listed(link, root.id, asked(info, link.table), order)

    return spoken(Listed(link=link, order=order), description, resolve)


def first(link: Children, description: str, *order: By) -> Any:
    """The first row of a link in that order, such as the newest version."""

    async def resolve(root: Any, info: Info) -> Any:
        page = Page(size=1, order=order, query="first", columns=asked(info, link.table))
        found = await info.context.loaders.page(link, root.id, page)
        return found.records[0] if found.records else None

    return spoken(First(link=link, order=order), description, resolve)


def by_key(column: Any, description: str) -> Any:
    """On the root: the row whose unique text `column` is the argument of the same name."""
    table: Table = column.expression.table
    name = column.key
    described = Annotated[
        str, strawberry.argument(description="符号や番号。 / Its code or number.")
    ]

    async def resolve(root: Any, info: Info, **arguments: str) -> Any:
        needed = asked(info, table) | {name}
        value = askable(arguments[name])
        return await info.context.loaders.record(table, value, needed, column=name)

    word = ByKey(table=table, column=name)
    return spoken(word, description, taking({name: (described, REQUIRED)}, resolve))


def askable(text: str) -> str:
    """A text that a database can be asked for: one with NUL in it is in no row."""
    return text.replace("\0", "")


def found(model: Any, description: str, page: Callable[..., Page], *, single: bool = False) -> Any:
    """On the root: the rows of the page that the arguments make; `single`: the first of them."""
    table = table_of(model)

    async def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        wanted = replace(page(**arguments), columns=asked(info, table))
        records = (await info.context.reader.page(table, wanted)).records
        return (records[0] if records else None) if single else list(records)

    word = Found(table=table, page=page, single=single)
    return spoken(word, description, taking(arguments_of(page), resolve))


def counted(model: Any, description: str, page: Callable[..., Page]) -> Any:
    """On the root: how many rows the viewer sees within the page's filters."""
    table = table_of(model)

    async def resolve(root: Any, info: Info) -> int:
        return await info.context.reader.count(table, page())

    return spoken(Counted(table=table, page=page), description, resolve)


def refers(description: str, places: Callable[..., Any]) -> Any:
    """The record, or the records in order, at the places that a function of the object tells.

    What follows the object in the function's signature are the field's arguments.
    """

    async def at(info: Info, place: Place | None) -> Record | None:
        if place is None:
            return None
        table, key = place
        return await info.context.loaders.record(table, key, asked(info, table))

    async def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        told = places(root, **arguments)
        if isinstance(told, list):
            return list(await asyncio.gather(*(at(info, place) for place in told)))
        return await at(info, told)

    word = Refers(places=places)
    return spoken(word, description, taking(arguments_of(places, after=1), resolve))


def loaded(model: Any, attribute: str, description: str) -> Any:
    """The row whose key the object carries in `attribute`; null where it carries none."""
    table = table_of(model)

    def places(root: Any) -> Place | None:
        key = getattr(root, attribute)
        return None if key is None else (table, key)

    return refers(description, places)


Answers = Callable[[Context, list[Any]], Awaitable[list[Any]]]


def answered(
    description: str,
    answers: Answers,
    *needs: str,
) -> Any:
    """What a function of a noun's own says, of many rows (their columns `needs`) in one turn.

    On a type without a table the function gets the objects themselves.
    """

    async def resolve(root: Any, info: Info) -> Any:
        context = info.context
        asked_of = root.values if isinstance(root, Record) else root
        return await context.loaders.ask(answers, lambda many: answers(context, many), asked_of)

    return spoken(Answered(needs=frozenset(needs), answers=answers), description, resolve)


def rooted(description: str, function: Callable[..., Any]) -> Any:
    """On the root: what a function says of the request and of the arguments that follow it."""

    async def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        told = function(info.context, **arguments)
        return await told if inspect.isawaitable(told) else told

    word = Rooted(function=function)
    return spoken(word, description, taking(arguments_of(function, after=1), resolve))
