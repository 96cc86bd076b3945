"""Receipts: random numbers with a check character, canonical content, signatures, verification.

A receipt is verified offline, by anyone who has the file and the published keys. Nothing here
reads a file or a clock; keys and instants are passed in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from renkei.calendar import iso_jst
from renkei.codes import parse_number
from renkei.problems import Problem

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

FORMAT = "renkei-receipt/1"
RECEIPT_PREFIX = "R"
PROPOSAL_PREFIX = "P"

_SAFE_INTEGER = 2**53 - 1
_SIGNED = ("format", "number", "keyId", "submittedAt", "subject", "sha256")


# -- canonical content ---------------------------------------------------------------------------


def canonical(value: Json) -> bytes:
    """The one way to write `value` as JSON: as RFC 8785 does, with integers only.

    Keys are sorted by their UTF-16 code units, no white space, UTF-8. ValueError: fractions,
    integers that not every reader keeps exactly, lone surrogates, keys that are no text.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) <= _SAFE_INTEGER:
        return value
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _ordered(value[key]) for key in keys}
    msg = f"no canonical form for a {type(value).__name__}"
    raise ValueError(msg)


def sha256(content: Json) -> str:
    """SHA-256 of the canonical content, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


# -- keys ----------------------------------------------------------------------------------------


def key_id(key: Ed25519PublicKey) -> str:
    """A key's name: the first 16 characters of its JWK thumbprint (RFC 7638, RFC 8037)."""
    members: Json = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_bytes_raw())}
    return _base64url(hashlib.sha256(canonical(members)).digest())[:16]


def key_set(keys: tuple[Ed25519PublicKey, ...]) -> dict[str, Json]:
    """The published keys as a JWK set; old ones are kept, so that old receipts verify."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": key_id(key),
                "x": _base64url(key.public_bytes_raw()),
            }
            for key in keys
        ]
    }


def read_key_set(document: object) -> tuple[dict[str, Ed25519PublicKey] | None, list[Problem]]:
    """Read a published JWK set: each key by the name that follows from the key itself."""
    keys: dict[str, Ed25519PublicKey] = {}
    entries: Any = document.get("keys") if isinstance(document, dict) else None
    try:
        for entry in entries:
            raw = base64.urlsafe_b64decode(entry["x"] + "=")
            key = Ed25519PublicKey.from_public_bytes(raw)
            keys[key_id(key)] = key
    except (KeyError, TypeError, ValueError):
        return None, [
            Problem(
                ("keys",),
                "BAD_KEYS",
                "These are not the published keys (a JWK set of Ed25519 keys).",
                "公開鍵の一覧（Ed25519のJWK Set）として読めません。",
            )
        ]
    return keys, []


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# -- receipts ------------------------------------------------------------------------------------


def make_receipt(
    *,
    number: str,
    submitted_at: datetime,
    subject: dict[str, Json],
    content: Json,
    key: Ed25519PrivateKey,
) -> dict[str, Json]:
    """The receipt's document, signed.

    `submitted_at` is the instant that counts (R2.3), written in JST with milliseconds. `subject`
    is what the receipt says in words (call, title, people). `content` is all that was handed in:
    it is not in the receipt, only its SHA-256 is, so that a receipt may be shown around.
    """
    signed: dict[str, Json] = {
        "format": FORMAT,
        "number": number,
        "keyId": key_id(key.public_key()),
        "submittedAt": iso_jst(submitted_at),
        "subject": subject,
        "sha256": sha256(content),
    }
    signature = base64.b64encode(key.sign(canonical(signed))).decode()
    return {**signed, "signature": signature}


@dataclass(frozen=True)
class Verification:
    """The outcome: genuine where there is no reason against it.

    `content_checked` tells whether the content was at hand and compared with the SHA-256.
    """

    reasons: tuple[Problem, ...]
    content_checked: bool

    @property
    def genuine(self) -> bool:
        """Whether nothing speaks against the receipt."""
        return not self.reasons


def verify_receipt(
    document: object, keys: Mapping[str, Ed25519PublicKey], content: Json | None = None
) -> Verification:
    """Check a receipt against published keys, and `content` against it where it is given.

    Every reason against it is told: another format, missing or additional parts, a mistyped
    number, an unknown key, a signature that does not fit, content that was changed.
    """
    if not isinstance(document, dict) or set(document) != {*_SIGNED, "signature"}:
        return Verification((_reason("format", "MALFORMED"),), content_checked=False)
    reasons = []
    if document["format"] != FORMAT:
        reasons.append(_reason("format", "UNKNOWN_FORMAT"))
    number = document["number"]
    if not isinstance(number, str) or parse_number(number, RECEIPT_PREFIX)[0] != number:
        reasons.append(_reason("number", "NUMBER_CHECK"))
    key = keys.get(document["keyId"]) if isinstance(document["keyId"], str) else None
    if key is None:
        reasons.append(_reason("keyId", "UNKNOWN_KEY"))
    elif not _signature_fits(document, key):
        reasons.append(_reason("signature", "BAD_SIGNATURE"))
    if content is not None and not _content_fits(document["sha256"], content):
        reasons.append(_reason("sha256", "CONTENT_CHANGED"))
    return Verification(tuple(reasons), content_checked=content is not None)


def _signature_fits(document: dict[str, Any], key: Ed25519PublicKey) -> bool:
    try:
        signature = base64.b64decode(document["signature"], validate=True)
        key.verify(signature, canonical({name: document[name] for name in _SIGNED}))
    except (InvalidSignature, binascii.Error, TypeError, ValueError):
        return False
    return True


def _content_fits(digest: object, content: Json) -> bool:
    try:
        return sha256(content) == digest
    except ValueError:
        return False


_REASONS = {
    "MALFORMED": (
        "This is not a receipt: parts are missing or there are too many.",
        "受領証の形になっていません（項目が足りないか、余分です）。",
    ),
    "UNKNOWN_FORMAT": (
        f"Only receipts of the format {FORMAT} can be checked.",
        f"確かめられるのは {FORMAT} 形式の受領証だけです。",
    ),
    "NUMBER_CHECK": (
        "The receipt's number does not fit its check character.",
        "受領番号の検査用文字が合いません。",
    ),
    "UNKNOWN_KEY": (
        "The receipt names a key that is not among the published ones.",
        "署名の鍵が、公開されている鍵の中にありません。",
    ),
    "BAD_SIGNATURE": (
        "The signature does not fit: the receipt was changed, or was not issued here.",
        "署名が合いません。書き換えられたか、ここで発行されたものではありません。",
    ),
    "CONTENT_CHANGED": (
        "The content is not what was handed in.",
        "内容が、提出されたものと違います。",
    ),
}


def _reason(part: str, code: str) -> Problem:
    return Problem((part,), code, *_REASONS[code])
