"""Reading past SQLAlchemy: the same values, on both databases, whatever becomes of a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Integer,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime

from renkei.database.asking import CONNECTIONS, Asking
from renkei.database.engine import Database
from renkei.database.parameters import listed, one_of, rows_of
from renkei.database.sql import Sql


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    made = Database(database_url)
    yield made
    await made.close()


def kept(database: Database, statement: Select[Any]) -> Sql:
    """The statement as it is kept."""
    return Sql(statement, database.asking.dialect)


async def asked(database: Database, statement: Select[Any], **given: Any) -> Any:
    """The rows of a statement."""
    async with database.asking.connection() as ask:
        return await ask(kept(database, statement), given)


def counting(upto: int) -> Select[Any]:
    """A statement that takes as long as it counts far."""
    numbers = select(literal(1, Integer).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < upto))
    return select(func.count()).select_from(numbers)


async def test_every_kind_of_value_comes_back_as_it_was_sent(database: Database) -> None:
    json: Any = JSON().with_variant(JSONB(), "postgresql")
    values = {
        "uuid": (uuid4(), Uuid()),
        "instant": (datetime(2026, 11, 30, 3, 22, 40, 123, UTC), UTCDateTime()),
        "day": (date(2026, 11, 30), Date()),
        "truth": (True, Boolean()),
        "text": ("髙い\"\\'", String()),
        "number": (7, Integer()),
        "document": ({"ja": ["文"]}, json),
    }
    statement = select(
        *(cast(bindparam(name, type_=kind), kind) for name, (_, kind) in values.items())
        if not database.is_sqlite
        else (bindparam(name, type_=kind) for name, (_, kind) in values.items())
    )
    sent = {name: value for name, (value, _) in values.items()}
    (row,) = await asked(database, statement, **sent)
    assert list(row) == list(sent.values())
    (row,) = await asked(database, statement)
    assert list(row) == [None] * len(values)


async def test_a_list_is_one_value_however_long(database: Database) -> None:
    postgres = not database.is_sqlite
    keys = [uuid4() for _ in range(300)]
    rows = rows_of(listed(None, Uuid(), postgres=postgres, name="keys"), Uuid())
    statement = select(rows.c.value).select_from(rows)
    text = kept(database, statement).text
    assert [row[0] for row in await asked(database, statement, keys=keys)] == keys
    assert await asked(database, statement, keys=[]) == []
    assert kept(database, statement).text == text
    odd = ['"', "\\", "a,b", "}", "文"]
    words = rows_of(listed(odd, String(), postgres=postgres), String())
    found = select(words.c.value).where(
        one_of(words.c.value, odd[:2], postgres=postgres, name="some")
    )
    assert [row[0] for row in await asked(database, found, some=odd[1:4])] == odd[1:4]


async def test_more_ask_at_once_than_there_are_connections(database: Database) -> None:
    statement = select(bindparam("n", type_=Integer()) + 0)
    answers = await asyncio.gather(
        *(asked(database, statement, n=n) for n in range(CONNECTIONS * 4))
    )
    assert [rows[0][0] for rows in answers] == list(range(CONNECTIONS * 4))


async def test_a_refused_statement_costs_no_connection(database: Database) -> None:
    wrong: Select[Any] = select(column("nothing")).select_from(func.lower("a").table_valued("b"))
    for _ in range(CONNECTIONS + 1):
        with pytest.raises(Exception, match="nothing"):
            await asked(database, wrong)
    assert (await asked(database, select(literal(1, Integer))))[0][0] == 1


async def test_who_gives_up_leaves_nothing_to_the_next(database: Database) -> None:
    """A long read is cancelled; the next ones get their own answers."""
    for _ in range(CONNECTIONS + 1):
        waiting = asyncio.create_task(asked(database, counting(30_000_000)))
        await asyncio.sleep(0.03)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        key: UUID = uuid4()
        rows = await asked(database, select(cast(literal(key, Uuid()), Uuid())))
        assert str(rows[0][0]).replace("-", "") == key.hex


async def test_a_long_read_holds_nobody_up(database: Database) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    turning = asyncio.create_task(turn())
    ((count,),) = await asked(database, counting(400_000))
    turning.cancel()
    assert count == 400_000
    # Were the loop held up to the end, it would not have come round more than a few times.
    assert turns > 100


async def test_what_is_sent_is_heard(database: Database) -> None:
    heard: list[str] = []

    def hear(text: str, _dialect: str, _job: str | None) -> None:
        heard.append(text)

    Asking.listeners.append(hear)
    try:
        await asked(database, select(literal(1, Integer).label("heard_of")))
    finally:
        Asking.listeners.remove(hear)
    assert len(heard) == 1
    assert "heard_of" in heard[0]


async def test_nothing_is_written_this_way(database: Database) -> None:
    """The connections are read-only in the database itself, whatever is sent."""
    async with database.asking.connection() as ask:
        raw: Any = ask

        async def write() -> None:
            done = raw._connection.execute("DELETE FROM clause")
            if not database.is_sqlite:
                await done

        with pytest.raises(Exception, match=r"read-only|readonly"):
            await write()
