"""The leak proof's random worlds, seasoned with what makes executors differ.

Ties in every order, wildcards and quotes in texts, missing English, microseconds, states that the
clock moves, areas in two versions of their list; and more that is open to all, so that lists have
pages to read.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import Table
from sqlmodel import SQLModel

from leak_proof import beside, drawing, parties, records
from leak_proof.drawing import NOW
from leak_proof.world import Row, World
from renkei import tables as _all_tables

_ = _all_tables
TABLES = SQLModel.metadata.tables
# What LIKE, JSON, SQL and HTML would each read in their own way.
SPICES = (
    "100%の_試験",
    "a_b%c\\d/e",
    'O\'Brien "引用"',
    "𠮷野家🍣",
    "ＡＢＣ abc ABC",
    "",
    "二行\n目\tと",
    "</script>&amp;\u2028{}[]:,",
    "null",
)
_TEXTS = ("title", "summary", "name", "purpose", "reason", "returned_reason", "restrictions")
# Who is there decides who sees what, and is the oracle's too; a notice speaks in set words.
_AS_DRAWN = {
    "account",
    "fact",
    "delivery",
    "holding",
    "invitation",
    "affiliation",
    "consent",
    "notice",
}
_ORDERED = {
    "call": ("closes_at", "opens_at", "created_at"),
    "proposal": ("updated_at", "created_at"),
    "brief": ("updated_at", "created_at", "information_date"),
    "organization": ("name_kana", "created_at"),
    "person": ("name_kana", "created_at"),
    "post": ("created_at",),
    "programme": ("created_at",),
    "concept": ("published_at",),
    "sharing_group": ("created_at",),
    "proposal_member": ("position",),
    "marking_lowering": ("proposed_at",),
    "follow": ("created_at",),
    "reading": ("at",),
}


def draw(seed: int) -> World:
    """The seasoned world of a seed; the same seed draws the same world."""
    world = World(Random(seed))
    parties.people(world)
    records.areas(world)
    _second_version(world)
    for _ in range(3):
        records.calls(world)
    for _ in range(2):
        records.proposals(world)
        records.briefs(world)
    beside.beside(world)
    _open_up(world)
    _season(world)
    return world


def _second_version(world: World) -> None:
    """The areas' codes once more in a newer list, and one of another list's."""
    rng = world.rng
    for code, version, rows in (("20areas", "2", world.rows["area"][:3]), ("goods", "1", [])):
        listed = drawing.key_of(rng)
        world.record(
            "area_list",
            open_share=0.9,
            id=listed,
            code=code,
            version=version,
            effective_from=NOW.date(),
            effective_to=None,
            **world.texts(listed, "name_ja", "name_en"),
        )
        told = [row["code"] for row in rows] or [world.rows["area"][0]["code"], f"G-{listed.hex}"]
        for position, area in enumerate(told):
            key = drawing.key_of(rng)
            world.record(
                "area",
                open_share=0.7,
                id=key,
                list_id=listed,
                list_code=code,
                list_version=version,
                code=area,
                parent_id=rng.choice((None, world.pick("area"))),
                position=position // 2,
                confidence=rng.choice(("verified", "unconfirmed-likely", "unconfirmed-doubtful")),
                source="test",
                effective_from=NOW.date(),
                effective_to=None,
                **world.texts(key, "name_ja", "name_en"),
            )


def _open_up(world: World) -> None:
    """A third of the records for everybody; what is one person's own stays theirs."""
    for record in world.facts["records"].values():
        if record["table"] not in {"follow", "notice"} and world.rng.random() < 0.35:
            record |= {"audience": [drawing.timed_never("public")], "deny": [], "gate": []}


def _season(world: World) -> None:
    for name, rows in world.rows.items():
        if name in _AS_DRAWN:
            continue
        table = TABLES[name]
        ties = {column: _two(world.rng, rows, column) for column in _ORDERED.get(name, ())}
        for row in rows:
            _season_row(world.rng, table, row)
            for column, values in ties.items():
                if world.rng.random() < 0.6:
                    row[column] = world.rng.choice(values)
            _season_noun(world.rng, name, row)


def _two(rng: Random, rows: list[Row], column: str) -> list[Any]:
    """Two of the values that the rows have: enough of them will be the same."""
    return [rng.choice(rows)[column] for _ in range(2)]


def _season_row(rng: Random, table: Table, row: Row) -> None:
    for column, value in list(row.items()):
        if column in _ORDERED.get(table.name, ()) and isinstance(value, str):
            continue
        if isinstance(value, str) and column.removesuffix("_ja").removesuffix("_en") in _TEXTS:
            if table.c[column].nullable and rng.random() < 0.25:
                row[column] = None
            elif rng.random() < 0.3:
                row[column] = rng.choice(SPICES)
        elif hasattr(value, "microsecond") and rng.random() < 0.3:
            row[column] = value + timedelta(microseconds=rng.randrange(10**6))


def _season_noun(rng: Random, name: str, row: Row) -> None:
    if "tlp" in row and rng.random() < 0.3:
        row |= {"grade": 2, "releasable_to": "JP US", "needs_consent": True}
    if name == "call":
        row["status"] = rng.choice(
            ("DRAFT", "PRE_ANNOUNCED", "PRE_ANNOUNCED", "OPEN", "CLOSED", "UNDER_REVIEW", "DECIDED")
        )
        row["budget_yen"] = rng.choice((None, 0, 2**53 - 1, row["budget_yen"]))
        if rng.random() < 0.2:
            row["closes_at"] = NOW
        if rng.random() < 0.2:
            row["opens_at"] = NOW
    if name == "budget_line":
        row["direct_yen"] = rng.choice((1, 99, 2**40, row["direct_yen"]))
    if name == "organization" and rng.random() < 0.3:
        row["corporate_number"] = f"7{row['id'].int % 10**12:012}"
    if name == "person" and rng.random() < 0.3:
        row["erad_number"] = f"9{row['id'].int % 10**7:07}"
    if name == "proposal":
        row["plan"] = {
            section: rng.choice(SPICES)
            for section in rng.sample(("FEASIBILITY", "CONTENT", "BUDGET", "SAFETY"), 2)
        }
