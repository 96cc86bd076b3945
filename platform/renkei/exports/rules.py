"""Rules of exports: how strictly a file is marked, and how a text is kept from being a formula."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from renkei.access.markings import TLP, Marking, columns_of, strictest
from renkei.access.policy.clauses import MEMBER, PUBLIC, Audience, Gate

# What a spreadsheet takes for the beginning of a formula, full-width forms among them; it looks
# past spaces, and a tab or a line's end before it changes nothing (promises, 22).
_FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")
# How every file of nothing is marked.
NOTHING = Marking(TLP.CLEAR, 1)


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet calculates: an apostrophe stands before a formula.

    Nothing is lost: `original` takes the apostrophe away again.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def original(cell: str) -> str:
    """The text of a cell that `harmless` wrote."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def marking_by_clauses(audience: Audience, gate: Gate, at: datetime) -> Marking:
    """How a record that carries no marking of its own is to be handled, by who may read it.

    Everyone: TLP:CLEAR. Every member: TLP:GREEN. Persons alone: TLP:RED, which names recipients.
    Whoever else it is for stands in an organisation: TLP:AMBER+STRICT.
    """
    names = {token.name for token in audience.allow if token.holds(at)}
    if PUBLIC in names and not gate.all_of:
        return NOTHING
    if names & {PUBLIC, MEMBER}:
        return Marking(TLP.GREEN, 1)
    if all(name.startswith("person:") for name in names):
        return Marking(TLP.RED, 1)
    return Marking(TLP.AMBER_STRICT, 1)


def strictest_of(*markings: Marking) -> Marking:
    """The marking of what holds all of these (R7.6)."""
    held = NOTHING
    for one in dict.fromkeys(markings):
        held = strictest(held, one)
    return held


def told(marking: Marking) -> dict[str, Any]:
    """A marking by the names of its columns, the TLP as people write it."""
    return columns_of(marking) | {"tlp": marking.tlp.label}


def line_of(marking: Marking) -> str:
    """The marking in one line, as it stands on a page: `TLP:AMBER+STRICT 機密性2 転載禁止`."""
    parts = [marking.tlp.label, f"機密性{marking.grade}"]
    if marking.releasable_to is not None:
        parts.append("REL TO " + " ".join(sorted(marking.releasable_to)))
    if marking.needs_consent:
        parts.append("要守秘同意")
    return " ".join([*parts, *marking.restrictions.split("\n")]).strip()
