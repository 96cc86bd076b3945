"""Putting a world into a database, and the same world without what one viewer may not see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert
from sqlmodel import SQLModel

from leak_proof import drawing
from leak_proof.oracle import Oracle
from leak_proof.world import Row, World
from renkei import tables as _all_tables
from renkei.access.policy.clauses import Audience, Clause, Gate, Token, digest

_ = _all_tables
Rows = Mapping[str, list[Row]]
TABLES: Mapping[str, Table] = SQLModel.metadata.tables
ORDER = [table.name for table in SQLModel.metadata.sorted_tables]


def readable(name: str) -> bool:
    """Whether the table's rows have clauses of their own."""
    return "audience_id" in TABLES[name].c


def statements(world: World, rows: Rows) -> list[tuple[Any, list[Row]]]:
    """The inserts of these rows with their clauses, in an order that references allow."""
    ids: dict[str, int] = {}
    clauses: list[Row] = []
    tokens: list[Row] = []

    def interned(clause: Clause) -> int:
        name = digest(clause)
        if name not in ids:
            number = ids[name] = len(ids) + 1
            kind = "audience" if isinstance(clause, Audience) else "gate"
            clauses.append(
                {"id": number, "kind": kind, "digest": name, "group_count": len(clause.groups)}
            )
            tokens.extend(_token_rows(number, clause))
        return ids[name]

    made: dict[str, list[Row]] = {}
    for name in ORDER:
        if readable(name):
            made[name] = [
                row | _policed(world.facts["records"][str(row["id"])], interned)
                for row in rows.get(name, ())
            ]
        else:
            made[name] = list(rows.get(name, ()))
    made["clause"], made["clause_token"] = clauses, tokens
    return [(insert(TABLES[name]), made[name]) for name in ORDER if made[name]]


def _policed(record: Mapping[str, Any], interned: Any) -> Row:
    audience = Audience(frozenset(map(_token, record["audience"])), frozenset(record["deny"]))
    gate = Gate(frozenset(frozenset(map(_token, group)) for group in record["gate"]))
    return {"audience_id": interned(audience), "gate_id": interned(gate)}


def _token(entry: Mapping[str, Any]) -> Token:
    return Token(entry["token"], entry["since"], entry["until"])


def _token_rows(number: int, clause: Clause) -> list[Row]:
    rows = [
        {"clause_id": number, "group_no": group_no, "name": token.name}
        | {"start": token.start, "until": token.until}
        for group_no, group in enumerate(clause.groups)
        for token in group
    ]
    denied = sorted(clause.deny) if isinstance(clause, Audience) else []
    always = {"start": None, "until": None}
    return rows + [{"clause_id": number, "group_no": -1, "name": name} | always for name in denied]


def without_hidden(world: World, oracle: Oracle, person: str | None) -> dict[str, list[Row]]:
    """The rows of the world in which what this viewer may not see is not there.

    A hidden row that a visible one must refer to stays, hidden, with every text of it another one.
    So do the rows that tell who the viewer is.
    """
    kept = {key for key in world.facts["records"] if oracle.sees(key)}
    kept |= _who_the_viewer_is(world, person)
    visible = {key for key in world.facts["records"] if oracle.sees(key)}
    while more := _referred_to(world, kept) - kept:
        kept |= more
    kept |= {key for key, record in _parts_of_all(world).items() if record in kept}
    mine = _organizations_of(oracle)
    rows: dict[str, list[Row]] = {}
    for name, every in world.rows.items():
        staying = [row for row in every if _stays(name, row, kept, world)]
        if name == "holding":
            staying = _holdings(staying, world, person, mine, oracle.at)
        if name == "invitation":
            staying = [row for row in staying if str(row["id"]) in visible]
        if readable(name):
            staying = [row if str(row["id"]) in visible else _other(row) for row in staying]
        rows[name] = staying
    return rows


def _organizations_of(oracle: Oracle) -> set[str]:
    """Whose people the viewer belongs to now: past and planned holders are told to them."""
    return {token.removeprefix("org:") for token in oracle.held if token.startswith("org:")}


def _holdings(
    rows: list[Row], world: World, person: str | None, mine: set[str], at: datetime
) -> list[Row]:
    """Of other organisations, who holds a post now; and not until when, nor who appointed them."""
    posts = {row["id"]: str(row["organization_id"]) for row in world.rows["post"]}
    found = []
    for row in rows:
        if str(row["person_id"]) == person or posts[row["post_id"]] in mine:
            found.append(row)
            continue
        now = row["start"] <= at and (row["until"] is None or row["until"] > at)
        if now and row["kind"] == "HOLDER":
            # Since when stays: a disclosure older than that is asked for again (R5.4).
            found.append(row | {"until": None, "appointed_by": None, "appointed_at": None})
    return found


def _parts_of_all(world: World) -> dict[str, str]:
    """The parts that every record of their kind has, with it: a hidden one says something else."""
    always = (("proposal_disclosure", "proposal_id"), ("receipt_content", "receipt_id"))
    return {str(row["id"]): str(row[on]) for name, on in always for row in world.rows.get(name, ())}


def _who_the_viewer_is(world: World, person: str | None) -> set[str]:
    """Keys of the rows from which the viewer is assembled: posts, organisations, groups."""
    keys = {person} if person else set()
    for holding in world.rows["holding"]:
        if str(holding["person_id"]) == person:
            keys.add(str(holding["post_id"]))
    for row in world.rows["affiliation"]:
        if str(row["person_id"]) == person:
            keys.add(str(row["organization_id"]))
    mine = {
        str(row["organization_id"]) for row in world.rows["post"] if str(row["id"]) in keys
    } | keys
    for row in world.rows.get("sharing_group_member", ()):
        if str(row["organization_id"]) in mine:
            keys.add(str(row["id"]))
    return keys


def _referred_to(world: World, kept: set[str]) -> set[str]:
    """Keys of the records that kept ones cannot do without."""
    found: set[str] = set()
    for name, rows in world.rows.items():
        if not readable(name):
            continue
        references = [column.name for column in TABLES[name].c if _refers(column)]
        for row in rows:
            if str(row["id"]) in kept:
                found |= {str(row[one]) for one in references if row[one] is not None}
    return found & set(world.facts["records"])


def _refers(column: Any) -> bool:
    return bool(column.foreign_keys) and not column.name.endswith(("audience_id", "gate_id"))


def _stays(name: str, row: Row, kept: set[str], world: World) -> bool:
    """Whether the row is there in the other world: with all that it refers to, or not at all."""
    if readable(name):
        return str(row["id"]) in kept
    if name == "fact":
        return any(
            one["fact_id"] == row["id"] and str(one["id"]) in kept for one in world.rows["notice"]
        )
    ends = {str(row[c.name]) for c in TABLES[name].c if _refers(c) and row.get(c.name) is not None}
    return all(end in kept for end in ends if end in world.facts["records"])


def _other(row: Row) -> Row:
    """The row with other texts: its own are what the viewer must not be able to tell."""
    rng = Random(str(row["id"]))
    changed: Row = {}
    for column, value in row.items():
        if isinstance(value, str) and drawing.canary(row["id"], column) in value:
            changed[column] = drawing.text(rng, UUID(int=rng.getrandbits(128)), column)
        if isinstance(value, dict) and column in {"declarations", "content"}:
            changed[column] = {} if value else {"otherFunding": []}
    return row | changed
