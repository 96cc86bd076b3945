"""What stands before the GraphQL parser: nothing that is not small, plain JSON in UTF-8 gets by."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from itertools import accumulate
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from renkei_schema.errors import ApiError, ErrorCode, Rejected

DEPTH_MAX = 50
DIGITS_MAX = 400
# Half a million tiny values fit into a body, and held up everyone else for half a second.
VALUES_MAX = 50_000
BODY_SECONDS = 60

# What nearly all clients send; reading a media type as mail does takes 30 µs.
_PLAIN_JSON = frozenset({"application/json", "application/json; charset=utf-8"})
_DOCUMENT_ID = re.compile(r"sha256:[0-9a-f]{64}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Possessive, and matching an unterminated string to the end: never tried twice at any place.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class Asked:
    """One GraphQL request as it was sent: a document's text or its registered id."""

    source: str | None
    document_id: str | None
    operation_name: str | None
    variables: Mapping[str, Any]


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The whole body, at most `limit` bytes: told from Content-Length, and counted as it comes."""
    declared = headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    # As asyncio.timeout does it, which takes 8 µs more: a tenth of what the edge takes.
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    timer = loop.call_later(BODY_SECONDS, task.cancel)
    try:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            chunks.append(chunk)
            more = message.get("more_body", False)
    except asyncio.CancelledError:
        if loop.time() < timer.when() or task.uncancel():
            raise
        raise _refused(
            f"The body took longer than {BODY_SECONDS} seconds.",
            f"本文の送信が{BODY_SECONDS}秒を超えました。",
            status=408,
        ) from None
    finally:
        timer.cancel()
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def check_media_type(headers: Mapping[str, str]) -> None:
    """Only JSON in UTF-8, not compressed: a form or text that another site can post is refused."""
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _media("Compressed bodies are not accepted.", "圧縮された本文は受け付けません。")
    declared = headers.get("content-type")
    if declared in _PLAIN_JSON:
        return
    parsed = Message()
    parsed["content-type"] = declared or ""
    if declared is None or parsed.get_content_type() != "application/json":
        raise _media(
            "The content type must be application/json.",
            "Content-Typeはapplication/jsonでなければなりません。",
        )
    charset = parsed.get_content_charset("utf-8")
    if charset not in {"utf-8", "utf8"}:
        raise _media("The charset must be UTF-8.", "文字コードはUTF-8でなければなりません。")


def parse_json(body: bytes) -> Any:
    """The JSON value of a body, refusing what other parsers would each read in their own way."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused(
            "The body is not valid UTF-8.", "本文が正しいUTF-8ではありません。"
        ) from None
    _check_shape(body)
    try:
        value = _DECODE(text)
    except json.JSONDecodeError as error:
        raise _refused(
            f"The body is not valid JSON (line {error.lineno}, column {error.colno}).",
            f"本文が正しいJSONではありません（{error.lineno}行{error.colno}文字目）。",
        ) from None
    if _SURROGATE_ESCAPE.search(text):
        _check_surrogates(value)
    return value


def asked_of(value: Any) -> Asked:
    """The GraphQL request in a JSON value. Lists (batches) and everything but an object fail."""
    if isinstance(value, list):
        raise _refused(
            "Batching is not supported: send one request at a time.",
            "一括送信はできません。要求は1件ずつ送ってください。",
        )
    if not isinstance(value, dict):
        raise _refused(
            "The body must be a JSON object.", "本文はJSONのオブジェクトでなければなりません。"
        )
    source = _typed(value, "query", str, "a string", "文字列")
    document_id = _typed(value, "documentId", str, "a string", "文字列")
    operation_name = _typed(value, "operationName", str, "a string", "文字列")
    variables = _typed(value, "variables", dict, "an object", "オブジェクト")
    _typed(value, "extensions", dict, "an object", "オブジェクト")
    if (source is None) == (document_id is None):
        raise _refused(
            "Send either query or documentId.",
            "queryかdocumentIdのどちらか一つを送ってください。",
        )
    if document_id is not None and not _DOCUMENT_ID.fullmatch(document_id):
        raise _refused(
            "documentId must be sha256: and 64 lower-case hexadecimal digits.",
            "documentIdは「sha256:」と小文字の16進数64桁でなければなりません。",
        )
    return Asked(source, document_id, operation_name, variables or {})


def asked_by_get(query_string: bytes) -> Asked:
    """The GraphQL request in an address: `variables` and `extensions` are JSON there."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20
        )
    except (UnicodeDecodeError, ValueError):
        raise _refused(
            "The query string is not valid UTF-8.", "アドレスの引数が正しいUTF-8ではありません。"
        ) from None
    value = _object(pairs)
    for name in ("variables", "extensions"):
        if name in value:
            value[name] = parse_json(value[name].encode())
    return asked_of(value)


def _typed(value: dict[str, Any], name: str, kind: type, word: str, word_ja: str) -> Any:
    found = value.get(name)
    if found is not None and not isinstance(found, kind):
        raise _refused(
            f"{name} must be {word}.", f"{name}は{word_ja}でなければなりません。", path=[name]
        )
    return found


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            shown = name.encode("ascii", "backslashreplace").decode()[:80]
            raise _refused(f"The name '{shown}' occurs twice.", f"「{shown}」が2回あります。")
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
    raise _refused(f"{name} is not a number.", f"{name}は数として扱えません。")


# Made once: json.loads() makes a decoder for each text that comes with hooks. orjson would take a
# fifth of the time of a small body, but of a name that occurs twice it silently keeps the last.
_DECODE: Callable[[str], Any] = json.JSONDecoder(
    object_pairs_hook=_object,
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
        raise _refused(
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
    return _refused(
        f"Half of a surrogate pair in {where}: the text was damaged on its way.",
        f"{where}の文字が壊れています（サロゲートの片方だけがあります）。",
        path=path,
    )


def _too_large(limit: int) -> Rejected:
    return Rejected(
        [
            ApiError(
                ErrorCode.BODY_TOO_LARGE,
                f"The body is larger than {limit:,} bytes.",
                f"本文は{limit:,}バイトまでです。",
                status=413,
                facts={"limit": "body", "allowed": limit},
            )
        ]
    )


def _too_deep() -> Rejected:
    return _refused(
        f"The JSON is nested deeper than {DEPTH_MAX}.",
        f"JSONの入れ子は{DEPTH_MAX}段までです。",
        limit="json depth",
        allowed=DEPTH_MAX,
    )


def _too_many_digits(asked: int) -> Rejected:
    return _refused(
        f"A number has {asked:,} digits; {DIGITS_MAX} are allowed.",
        f"数値は{DIGITS_MAX}桁までです（{asked:,}桁）。",
        limit="digits",
        allowed=DIGITS_MAX,
        asked=asked,
    )


def _media(message: str, message_ja: str) -> Rejected:
    return Rejected([ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message, message_ja, status=415)])


def _refused(message: str, message_ja: str, *, status: int = 400, **facts: Any) -> Rejected:
    return Rejected(
        [ApiError(ErrorCode.BAD_REQUEST, message, message_ja, status=status, facts=facts)]
    )
