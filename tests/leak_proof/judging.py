"""Judging an answer: against the oracle, link by link, and against the world without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leak_proof.oracle import Oracle
from leak_proof.paths import REFERENCES, Path
from leak_proof.world import World
from renkei_schema.declare.lookahead import WORDS
from renkei_schema.declare.words import Listed, One, Paged
from renkei_schema.ids import read_id
from renkei_schema.node import TABLES

# The column of each kind that says whose record it is.
ORIGINATORS = {
    table.name: table.info["originator"] for table in TABLES.values() if "originator" in table.info
}
# The tables of lists that are not called as their table is.
_TABLES_OF_LISTS = {
    "people": "person",
    "inbox": "notice",
    "sharingGroups": "sharing_group",
    "auditSeals": "audit_seal",
    "readingAlarms": "reading_alarm",
}
CANARY = re.compile(r"k([0-9a-f]{12})")


@dataclass(frozen=True)
class Leak:
    """What was wrong with an answer: on which path, and in which way."""

    path: str
    what: str


@dataclass
class Judge:
    """Judges the answers that one viewer was given in one world. `ways` are those compared."""

    world: World
    oracle: Oracle
    ways: set[str] = field(default_factory=set)
    leaks: list[Leak] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._owner = {key.replace("-", "")[:12]: key for key in self.world.facts["records"]}
        self._rows = {
            name: {row["id"]: row for row in rows if "id" in row}
            for name, rows in self.world.rows.items()
        }

    def canaries(self, path: str, answer: bytes) -> None:
        """Every text in the answer comes from a row that the viewer sees."""
        for found in CANARY.findall(answer.decode()):
            owner = self._owner.get(found)
            if owner is not None and not self.oracle.sees(owner):
                table = self.world.facts["records"][owner]["table"]
                self._leak(path, f"a text of a hidden {table}")

    def answer(self, path: Path, data: Mapping[str, Any] | None) -> None:
        """The records of the answer are those that the oracle expects on this path."""
        self.ways.add(path.name)
        root = (data or {}).get(path.root)
        if path.kind in {"list", "walk"} and isinstance(root, dict):
            table = self._table_of_list(path.root)
            expected = {str(row["id"]) for row in self._visible(table)}
            if path.kind == "list":
                self._list(path.name, root, expected)
        if path.kind == "references" and isinstance(root, dict):
            self._list(path.name, root, self._referring(path))
        self.ways |= {f"{path.name}:{one}" for one in _groups(root, path.root)}
        for where, record in _records(root, path.root):
            self._record(f"{path.name}:{where}", record)

    def _referring(self, path: Path) -> set[str]:
        """The visible rows that refer to a visible one of those that the filter names."""
        ((name, ids),) = path.variables["v"].items()
        ends = {_key(one) for one in ids if self.oracle.sees(_key(one))}
        rows = self._visible(self._table_of_list(path.root))
        return {str(row["id"]) for row in rows if str(row[REFERENCES[name]]) in ends}

    def walked(self, path: Path, ids: list[str]) -> None:
        """A list read page by page holds each visible record once."""
        expected = sorted(str(row["id"]) for row in self._visible(self._table_of_list(path.root)))
        self.ways.add(f"{path.name}.pages")
        if sorted(_key(one) for one in ids) != expected:
            self._leak(path.name, "pages skip, repeat or show others")

    def entered(self, path: str, read: Mapping[tuple[str, UUID], Any], answer: bytes) -> None:
        """The entry names visible records alone, and every one above GREEN whose text is there."""
        named = {key for (_, key) in read}
        for key in named:
            if not self.oracle.sees(str(key)):
                self._leak(path, "the entry names a hidden record")
        for found in set(CANARY.findall(answer.decode())):
            owner = self._owner.get(found)
            row = None if owner is None else self._marked(owner)
            if row is not None and row["tlp"] not in {"CLEAR", "GREEN"} and row["id"] not in named:
                self._leak(path, "a record was returned that the entry does not name")

    def _marked(self, key: str) -> Any:
        table = self.world.facts["records"][key]["table"]
        row = self._rows[table][UUID(key)]
        return row if "tlp" in row and table != "marking_lowering" else None

    def _table_of_list(self, root: str) -> str:
        return _TABLES_OF_LISTS.get(root, root.removesuffix("s"))

    def _visible(self, table: str) -> list[Any]:
        return [row for row in self.world.rows.get(table, ()) if self.oracle.sees(str(row["id"]))]

    def _list(self, way: str, found: Mapping[str, Any], expected: set[str]) -> None:
        self.ways |= {f"{way}.totalCount", f"{way}.nodes"}
        ids = [_key(node["id"]) for node in found["nodes"]]
        if set(ids) != expected or len(ids) != len(expected):
            self._leak(
                way, f"{len(set(ids) - expected)} too many, {len(expected - set(ids))} short"
            )
        if found["totalCount"] != len(expected):
            self._leak(way, f"counts {found['totalCount']} where {len(expected)} are seen")

    def _record(self, way: str, found: Mapping[str, Any]) -> None:
        """A record in an answer is visible, and its links lead to all that the oracle expects."""
        key = _key(found["id"])
        if key not in self.world.facts["records"] or not self.oracle.sees(key):
            self._leak(way, f"a hidden {found['__typename']}")
            return
        table = TABLES[found["__typename"]].name
        row = self._rows[table][UUID(_key(found["id"]))]
        if "audience" in found:
            self._audience(f"{way}.audience", found["audience"], row[ORIGINATORS[table]])
        for name, word in WORDS[table].items():
            if name not in found:
                continue
            link = f"{way}.{name}"
            if isinstance(word, Listed | Paged) and word.link is not None:
                self._children(link, found[name], word.link, row["id"])
            elif isinstance(word, One):
                self._one(link, found[name], row[word.reference])

    def _audience(self, way: str, found: Any, originator: UUID) -> None:
        """Who else reads is told to the originator's own people, and to nobody else."""
        self.ways.add(way)
        if (found is not None) is not (f"org:{originator}" in self.oracle.held):
            self._leak(way, "who else reads is told to others than the originator, or not to it")

    def _one(self, way: str, found: Any, key: Any) -> None:
        self.ways.add(way)
        seen = key is not None and self.oracle.sees(str(key))
        if seen is not (found is not None):
            self._leak(way, "a link's end is shown" if found else "a link's end is missing")

    def rows_of(self, table: str) -> Mapping[UUID, Any]:
        """Every row of the world's table, by its key."""
        return self._rows.get(table, {})

    def children(self, link: Any, parent: UUID) -> set[str]:
        """The keys of the visible rows that a link leads to."""
        if link.junction is None:
            keys = [
                row["id"]
                for row in self.world.rows.get(link.table.name, ())
                if row[link.column] == parent
            ]
        else:
            keys = [
                row[link.far]
                for row in self.world.rows.get(link.junction.name, ())
                if row[link.column] == parent and self._counts(link.junction.name, row)
            ]
        return {str(key) for key in keys if self.oracle.sees(str(key))}

    def _counts(self, junction: str, row: Any) -> bool:
        """A holding links its ends while it is in force, as one's own; other links always."""
        if junction != "holding":
            return True
        until, at = row["until"], self.oracle.at
        return bool(row["kind"] == "HOLDER" and row["start"] <= at and (not until or at < until))

    def _children(self, way: str, found: Any, link: Any, parent: UUID) -> None:
        expected = self.children(link, parent)
        if isinstance(found, list):
            self.ways.add(way)
            if {_key(one["id"]) for one in found} != expected:
                self._leak(way, "another list than the oracle's")
        elif isinstance(found, dict):
            self._list(way, found, expected)

    def _leak(self, path: str, what: str) -> None:
        self.leaks.append(Leak(path, what))


def _key(identity: str) -> str:
    found = read_id(identity)
    return str(found[1]) if found is not None else ""


def _groups(value: Any, where: str) -> Iterator[str]:
    """The ways by which the answer holds something together: lists, records, groups of values."""
    if isinstance(value, list):
        yield where
        for one in value:
            yield from _groups(one, where)
    elif isinstance(value, dict):
        yield where
        for name, inner in value.items():
            yield from _groups(inner, f"{where}.{name}")


def _records(value: Any, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every record in the answer, with the names of the fields that led to it."""
    if isinstance(value, list):
        for one in value:
            yield from _records(one, where)
    elif isinstance(value, dict):
        if value.get("__typename") in TABLES and "id" in value:
            yield where, value
        for name, inner in value.items():
            yield from _records(inner, f"{where}.{name}")
