"""Sealing: every committed row exactly once, in the order that the seal itself writes down."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from renkei.audit import anchors, sealing
from renkei.audit.leaves import leaves_of
from renkei.audit.merkle import EMPTY, leaf_hash, root_of
from renkei.audit.sealing import seal
from renkei.audit.tables import Seal, SealEntry, Unsealed
from renkei.audit.verifying import Report, verify
from renkei.ledger.unit import Unit
from renkei.reactions import reactions_of
from renkei.signing import read_key_set
from support.factories import Town


async def record(town: Town, count: int = 1, kind: str = "試験.記録") -> None:
    """Record facts, each in a transaction of its own."""
    for number in range(count):
        async with town.app.unit() as unit:
            await unit.record(kind, uuid4(), number=number, text="𠮷田と髙橋")


async def rows(town: Town, model: Any) -> list[Any]:
    """All rows of a table."""
    async with town.world.database.reading() as connection:
        return list((await connection.execute(select(model.__table__))).all())


async def verified(town: Town, **more: Any) -> Report:
    """What verifying finds."""
    async with town.world.database.reading() as connection:
        return await verify(connection, **({"keys": None} | more))


async def sealed_all(town: Town) -> int:
    """Seal until nothing waits."""
    done = 0
    while count := await seal(town.app):
        done += count
    return done


def test_the_tree_is_that_of_rfc_6962() -> None:
    from hashlib import sha256

    one, two, three = (leaf_hash(at, b"") for at in (1, 2, 3))
    assert root_of([]) == EMPTY == sha256(b"").digest()
    assert root_of([one]) == one
    assert root_of([one, two]) == sha256(b"\1" + one + two).digest()
    assert root_of([one, two, three]) == sha256(b"\1" + root_of([one, two]) + three).digest()
    # The same content at another position is another leaf.
    assert len({one, two, three}) == 3


async def test_what_is_committed_is_sealed_once_and_what_follows_goes_on_from_there(
    town: Town,
) -> None:
    before = await sealed_all(town)
    await record(town, 3)
    await town.released("AMBER", shared_with=[town.firm])
    assert await sealed_all(town) > 3
    assert await seal(town.app) == 0
    seals, entries = await rows(town, Seal), await rows(town, SealEntry)
    assert [one.number for one in seals] == list(range(1, len(seals) + 1))
    assert [one.position for one in entries] == list(range(1, len(entries) + 1))
    assert seals[0].first == 1
    assert seals[-1].last == len(entries) > before
    assert [one.first for one in seals[1:]] == [one.last + 1 for one in seals[:-1]]
    assert [one.previous for one in seals[1:]] == [one.digest for one in seals[:-1]]
    assert await rows(town, Unsealed) == []


async def test_a_batch_is_bounded(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await sealed_all(town)
    monkeypatch.setattr(sealing, "BATCH", 4)
    await record(town, 10)
    assert [await seal(town.app) for _ in range(4)] == [4, 4, 2, 0]


async def test_what_rolls_back_is_never_sealed(town: Town) -> None:
    await sealed_all(town)
    async with town.world.database.writing() as session:
        unit = Unit(session, at=town.world.clock.now(), reactions_of=reactions_of)
        await unit.record("試験.記録", uuid4())
    assert await seal(town.app) == 0


KILLED = """
import asyncio, os, signal, sys
from types import SimpleNamespace
from renkei import tables
from renkei.audit.sealing import seal
from renkei.clock import SystemClock
from renkei.database.engine import Database

class Keys:
    @property
    def current(self):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(seal(SimpleNamespace(clock=SystemClock(), database=Database(sys.argv[1]), keys=Keys())))
"""


async def test_who_seals_and_is_killed_leaves_nothing_behind(town: Town) -> None:
    """Killed when its rows are off the list and the seal is about to be signed."""
    await record(town, 3)
    waited = len(await rows(town, Unsealed))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, town.world.database.url
    )
    assert await child.wait() == -signal.SIGKILL
    assert len(await rows(town, Unsealed)) == waited
    assert await rows(town, SealEntry) == []
    assert await sealed_all(town) == waited


async def test_many_who_write_and_many_who_seal_leave_each_row_in_one_seal(town: Town) -> None:
    async def sealer() -> int:
        done = 0
        for _ in range(6):
            done += await seal(town.app)
            await asyncio.sleep(0)
        return done

    before = await sealed_all(town)
    written = [record(town, 8) for _ in range(4)]
    sealers = asyncio.gather(sealer(), sealer())
    await asyncio.gather(*written)
    done = before + sum(await sealers) + await sealed_all(town)
    async with town.world.database.reading() as connection:
        facts = (await connection.execute(text("SELECT count(*) FROM fact"))).scalar_one()
        entries = select(func.count()).select_from(SealEntry).where(col(SealEntry.kind) == "fact")
        assert (await connection.execute(entries)).scalar_one() == facts == done
    assert (await verified(town)).fault is None


async def test_content_is_written_alike_on_both_databases(town: Town) -> None:
    """One vector for both: what is sealed on one is verified on the other."""
    insert = (
        "INSERT INTO fact (id, kind, subject_id, at, actor_person_id, as_deputy, data, once) "
        "VALUES "
        "(4711, '試験', '{0}', '2026-11-24 03:00:00.000001{1}', NULL, false, "
        """'{{"b": [1, null, true], "a": "𠮷田"}}', 'once')"""
    )
    subject = "00112233445566778899aabbccddeeff"
    zone = "" if town.world.database.is_sqlite else "+00:00"
    async with town.world.database.writing() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(insert.format(subject, zone))
        contents = await leaves_of(
            session, [("fact", "4711")], postgres=not town.world.database.is_sqlite
        )
    assert contents["fact", "4711"].decode() == (
        '["renkei-audit/1","fact",[4711,"試験","00112233445566778899aabbccddeeff",'
        '"2026-11-24T03:00:00.000001Z",null,null,false,{"a":"𠮷田","b":[1,null,true]},"once"]]'
    )


async def test_anchors_follow_each_seal_and_are_written_again_where_a_line_is_torn(
    town: Town,
) -> None:
    file = anchors.anchors_file(town.app.settings)
    await record(town)
    await sealed_all(town)
    assert await anchors.export(town.app) == 1
    assert await anchors.export(town.app) == 0
    await record(town)
    await sealed_all(town)
    await anchors.export(town.app)
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    assert await anchors.export(town.app) == 1
    assert file.read_bytes() == whole
    assert file.stat().st_mode & 0o077 == 0
    # An anchor shows neither how many rows were sealed nor which.
    (first, _) = anchors.read_anchors(file)
    assert first is not None
    assert set(first) == {"format", "seal", "at", "root", "digest", "keyId", "signature"}
    keys, _ = read_key_set(town.app.keys.published())
    report = await verified(town, keys=keys, anchors=anchors.read_anchors(file))
    assert (report.fault, report.anchors, report.seals) == (None, 2, 2)


async def test_seals_and_facts_are_only_ever_added(town: Town) -> None:
    await record(town)
    await sealed_all(town)
    for statement in (
        "UPDATE fact SET kind = 'other'",
        "DELETE FROM fact",
        "UPDATE seal_entry SET kind = 'other'",
        "DELETE FROM seal_entry",
        "UPDATE audit_seal SET root = ''",
        "DELETE FROM audit_seal",
    ):
        async with town.world.database.writing() as session:
            with pytest.raises(DBAPIError) as refused:
                await session.execute(text(statement))
        assert "append-only" in str(refused.value)


async def test_a_row_that_is_put_on_the_list_again_is_not_sealed_twice(town: Town) -> None:
    await record(town)
    await sealed_all(town)
    async with town.world.database.writing() as session:
        session.add(Unsealed(kind="fact", row_key="1"))
        session.add(Unsealed(kind="何か", row_key="x"))
        await session.commit()
    assert await seal(town.app) == 2
    assert await rows(town, Unsealed) == []
    # What names no row of ours is sealed as something that is not there, and told as such.
    fault = (await verified(town)).fault
    assert fault is not None
    assert (fault.what.value, fault.kind, fault.key) == ("deleted", "何か", "x")
