"""Verifying the audit: seals, entries, rows, anchors, to the first that does not fit.

Everything is read in one snapshot, a seal at a time: memory is bounded by the largest seal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from renkei.access.policy.system import as_system
from renkei.audit import tail
from renkei.audit.faults import Fault, What
from renkei.audit.leaves import Unreadable, as_stored, leaves_of, name_of, value_of
from renkei.audit.merkle import leaf_hash, root_of
from renkei.audit.seals import NOTHING, Sealing, is_signed
from renkei.audit.tables import Seal, SealEntry

JOB = "audit.verify"
# Entries that are looked at together where one of them is out of place.
_LOOKED_AT = 5_000
_SEAL = Seal.__table__.c  # type: ignore[attr-defined]  # SQLModel sets it
Keys = Mapping[str, Ed25519PublicKey]
Anchor = Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """What was found. `fault` is the first that does not fit; None where all does."""

    seals: int = 0
    entries: int = 0
    sealed_until: datetime | None = None
    anchors: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    fault: Fault | None = None


async def verify(
    connection: AsyncConnection,
    *,
    keys: Keys | None,
    anchors: Iterable[Anchor | None] = (),
) -> Report:
    """Check the whole audit as one snapshot shows it. Without `keys`, signatures are not looked at.

    `anchors` are in the order of their seals, None for a line that is none; not every seal needs
    one. Only they tell that seals were cut off at the end.
    """
    verifier = _Verifier(connection, keys=keys, anchors=anchors)
    try:
        await verifier.run()
    except _Found as found:
        return replace(verifier.report, fault=found.fault)
    return verifier.report


class _Entry(NamedTuple):
    """An entry as it is stored."""

    position: int
    key: tuple[str, str]
    leaf: bytes


class _Found(Exception):  # noqa: N818 - the end of the search, not an error
    """The first fault."""

    def __init__(self, what: What, kind: str, key: object, **where: int | None) -> None:
        super().__init__()
        self.fault = Fault(what, kind, str(key), **where)


class _Verifier:
    def __init__(
        self,
        connection: AsyncConnection,
        *,
        keys: Keys | None,
        anchors: Iterable[Anchor | None],
    ) -> None:
        self.report = Report()
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"
        self._keys = keys
        self._anchors = self._signed(anchors)
        self._anchor: Anchor | None = None

    async def run(self) -> None:
        self._anchor = next(self._anchors, None)
        before = Sealing(0, datetime.min.replace(tzinfo=UTC), "", "", 0, 0)
        digest = NOTHING
        while (row := await self._seal_after(before.number)) is not None:
            sealing = self._header(row, before, digest)
            await self._entries(sealing)
            before, digest = sealing, sealing.digest
            self.report = replace(
                self.report,
                seals=self.report.seals + 1,
                entries=sealing.last,
                sealed_until=sealing.at,
            )
        self._cut_off(before.number)
        await self._beyond(before.last)
        waits = await tail.waiting(self._connection, postgres=self._postgres)
        self.report = replace(self.report, waiting=waits.rows, waiting_since=waits.since)
        inserted = await tail.inserted(self._connection, postgres=self._postgres)
        if inserted is not None:
            raise _Found(What.INSERTED, *inserted)

    async def _seal_after(self, number: int) -> Mapping[str, Any] | None:
        """The next seal as it is stored, not as a driver would take it."""
        query = (
            select(*(as_stored(column, postgres=self._postgres) for column in _SEAL))
            .where(_SEAL.number > number)
            .order_by(_SEAL.number)
            .limit(1)
        )
        row = (await self._connection.execute(as_system(query, JOB))).one_or_none()
        if row is None:
            return None
        try:
            return {
                column.name: value_of(column, stored)
                for column, stored in zip(_SEAL, row, strict=True)
            }
        except Unreadable:
            raise _Found(What.SEAL_CHANGED, "seal", number + 1, seal=number + 1) from None

    def _header(self, row: Mapping[str, Any], before: Sealing, digest: str) -> Sealing:
        number = before.number + 1
        if row["number"] != number:
            raise _Found(What.DELETED, "seal", number, seal=number)
        told = {name: row[name] for name in ("number", "previous", "root", "first", "last")}
        try:
            sealing = Sealing(at=datetime.fromisoformat(row["at"]), **told)
        except ValueError:
            raise _Found(What.SEAL_CHANGED, "seal", number, seal=number) from None
        follows = sealing.previous == digest and sealing.first == before.last + 1 <= sealing.last
        if not follows or sealing.digest != row["digest"]:
            raise _Found(What.SEAL_CHANGED, "seal", number, seal=number)
        anchored = sealing.anchored(row["key_id"], row["signature"])
        if self._keys is not None and not is_signed(anchored, self._keys):
            raise _Found(What.SIGNATURE_WRONG, "seal", number, seal=number)
        if self._anchor is not None and self._anchor["seal"] == number:
            if self._anchor["digest"] != sealing.digest:
                raise _Found(What.ANCHOR_WRONG, "seal", number, seal=number)
            self._anchor = next(self._anchors, None)
        return sealing

    def _signed(self, anchors: Iterable[Anchor | None]) -> Iterator[Anchor]:
        """The anchors, each of which is one, is signed, and comes after the one before."""
        last = 0
        for line, anchor in enumerate(anchors, start=1):
            if anchor is None or anchor["seal"] <= last:
                raise _Found(What.ANCHOR_WRONG, "anchor", line)
            last = anchor["seal"]
            if self._keys is not None and not is_signed(anchor, self._keys):
                raise _Found(What.SIGNATURE_WRONG, "anchor", line, seal=last)
            self.report = replace(self.report, anchors=line)
            yield anchor

    def _cut_off(self, last: int) -> None:
        if self._anchor is not None:
            raise _Found(What.TRUNCATED, "seal", last + 1, seal=last + 1)

    async def _entries(self, sealing: Sealing) -> None:
        stored = await self._stored(sealing)
        contents = await leaves_of(
            self._connection, [entry.key for entry in stored], postgres=self._postgres
        )
        fits = root_of([entry.leaf for entry in stored]).hex() == sealing.root
        for entry in stored:
            content = contents.get(entry.key)
            if content is None or leaf_hash(entry.position, content) != entry.leaf:
                what = await self._what(sealing, stored, entry, content, fits=fits)
                raise _Found(what, *entry.key, seal=sealing.number, position=entry.position)
        if not fits:
            # Rows and entries fit each other and not the root: they were changed together, and
            # which of them can't be known.
            raise _Found(What.SEAL_CHANGED, "seal", sealing.number, seal=sealing.number)

    async def _what(
        self,
        sealing: Sealing,
        stored: Sequence[_Entry],
        entry: _Entry,
        content: bytes | None,
        *,
        fits: bool,
    ) -> What:
        """What happened to an entry that its row does not fit."""
        if content is not None:
            if await self._moved(entry, content):
                return What.REORDERED
            mended = leaf_hash(entry.position, content)
            leaves = [mended if one is entry else one.leaf for one in stored]
            if not fits and root_of(leaves).hex() == sealing.root:
                return What.ENTRY_CHANGED
            return What.EDITED
        stray = await tail.inserted(self._connection, postgres=self._postgres)
        if stray is not None:
            found = await leaves_of(self._connection, [stray], postgres=self._postgres)
            if stray in found and leaf_hash(entry.position, found[stray]) == entry.leaf:
                return What.ENTRY_CHANGED
        there = await tail.is_there(self._connection, *entry.key, postgres=self._postgres)
        return What.EDITED if there else What.DELETED

    async def _moved(self, entry: _Entry, content: bytes) -> bool:
        """Whether the entry was sealed at another place, or its row was."""
        after = 0
        position, leaf = col(SealEntry.position), col(SealEntry.leaf)
        while True:
            query = select(position, leaf).where(position > after).order_by(position)
            rows = (await self._connection.execute(query.limit(_LOOKED_AT))).all()
            for at, sealed in rows:
                if at != entry.position and leaf_hash(at, content) in {entry.leaf, sealed}:
                    return True
            if not rows:
                return False
            after = rows[-1][0]

    async def _stored(self, sealing: Sealing) -> Sequence[_Entry]:
        """The entries of a seal, each at its position."""
        position = col(SealEntry.position)
        table = SealEntry.__table__.c  # type: ignore[attr-defined]  # SQLModel sets it
        named = (
            as_stored(column, postgres=self._postgres) for column in (table.kind, table.row_key)
        )
        query = select(position, *named, col(SealEntry.leaf)).where(
            position.between(sealing.first, sealing.last)
        )
        rows = (await self._connection.execute(query.order_by(position))).all()
        stored = [_Entry(at, (name_of(kind), name_of(key)), leaf) for at, kind, key, leaf in rows]
        expected = sealing.first
        for entry in stored:
            if entry.position != expected:
                break
            expected += 1
        if expected <= sealing.last:
            raise _Found(What.DELETED, "entry", expected, seal=sealing.number, position=expected)
        return stored

    async def _beyond(self, last: int) -> None:
        """Entries that no seal holds."""
        table = SealEntry.__table__  # type: ignore[attr-defined]  # SQLModel sets it
        position = col(SealEntry.position)
        query = select(table).where((position > last) | (position < 1)).order_by(position).limit(1)
        entry = (await self._connection.execute(query)).one_or_none()
        if entry is not None:
            raise _Found(
                What.INSERTED, "entry", f"{entry.kind} {entry.row_key}", position=entry.position
            )
