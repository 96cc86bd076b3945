"""Verifying: whatever is changed behind the product's back is told by kind and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from renkei.audit.anchors import anchors
from renkei.audit.leaves import leaves_of
from renkei.audit.merkle import leaf_hash, root_of
from renkei.audit.sealing import seal
from renkei.audit.seals import Sealing
from renkei.audit.service import Leaving
from renkei.audit.tables import BreakGlass
from renkei.audit.verifying import Report, verify
from renkei.signing import SIGNATURE, SigningKeys, new_key, read_key_set
from support.factories import Town
from support.tampering import behind_its_back, flipped

TABLES = SQLModel.metadata.tables
# What a seal says; who sees it is no part of that.
SEAL = ("number", "at", "previous", "root", "first", "last", "digest", "key_id", "signature")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    **{name: tuple(TABLES[name].c.keys()) for name in ("fact", "read_entry", "read_record")},
    "break_glass": tuple(TABLES["break_glass"].c.keys()),
    "seal_entry": tuple(TABLES["seal_entry"].c.keys()),
    "audit_seal": SEAL,
}
KINDS = {"fact": "fact", "read_entry": "read", "read_record": "read", "break_glass": "glass"}
EACH = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
async def audit(town: Town) -> Town:
    """A town whose audit has three seals: of facts, of readings with records, of broken glass."""
    for number in range(3):
        async with town.app.unit() as unit:
            await unit.record("試験.記録", uuid4(), number=number)
    await seal(town.app)
    briefs = [await town.released("AMBER", shared_with=[town.firm]) for _ in range(2)]
    facts = {("brief", one.id): (one.tlp, one.audience_id, one.organization_id) for one in briefs}
    for _ in range(2):
        at = town.world.clock.now()
        await town.app.reads.leave(Leaving(town.firm, facts, at, "graphql", "r1"))
    await seal(town.app)
    people = [one.person_id for one in (town.firm, town.analyst, town.other_firm)]
    read_as, by, confirmed = [key for key in people if key is not None]
    async with town.world.database.writing() as session:
        session.add(
            BreakGlass(
                at=town.world.clock.now(),
                request_id="r2",
                step="opened",
                kind="briefs",
                as_person_id=read_as,
                by_person_id=by,
                confirmed_by_person_id=confirmed,
                reason="監査の確かめ",
            )
        )
        await session.commit()
    async with town.app.unit() as unit:
        await unit.record("試験.記録", uuid4(), text="𠮷田", count=3)
    await seal(town.app)
    return town


async def found(town: Town, connection: AsyncConnection, **more: Any) -> Report:
    """What verifying finds on this connection."""
    keys, _ = read_key_set(town.app.keys.published())
    return await verify(connection, **({"keys": keys} | more))


async def told(town: Town, connection: AsyncConnection, **more: Any) -> tuple[Any, ...]:
    """The fault: what, kind, key and position."""
    fault = (await found(town, connection, **more)).fault
    assert fault is not None
    # In words, both languages name the key.
    assert fault.key in fault.said.ja
    assert fault.key in fault.said.text("en")
    return fault.what.value, fault.kind, fault.key, fault.position


async def entries(connection: AsyncConnection) -> list[Any]:
    """The entries of all seals, in their order."""
    table = TABLES["seal_entry"]
    return list((await connection.execute(select(table).order_by(table.c.position))).all())


async def test_what_nobody_touched_fits(audit: Town) -> None:
    async with audit.app.unit() as unit:
        await unit.record("試験.記録", uuid4())
    async with audit.world.database.reading() as connection:
        report = await found(audit, connection)
        kinds = {entry.kind for entry in await entries(connection)}
    assert kinds == {"fact", "read", "glass"}
    assert (report.fault, report.seals, report.waiting) == (None, 3, 1)
    assert report.waiting_since == report.sealed_until == audit.world.clock.now()


@given(data=st.data())
@EACH
async def test_any_bit_that_is_flipped_in_any_sealed_column_is_found(
    audit: Town, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(COLUMNS)), label="table")
    table = TABLES[name]
    async with behind_its_back(audit) as connection:
        rows = (await connection.execute(select(table).order_by(*table.primary_key))).all()
        row = data.draw(st.sampled_from(rows), label="row")
        column = table.c[data.draw(st.sampled_from(COLUMNS[name]), label="column")]
        try:
            await flipped(connection, table, column, row, data)
        except DBAPIError:
            assume(False)
        report = await found(audit, connection)
    fault = report.fault
    assert fault is not None
    if name in KINDS:
        key = row.entry_id if name == "read_record" else row.id
        named = key.hex if isinstance(key, UUID) else str(key)
        assert (fault.kind, fault.key) == (KINDS[name], named)
        assert fault.what.value in {"edited", "deleted"}
    elif name == "seal_entry":
        assert fault.position == row.position
        assert fault.what.value in {"entry-changed", "deleted", "edited"}
    else:
        assert fault.seal == row.number
        assert fault.what.value in {"seal-changed", "signature-wrong", "deleted"}


async def test_what_is_deleted_is_named(audit: Town) -> None:
    async with audit.world.database.reading() as connection:
        sealed = await entries(connection)
    for kind, table in (("fact", "fact"), ("read", "read_entry"), ("glass", "break_glass")):
        entry = [one for one in sealed if one.kind == kind][-1]
        async with behind_its_back(audit) as connection:
            key = int(entry.row_key) if kind == "fact" else UUID(entry.row_key)
            await connection.execute(TABLES[table].delete().where(TABLES[table].c.id == key))
            gone = await told(audit, connection)
        assert gone == ("deleted", kind, entry.row_key, entry.position)
    # A record that an entry names no more, and one that it didn't name.
    records = TABLES["read_record"]
    entry = next(one for one in sealed if one.kind == "read")
    mine = records.c.entry_id == UUID(entry.row_key)
    for change in (
        records.delete().where(mine, records.c.record_kind == "brief"),
        records.insert().values(
            entry_id=UUID(entry.row_key), record_id=uuid4(), record_kind="brief", tlp="RED"
        ),
    ):
        async with behind_its_back(audit) as connection:
            await connection.execute(change)
            found_now = await told(audit, connection)
        assert found_now == ("edited", "read", entry.row_key, entry.position)


async def test_what_is_inserted_behind_the_seals_back_is_named(audit: Town) -> None:
    """With the triggers in place it would wait for its seal, and be sealed as of then."""
    at = audit.world.clock.now()
    fact = (
        TABLES["fact"]
        .insert()
        .values(id=4711, kind="call.published", subject_id=uuid4(), at=at, data={})
    )
    async with behind_its_back(audit) as connection:
        await connection.execute(fact)
        assert await told(audit, connection) == ("inserted", "fact", "4711", None)
    stranger = uuid4()
    record = (
        TABLES["read_record"]
        .insert()
        .values(entry_id=stranger, record_id=uuid4(), record_kind="brief", tlp="RED")
    )
    async with behind_its_back(audit) as connection:
        await connection.execute(record)
        assert await told(audit, connection) == ("inserted", "read", stranger.hex, None)
    async with behind_its_back(audit) as connection:
        last = (await entries(connection))[-1].position
        entry = (
            TABLES["seal_entry"]
            .insert()
            .values(position=last + 1, kind="fact", row_key="4711", leaf=b"")
        )
        await connection.execute(entry)
        assert await told(audit, connection) == ("inserted", "entry", "fact 4711", last + 1)


@pytest.mark.parametrize("together", [True, False], ids=["with-their-hashes", "keys-alone"])
async def test_what_changed_places_is_named(audit: Town, together: bool) -> None:
    table = TABLES["seal_entry"]
    async with audit.world.database.reading() as connection:
        sealed = await entries(connection)
    # Within a seal, and from one seal to another.
    for one, other in ((sealed[0], sealed[2]), (sealed[1], sealed[-1])):
        async with behind_its_back(audit) as connection:
            aside = {**one._mapping, "row_key": "-"}
            for row, values in ((one, aside), (other, one._mapping), (one, other._mapping)):
                names = ("kind", "row_key", "leaf") if together else ("kind", "row_key")
                at = table.c.position == row.position
                changed = {name: values[name] for name in names}
                await connection.execute(table.update().where(at).values(changed))
            expected = ("reordered", other.kind, other.row_key, one.position)
            assert await told(audit, connection) == expected


async def test_what_changed_together_with_its_entry_is_told_by_its_seal(audit: Town) -> None:
    """Which row it was can't be known any more: the root alone remembers."""
    async with behind_its_back(audit) as connection:
        entry = (await entries(connection))[-1]
        await _rewrite(connection, entry)
        assert await told(audit, connection) == ("seal-changed", "seal", "3", None)


async def _rewrite(connection: AsyncConnection, entry: Any) -> None:
    """Edit a fact, and make the entry of its seal fit."""
    table, facts = TABLES["seal_entry"], TABLES["fact"]
    edited = facts.update().where(facts.c.id == int(entry.row_key)).values(kind="別の記録")
    await connection.execute(edited)
    postgres = connection.dialect.name == "postgresql"
    contents = await leaves_of(connection, [("fact", entry.row_key)], postgres=postgres)
    leaf = leaf_hash(entry.position, contents["fact", entry.row_key])
    at = table.c.position == entry.position
    await connection.execute(table.update().where(at).values(leaf=leaf))


async def test_a_seal_made_anew_needs_the_key_and_then_does_not_fit_its_anchor(
    audit: Town,
) -> None:
    seals = TABLES["audit_seal"]
    async with audit.world.database.reading() as connection:
        kept = await anchors(connection)
    async with behind_its_back(audit) as connection:
        entry = (await entries(connection))[-1]
        await _rewrite(connection, entry)
        row = (await connection.execute(select(seals).where(seals.c.number == 3))).one()
        leaves = [one.leaf for one in await entries(connection) if one.position >= row.first]
        sealing = Sealing(
            row.number, row.at, row.previous, root_of(leaves).hex(), row.first, row.last
        )
        for keys, expected in (
            (SigningKeys.of(new_key()), ("signature-wrong", "seal", "3", None)),
            # With the server's own key nothing is left to tell but what was kept elsewhere.
            (audit.app.keys, None),
        ):
            anchor = sealing.anchor(keys.current)
            made = {
                "root": sealing.root,
                "digest": sealing.digest,
                "key_id": anchor["keyId"],
                "signature": anchor[SIGNATURE],
            }
            await connection.execute(seals.update().where(seals.c.number == 3).values(made))
            fault = (await found(audit, connection)).fault
            assert (None if fault is None else await told(audit, connection)) == expected
        assert await told(audit, connection, anchors=kept) == ("anchor-wrong", "seal", "3", None)


async def test_seals_that_are_cut_off_are_missed_by_anchors_alone(audit: Town) -> None:
    seals, table = TABLES["audit_seal"], TABLES["seal_entry"]
    async with audit.world.database.reading() as connection:
        kept = await anchors(connection)
        sealed = await entries(connection)
        first = (
            await connection.execute(select(seals.c.first).where(seals.c.number == 3))
        ).scalar_one()
    cut = [one for one in sealed if one.position >= first]
    async with behind_its_back(audit) as connection:
        await connection.execute(seals.delete().where(seals.c.number == 3))
        assert await told(audit, connection) == (
            "inserted",
            "entry",
            f"{cut[0].kind} {cut[0].row_key}",
            first,
        )
        await connection.execute(table.delete().where(table.c.position >= first))
        # The rows are still there, and in no seal.
        assert (await told(audit, connection))[0] == "inserted"
        for entry in cut:
            name = "fact" if entry.kind == "fact" else "break_glass"
            key = int(entry.row_key) if name == "fact" else UUID(entry.row_key)
            await connection.execute(TABLES[name].delete().where(TABLES[name].c.id == key))
        assert (await found(audit, connection)).fault is None
        assert await told(audit, connection, anchors=kept) == ("truncated", "seal", "3", None)
        assert await told(audit, connection, anchors=kept[2:]) == ("truncated", "seal", "3", None)
    # One in the middle leaves a gap.
    async with behind_its_back(audit) as connection:
        await connection.execute(seals.delete().where(seals.c.number == 2))
        assert await told(audit, connection) == ("deleted", "seal", "2", None)


async def test_anchors_that_are_none_are_told(audit: Town) -> None:
    async with audit.world.database.reading() as connection:
        kept = await anchors(connection)
        assert (await found(audit, connection, anchors=kept[1:])).fault is None
        forged = [*kept[:1], kept[1] | {"root": "0" * 64}]
        assert await told(audit, connection, anchors=forged) == (
            "signature-wrong",
            "anchor",
            "2",
            None,
        )
        assert await told(audit, connection, anchors=[kept[0], None]) == (
            "anchor-wrong",
            "anchor",
            "2",
            None,
        )
        assert (await told(audit, connection, anchors=kept[::-1]))[0] == "anchor-wrong"


async def test_a_key_that_is_published_no_more_can_not_vouch(audit: Town) -> None:
    others, _ = read_key_set(SigningKeys.of(new_key()).published())
    async with audit.world.database.reading() as connection:
        assert await told(audit, connection, keys=others) == ("signature-wrong", "seal", "1", None)
        # Without any keys the rest is checked all the same.
        assert (await found(audit, connection, keys=None)).fault is None


def test_an_anchor_tells_no_numbers_of_rows() -> None:
    at = datetime.fromisoformat("2026-11-24T03:00:00+00:00")
    small, large = (Sealing(7, at, "0" * 64, "1" * 64, 1, last) for last in (1, 900))
    key = SigningKeys.of(new_key()).current
    assert small.digest != large.digest
    said = [replace(one).anchor(key) for one in (small, large)]
    differing = {name for name in said[0] if said[0][name] != said[1][name]}
    assert differing == {"digest", SIGNATURE}
