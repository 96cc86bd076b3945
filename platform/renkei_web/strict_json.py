"""JSON read strictly: nothing that parsers read each in their own way, or that costs too much."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any, NoReturn

from renkei_schema.errors import ApiError, ErrorCode, Rejected

DEPTH_MAX = 50
DIGITS_MAX = 400
# Half a million tiny values fit into a body, and held up everyone else for half a second.
VALUES_MAX = 50_000

_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Possessive, and matching an unterminated string to the end: never tried twice at any place.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(body: bytes) -> Any:
    """The JSON value of a body. Raises `Rejected`, naming what is wrong and where."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise bad_request(
            "The body is not valid UTF-8.", "本文が正しいUTF-8ではありません。"
        ) from None
    _check_shape(body)
    try:
        value = _DECODE(text)
    except json.JSONDecodeError as error:
        raise bad_request(
            f"The body is not valid JSON (line {error.lineno}, column {error.colno}).",
            f"本文が正しいJSONではありません（{error.lineno}行{error.colno}文字目）。",
        ) from None
    if _SURROGATE_ESCAPE.search(text):
        _check_surrogates(value)
    return value


def unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these members. Raises `Rejected` where a name comes twice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            shown = name.encode("ascii", "backslashreplace").decode()[:80]
            raise bad_request(f"The name '{shown}' occurs twice.", f"「{shown}」が2回あります。")
        found[name] = value
    return found


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise _too_many_digits(len(digits))
    return int(digits)


def _real(digits: str) -> float:
    if len(digits) > DIGITS_MAX:
        raise _too_many_digits(len(digits))
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        _constant(digits)
    return number


def _constant(name: str) -> NoReturn:
    raise bad_request(f"{name} is not a number.", f"{name}は数として扱えません。")


# Made once: json.loads() makes a decoder for each text that comes with hooks. orjson would take a
# fifth of the time of a small body, but of a name that occurs twice it silently keeps the last.
_DECODE: Callable[[str], Any] = json.JSONDecoder(
    object_pairs_hook=unique,
    parse_int=_integer,
    parse_float=_real,
    parse_constant=_constant,
).decode


def _check_shape(body: bytes) -> None:
    """Refuse, before anything is built, what is nested too deeply or has too many values."""
    opened = body.count(b"[") + body.count(b"{")
    if opened <= DEPTH_MAX and body.count(b",") <= VALUES_MAX:
        return
    bare = _STRING.sub(b"", body)
    values = bare.count(b",") + bare.count(b"[") + bare.count(b"{")
    if values > VALUES_MAX:
        raise bad_request(
            f"The JSON has {values:,} values; {VALUES_MAX:,} are allowed.",
            f"JSONの値は{VALUES_MAX:,}個までです（{values:,}個）。",
            limit="json values",
            allowed=VALUES_MAX,
            asked=values,
        )
    steps = map(_STEPS.__getitem__, bare.translate(None, _NO_BRACKETS))
    if max(accumulate(steps), default=0) > DEPTH_MAX:
        raise _too_deep()


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        _name_the_broken(value)


def _name_the_broken(value: Any) -> None:
    pending: list[tuple[list[str], Any]] = [([], value)]
    while pending:
        path, one = pending.pop()
        if isinstance(one, str) and _SURROGATE.search(one):
            raise _broken(path)
        if isinstance(one, list):
            pending += [([*path, str(index)], inner) for index, inner in enumerate(one)]
        elif isinstance(one, dict):
            if any(_SURROGATE.search(name) for name in one):
                raise _broken(path)
            pending += [([*path, name], inner) for name, inner in one.items()]


def _broken(path: list[str]) -> Rejected:
    where = ".".join(path)[:80]
    return bad_request(
        f"Half of a surrogate pair in {where}: the text was damaged on its way.",
        f"{where}の文字が壊れています（サロゲートの片方だけがあります）。",
        path=path,
    )


def _too_deep() -> Rejected:
    return bad_request(
        f"The JSON is nested deeper than {DEPTH_MAX}.",
        f"JSONの入れ子は{DEPTH_MAX}段までです。",
        limit="json depth",
        allowed=DEPTH_MAX,
    )


def _too_many_digits(asked: int) -> Rejected:
    return bad_request(
        f"A number has {asked:,} digits; {DIGITS_MAX} are allowed.",
        f"数値は{DIGITS_MAX}桁までです（{asked:,}桁）。",
        limit="digits",
        allowed=DIGITS_MAX,
        asked=asked,
    )


def bad_request(message: str, message_ja: str, *, status: int = 400, **facts: Any) -> Rejected:
    """The refusal of what can't be read, with its facts."""
    return Rejected(
        [ApiError(ErrorCode.BAD_REQUEST, message, message_ja, status=status, facts=facts)]
    )
