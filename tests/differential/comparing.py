"""Comparing answers: bytes between plan and plain, values and possible errors with the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from differential.answering import Answer, Error
from differential.interpreter import UNKNOWN, Path, Possible, Told
from differential.lists import Cursors, Place

# The refusals that only the product's limits make; the plain executor has none.
LIMITS = "LIMIT_EXCEEDED"


def differences(plain: Answer | None, plan: Answer, told: Told, cursors: Cursors) -> Iterator[str]:
    """What is wrong, in words; cursors of the plan's answer become known by their places.

    `plain` is None where the plain executor was not asked.
    """
    if plan.refused is not None:
        yield from _refused(plain, told, plan.refused)
        return
    if told.refused:
        yield "oracle: refuses what was answered"
        return
    known = told.data
    for path, _ in plan.errors:
        known = _forgotten(known, path, plan.data)
    yield from (f"oracle: {one}" for one in _beside(plan.data, known, (), cursors))
    yield from _possible(plan.errors, told, set(plain.errors) if plain else set())
    if plain is None:
        return
    if plain.refused is not None:
        # An error of the root itself looks like a refusal of the whole.
        if plan.data is not None or not plan.errors:
            yield "plan: answers what the plain executor refuses"
        return
    if orjson.dumps(plain.data) != orjson.dumps(plan.data):
        yield f"plan: other data than plain: {_first(plain.data, plan.data)}"
    if bool(plan.errors) is not bool(plain.errors):
        yield f"plan: {len(plan.errors)} errors where plain has {len(plain.errors)}"
    if not plain.errors and plain.read != plan.read:
        yield f"plan: another entry of reading: {_symmetric(plain.read, plan.read)}"


def _refused(plain: Answer | None, told: Told, codes: frozenset[str]) -> Iterator[str]:
    """A refusal of the whole: by limits, which are the product's alone, or by all answerers."""
    if all(code.startswith(LIMITS) for code in codes):
        return
    if plain is not None and plain.refused is None:
        yield f"plan: refuses ({', '.join(sorted(codes))}) what plain answers"
    if not told.refused:
        yield f"oracle: answers what is refused ({', '.join(sorted(codes))})"


def _possible(errors: list[Error], told: Told, plain: set[Error]) -> Iterator[str]:
    """Each error could be told; each place that is null by an error has one that explains it."""
    possible = {(one.path, one.code) for one in told.errors}
    for path, code in errors:
        if (path, code) not in possible | plain:
            yield f"oracle: an error of which it knows nothing: {code} at {_dotted(path)}"
    given = set(errors)
    for place, group in _topmost(told.errors).items():
        if not any((one.path, one.code) in given for one in group):
            yield f"oracle: no error for the null at {_dotted(place)}"


def _forgotten(known: Any, path: Path, said: Any) -> Any:
    """What the oracle knows, without what is null by an error below a field that it does not know.

    Whether there can be such an error is the plain executor's to say.
    """
    if not _unknown_at(known, path):
        return known
    if said is None or known is UNKNOWN:
        return UNKNOWN
    step, rest = path[0], path[1:]
    changed = _forgotten(known[step], rest, said[step])
    if isinstance(known, dict):
        return known | {step: changed}
    return [changed if place == step else one for place, one in enumerate(known)]


def _unknown_at(known: Any, path: Path) -> bool:
    """Whether the path leads through a field that the oracle does not know."""
    for step in path:
        if known is UNKNOWN or known is None:
            break
        known = known[step]
    return known is UNKNOWN


def _topmost(errors: list[Possible]) -> dict[Path, list[Possible]]:
    """The errors by the place that is null, where no place above it is null by an error."""
    places = {one.nulled or () for one in errors}
    top = {p for p in places if not any(p != q and p[: len(q)] == q for q in places)}
    return {place: [one for one in errors if one.path[: len(place)] == place] for place in top}


def _beside(said: Any, known: Any, path: Path, cursors: Cursors) -> Iterator[str]:
    """Where what was said differs from what the oracle knows."""
    if known is UNKNOWN:
        return
    if isinstance(known, Place):
        if not isinstance(said, str) or not said:
            yield f"{_dotted(path)} is no cursor: {said!r}"
        elif cursors.places.setdefault(said, known) != known:
            yield f"{_dotted(path)} is the cursor of another place"
    elif isinstance(known, dict) and isinstance(said, dict):
        yield from _fields_beside(said, known, path, cursors)
    elif isinstance(known, list) and isinstance(said, list):
        yield from _items_beside(said, known, path, cursors)
    elif said != known or type(said) is not type(known):
        yield f"{_dotted(path)} is {said!r}, not {known!r}"


def _fields_beside(
    said: dict[str, Any], known: dict[str, Any], path: Path, cursors: Cursors
) -> Iterator[str]:
    if list(known) != list(said):
        yield f"{_dotted(path)} has the keys {list(said)}, not {list(known)}"
        return
    for key, value in known.items():
        yield from _beside(said[key], value, (*path, key), cursors)


def _items_beside(said: list[Any], known: list[Any], path: Path, cursors: Cursors) -> Iterator[str]:
    if len(known) != len(said):
        yield f"{_dotted(path)} has {len(said)} items, not {len(known)}"
        return
    for place, (one, other) in enumerate(zip(said, known, strict=True)):
        yield from _beside(one, other, (*path, place), cursors)


def _first(one: Any, other: Any, path: Path = ()) -> str:
    """The first place at which two answers differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other):
            return f"{_dotted(path)} has the keys {list(one)} and {list(other)}"
        for key in one:
            if orjson.dumps(one[key]) != orjson.dumps(other[key]):
                return _first(one[key], other[key], (*path, key))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            if orjson.dumps(left) != orjson.dumps(right):
                return _first(left, right, (*path, place))
    return f"{_dotted(path)} is {_short(one)} and {_short(other)}"


def _short(value: Any) -> str:
    return repr(value)[:200]


def _symmetric(one: Any, other: Any) -> str:
    short = [kind for kind, _ in one if (kind, _) not in other]
    many = [kind for kind, _ in other if (kind, _) not in one]
    return f"lacks {short}, has {many} besides"


def _dotted(path: Path) -> str:
    return ".".join(map(str, path)) or "the whole"
