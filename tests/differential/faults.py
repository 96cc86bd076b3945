"""Deliberate faults, planted one at a time: a judge that finds none of them judges nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from graphql import Visitor

from differential.answering import Answer
from differential.running import one_world
from differential.tampering import (
    HONEST,
    AliasesLost,
    ConditionsIgnored,
    DefaultsForgotten,
    EndsIncluded,
    FragmentsDropped,
    LastIsFirst,
    OneMore,
    OrdersTurned,
    RepeatedFieldsNotMerged,
    Tampering,
    WildcardsWork,
    on_data,
    rewriting,
    without,
)
from leak_proof.grounds import Ground
from leak_proof.holes import HOLES
from renkei_web.execution import Execution

# Worlds that are looked through for one fault before it counts as not found.
WORLDS_A_FAULT = 10
VIEWERS = 3


@dataclass(frozen=True)
class Fault:
    """One way to be wrong, and a word of what is said where it is found.

    `about` is a pattern of the documents that it could show in, where those are rare.
    """

    name: str
    shows: str
    tampering: Tampering = HONEST
    plant: Callable[[], AbstractContextManager[Any]] = nullcontext
    about: str = ""


def _plan_reads(name: str, visitor: type[Visitor], shows: str) -> Fault:
    """The plan alone reads the document so: the oracle and the plain executor both notice."""
    return Fault(name, shows, Tampering(plan=rewriting(visitor)))


def _all_read(name: str, visitor: type[Visitor], about: str, shows: str = "") -> Fault:
    """Both paths read it so, as code that they share would: only the oracle can notice."""
    rewrite = rewriting(visitor)
    return Fault(name, shows, Tampering(plain=rewrite, plan=rewrite), about=about)


def _answers(name: str, change: Callable[[Answer], Answer], shows: str) -> Fault:
    return Fault(name, shows, Tampering(answer=change))


# A page within another record, and a filter that names other records: few documents have one.
_NESTED = (
    r"\b(areas?|calls?|concepts?|programmes?)\b[^}]*\{[^}]*"
    r"\b(calls|proposals|concepts)\b ?\([^{}]*\) \{[^}]*\b(nodes|edges)\b"
)
_BY_ENDS = r"filter: \{[^}]*\b(areas|organizations): \["


def _hole(name: str, shows: str, about: str = "") -> Fault:
    (hole,) = (one for one in HOLES if one.name == name)
    return Fault(name, shows, plant=hole.plant, about=about)


def _sorted(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, dict) else value


def _null_for_object(value: Any) -> Any:
    """A text in two languages without English is no text at all."""
    return None if isinstance(value, dict) and value.get("en", 0) is None else value


def _last_twice(value: Any) -> Any:
    return [*value, value[-1]] if isinstance(value, list) and value else value


def _number_as_text(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: str(v) if k == "version" else v for k, v in value.items()}


def _no_more(value: Any) -> Any:
    return (
        value | {"hasNextPage": False}
        if isinstance(value, dict) and ("hasNextPage" in value)
        else value
    )


def _seconds_alone(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: v.split(".")[0] if k.endswith("At") and v else v for k, v in value.items()}


def _one_cursor(value: Any) -> Any:
    """Every cursor is that of the page's first row."""
    if not isinstance(value, dict) or "endCursor" not in value or "startCursor" not in value:
        return value
    return value | {"endCursor": value["startCursor"]}


FAULTS: tuple[Fault, ...] = (
    _plan_reads("conditions are ignored", ConditionsIgnored, "keys"),
    _plan_reads("aliases are lost", AliasesLost, "keys"),
    _plan_reads("fragments are dropped", FragmentsDropped, "keys"),
    _plan_reads("repeated fields are not merged", RepeatedFieldsNotMerged, "keys"),
    _plan_reads("defaults of variables are forgotten", DefaultsForgotten, ""),
    _all_read("a page is one too long", OneMore, "first: ", "items"),
    _all_read("the end of a list is its beginning", LastIsFirst, "last: "),
    _all_read("a filter is ignored", without("filter"), "filter: {"),
    _all_read("an order is ignored", without("orderBy"), "orderBy: "),
    _all_read("a cursor is ignored", without("after"), 'after: "'),
    _all_read("orders are turned", OrdersTurned, "direction: "),
    _all_read("wildcards work", WildcardsWork, 'text: "[^"]*[%_]'),
    _all_read("the end of a range belongs to it", EndsIncluded, 'until: "'),
    _answers("keys are sorted", on_data(_sorted), "keys"),
    _answers("an object is null", on_data(_null_for_object), "None"),
    _answers("a list's last row comes twice", on_data(_last_twice), "items"),
    _answers("a number is a text", on_data(_number_as_text), "version"),
    _answers("instants lose their fraction", on_data(_seconds_alone), "At"),
    _answers("nothing ever follows", on_data(_no_more), "hasNextPage"),
    _answers("a page's last cursor is its first", on_data(_one_cursor), "cursor"),
    _answers("errors are lost", lambda a: replace(a, errors=[]), "error"),
    _answers(
        "errors are told elsewhere",
        lambda a: replace(a, errors=[((*path, 0), code) for path, code in a.errors]),
        "error",
    ),
    _answers("what was read is not entered", lambda a: replace(a, read={}), "entry"),
    _hole("a list without the predicate", "items"),
    _hole("a count without the predicate", "totalCount"),
    _hole("a nested list without the predicate", "items", _NESTED),
    _hole("a bounded list without the predicate", "items"),
    _hole("a reference without the predicate", "not None"),
    _hole("a record by its key without the predicate", "not None"),
    _hole("plain: a list", "other data"),
    _hole("plain: a loader by key", "other data"),
    _hole("a part is selected without its clauses", "not None"),
    _hole("a filter by a hidden end matches", "", _BY_ENDS),
)


async def find(ground: Ground, execution: Execution, fault: Fault) -> int | None:
    """How many cases it took to find the planted fault; None where it isn't found."""
    cases = 0
    async with ground:
        for seed in range(1, WORLDS_A_FAULT + 1):
            with fault.plant():
                score = await one_world(
                    ground,
                    execution,
                    seed,
                    viewers=VIEWERS,
                    tampering=fault.tampering,
                    stop=fault.shows,
                    about=fault.about,
                )
            cases += score.cases
            if any(fault.shows in one.what for one in score.differences):
                return cases
    return None
