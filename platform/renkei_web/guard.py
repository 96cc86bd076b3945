"""What stands before the GraphQL parser: nothing that is not small, plain JSON in UTF-8 gets by."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from renkei_schema.errors import ApiError, ErrorCode, Rejected
from renkei_web.strict_json import bad_request, parse_json, unique

BODY_SECONDS = 60

# What nearly all clients send; reading a media type as mail does takes 16 µs.
_PLAIN_JSON = frozenset({"application/json", "application/json; charset=utf-8"})
_DOCUMENT_ID = re.compile(r"sha256:[0-9a-f]{64}")


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
    task = asyncio.current_task()
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = True
        assert task is not None
        task.cancel()

    timer = asyncio.get_running_loop().call_later(BODY_SECONDS, expire)
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
        if not expired or task is None or task.uncancel():
            raise
        raise bad_request(
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


def asked_of(value: Any) -> Asked:
    """The GraphQL request in a JSON value. Lists (batches) and everything but an object fail."""
    if isinstance(value, list):
        raise bad_request(
            "Batching is not supported: send one request at a time.",
            "一括送信はできません。要求は1件ずつ送ってください。",
        )
    if not isinstance(value, dict):
        raise bad_request(
            "The body must be a JSON object.", "本文はJSONのオブジェクトでなければなりません。"
        )
    source = _typed(value, "query", str, "a string", "文字列")
    document_id = _typed(value, "documentId", str, "a string", "文字列")
    operation_name = _typed(value, "operationName", str, "a string", "文字列")
    variables = _typed(value, "variables", dict, "an object", "オブジェクト")
    _typed(value, "extensions", dict, "an object", "オブジェクト")
    if (source is None) == (document_id is None):
        raise bad_request(
            "Send either query or documentId.",
            "queryかdocumentIdのどちらか一つを送ってください。",
        )
    if document_id is not None and not _DOCUMENT_ID.fullmatch(document_id):
        raise bad_request(
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
        raise bad_request(
            "The query string is not valid UTF-8.", "アドレスの引数が正しいUTF-8ではありません。"
        ) from None
    value = unique(pairs)
    for name in ("variables", "extensions"):
        if name in value:
            value[name] = parse_json(value[name].encode())
    return asked_of(value)


def _typed(value: dict[str, Any], name: str, kind: type, word: str, word_ja: str) -> Any:
    found = value.get(name)
    if found is not None and not isinstance(found, kind):
        raise bad_request(
            f"{name} must be {word}.", f"{name}は{word_ja}でなければなりません。", path=[name]
        )
    return found


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


def _media(message: str, message_ja: str) -> Rejected:
    return Rejected([ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message, message_ja, status=415)])
